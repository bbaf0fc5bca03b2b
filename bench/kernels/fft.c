/* fp 10000 400: a fast Fourier transform of 4,096 single-precision points and back */
#include "kernel.h"
#define N 4096
static float re[N], im[N], wr[N / 2], wi[N / 2];
static __attribute__((noinline)) void transform(float sign)
{
    for (int i = 1, j = 0; i < N; i++) {
        int bit = N >> 1;
        for (; j & bit; bit >>= 1) j ^= bit;
        j ^= bit;
        if (i < j) {
            float a = re[i], b = im[i];
            re[i] = re[j], im[i] = im[j], re[j] = a, im[j] = b;
        }
    }
    for (int n = 2; n <= N; n <<= 1)
        for (int i = 0; i < N; i += n)
            for (int k = 0; k < n / 2; k++) {
                float c = wr[k * (N / n)], s = sign * wi[k * (N / n)];
                int p = i + k, q = p + n / 2;
                float x = re[q] * c - im[q] * s, y = re[q] * s + im[q] * c;
                re[q] = re[p] - x, im[q] = im[p] - y, re[p] += x, im[p] += y;
            }
}
static u64 kernel(u64 rounds)
{
    double c = 1, s = 0;
    for (int i = 0; i < N / 2; i++) {
        wr[i] = (float)c, wi[i] = (float)s;
        double t = c * 0.99999882345170188 - s * 0.0015339801862847655;
        s = s * 0.99999882345170188 + c * 0.0015339801862847655, c = t;
    }
    for (int i = 0; i < N; i++) re[i] = (float)(i % 97) - 48, im[i] = 0;
    for (u64 k = 0; k < rounds; k++) {
        transform(-1), transform(1);
        for (int i = 0; i < N; i++) re[i] *= 1.0f / N, im[i] *= 1.0f / N;
    }
    return double_bits(re[5]) ^ double_bits(im[1000]);
}
