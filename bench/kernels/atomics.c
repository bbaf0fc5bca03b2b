/* system 60000 2400: sums, exchanges, compare-and-swap loops and bits set by single atomic instructions, no other thread */
#if defined(__aarch64__)
#pragma GCC target("arch=armv8-a+lse")
#endif
#include "kernel.h"
static u64 counter, newest, largest;
static u32 bits[64];
static u64 kernel(u64 rounds)
{
    u32 state = 103;
    u64 sum = 0;
    while (rounds--)
        for (int i = 0; i < 1000; i++) {
            u32 r = random_next(&state);
            sum += __atomic_fetch_add(&counter, r, __ATOMIC_SEQ_CST);
            sum ^= __atomic_exchange_n(&newest, r, __ATOMIC_ACQ_REL);
            u64 seen = __atomic_load_n(&largest, __ATOMIC_ACQUIRE);
            while (!__atomic_compare_exchange_n(&largest, &seen, seen * 3 + r, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
            sum += __atomic_fetch_or(&bits[r & 63], 1u << (r >> 27), __ATOMIC_RELAXED);
            if ((r & 1023) == 0) __atomic_store_n(&bits[r >> 10 & 63], 0, __ATOMIC_RELEASE);
        }
    return sum ^ counter ^ largest;
}
