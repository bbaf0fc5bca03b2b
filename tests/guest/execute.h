/* `execute PROGRAM ARGUMENT…` executes it in a child and says how it has ended; `execute exit N` and `execute kill N` end so themselves, and say who they are. */
#include "mini.h"

#define CHILD_ENDED 17
#define ENVIRONMENT "EXECUTE="

static long number(const char *text)
{
    long value = 0;
    for (; *text >= '0' && *text <= '9'; text++) value = value * 10 + *text - '0';
    return value;
}

static int is(const char *a, const char *b)
{
    for (; *a && *a == *b; a++, b++) ;
    return *a == *b;
}

static void introduce(int argc, char **argv, char **envp)
{
    char comm[16] = {0}, path[256] = {0};
    long fd = sys(openat, -100, "/proc/self/comm", 0, 0);
    sys(read, fd, comm, sizeof comm - 1);
    sys(close, fd);
    sys(readlinkat, -100, "/proc/self/exe", path, sizeof path - 1);
    const char *name = path;
    for (const char *at = path; *at; at++) if (*at == '/') name = at + 1;
    out("%s: %d arguments from %s, exe %s, comm %s", MACHINE, argc, argv[0], name, comm);
    for (; *envp; envp++) {
        int n = 0;
        while (n < 8 && (*envp)[n] == ENVIRONMENT[n]) n++;
        if (n == 8) out("%s\n", *envp);
    }
    flush();
}

int main(int argc, char **argv, char **envp)
{
    if (argc < 2) {
        out("nothing to execute\n");
        return 3;
    }
    if (is(argv[1], "exit") || is(argv[1], "kill")) {
        introduce(argc, argv, envp);
        if (is(argv[1], "kill")) sys(kill, sys(getpid), number(argv[2]));
        return number(argv[2]);
    }
    long pid = sys(clone, CHILD_ENDED, 0, 0, 0, 0);
    if (pid == 0) {
        long failed = sys(execve, argv[1], argv + 1, envp);
        out("%s: errno %ld\n", MACHINE, -failed);
        flush();
        sys(exit_group, 99);
    }
    int status = -1;
    long ended = sys(wait4, -1, &status, 0, 0);
    out("%s: %s, %s %d\n", MACHINE, ended == pid ? "the child" : "somebody", status & 127 ? "signal" : "exit", status & 127 ? status & 127 : status >> 8 & 255);
    return status >> 8 & 255;
}
