/*
 * Processes that are stopped and continued at any moment, while they and others make system calls, map memory, fork and take signals: nobody waits for a stopped one,
 * and each ends with what it has counted. Prints the same on every machine.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { JOBS = 4, ROUNDS = 400, STOPS = 60 };
static volatile int hits;
static void on_user(int s) { hits++; }

static void *mapper(void *argument)
{
    long sum = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char *p = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        memset(p, i, 65536);
        mprotect(p, 4096, PROT_READ);
        sum += p[17];
        munmap(p, 65536);
    }
    return (void *)sum;
}

static int job(int kind)
{
    int done = 0;
    if (kind == 1) {
        pthread_t t[2];
        for (int i = 0; i < 2; i++) pthread_create(&t[i], 0, mapper, 0);
        for (int i = 0; i < 2; i++) {
            void *r;
            pthread_join(t[i], &r);
            done += r == mapper(0);
        }
        return done == 2 ? 40 : 1;
    }
    for (int i = 0; i < ROUNDS; i++) {
        if (kind == 0) {
            if (i % 8) mapper; else done += mapper(0) != 0;
        } else if (kind == 2) {
            if (i % 10 == 0) {
                int status;
                pid_t pid = fork();
                if (pid == 0) _exit(5);
                done += waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5;
            }
        } else {
            int before = hits;
            raise(SIGUSR1);
            done += hits > before;
        }
    }
    return done == (kind == 0 ? 50 : kind == 2 ? 40 : 400) ? 40 + kind : 1;
}

int main(void)
{
    /* Before the forks: a signal may come before a child's first instruction. */
    struct sigaction a = {.sa_handler = on_user, .sa_flags = SA_RESTART};
    sigaction(SIGUSR1, &a, 0);
    pid_t pids[JOBS];
    int left = JOBS, statuses[JOBS];
    for (int i = 0; i < JOBS; i++) {
        if ((pids[i] = fork()) == 0) {
            setpgid(0, 0);
            _exit(job(i));
        }
        setpgid(pids[i], pids[i]);
    }
    unsigned random = 1;
    for (int n = 0; left > 0; n++) {
        for (int i = 0; i < JOBS; i++) {
            if (pids[i] == 0) continue;
            int status;
            if (waitpid(pids[i], &status, WNOHANG) == pids[i] && !WIFSTOPPED(status)) {
                statuses[i] = status;
                pids[i] = 0;
                left--;
                continue;
            }
            random = random * 1103515245 + 12345;
            if (n >= STOPS) continue;
            kill(pids[i], random & 0x10000 ? SIGSTOP : SIGTSTP);
            if (random & 0x20000) kill(pids[i], SIGUSR1);
            /* The others go on, and so do we, while this one stands. */
            struct timespec t = {0, 1000000 * (long)(random >> 20 & 31)};
            nanosleep(&t, 0);
            kill(pids[i], SIGCONT);
        }
        usleep(1000);
    }
    for (int i = 0; i < JOBS; i++) printf("job %d: %s %d\n", i, WIFEXITED(statuses[i]) ? "exit" : "signal", WIFEXITED(statuses[i]) ? WEXITSTATUS(statuses[i]) : WTERMSIG(statuses[i]));
    return 0;
}
