/* fp 7000 280: sines, exponentials and products of long numbers by fused multiply-add; chains of single instructions */
#if !defined(__aarch64__)
#pragma GCC target("fma,prefer-vector-width=128")
#endif
#include "kernel.h"
#define N 4096
static double x[N], y[N];
static __attribute__((noinline)) void sines(void)
{
    static const double c[] = {-1.0 / 6, 1.0 / 120, -1.0 / 5040, 1.0 / 362880, -1.0 / 39916800, 1.0 / 6227020800};
    for (int i = 0; i < N; i++) {
        double q = x[i] * x[i], p = c[5];
        for (int k = 4; k >= 0; k--) p = __builtin_fma(p, q, c[k]);
        y[i] = __builtin_fma(x[i] * q, p, x[i]);
    }
}
static __attribute__((noinline)) double exponentials(void)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        double k = __builtin_floor(y[i] * 1.4426950408889634), r = __builtin_fma(-k, 0.6931471805599453, y[i]), p = 1.0 / 40320;
        for (int n = 7; n > 0; n--) {
            static const double inverse[] = {1, 1, 1.0 / 2, 1.0 / 6, 1.0 / 24, 1.0 / 120, 1.0 / 720, 1.0 / 5040};
            p = __builtin_fma(p, r, inverse[n]);
        }
        sum = __builtin_fma(__builtin_fma(p, r, 1), k, sum);
    }
    return sum;
}
/* A scalar product in twice the precision: the error of each product is exact. */
static __attribute__((noinline)) double exact(void)
{
    double high = 0, low = 0;
    for (int i = 0; i < N; i++) {
        double p = x[i] * y[i], s = high + p, t = s - high;
        low += __builtin_fma(x[i], y[i], -p) + ((high - (s - t)) + (p - t));
        high = s;
    }
    return high + low;
}
static u64 kernel(u64 rounds)
{
    double sum = 0;
    for (int i = 0; i < N; i++) x[i] = (double)(i - N / 2) * (1.5 / N);
    for (rounds *= 10; rounds--;) {
        sines();
        sum += exponentials() + exact();
        x[rounds % N] += 0.001;
    }
    return double_bits(sum);
}
