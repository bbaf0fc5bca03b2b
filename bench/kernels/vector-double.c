/* simd 200000 8000: a stencil, roots, quotients, choices and conversions in double precision, vectorised by the compiler */
#include "kernel.h"
#define N 2048
static double x[N + 2], y[N + 2], z[N + 2];
static s32 k[N];
static float f[N];
static __attribute__((noinline)) void stencil(void)
{
    for (int i = 1; i <= N; i++) y[i] = (x[i - 1] + x[i + 1]) * 0.25 + x[i] * 0.5;
}
static __attribute__((noinline)) void lengths(void)
{
    for (int i = 0; i < N; i++) z[i] = __builtin_sqrt(x[i] * x[i] + y[i] * y[i]);
}
static __attribute__((noinline)) void quotients(double d)
{
    for (int i = 0; i < N; i++) x[i] = y[i] / (z[i] + d);
}
static __attribute__((noinline)) void choose(double limit)
{
    for (int i = 0; i < N; i++) y[i] = __builtin_fabs(x[i]) > limit ? limit : x[i] - y[i];
}
static __attribute__((noinline)) void convert(void)
{
    for (int i = 0; i < N; i++) f[i] = (float)k[i] * 0.5f, k[i] = (s32)(f[i] + (float)x[i]);
}
static __attribute__((noinline)) void widen(void)
{
    for (int i = 0; i < N; i++) x[i] = (double)f[i] * 0.125 + y[i];
}
static u64 kernel(u64 rounds)
{
    u32 state = 61;
    double sum = 0;
    for (int i = 0; i < N; i++) k[i] = (s32)(random_next(&state) >> 12), x[i] = k[i] * 0x1p-18;
    for (u64 n = 0; n < rounds; n++) {
        stencil();
        lengths();
        quotients(1 + (double)(n & 7));
        choose(0.5);
        convert();
        widen();
        sum += y[n % N] + z[n % N];
        k[n % N] = (s32)n & 0xffff;
    }
    return double_bits(sum);
}
