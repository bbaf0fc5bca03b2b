/* process 5000 1000: a thread that is made, ends and is waited for */
#include "threads.h"
static char stack[65536] __attribute__((aligned(16)));
static volatile u32 tid;
static volatile u64 work;
static __attribute__((noinline, noreturn)) void body(void)
{
    work++;
    thread_end();
}
static u64 kernel(u64 rounds)
{
    while (rounds--) {
        tid = 1;
        if (thread_start(body, stack + sizeof stack, &tid) < 0) return 0;
        thread_join(&tid);
    }
    return work;
}
