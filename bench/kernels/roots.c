/* fp 2500 100: square roots and divisions, double and single, independent and in chains */
#include "kernel.h"
#define N 2048
static double x[N], y[N];
static float a[N], b[N];
static __attribute__((noinline)) double means(void)
{
    double sum = 0;
    for (int i = 0; i < N; i += 8) {
        double p = x[i], q = y[i];
        for (int k = 0; k < 4; k++) {
            double m = (p + q) * 0.5;
            q = __builtin_sqrt(p * q), p = m;
        }
        sum += p;
    }
    return sum;
}
static __attribute__((noinline)) float lengths(void)
{
    float sum = 0;
    for (int i = 0; i < N; i++) sum += __builtin_sqrtf(a[i] * a[i] + b[i] * b[i]);
    return sum;
}
static __attribute__((noinline)) double quotients(void)
{
    double sum = 0;
    for (int i = 0; i < N; i++) {
        sum += x[i] / y[i];
        a[i] = 1 / (a[i] + b[i]);
    }
    return sum;
}
/* A continued fraction. */
static __attribute__((noinline)) double fraction(void)
{
    double f = 1;
    for (int i = N - 1; i >= 0; i--) f = y[i] + x[i] / f;
    return f;
}
static u64 kernel(u64 rounds)
{
    double sum = 0;
    for (int i = 0; i < N; i++) x[i] = 1 + i % 37 * 0.25, y[i] = 2 + i % 53 * 0.5, a[i] = (float)(i % 41) + 1, b[i] = (float)(i % 43) + 2;
    for (rounds *= 25; rounds--;) {
        sum += means() + lengths() + quotients() + fraction();
        y[rounds % N] += 0.001;
    }
    return double_bits(sum);
}
