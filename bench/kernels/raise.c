/* system 1000000 40000: a signal that the program sends to itself, with a handler */
#include "process.h"
static volatile u64 count;
static void handler(int signal) { count += (u64)signal; }
static u64 kernel(u64 rounds)
{
    on_signal(10, handler);
    long pid = sys(getpid), tid = sys(gettid);
    while (rounds--) sys(tgkill, pid, tid, 10);
    return count;
}
