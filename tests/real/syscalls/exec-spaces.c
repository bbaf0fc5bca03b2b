/*
 * Programs are executed from a process whose other threads write code meanwhile, and fork, so that its translations are shared, and not shared, again and again: all of
 * them begin, and a program that cannot be executed leaves a child that goes on.
 */
#include "t.h"

extern char **environ;
static volatile int isOver;

static void write_code(uint32_t *at, unsigned value)
{
    write_returning(at, value & 0xffff);
    __builtin___clear_cache((char *)at, (char *)(at + 2));
}

/* New pages of code, each while a forked child shares all translations. */
static void *writes(void *x)
{
    long wrong = 0;
    for (unsigned n = 0; !isOver; n++) {
        pid_t p = fork();
        if (p == 0) { ms(1); _exit(0); }
        uint32_t *page = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        for (int k = 0; k < 4; k++) {
            write_code(page + 2 * k, n + k & 0x7fff);
            wrong += ((unsigned (*)(void))(page + 2 * k))() != (n + k & 0x7fff);
        }
        munmap(page, 4096);
        waitpid(p, 0, 0);
    }
    return (void *)wrong;
}

static long spawned(int n)
{
    char code[16];
    int s;
    pid_t p;
    sprintf(code, "%d", n & 0x7f);
    char *argv[] = {"exec-spaces", code, 0};
    if (n & 1 && posix_spawn(&p, "/nonexistent", 0, 0, argv, environ) != ENOENT) return 1;
    if (posix_spawn(&p, "/proc/self/exe", 0, 0, argv, environ) != 0) return 1;
    waitpid(p, &s, 0);
    return !WIFEXITED(s) || WEXITSTATUS(s) != (n & 0x7f);
}

static void *spawns(void *x)
{
    long wrong = 0;
    for (int n = 0; n < 60; n++) wrong += spawned(n);
    return (void *)wrong;
}

int main(int argc, char **argv)
{
    if (argc > 1) return atoi(argv[1]);
    pthread_t t[8];
    for (int n = 0; n < 8; n++) pthread_create(t + n, 0, n < 6 ? spawns : writes, 0);
    for (int n = 0; n < 8; n++) {
        void *wrong;
        pthread_join(t[n], &wrong);
        printf("wrong: %ld\n", (long)wrong);
        if (n == 5) isOver = 1;
    }
    return 0;
}
