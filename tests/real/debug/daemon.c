#include <stdio.h>
#include <unistd.h>
#include <stdlib.h>
#include <signal.h>
volatile int n;
static void work(void) { n++; }
int main(int argc, char **argv)
{
    if (argc > 1) { puts("stop"); fflush(stdout); kill(getpid(), SIGSTOP); puts("continued"); return 0; }
    if (fork()) { puts("parent"); fflush(stdout); _exit(3); }
    usleep(300000);
    work();
    puts("daemon"); fflush(stdout);
    return 4;
}
