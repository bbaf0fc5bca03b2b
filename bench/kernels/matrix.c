/* integer 300 12: products of matrices of 64-bit integers, plain and by a prime; nested loops, address arithmetic */
#include "kernel.h"
#define N 96
static u64 a[N][N], b[N][N], c[N][N];
static __attribute__((noinline)) void multiply(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            u64 s = 0;
            for (int k = 0; k < N; k++) s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
}
static __attribute__((noinline)) void transpose(void)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j < i; j++) {
            u64 t = c[i][j];
            c[i][j] = c[j][i], c[j][i] = t;
        }
}
static __attribute__((noinline)) u64 reduce(void)
{
    u64 trace = 0;
    for (int i = 0; i < N; i++) {
        for (int j = 0; j < N; j++) a[i][j] = c[i][j] % 1000003;
        trace += a[i][i];
    }
    return trace;
}
static u64 kernel(u64 rounds)
{
    u32 state = 19;
    u64 sum = 0;
    for (int i = 0; i < N; i++) for (int j = 0; j < N; j++) a[i][j] = random_next(&state) & 1023, b[i][j] = state >> 22;
    for (rounds *= 10; rounds--;) {
        multiply();
        transpose();
        sum = sum * 3 + reduce();
    }
    return sum;
}
