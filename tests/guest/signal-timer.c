/* Signals of timers over a loop: the result stays right, no signal of a timer or of another process is lost.
 * levels: O2
 * oracle: host
 * portable */
#include "signal.h"

static volatile long count, overruns, order, wrong;
static volatile double fraction = 1;
static void tick(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)c;
    count++;
    if (info->code == -2) overruns += info->overrun;
    fraction = fraction * 1.5 > 1e10 ? 1 : fraction * 1.5;
}
static void in_order(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)c;
    if (info->value != (u64)order) wrong++;
    order++;
}
struct interval { long isec, iusec, sec, usec; };

static __attribute__((noinline)) u64 work(u64 rounds)
{
    u64 a = 1, b = 2;
    double d = 1.0, e = 0;
    for (u64 i = 0; i < rounds; i++) {
        a = a * 6364136223846793005u + 1442695040888963407u;
        b ^= a >> 7;
        b = b << 13 | b >> 51;
        d = d * 1.0000001 + 1e-9;
        e += (double)(b & 0xff) * d;
        if (b & 0x100) a += b;
    }
    return a ^ b ^ (u64)e ^ (u64)(d * 1e15);
}

MAIN
{
    enum { ROUNDS = 20000000 };
    u64 expected = work(ROUNDS);
    action(ALRM, tick, SA_RESTART, 0);
    struct interval v = {0, 5000, 0, 5000};
    sys(setitimer, 0, &v, 0);
    u64 begun = now();
    u64 result = work(ROUNDS);
    while (now() - begun < 300000000) result ^= work(1000) ^ work(1000);
    v = (struct interval){0, 0, 0, 0};
    sys(setitimer, 0, &v, 0);
    out("itimer: result %s, signals %s\n", result == expected ? "right" : "wrong", count > 5 ? "many" : "few");

    /* Every expiry is counted, as a signal or as an overrun. */
    struct { u64 value; int signo, notify, tid, pad[11]; } event = {.value = 5, .signo = ALRM, .notify = 0};
    int id = 0;
    OK(sys(timer_create, 1, &event, &id));
    count = overruns = 0;
    struct { struct timespec interval, value; } spec = {{0, 5000000}, {0, 5000000}};
    begun = now();
    sys(timer_settime, id, 0, &spec, 0);
    while (count + overruns < 60) work(1000);
    u64 took = now() - begun;
    sys(timer_delete, id);
    out("timer: %s\n", took > 290000000 && took < 3000000000 ? "right" : took < 290000000 ? "early" : "late");

    /* Values arrive in order, all of them. */
    action(RT, in_order, SA_RESTART, 0);
    enum { VALUES = 2000 };
    mask(BLOCK, bit(RT));
    for (u64 sent = 0; sent < VALUES;) {
        for (int i = 0; i < 100; i++, sent++) queue(RT, sent);
        mask(UNBLOCK, bit(RT));
        work(10);
        mask(BLOCK, bit(RT));
    }
    mask(UNBLOCK, bit(RT));
    for (u64 sent = VALUES; sent < 2 * VALUES; sent++) queue(RT, sent);
    out("queue: %ld signals, %ld out of order\n", order, wrong);
    return 0;
}
