/* simd 400000 16000: AES-128 in counter mode and backwards by the processors' AES instructions */
#if defined(__aarch64__)
#pragma GCC target("+crypto")
#else
#pragma GCC target("aes")
#endif
#include "kernel.h"
#define N 16384
static u8 data[N] __attribute__((aligned(16)));
static u8 bytes[11][16] __attribute__((aligned(16)));
#if defined(__aarch64__)
#include <arm_neon.h>
typedef uint8x16_t block;
#define XOR veorq_u8
/* The key is added before the rest of the round; on the host, behind it. */
#define FIRST(s) (s)
#define ROUND(s, r) vaesmcq_u8(vaeseq_u8(s, k[r]))
#define LAST(s) XOR(vaeseq_u8(s, k[9]), k[10])
#define BACK(s, r) vaesimcq_u8(vaesdq_u8(s, k[r]))
#define LAST_BACK(s) XOR(vaesdq_u8(s, k[9]), k[10])
static inline block counter(u64 n) { return vreinterpretq_u8_u64((uint64x2_t){n, 0}); }
#else
#include <immintrin.h>
typedef __m128i block;
#define XOR _mm_xor_si128
#define FIRST(s) XOR(s, k[0])
#define ROUND(s, r) _mm_aesenc_si128(s, k[(r) + 1])
#define LAST(s) _mm_aesenclast_si128(s, k[10])
#define BACK(s, r) _mm_aesdec_si128(s, k[(r) + 1])
#define LAST_BACK(s) _mm_aesdeclast_si128(s, k[10])
static inline block counter(u64 n) { return _mm_set_epi64x(0, (s64)n); }
#endif
static __attribute__((noinline)) void counters(u64 n)
{
    block k[11], *p = (block *)(void *)data;
    for (int i = 0; i < 11; i++) __builtin_memcpy(&k[i], bytes[i], 16);
    for (int i = 0; i < N / 16; i += 4, n += 4) {
        block a = FIRST(counter(n)), b = FIRST(counter(n + 1)), c = FIRST(counter(n + 2)), d = FIRST(counter(n + 3));
#pragma GCC unroll 9
        for (int r = 0; r < 9; r++) a = ROUND(a, r), b = ROUND(b, r), c = ROUND(c, r), d = ROUND(d, r);
        p[i] = XOR(p[i], LAST(a)), p[i + 1] = XOR(p[i + 1], LAST(b)), p[i + 2] = XOR(p[i + 2], LAST(c)), p[i + 3] = XOR(p[i + 3], LAST(d));
    }
}
static __attribute__((noinline)) void backwards(void)
{
    block k[11], *p = (block *)(void *)data;
    for (int i = 0; i < 11; i++) __builtin_memcpy(&k[i], bytes[i], 16);
    for (int i = 0; i < N / 16; i += 2) {
        block a = FIRST(p[i]), b = FIRST(p[i + 1]);
#pragma GCC unroll 9
        for (int r = 0; r < 9; r++) a = BACK(a, r), b = BACK(b, r);
        p[i] = LAST_BACK(a), p[i + 1] = LAST_BACK(b);
    }
}
static u64 kernel(u64 rounds)
{
    u32 state = 83;
    u64 sum = 0;
    for (int i = 0; i < 176; i++) bytes[i / 16][i % 16] = (u8)random_next(&state);
    for (u64 n = 0; n < rounds; n++) {
        counters(n * 1024);
        backwards();
        sum = sum * 3 + data[n % N];
    }
    return sum;
}
