/* fp 175 7: linear equations by LU decomposition with pivots, 96 unknowns; nested loops of products and differences */
#include "kernel.h"
#define N 96
static double a[N][N + 1], copy[N][N + 1], x[N];
static __attribute__((noinline)) void eliminate(void)
{
    for (int k = 0; k < N; k++) {
        int best = k;
        for (int i = k + 1; i < N; i++) if (__builtin_fabs(a[i][k]) > __builtin_fabs(a[best][k])) best = i;
        if (best != k)
            for (int j = 0; j <= N; j++) {
                double t = a[k][j];
                a[k][j] = a[best][j], a[best][j] = t;
            }
        for (int i = k + 1; i < N; i++) {
            double f = a[i][k] / a[k][k];
            for (int j = k; j <= N; j++) a[i][j] -= f * a[k][j];
        }
    }
}
static __attribute__((noinline)) void substitute(void)
{
    for (int i = N - 1; i >= 0; i--) {
        double s = a[i][N];
        for (int j = i + 1; j < N; j++) s -= a[i][j] * x[j];
        x[i] = s / a[i][i];
    }
}
static u64 kernel(u64 rounds)
{
    u32 state = 47;
    double sum = 0;
    for (int i = 0; i < N; i++) for (int j = 0; j <= N; j++) copy[i][j] = (double)(s32)random_next(&state) * 0x1p-31;
    for (rounds *= 50; rounds--;) {
        for (int i = 0; i < N; i++) for (int j = 0; j <= N; j++) a[i][j] = copy[i][j];
        copy[rounds % N][N] += 0.125;
        eliminate();
        substitute();
        sum += x[rounds % N];
    }
    return double_bits(sum);
}
