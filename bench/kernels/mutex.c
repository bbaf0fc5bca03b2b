/* system 12000 480: a mutex as the C library makes it (an exclusive load and store, a futex when it is taken), two threads that meet at it */
#if defined(__aarch64__)
#pragma GCC target("no-outline-atomics")
#endif
#include "threads.h"
enum { FREE, TAKEN, AWAITED, THREADS = 2, FUTEX_WAIT = 128, FUTEX_WAKE = 129 };
static char stacks[THREADS][65536] __attribute__((aligned(16)));
static volatile u32 tids[THREADS], mutex __attribute__((aligned(64)));
static u64 rounds_each, next_number, sums[THREADS], shared;
static void lock(void)
{
    u32 seen = FREE;
    if (__atomic_compare_exchange_n(&mutex, &seen, TAKEN, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    while (__atomic_exchange_n(&mutex, AWAITED, __ATOMIC_ACQUIRE) != FREE) sys(futex, &mutex, FUTEX_WAIT, AWAITED, 0, 0, 0);
}
static void unlock(void)
{
    if (__atomic_exchange_n(&mutex, FREE, __ATOMIC_RELEASE) == AWAITED) sys(futex, &mutex, FUTEX_WAKE, 1, 0, 0, 0);
}
static __attribute__((noinline, noreturn)) void body(void)
{
    u64 number = __atomic_fetch_add(&next_number, 1, __ATOMIC_SEQ_CST), sum = 0;
    for (u64 i = 0; i < rounds_each; i++) {
        lock();
        shared++;
        unlock();
        /* Most of the time is not spent in the lock. */
        for (u32 k = 0; k < 40; k++) sum = sum * 6364136223846793005u + i;
    }
    sums[number] = sum;
    thread_end();
}
static u64 kernel(u64 rounds)
{
    rounds_each = rounds * 1000;
    for (int i = 0; i < THREADS; i++) {
        tids[i] = 1;
        if (thread_start(body, stacks[i] + sizeof stacks[i], &tids[i]) < 0) return 0;
    }
    for (int i = 0; i < THREADS; i++) thread_join(&tids[i]);
    return shared ^ sums[0] * 3 ^ sums[1];
}
