/* Signals during system calls: EINTR, SA_RESTART, calls that never restart, masks that hold during a call, no wakeup lost.
 * levels: O2
 * oracle: host
 * portable */
#include "signal.h"

static volatile int count, last;
static void take(int signal, struct info *info, struct context *c)
{
    (void)info, (void)c;
    count++, last = signal;
}
static int pipe_[2];
struct interval { long isec, iusec, sec, usec; };
static void timer(long usec, long interval)
{
    struct interval v = {interval / 1000000, interval % 1000000, usec / 1000000, usec % 1000000};
    sys(setitimer, 0, &v, 0);
}
static void feed(int signal, struct info *info, struct context *c)
{
    (void)info, (void)c;
    count++, last = signal;
    if (count < 3) return;
    timer(0, 0);
    sys(write, pipe_[1], "abc", 3);
}
struct poll { int fd; short events, revents; };
struct msg { void *name; u32 len; u32 pad; };

MAIN
{
    char buffer[16];
    sys(pipe2, pipe_, 0);

    action(ALRM, take, 0, 0);
    timer(20000, 20000);
    R(sys(read, pipe_[0], buffer, 16));
    timer(0, 0);
    out("%s\n", count >= 1 ? "one" : "none");

    count = 0;
    action(ALRM, feed, SA_RESTART, 0);
    timer(20000, 20000);
    R(sys(read, pipe_[0], buffer, 16));
    timer(0, 0);
    out("count %d\n", count);

    /* These never restart. */
    action(ALRM, take, SA_RESTART, 0);
    count = 0;
    timer(20000, 20000);
    struct poll p = {pipe_[0], 1, 0};
    struct timespec t = {5, 0}, left = {0, 0};
    R(sys(ppoll, &p, 1, &t, 0, 8));
    t.sec = 5, t.nsec = 0;
    R(sys(nanosleep, &t, &left));
    out("left %s\n", left.sec == 4 && left.nsec > 0 ? "right" : "wrong");
    u64 none = 0;
    R(sys(rt_sigsuspend, &none, 8));
    int epoll = (int)sys(epoll_create1, 0);
    char events[64];
    R(sys(epoll_pwait, epoll, events, 1, -1, 0, 8));
    u32 word = 7;
    t.sec = 5, t.nsec = 0;
    R(sys(futex, &word, 0, 7, &t));
    timer(0, 0);
    out("%s\n", count >= 5 ? "one for each at least" : "too few");

    /* Masks that hold during a call. */
    action(USR1, take, 0, 0), action(USR2, take, 0, 0);
    mask(BLOCK, bit(USR1) | bit(USR2));
    count = 0;
    send(USR1);
    out("blocked: count %d\n", count);
    u64 open = ~bit(USR1);
    R(sys(rt_sigsuspend, &open, 8));
    out("sigsuspend: count %d last %d mask %lx\n", count, last, current_mask());
    send(USR2), send(USR1);
    R(sys(rt_sigsuspend, &open, 8));
    out("sigsuspend: count %d last %d\n", count, last);
    open = ~bit(USR2);
    t.sec = 5, t.nsec = 0;
    R(sys(ppoll, &p, 1, &t, &open, 8));
    out("ppoll: count %d last %d mask %lx\n", count, last, current_mask());
    send(USR2);
    struct { u64 *set, size; } argument = {&open, 8};
    u64 read_set = 1ul << pipe_[0];
    R(sys(pselect6, pipe_[0] + 1, &read_set, 0, 0, &t, &argument));
    send(USR2);
    R(sys(epoll_pwait, epoll, events, 1, -1, &open, 8));
    out("pselect, epoll_pwait: count %d last %d mask %lx\n", count, last, current_mask());

    /* Waited for, not handled. */
    struct info info = {0};
    u64 set = bit(USR1) | bit(RT);
    mask(BLOCK, set);
    queue(RT, 77);
    R(sys(rt_sigtimedwait, &set, &info, 0, 8));
    out("signo %d code %d value %lu\n", info.signo, info.code, info.value);
    t.sec = 0, t.nsec = 1000000;
    R(sys(rt_sigtimedwait, &set, &info, &t, 8));
    int fd = (int)sys(signalfd4, -1, &set, 8, 0);
    queue(RT, 78);
    u32 record[32];
    R(sys(read, fd, record, 128));
    out("signalfd: signo %u code %d value %u\n", record[0], (int)record[2], record[11]);
    timer(20000, 20000);
    R(sys(rt_sigtimedwait, &set, &info, 0, 8));
    timer(0, 0);
    out("last %d\n", last);

    /* No wakeup is lost: every signal that comes while they are open ends a sigsuspend. */
    mask(BLOCK, bit(ALRM));
    count = 0;
    timer(100, 100);
    u64 all_open = 0;
    for (int i = 0; i < 3000; i++) sys(rt_sigsuspend, &all_open, 8);
    timer(0, 0);
    out("sigsuspend: %s\n", count >= 3000 ? "all" : "lost");
    mask(UNBLOCK, bit(ALRM));
    count = 0;
    for (int i = 0; i < 300; i++) {
        int before = count;
        timer(300 + i, 0);
        struct poll q = {pipe_[0], 1, 0};
        struct timespec second = {1, 0};
        if (count != before) continue;
        mask(BLOCK, bit(ALRM));
        u64 nothing = 0;
        if (count == before && sys(ppoll, &q, 1, &second, &nothing, 8) != -EINTR) out("ppoll: lost\n");
        mask(UNBLOCK, bit(ALRM));
    }
    out("ppoll: count %d\n", count);
    return 0;
}
