/* simd 125000 5000: 64 KB folded by carry-less products, four lanes of 128 bits, and GHASH's product by the processors' instructions */
#if defined(__aarch64__)
#pragma GCC target("+crypto")
#else
#pragma GCC target("pclmul,sse4.1")
#endif
#include "kernel.h"
#define N 65536
static u8 data[N] __attribute__((aligned(16)));
#if defined(__aarch64__)
#include <arm_neon.h>
typedef uint64x2_t wide;
#define XOR veorq_u64
#define LOAD(p) vld1q_u64((const u64 *)(const void *)(p))
#define PAIR(low, high) ((wide){low, high})
#define FIRST(a, b) vreinterpretq_u64_p128(vmull_p64((poly64_t)(a)[0], (poly64_t)(b)[0]))
#define SECOND(a, b) vreinterpretq_u64_p128(vmull_high_p64(vreinterpretq_p64_u64(a), vreinterpretq_p64_u64(b)))
#define SWAP(a) vextq_u64(a, a, 1)
#define UP(a) vextq_u64(vdupq_n_u64(0), a, 1)
#define DOWN(a) vextq_u64(a, vdupq_n_u64(0), 1)
#else
#include <immintrin.h>
typedef __m128i wide;
#define XOR _mm_xor_si128
#define LOAD(p) _mm_load_si128((const __m128i *)(const void *)(p))
#define PAIR(low, high) _mm_set_epi64x((s64)(high), (s64)(low))
#define FIRST(a, b) _mm_clmulepi64_si128(a, b, 0x00)
#define SECOND(a, b) _mm_clmulepi64_si128(a, b, 0x11)
#define SWAP(a) _mm_shuffle_epi32(a, 0x4e)
#define UP(a) _mm_slli_si128(a, 8)
#define DOWN(a) _mm_srli_si128(a, 8)
#endif
static inline wide fold(wide a, wide k, const u8 *p) { return XOR(XOR(FIRST(a, k), SECOND(a, k)), LOAD(p)); }
static __attribute__((noinline)) wide checksum(wide a, wide k)
{
    wide b = a, c = a, d = a;
    for (int i = 0; i < N; i += 64) a = fold(a, k, data + i), b = fold(b, k, data + i + 16), c = fold(c, k, data + i + 32), d = fold(d, k, data + i + 48);
    return XOR(XOR(a, b), XOR(c, d));
}
/* x^128 = x^7 + x^2 + x + 1; Karatsuba's product, then two steps of reduction. */
static inline wide multiply(wide a, wide h)
{
    wide low = FIRST(a, h), high = SECOND(a, h), both = XOR(XOR(FIRST(XOR(a, SWAP(a)), XOR(h, SWAP(h))), low), high), k = PAIR(0x87, 0x87);
    low = XOR(low, UP(both)), high = XOR(high, DOWN(both));
    wide t = SECOND(high, k);
    return XOR(XOR(low, UP(t)), FIRST(XOR(high, DOWN(t)), k));
}
static __attribute__((noinline)) wide ghash(wide y, wide h)
{
    for (int i = 0; i < N / 8; i += 16) y = multiply(XOR(y, LOAD(data + i)), h);
    return y;
}
static u64 kernel(u64 rounds)
{
    u32 state = 101;
    wide k = PAIR(0x1751997d0, 0x0ccaa009e), h = PAIR(0x66e94bd4ef8a2c3b, 0x884cfa59ca342b2e), sum = h;
    for (int i = 0; i < N; i++) data[i] = (u8)random_next(&state);
    for (u64 n = 0; n < rounds; n++) {
        sum = ghash(checksum(sum, k), h);
        data[n % N] ^= (u8)n;
    }
    return (u64)sum[0] ^ (u64)sum[1];
}
