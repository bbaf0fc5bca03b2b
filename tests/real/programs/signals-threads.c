/*
 * Signals and threads: storms of pthread_kill, cancellation, timers of all kinds, what waits for signals, what a signal interrupts and what goes on behind it,
 * queues with values, every real-time signal. Prints the same on every machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void action(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    sigaction(signal, &a, 0);
}
static sigset_t set_of(int first, ...)
{
    sigset_t s;
    sigemptyset(&s);
    sigaddset(&s, first);
    return s;
}

/* Storms: the workers' sums stay right, whoever sends finds all delivered that did not coincide. */
enum { WORKERS = 4, SENDS = 3000, STEPS = 400000 };
static pthread_t workers[WORKERS];
static volatile int storm;
static __thread volatile long hits;
static volatile long all_hits;
static void on_urgent(int s, siginfo_t *i, void *c)
{
    char stack[3000];
    memset(stack, s, sizeof stack);
    hits += stack[17] == s;
    __atomic_add_fetch(&all_hits, 1, __ATOMIC_RELAXED);
}
static void *worker(void *argument)
{
    uint64_t a = (uintptr_t)argument + 1;
    double d = 1;
    while (storm) {
        uint64_t x = a;
        double e = d;
        for (int i = 0; i < STEPS; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            x ^= x >> 29;
            e = e * 1.000001 + (double)(x & 7);
        }
        static __thread uint64_t first;
        static __thread double second;
        if (first == 0) first = x, second = e;
        if (first != x || second != e) return "wrong";
        char *p = malloc(100 + (x & 1023));
        memset(p, 1, 100);
        free(p);
    }
    return hits > 0 ? "right" : "never interrupted";
}
static void *sender(void *argument)
{
    for (int i = 0; i < SENDS; i++) pthread_kill(workers[(i + (intptr_t)argument) % WORKERS], SIGURG);
    return 0;
}
static void storms(void)
{
    action(SIGURG, on_urgent, SA_RESTART);
    storm = 1;
    for (intptr_t i = 0; i < WORKERS; i++) pthread_create(&workers[i], 0, worker, (void *)i);
    pthread_t senders[2];
    for (intptr_t i = 0; i < 2; i++) pthread_create(&senders[i], 0, sender, (void *)i);
    for (int i = 0; i < 2; i++) pthread_join(senders[i], 0);
    usleep(20000);
    for (int i = 0; i < WORKERS; i++) pthread_kill(workers[i], SIGURG);
    usleep(20000);
    storm = 0;
    for (int i = 0; i < WORKERS; i++) {
        char *how;
        pthread_join(workers[i], (void **)&how);
        printf("worker %d: %s\n", i, how);
    }
    printf("storm: %s\n", all_hits >= WORKERS && all_hits <= 2 * SENDS + WORKERS ? "plausible" : "implausible");
}

/* Two threads that wake each other by signals alone: none may be lost. */
static void *pong(void *other)
{
    sigset_t s = set_of(SIGUSR1);
    int signal;
    for (int i = 0; i < 2000; i++) {
        sigwait(&s, &signal);
        pthread_kill(*(pthread_t *)other, SIGUSR2);
    }
    return 0;
}
static volatile int pongs;
static void on_pong(int s, siginfo_t *i, void *c) { pongs++; }
static void ping_pong(void)
{
    sigset_t s = set_of(SIGUSR1), old, wait;
    sigaddset(&s, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &s, &old);
    action(SIGUSR2, on_pong, 0);
    pthread_t self = pthread_self(), t;
    pthread_create(&t, 0, pong, &self);
    wait = old;
    for (int i = 0; i < 2000; i++) {
        pthread_kill(t, SIGUSR1);
        while (pongs == i) sigsuspend(&wait);
    }
    pthread_join(t, 0);
    pthread_sigmask(SIG_SETMASK, &old, 0);
    printf("ping-pong: %d\n", pongs);
}

/* Cancellation in a call, and in a loop. */
static volatile int cleaned, begun;
static void clean(void *what) { cleaned += (int)(intptr_t)what; }
static void *in_call(void *p)
{
    pthread_cleanup_push(clean, (void *)1);
    begun = 1;
    char c;
    read(*(int *)p, &c, 1);
    pthread_cleanup_pop(0);
    return 0;
}
static void *in_loop(void *p)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, 0);
    pthread_cleanup_push(clean, (void *)100);
    begun = 1;
    for (volatile long n = 0;; n++) (void)n;
    pthread_cleanup_pop(0);
    return 0;
}
static void cancels(void)
{
    int pipes[2], cancelled = 0;
    pipe(pipes);
    for (int i = 0; i < 40; i++) {
        pthread_t t;
        void *result;
        begun = 0;
        pthread_create(&t, 0, i & 1 ? in_loop : in_call, &pipes[0]);
        while (!begun) usleep(100);
        if (i % 4 < 2) usleep(2000);
        pthread_cancel(t);
        pthread_join(t, &result);
        cancelled += result == PTHREAD_CANCELED;
    }
    close(pipes[0]), close(pipes[1]);
    printf("cancel: %d of 40, clean-up %s\n", cancelled, cleaned == 2020 ? "done" : "not done");
}

