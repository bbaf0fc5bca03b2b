/* Floating-point code as a compiler makes it: sums, series, matrices, comparisons, conversions, mixed widths.
 * levels: O0 O1 O2 O3
 * flags: -ffp-contract=off
 * portable */
#include "check.h"

static double bits_of(double d)
{
    u64 u;
    memcpy(&u, &d, 8);
    mix(u);
    return d;
}
static float fbits_of(float d)
{
    u32 u;
    memcpy(&u, &d, 4);
    mix(u);
    return d;
}

/* exp, sin and log by series: only + - * / and comparisons. */
static __attribute__((noinline)) double series_exp(double x)
{
    double sum = 1, term = 1;
    for (int n = 1; n < 200; n++) {
        term *= x / n;
        double next = sum + term;
        if (next == sum) break;
        sum = next;
    }
    return sum;
}
static __attribute__((noinline)) double series_sin(double x)
{
    double sum = x, term = x;
    for (int n = 1; n < 60; n++) {
        term *= -x * x / ((2 * n) * (2 * n + 1));
        sum += term;
    }
    return sum;
}
static __attribute__((noinline)) float newton_sqrt(float x)
{
    float r = x > 1 ? x : 1;
    for (int i = 0; i < 40; i++) r = 0.5f * (r + x / r);
    return r;
}

static double a[24][24], b[24][24], c[24][24];
static __attribute__((noinline)) void multiply(void)
{
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < 24; j++) {
            double s = 0;
            for (int k = 0; k < 24; k++) s += a[i][k] * b[k][j];
            c[i][j] = s;
        }
}
static float fa[100], fb[100], fc[100];
static __attribute__((noinline)) void scale(float k, int n)
{
    for (int i = 0; i < n; i++) fc[i] = fa[i] * k + fb[i];
}
static __attribute__((noinline)) void to_ints(const double *from, s32 *to, u8 *bytes, int n)
{
    for (int i = 0; i < n; i++) to[i] = (s32)from[i], bytes[i] = (u8)(s32)(from[i] * 0.01);
}
static __attribute__((noinline)) int compare(double x, double y)
{
    return (x < y) | (x <= y) << 1 | (x == y) << 2 | (x != y) << 3 | (x > y) << 4 | (x >= y) << 5 | !(x < y) << 6 | __builtin_isunordered(x, y) << 7 | __builtin_isnan(x) << 8 | __builtin_isinf(y) << 9;
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    begin();
    for (int i = -40; i <= 40; i++) {
        bits_of(series_exp(i / 4.0));
        bits_of(series_sin(i / 3.0));
        fbits_of(newton_sqrt((float)(i * i) + 0.37f));
    }
    end("series");
    begin();
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < 24; j++) a[i][j] = (i - j * 3) / 7.0, b[i][j] = (i * j + 1) / 11.0;
    multiply();
    for (int i = 0; i < 24; i++)
        for (int j = 0; j < 24; j++) bits_of(c[i][j]);
    for (int n = 0; n < 100; n++) fa[n] = (float)n / 3, fb[n] = (float)(50 - n) * 1.7f;
    for (int n = 90; n <= 100; n++) scale((float)n * 0.125f, n);
    for (int n = 0; n < 100; n++) fbits_of(fc[n]);
    end("arrays");
    begin();
    double from[37];
    s32 to[37];
    u8 bytes[37];
    for (int n = 0; n < 37; n++) from[n] = (n - 18) * 1234.56;
    to_ints(from, to, bytes, 37);
    mix_bytes(to, sizeof to);
    mix_bytes(bytes, sizeof bytes);
    for (int n = -100; n < 100; n++) {
        s64 big = (s64)n * 0x123456789abcd;
        HIDE(big);
        bits_of((double)big);
        fbits_of((float)big);
        bits_of((double)(u64)big);
        fbits_of((float)(u64)big);
        mix((u64)(s64)((double)big * 0.5));
        mix((u64)((double)(big < 0 ? -big : big) * 1.5));
        bits_of((double)(s32)big);
        fbits_of((float)(u32)big);
        bits_of((double)(float)big);
        fbits_of((float)((double)big / 3));
        mix((u64)(s16)(s32)(float)n);
    }
    end("conversions");
    begin();
    static const double list[] = {0, -0.0, 1, -1, 1.5, __builtin_inf(), -__builtin_inf(), 1e308, 5e-324};
    for (int i = 0; i < 9; i++)
        for (int j = 0; j < 9; j++) {
            mix((u64)compare(list[i], list[j]));
            bits_of(list[i] > list[j] ? list[i] : list[j]);
            bits_of(__builtin_fabs(list[i]) - list[j] > 0 ? 1 : 2);
            bits_of(__builtin_copysign(list[i], list[j]));
        }
    mix((u64)compare(__builtin_nan(""), 1));
    mix((u64)compare(1, __builtin_nan("")));
    end("comparisons");
    return 0;
}
