#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
int main(int argc, char **argv)
{
    int status;
    if (argc > 1) { printf("executed %s\n", argv[1]); return 9; }
    pid_t pid = vfork();
    if (pid == 0) { execl(argv[0], argv[0], "again", (char *)0); _exit(1); }
    waitpid(pid, &status, 0);
    printf("parent %d\n", WEXITSTATUS(status));
    return 0;
}
