/* fp 125 5: the spectral norm of an endless matrix; divisions and conversions */
#include "kernel.h"
#define N 400
static double u[N], v[N], t[N];
static double a(int i, int j) { return 1.0 / ((i + j) * (i + j + 1) / 2 + i + 1); }
static __attribute__((noinline)) void times(const double *x, double *y, int flip)
{
    for (int i = 0; i < N; i++) {
        double s = 0;
        for (int j = 0; j < N; j++) s += (flip ? a(j, i) : a(i, j)) * x[j];
        y[i] = s;
    }
}
static u64 kernel(u64 rounds)
{
    for (int i = 0; i < N; i++) u[i] = 1;
    for (u64 k = 0; k < rounds * 10; k++) {
        times(u, t, 0), times(t, v, 1), times(v, t, 0), times(t, u, 1);
        double m = 0;
        for (int i = 0; i < N; i++) m += u[i] * u[i];
        m = 1 / __builtin_sqrt(m);
        for (int i = 0; i < N; i++) u[i] *= m;
    }
    return double_bits(u[0]) ^ double_bits(v[N - 1]);
}
