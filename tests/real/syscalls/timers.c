/* Timers of all kinds, signalfd, eventfd, timerfd, epoll from several threads. */
#include "t.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static volatile int count, last_code, last_value, overruns, in_thread;
static pid_t handler_tid;
static void on_timer(int n, siginfo_t *i, void *c) { count++; last_code = i->si_code; last_value = i->si_value.sival_int; handler_tid = gettid(); }
static void on_plain(int n) { count++; }
static void on_thread(union sigval v) { in_thread = v.sival_int; }
static pid_t other_tid;
static void *other(void *x) { other_tid = gettid(); for (int n = 0; n < 100 && count == 0; n++) ms(5); return x; }

static int ep;
static volatile int events;
static void *polls(void *x) { struct epoll_event e; while (epoll_wait(ep, &e, 1, 2000) == 1 && e.data.u64 != 99) { uint64_t v; read(e.data.u64 & 0xffff, &v, 8); __sync_add_and_fetch(&events, 1); } return x; }

int main(void)
{
    struct sigaction sa = {.sa_sigaction = on_timer, .sa_flags = SA_SIGINFO};
    sigaction(SIGRTMIN + 3, &sa, 0);
    sigaction(SIGALRM, &sa, 0);
    sigaction(SIGVTALRM, &sa, 0);
    sigaction(SIGPROF, &sa, 0);
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 3, .sigev_value.sival_int = 1234};
    timer_t t;
    R(timer_create(CLOCK_MONOTONIC, &ev, &t));
    struct itimerspec its = {.it_value = {0, 20000000}, .it_interval = {0, 5000000}};
    R(timer_settime(t, 0, &its, 0));
    for (int n = 0; n < 100 && count < 5; n++) ms(5);
    printf("timer %d code %d value %d\n", count >= 5, last_code, last_value);
    R(timer_gettime(t, &its));
    printf("interval %ld\n", its.it_interval.tv_nsec);
    OK(timer_getoverrun(t));
    R(timer_delete(t));
    R(timer_delete(t));
    count = 0;
    pthread_t th;
    pthread_create(&th, 0, other, 0);
    while (!other_tid) ms(1);
    ev.sigev_notify = SIGEV_THREAD_ID;
    ev._sigev_un._tid = other_tid;
    R(timer_create(CLOCK_MONOTONIC, &ev, &t));
    its = (struct itimerspec){.it_value = {0, 10000000}};
    R(timer_settime(t, 0, &its, 0));
    pthread_join(th, 0);
    printf("thread's timer %d %d\n", count, handler_tid == other_tid);
    ev._sigev_un._tid = 1;
    R(timer_create(CLOCK_MONOTONIC, &ev, &t));
    ev = (struct sigevent){.sigev_notify = SIGEV_THREAD, .sigev_notify_function = on_thread, .sigev_value.sival_int = 6};
    R(timer_create(CLOCK_REALTIME, &ev, &t));
    R(timer_settime(t, 0, &its, 0));
    for (int n = 0; n < 100 && !in_thread; n++) ms(5);
    printf("in a thread %d\n", in_thread);
    R(timer_create(77, &ev, &t));
    ev = (struct sigevent){.sigev_notify = SIGEV_NONE};
    R(timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &t));

    count = 0;
    struct itimerval iv = {.it_value = {0, 10000}};
    R(setitimer(ITIMER_REAL, &iv, 0));
    R(pause());
    printf("alarm %d code %d\n", count, last_code);
    R(setitimer(ITIMER_VIRTUAL, &iv, 0));
    for (volatile long n = 0; n < 10000000000 && count < 2; n++);
    printf("virtual %d\n", count);
    R(setitimer(ITIMER_PROF, &iv, 0));
    for (volatile long n = 0; n < 10000000000 && count < 3; n++);
    printf("prof %d\n", count);
    R(alarm(100));
    R(alarm(0));
    R(usleep(1000));
    sa.sa_flags |= SA_RESTART;
    sigaction(SIGALRM, &sa, 0);
    count = 0;
    struct timespec rest = {0};
    setitimer(ITIMER_REAL, &iv, 0);
    R(nanosleep(&((struct timespec){0, 100000000}), &rest));
    printf("rest %d\n", rest.tv_nsec > 50000000 && rest.tv_nsec < 100000000);
    setitimer(ITIMER_REAL, &iv, 0);
    int p[2];
    pipe(p);
    pid_t c = CHILD(ms(60); write(p[1], "x", 1));
    char b;
    R(read(p[0], &b, 1));
    printf("restarted %d\n", count);
    expect_child("writer", c);

    /* timerfd */
    int tf = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    uint64_t v;
    R(read(tf, &v, 8));
    its = (struct itimerspec){.it_value = {0, 10000000}, .it_interval = {0, 10000000}};
    R(timerfd_settime(tf, 0, &its, 0));
    ms(35);
    R(read(tf, &v, 8));
    printf("expirations %d\n", v >= 3);
    R(read(tf, &v, 4));
    R(timerfd_gettime(tf, &its));
    R(timerfd_create(99, 0));
    /* eventfd */
    int ef = eventfd(3, EFD_SEMAPHORE | EFD_NONBLOCK);
    R(read(ef, &v, 8));
    printf("%llu\n", (unsigned long long)v);
    v = -1;
    R(write(ef, &v, 8));
    v = 10;
    R(write(ef, &v, 8));
    R(read(ef, &v, 4));
    /* signalfd */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGRTMIN + 4);
    sigprocmask(SIG_BLOCK, &set, 0);
    int sf = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    struct signalfd_siginfo si;
    R(read(sf, &si, sizeof si));
    pid_t me = getpid();
    c = CHILD(union sigval val = {.sival_int = 55}; sigqueue(me, SIGRTMIN + 4, val); kill(me, SIGUSR1); _exit(3));
    ms(60);
    while (read(sf, &si, sizeof si) == sizeof si)
        printf("signo %d code %d pid %d int %d status %d\n", si.ssi_signo, si.ssi_code, si.ssi_pid == c, si.ssi_int, si.ssi_signo == SIGCHLD ? si.ssi_status : 0);
    expect_child("sender", c);
    /* epoll */
    ep = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event e = {.events = EPOLLIN | EPOLLONESHOT, .data.u64 = 0x123456789abcdef0};
    int e2 = eventfd(1, 0);
    R(epoll_ctl(ep, EPOLL_CTL_ADD, e2, &e));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, e2, &e));
    struct epoll_event out[4];
    R(epoll_wait(ep, out, 4, 0));
    printf("%x %lx\n", out[0].events, out[0].data.u64);
    R(epoll_wait(ep, out, 4, 0));
    R(epoll_ctl(ep, EPOLL_CTL_MOD, e2, &e));
    R(epoll_pwait(ep, out, 4, 10, &set));
    R(syscall(441, ep, out, 4, &((struct timespec){0, 0}), &set, 8));
    R(epoll_ctl(ep, EPOLL_CTL_DEL, e2, 0));
    R(epoll_ctl(ep, EPOLL_CTL_ADD, ep, &e));
    pthread_t pt[3];
    int efs[8];
    for (int n = 0; n < 8; n++) { efs[n] = eventfd(0, EFD_SEMAPHORE); e.events = EPOLLIN | EPOLLET; e.data.u64 = efs[n]; epoll_ctl(ep, EPOLL_CTL_ADD, efs[n], &e); }
    for (int n = 0; n < 3; n++) pthread_create(pt + n, 0, polls, 0);
    for (int n = 0; n < 200; n++) { v = 1; write(efs[n & 7], &v, 8); if (n % 16 == 0) ms(1); }
    ms(50);
    printf("events %d\n", events > 0 && events <= 200);
    e.events = EPOLLIN; e.data.u64 = 99;
    int last = eventfd(1, 0);
    epoll_ctl(ep, EPOLL_CTL_ADD, last, &e);
    for (int n = 0; n < 3; n++) pthread_join(pt[n], 0);
    /* inotify */
    int in = inotify_init1(IN_NONBLOCK);
    R(inotify_add_watch(in, ".", IN_CREATE | IN_DELETE | IN_MOVE | IN_CLOSE_WRITE));
    c = CHILD(close(open("made", O_CREAT | O_WRONLY, 0600)); rename("made", "moved"); unlink("moved"));
    expect_child("changes", c);
    char evs[4096];
    int len = read(in, evs, sizeof evs);
    for (int at = 0; at < len;) { struct inotify_event *i = (void *)(evs + at); printf("%x %s %d\n", i->mask, i->name, i->cookie != 0); at += sizeof *i + i->len; }
    R(inotify_rm_watch(in, 77));
    int fan = syscall(SYS_fanotify_init, 0, O_RDONLY | O_LARGEFILE);
    printf("fanotify %d\n", fan >= 0);
    if (fan >= 0) { R(syscall(SYS_fanotify_mark, fan, 1, 0x8 | 0x20, AT_FDCWD, ".")); c = CHILD(close(open("made2", O_CREAT | O_WRONLY, 0600))); expect_child("f", c); struct { uint32_t len; uint8_t vers, res; uint16_t ml; uint64_t mask; int32_t fd, pid; } ev; fcntl(fan, F_SETFL, O_NONBLOCK); R(read(fan, &ev, sizeof ev)); }
    return 0;
}