/* Timers. */
static volatile long ticks, overruns;
static void on_tick(int s, siginfo_t *i, void *c)
{
    ticks++;
    if (i->si_code == SI_TIMER) overruns += i->si_overrun;
}
static void burn(void)
{
    for (volatile int i = 0; i < 20000; i++) continue;
}
static sem_t notified;
static void notify(union sigval v) { if (v.sival_int == 33) sem_post(&notified); }
static void timers(void)
{
    static const struct { int which, signal; const char *name; } kinds[] = {{ITIMER_REAL, SIGALRM, "real"}, {ITIMER_VIRTUAL, SIGVTALRM, "virtual"}, {ITIMER_PROF, SIGPROF, "prof"}};
    for (int k = 0; k < 3; k++) {
        action(kinds[k].signal, on_tick, SA_RESTART);
        ticks = 0;
        struct itimerval v = {{0, 4000}, {0, 4000}}, zero = {0};
        setitimer(kinds[k].which, &v, 0);
        while (ticks < 5) burn();
        setitimer(kinds[k].which, &zero, 0);
        printf("itimer %s: ticks\n", kinds[k].name);
    }
    for (int clock = 0; clock < 4; clock++) {
        timer_t t;
        struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3};
        action(SIGRTMIN + 3, on_tick, SA_RESTART);
        if (timer_create(clock, &e, &t)) { printf("timer %d: %s\n", clock, strerror(errno)); continue; }
        struct itimerspec s = {{0, 1000000}, {0, 1000000}};
        ticks = overruns = 0;
        timer_settime(t, 0, &s, 0);
        while (ticks + overruns < 20) burn();
        timer_delete(t);
        printf("timer of clock %d: ticks\n", clock);
    }
    timer_t t;
    struct sigevent e = {.sigev_notify = SIGEV_THREAD, .sigev_notify_function = notify, .sigev_value.sival_int = 33};
    sem_init(&notified, 0, 0);
    timer_create(CLOCK_MONOTONIC, &e, &t);
    struct itimerspec s = {{0, 2000000}, {0, 2000000}};
    timer_settime(t, 0, &s, 0);
    for (int i = 0; i < 10; i++) sem_wait(&notified);
    timer_delete(t);
    printf("timer with threads: 10 notifications\n");
    /* 10 kHz: each expiry is a signal or an overrun. */
    e = (struct sigevent){.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 4};
    action(SIGRTMIN + 4, on_tick, SA_RESTART);
    timer_create(CLOCK_MONOTONIC, &e, &t);
    struct timespec begun, now;
    ticks = overruns = 0;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    s = (struct itimerspec){{0, 100000}, {0, 100000}};
    timer_settime(t, 0, &s, 0);
    while (ticks + overruns < 5000) burn();
    clock_gettime(CLOCK_MONOTONIC, &now);
    timer_delete(t);
    double took = (double)(now.tv_sec - begun.tv_sec) + (double)(now.tv_nsec - begun.tv_nsec) * 1e-9;
    printf("10 kHz: %s\n", took >= 0.499 ? "none invented" : "too early");
}

