/* integer 750 30: primes by sieving bytes; loads, stores, short loops */
#include "kernel.h"
#define N 1000000
static u8 composite[N];
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    while (rounds--) {
        memset(composite, (int)(rounds & 1) * 0, N);
        for (u32 i = 2; i < N; i++) {
            if (composite[i]) continue;
            sum += i;
            for (u64 j = (u64)i * i; j < N; j += i) composite[j] = 1;
        }
    }
    return sum;
}
