#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <sys/time.h>
static void fail(const char *what) { printf("%s: %s\n", what, strerror(errno)); fflush(stdout); _exit(1); }
static volatile int stop;
static long counted;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static void *locks(void *arg) { while (!stop) { pthread_mutex_lock(&lock); counted++; pthread_cond_signal(&cond); pthread_mutex_unlock(&lock); } return arg; }
static void *waits(void *arg) { pthread_mutex_lock(&lock); for (int n = 0; n < 50; n++) pthread_cond_wait(&cond, &lock); pthread_mutex_unlock(&lock); return arg; }
static void *sleeps(void *arg) { while (!stop) { struct timespec t = {0, 3000000}; if (nanosleep(&t, 0)) fail("nanosleep"); if (poll(0, 0, 2) < 0) fail("poll"); } return arg; }
static void *pipes(void *arg)
{
    int p[2]; char c; long sum = 0;
    if (pipe(p)) fail("pipe");
    for (int n = 0; n < 20000; n++) {
        c = n; if (write(p[1], &c, 1) != 1) fail("write");
        if (read(p[0], &c, 1) != 1) fail("read");
        sum += (unsigned char)c;
    }
    *(long *)arg = sum;
    return arg;
}
static void *forks(void *arg)
{
    for (int n = 0; n < 60; n++) {
        int status; pid_t pid = fork();
        if (pid < 0) fail("fork");
        if (pid == 0) _exit(n);
        if (waitpid(pid, &status, 0) != pid) fail("waitpid");
        if (WEXITSTATUS(status) != n) fail("status");
    }
    return arg;
}
static volatile int ticks;
static void on_tick(int s) { ticks++; }
int main(void)
{
    pthread_t t[6]; long sum = 0;
    struct sigaction a = { .sa_handler = on_tick, .sa_flags = SA_RESTART }; sigset_t set;
    sigaction(SIGALRM, &a, 0);
    sigemptyset(&set); sigaddset(&set, SIGALRM);
    pthread_sigmask(SIG_BLOCK, &set, 0);
    pthread_create(&t[0], 0, locks, 0); pthread_create(&t[1], 0, waits, 0); pthread_create(&t[2], 0, sleeps, 0);
    pthread_create(&t[3], 0, pipes, &sum); pthread_create(&t[4], 0, forks, 0);
    pthread_sigmask(SIG_UNBLOCK, &set, 0);
    struct itimerval v = {{0, 5000}, {0, 5000}}; setitimer(ITIMER_REAL, &v, 0);
    unsigned long x = 1; for (long n = 0; n < 1000000000; n++) x = x * 6364136223846793005ul + 1;
    memset(&v, 0, sizeof v); setitimer(ITIMER_REAL, &v, 0);
    pthread_join(t[3], 0); pthread_join(t[4], 0); pthread_join(t[1], 0);
    stop = 1;
    pthread_join(t[0], 0); pthread_join(t[2], 0);
    printf("sum %ld x %lx ticked %d\n", sum, x, ticks > 0);
    return 0;
}