/* What a signal does to a call that waits. */
static volatile int interrupted;
static void on_interrupt(int s, siginfo_t *i, void *c) { interrupted++; }
static pthread_t main_thread;
static int late_pipe[2];
static volatile int is_done;
/* Again and again, for the first signal may come before the call has begun. */
static void *interrupter(void *is_read)
{
    for (int i = 0; i < 100 && !is_done; i++) {
        usleep(30000);
        if (!is_done) pthread_kill(main_thread, SIGUSR1);
        if (is_read && i == 5) write(late_pipe[1], "x", 1);
    }
    return 0;
}
static void calls(int flags)
{
    action(SIGUSR1, on_interrupt, flags);
    main_thread = pthread_self();
    printf("%s:", flags ? "SA_RESTART" : "no flags");
    char c;
    struct timespec second = {1, 500000000}, rest;
    for (int call = 0; call < 14; call++) {
        pipe(late_pipe);
        pthread_t t;
        pid_t child = 0;
        interrupted = 0;
        if (call == 9 && (child = fork()) == 0) usleep(700000), _exit(0);
        is_done = 0;
        pthread_create(&t, 0, interrupter, call == 0 ? late_pipe : 0);
        long r = 0;
        errno = 0;
        sigset_t none;
        sigemptyset(&none);
        sem_t sem;
        struct timespec until;
        int pair[2], e;
        switch (call) {
        case 0: r = read(late_pipe[0], &c, 1); break;
        case 1: r = nanosleep(&second, &rest); break;
        case 2: { struct pollfd p = {late_pipe[0], POLLIN, 0}; r = poll(&p, 1, 5000); break; }
        case 3: { struct pollfd p = {late_pipe[0], POLLIN, 0}; r = ppoll(&p, 1, 0, &none); break; }
        case 4: { fd_set f; FD_ZERO(&f); FD_SET(late_pipe[0], &f); r = select(late_pipe[0] + 1, &f, 0, 0, 0); break; }
        case 5: { fd_set f; FD_ZERO(&f); FD_SET(late_pipe[0], &f); r = pselect(late_pipe[0] + 1, &f, 0, 0, 0, &none); break; }
        case 6: { struct epoll_event v = {EPOLLIN, {.fd = 1}}; e = epoll_create1(0); epoll_ctl(e, EPOLL_CTL_ADD, late_pipe[0], &v); r = epoll_wait(e, &v, 1, 5000); close(e); break; }
        case 7: r = pause(); break;
        case 8: r = sigsuspend(&none); break;
        case 9: r = waitpid(child, 0, 0) == child ? 1 : -1; break;
        case 10: clock_gettime(CLOCK_REALTIME, &until); until.tv_sec += 2; sem_init(&sem, 0, 0); r = sem_timedwait(&sem, &until); break;
        case 11: socketpair(AF_UNIX, SOCK_STREAM, 0, pair); struct timeval limit = {2, 0}; setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit); r = recv(pair[0], &c, 1, 0); close(pair[0]), close(pair[1]); break;
        case 12: { siginfo_t i; sigset_t s = set_of(SIGUSR2); struct timespec limit = {3, 0}; r = sigtimedwait(&s, &i, &limit); break; }
        case 13: r = clock_nanosleep(CLOCK_MONOTONIC, 0, &second, &rest); errno = (int)r; break;
        }
        int error = errno;
        is_done = 1;
        pthread_join(t, 0);
        if (child) waitpid(child, 0, 0);
        printf(" %ld%s%s", r, error == EINTR ? "=EINTR" : error == ETIMEDOUT ? "=ETIMEDOUT" : error == EAGAIN ? "=EAGAIN" : error ? "=?" : "", interrupted >= 1 ? "" : "(no signal)");
        close(late_pipe[0]), close(late_pipe[1]);
    }
    printf("\n");
}

/* Queues. */
static volatile int seen_values[64], seen;
static void on_queued(int s, siginfo_t *i, void *c)
{
    if (seen < 64) seen_values[seen] = s * 1000 + i->si_value.sival_int;
    seen++;
}
static void queues(void)
{
    sigset_t all, old;
    sigfillset(&all);
    int usable = 0, received = 0;
    for (int s = SIGRTMIN; s <= SIGRTMAX; s++) action(s, on_queued, 0);
    pthread_sigmask(SIG_BLOCK, &all, &old);
    for (int s = SIGRTMAX; s >= SIGRTMIN; s--) {
        union sigval v = {.sival_int = s};
        usable += sigqueue(getpid(), s, v) == 0;
    }
    seen = 0;
    pthread_sigmask(SIG_SETMASK, &old, 0);
    for (int i = 0; i < seen && i < 64; i++) received += seen_values[i] % 1000 == seen_values[i] / 1000;
    printf("real-time signals: %d sent, %d received, last first: %s\n", usable, received, seen_values[0] / 1000 == SIGRTMAX ? "yes" : "no");

    sigset_t some = set_of(SIGRTMIN + 1);
    sigaddset(&some, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &some, &old);
    for (int i = 0; i < 10; i++) {
        union sigval v = {.sival_int = i * 7};
        sigqueue(getpid(), SIGRTMIN + 1, v);
    }
    kill(getpid(), SIGUSR2);
    for (int i = 0; i < 4; i++) {
        siginfo_t info;
        int s = sigwaitinfo(&some, &info);
        printf("waited: %s value %d code %d\n", s == SIGUSR2 ? "USR2" : "RT", s == SIGUSR2 ? 0 : info.si_value.sival_int, info.si_code);
    }
    int fd = signalfd(-1, &some, SFD_NONBLOCK);
    struct signalfd_siginfo infos[10];
    long n = read(fd, infos, sizeof infos);
    printf("signalfd: %ld,", n / (long)sizeof infos[0]);
    for (int i = 0; i < n / (long)sizeof infos[0]; i++) printf(" %d", infos[i].ssi_int);
    struct pollfd p = {fd, POLLIN, 0};
    printf(", then %s, poll %d", read(fd, infos, sizeof infos) < 0 && errno == EAGAIN ? "empty" : "more", poll(&p, 1, 0));
    kill(getpid(), SIGUSR2);
    printf(" and %d\n", poll(&p, 1, 1000));
    read(fd, infos, sizeof infos);
    close(fd);
    pthread_sigmask(SIG_SETMASK, &old, 0);
}

int main(void)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    storms();
    ping_pong();
    cancels();
    timers();
    calls(0);
    calls(SA_RESTART);
    queues();
    return 0;
}
