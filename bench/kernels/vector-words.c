/* simd 250000 10000: words of 16 and 32 bits: scalar products, saturation, shifts, extremes and conversions, vectorised by the compiler */
#include "kernel.h"
#define N 4096
static s16 a[N], b[N], o[N];
static s32 w[N], v[N];
static u32 h[N];
static __attribute__((noinline)) s32 product(void)
{
    s32 s = 0;
    for (int i = 0; i < N; i++) s += a[i] * b[i];
    return s;
}
static __attribute__((noinline)) void mix(s32 k)
{
    for (int i = 0; i < N; i++) {
        s32 x = (a[i] * k + b[i] * (256 - k)) >> 8;
        o[i] = (s16)(x > 20000 ? 20000 : x < -20000 ? -20000 : x);
    }
}
static __attribute__((noinline)) void hash(void)
{
    for (int i = 0; i < N; i++) {
        u32 x = h[i] * 2654435761u;
        x ^= x >> 15;
        h[i] = x << 7 | x >> 25;
    }
}
static __attribute__((noinline)) s32 extremes(void)
{
    s32 low = w[0], high = w[0];
    for (int i = 0; i < N; i++) low = w[i] < low ? w[i] : low, high = w[i] > high ? w[i] : high;
    return high ^ low;
}
static __attribute__((noinline)) u64 sums(void)
{
    u64 s = 0;
    for (int i = 0; i < N; i++) s += h[i];
    return s;
}
static __attribute__((noinline)) void select(s32 limit)
{
    for (int i = 0; i < N; i++) w[i] = v[i] > limit ? w[i] + o[i] : w[i] - v[i];
}
static u64 kernel(u64 rounds)
{
    u32 state = 59;
    u64 sum = 0;
    for (int i = 0; i < N; i++) a[i] = (s16)random_next(&state), b[i] = (s16)(state >> 16), h[i] = state, v[i] = (s32)(state >> 9), w[i] = (s32)(state & 0xffff);
    for (u64 n = 0; n < rounds; n++) {
        mix((s32)(n & 255));
        hash();
        select((s32)(n << 12));
        sum = sum * 3 + (u64)product() + (u64)extremes() + sums();
        a[n % N] ^= (s16)n;
    }
    return sum;
}
