#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int where;
static int in_child(int n) { where = n; return n + 1; }
static int in_parent(int n) { where = -n; return n; }
int main(int argc, char **argv)
{
    if (argc > 1) { printf("executed %s\n", argv[1]); return 9; }
    pid_t pid = fork();
    if (pid == 0) { int r = in_child(6); printf("child %d %d\n", r, where); fflush(stdout); _exit(r); }
    int status;
    waitpid(pid, &status, 0);
    int p = in_parent(WEXITSTATUS(status));
    printf("parent %d %d\n", p, where);
    fflush(stdout);
    pid = vfork();
    if (pid == 0) { execl(argv[0], argv[0], "again", (char *)0); _exit(1); }
    waitpid(pid, &status, 0);
    p = in_parent(WEXITSTATUS(status));
    printf("parent %d %d\n", p, where);
    return 0;
}
