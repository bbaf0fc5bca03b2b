/* simd 80000 4000: blending, blurring, clamping and comparing bytes, vectorised by the compiler */
#include "kernel.h"
#define N 16384
static u8 a[N + 16], b[N], o[N];
static __attribute__((noinline)) void blend(u32 t)
{
    for (int i = 0; i < N; i++) o[i] = (u8)((a[i] * t + b[i] * (256 - t)) >> 8);
}
static __attribute__((noinline)) void blur(void)
{
    for (int i = 0; i < N; i++) b[i] = (u8)((a[i] + 2 * a[i + 1] + a[i + 2] + 2) >> 2);
}
static __attribute__((noinline)) u32 differences(void)
{
    u32 s = 0;
    for (int i = 0; i < N; i++) s += (u32)(a[i] > o[i] ? a[i] - o[i] : o[i] - a[i]);
    return s;
}
static __attribute__((noinline)) void clamp(u8 low, u8 high)
{
    for (int i = 0; i < N; i++) a[i] = a[i] < low ? low : a[i] > high ? high : (u8)(a[i] + 3);
}
static u64 kernel(u64 rounds)
{
    u32 state = 9;
    u64 sum = 0;
    for (int i = 0; i < N + 16; i++) a[i] = (u8)random_next(&state);
    for (u64 n = 0; n < rounds; n++) {
        blur();
        blend((u32)n & 255);
        sum = sum * 3 + differences();
        clamp((u8)(n & 31), (u8)(250 - (n & 15)));
    }
    return sum;
}
