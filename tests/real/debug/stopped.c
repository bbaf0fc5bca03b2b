#include <stdio.h>
#include <unistd.h>
#include <signal.h>
#include <sys/wait.h>
int main(void)
{
    int s; pid_t p = fork();
    if (p == 0) { raise(SIGSTOP); puts("continued"); return 4; }
    waitpid(p, &s, 0);
    printf("%d\n", WEXITSTATUS(s));
    return 0;
}
