/* integer 6000 240: primes by Miller and Rabin in Montgomery form, greatest common divisors, decimal digits; 64-bit products and divisions */
#include "kernel.h"
static inline u64 high(u64 a, u64 b) { return (u64)((unsigned __int128)a * b >> 64); }
struct modulus { u64 n, inverse; };
static inline u64 product(struct modulus m, u64 a, u64 b)
{
    u64 low = a * b, top = high(a, b), q = high(low * m.inverse, m.n);
    return top >= q ? top - q : top - q + m.n;
}
static __attribute__((noinline)) int is_prime(u64 n)
{
    struct modulus m = {n, n};
    for (int i = 0; i < 5; i++) m.inverse *= 2 - n * m.inverse;
    u64 one = -n % n, minus = n - one, d = n - 1, base = one;
    int twos = __builtin_ctzl(d);
    d >>= twos;
    for (int k = 0; k < 4; k++) {
        base = base >= minus ? base - minus : base + one;
        u64 x = one, b = base;
        for (u64 e = d; e; e >>= 1, b = product(m, b, b)) if (e & 1) x = product(m, x, b);
        if (x == one || x == minus) continue;
        int i = 1;
        for (; i < twos && x != minus; i++) x = product(m, x, x);
        if (x != minus) return 0;
    }
    return 1;
}
static __attribute__((noinline)) u64 divisor(u64 a, u64 b)
{
    while (b) {
        u64 r = a % b;
        a = b, b = r;
    }
    return a;
}
static __attribute__((noinline)) u64 digits(s64 v, s64 base)
{
    u64 sum = 0;
    for (; v; v /= base) sum = sum * 3 + (u64)(v % base);
    return sum;
}
static u64 kernel(u64 rounds)
{
    u64 x = 41, sum = 0;
    while (rounds--)
        for (int i = 0; i < 200; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            sum = sum * 3 + (u64)is_prime(x >> 2 | 1);
            for (int k = 1; k < 8; k++) sum += divisor(x, x >> k | 1) + digits((s64)x, 10 + k);
        }
    return sum;
}
