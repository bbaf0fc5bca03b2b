/* Time, identity, limits, names, random bytes, scheduling, prctl and what else a single process asks.
 * levels: O1
 * portable
 * oracle: host */
#include "kernel.h"

struct timespec_ { long s, ns; };
static u8 buffer[1024];

static int later(struct timespec_ a, struct timespec_ b) { return b.s > a.s || (b.s == a.s && b.ns >= a.ns); }

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    struct timespec_ t, u, nap = {0, 3000000};
    static const int clocks[] = {0, 1, 2, 3, 4, 5, 6, 7};
    for (int i = 0; i < 8; i++) {
        sys(clock_gettime, clocks[i], &t);
        sys(clock_gettime, clocks[i], &u);
        out("clock %d forward %d valid %d\n", clocks[i], later(t, u), t.ns >= 0 && t.ns < 1000000000);
    }
    R(sys(clock_gettime, 99, &t));
    R(sys(clock_getres, 1, &t));
    sys(clock_gettime, 1, &t);
    R(sys(nanosleep, &nap, 0));
    sys(clock_gettime, 1, &u);
    out("slept %d\n", (u.s - t.s) * 1000000000 + u.ns - t.ns >= nap.ns);
    nap.ns = -1;
    R(sys(nanosleep, &nap, 0));
    u.ns += 1000;
    R(sys(clock_nanosleep, 1, 1, &u, 0));
    struct { long s, us; } tv;
    R(sys(gettimeofday, &tv, 0));
    sys(clock_gettime, 0, &t);
    out("same day %d\n", t.s - tv.s <= 1);
    long ticks[4];
    OK(sys(times, ticks));
    OK(sys(getrusage, 0, buffer));
    OK(sys(getitimer, 0, buffer));

    R(sys(getpid) == sys(gettid));
    R(sys(getppid) >= 0);
    R(sys(getuid) == sys(geteuid));
    R(sys(getgid) == sys(getegid));
    u32 r, e, s;
    R(sys(getresuid, &r, &e, &s));
    out("  %d\n", r == e && e == s);
    R(sys(getgroups, 0, 0) >= 0);
    /* 0 where the leader is outside of the PID namespace, as in containers */
    R(sys(getpgid, 0) >= 0);
    R(sys(getsid, 0) >= 0);
    R(sys(getpgid, 999999999));
    R(sys(uname, buffer));
    out("  %s\n", buffer);
    R(sys(sysinfo, buffer));
    struct { u64 now, max; } limit;
    R(sys(prlimit64, 0, 7 /* NOFILE */, 0, &limit));
    out("  %d\n", limit.now > 0 && limit.now <= limit.max);
    u64 old = limit.now;
    limit.now = 100;
    R(sys(prlimit64, 0, 7, &limit, 0));
    R(sys(dup3, 1, 100, 0));
    R(sys(dup3, 1, 99, 0));
    R(sys(getrlimit, 7, &limit));
    out("  %lu\n", limit.now);
    limit.now = old;
    R(sys(setrlimit, 7, &limit));
    R(sys(prlimit64, 0, 99, 0, &limit));

    memset(buffer, 0, sizeof buffer);
    R(sys(getrandom, buffer, 256, 0));
    int nonzero = 0;
    for (int i = 0; i < 256; i++) nonzero += buffer[i] != 0;
    out("  random %d\n", nonzero > 200);
    R(sys(getrandom, buffer, 16, 0xffff));
    R(sys(sched_yield));
    R(sys(sched_getaffinity, 0, sizeof buffer, buffer) > 0);
    R(sys(getcpu, &r, &e, 0));
    R(sys(getpriority, 0, 0) > 0);
    R(sys(sched_getscheduler, 0));
    R(sys(prctl, 15 /* SET_NAME */, "renamed-program-x", 0, 0, 0));
    R(sys(prctl, 16, buffer, 0, 0, 0));
    out("  %s\n", buffer);
    R(sys(prctl, 38 /* NO_NEW_PRIVS */, 1, 0, 0, 0));
    R(sys(prctl, 39, 0, 0, 0, 0));
    R(sys(prctl, 3 /* GET_DUMPABLE */, 0, 0, 0, 0) >= 0);
    R(sys(prctl, 999, 0, 0, 0, 0));
    R(sys(personality, 0xffffffff) >= 0);
    R(sys(set_tid_address, buffer) == sys(getpid));
    R(sys(futex, &r, 1 /* WAKE */, 1, 0, 0, 0));
    r = 5;
    R(sys(futex, &r, 0 /* WAIT */, 6, 0, 0, 0));
    nap.ns = 1000000;
    R(sys(futex, &r, 0, 5, &nap, 0, 0));
    R(sys(fcntl, 0, 1, 0));
    R(sys(statfs, "/proc", buffer));
    out("  type %lx\n", *(u64 *)(void *)buffer);
    R(sys(ioctl, 0, 0x5413 /* TIOCGWINSZ */, buffer));
    long fd = sys(openat, AT_FDCWD, "/dev/null", 2, 0);
    R(sys(write, fd, buffer, 1000));
    R(sys(read, fd, buffer, 1000));
    fd = sys(openat, AT_FDCWD, "/dev/zero", 0, 0);
    buffer[9] = 1;
    R(sys(read, fd, buffer, 1000));
    out("  %d\n", buffer[9]);
    u32 capability[2] = {0x20080522, 0};
    R(sys(capget, capability, buffer));
    R(sys(getxattr, "/", "user.none", buffer, 100) < 0);
    R(sys(kill, 999999999, 0));
    R(sys(kill, sys(getpid), 0));
    R(sys(tgkill, sys(getpid), sys(gettid), 0));
    R(sys(kill, sys(getpid), 99));
    R(sys(wait4, -1, 0, 0, 0));
    R(sys(setitimer, 9, 0, 0));
    R(sys(setns, -1, 0));
    R(sys6(9999, 0, 0, 0, 0, 0, 0));
    R(sys6(-1, 0, 0, 0, 0, 0, 0));
    return 0;
}
