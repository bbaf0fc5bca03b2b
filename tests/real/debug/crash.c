#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/wait.h>
#include <sys/resource.h>
struct item { int key; char name[8]; struct item *next; } *list;
static double ratio = 2.5;
static int depth(int n, volatile int *p) { if (n == 0) return *p; return depth(n - 1, p) + 1; }
static void *waits(void *arg) { pause(); return arg; }
static void *spins(void *arg) { for (;;) ++*(volatile long *)arg; return 0; }
int main(int argc, char **argv)
{
    static long turns;
    pthread_t t;
    for (int i = 0; i < 3; i++) { struct item *n = calloc(1, sizeof *n); n->key = i; n->next = list; strcpy(n->name, "item"); list = n; }
    if (!strcmp(argv[1], "child")) {
        struct rlimit r = { RLIM_INFINITY, RLIM_INFINITY }; setrlimit(RLIMIT_CORE, &r);
        int status; pid_t pid = fork();
        if (pid == 0) abort();
        waitpid(pid, &status, 0);
        printf("signal %d core %d\n", WTERMSIG(status), !!WCOREDUMP(status));
        return 0;
    }
    if (!strcmp(argv[1], "threads")) {
        pthread_create(&t, 0, waits, 0); pthread_create(&t, 0, spins, &turns); usleep(50000);
    }
    if (!strcmp(argv[1], "abort")) abort();
    register double d asm("d8") = ratio; asm volatile("" :: "w"(d));
    return depth(4, (int *)16);
}
