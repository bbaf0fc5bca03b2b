/* simd 25000 1000: sums, products and a matrix product in single precision, vectorised by the compiler */
#include "kernel.h"
#define N 4096
static float x[N], y[N], z[N], a[64][64], b[64][64], c[64][64];
static __attribute__((noinline)) void scale(float k)
{
    for (int i = 0; i < N; i++) z[i] = z[i] * 0.5f + x[i] * k + y[i];
}
static __attribute__((noinline)) void multiply(void)
{
    for (int i = 0; i < 64; i++)
        for (int k = 0; k < 64; k++) {
            float f = a[i][k];
            for (int j = 0; j < 64; j++) c[i][j] += f * b[k][j];
        }
}
static u64 kernel(u64 rounds)
{
    for (int i = 0; i < N; i++) x[i] = (float)(i % 31) * 0.25f, y[i] = (float)(i % 7) - 3;
    for (int i = 0; i < 64; i++)
        for (int j = 0; j < 64; j++) a[i][j] = (float)(i - j) * 0.01f, b[i][j] = (float)(i + j) * 0.02f;
    for (u64 n = 0; n < rounds; n++) {
        for (int k = 0; k < 8; k++) scale((float)(n & 15) * 0.125f);
        multiply();
    }
    return double_bits(z[77]) ^ double_bits(c[9][33]);
}
