/* fp 7500 300: between integers of 32 and 64 bits, signed and not, and single and double; rounding down, up and to nearest */
#include "kernel.h"
#define N 4096
static s32 words[N];
static s64 longs[N];
static double doubles[N];
static float singles[N];
static __attribute__((noinline)) void to_float(void)
{
    for (int i = 0; i < N; i++) {
        doubles[i] = (double)longs[i] * 0.001 + (double)words[i];
        singles[i] = (float)words[i] * 0.25f + (float)(u32)words[i];
    }
}
static __attribute__((noinline)) u64 to_integer(void)
{
    u64 sum = 0;
    for (int i = 0; i < N; i++) {
        sum += (u64)(s64)doubles[i] ^ (u64)(s64)singles[i];
        sum += (u32)(s32)(singles[i] * 0.001f) + (u64)(__builtin_fabs(doubles[i]) * 0.5);
    }
    return sum;
}
static __attribute__((noinline)) u64 rounded(void)
{
    u64 sum = 0;
    for (int i = 0; i < N; i++) {
        double d = doubles[i] * 0.37;
        sum += (u64)(s64)__builtin_floor(d) + 3 * (u64)(s64)__builtin_ceil(d) + 5 * (u64)(s64)__builtin_trunc(d) + 7 * (u64)(s64)__builtin_rint(d);
        singles[i] = (float)d;
    }
    return sum;
}
static __attribute__((noinline)) double widen(void)
{
    double sum = 0;
    for (int i = 0; i < N; i++) sum += (double)singles[i] * 0.5 + (double)(u64)longs[i];
    return sum;
}
static u64 kernel(u64 rounds)
{
    u32 state = 53;
    u64 sum = 0;
    for (int i = 0; i < N; i++) {
        words[i] = (s32)random_next(&state) >> (i & 15);
        longs[i] = (s64)((u64)state << 20 ^ state) >> (i & 31);
    }
    for (rounds *= 10; rounds--;) {
        to_float();
        sum = sum * 3 + to_integer() + rounded() + double_bits(widen());
        words[rounds % N] += 77;
    }
    return sum;
}
