/* simd 25000 1000: SHA-256 and SHA-1 over 32 KB by the processors' SHA instructions */
#if defined(__aarch64__)
#pragma GCC target("+crypto")
#else
#pragma GCC target("sha,sse4.1")
#endif
#include "kernel.h"
#define N 32768
static u32 data[N / 4] __attribute__((aligned(16)));
static u32 constants[64] __attribute__((aligned(16)));
static u32 long_state[8] __attribute__((aligned(16))), short_state[8] __attribute__((aligned(16)));
#if defined(__aarch64__)
#include <arm_neon.h>
static __attribute__((noinline)) void sha256(void)
{
    uint32x4_t abcd = vld1q_u32(long_state), efgh = vld1q_u32(long_state + 4);
    for (int at = 0; at < N / 4; at += 16) {
        uint32x4_t m[4], a = abcd, e = efgh;
        for (int i = 0; i < 4; i++) m[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8((u8 *)(data + at + 4 * i))));
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            uint32x4_t w = vaddq_u32(m[i & 3], vld1q_u32(constants + 4 * i)), old = a;
            if (i < 12) m[i & 3] = vsha256su1q_u32(vsha256su0q_u32(m[i & 3], m[(i + 1) & 3]), m[(i + 2) & 3], m[(i + 3) & 3]);
            a = vsha256hq_u32(a, e, w), e = vsha256h2q_u32(e, old, w);
        }
        abcd = vaddq_u32(abcd, a), efgh = vaddq_u32(efgh, e);
    }
    vst1q_u32(long_state, abcd), vst1q_u32(long_state + 4, efgh);
}
static __attribute__((noinline)) void sha1(void)
{
    uint32x4_t abcd = vld1q_u32(short_state);
    u32 last = short_state[4];
    for (int at = 0; at < N / 4; at += 16) {
        uint32x4_t m[4], a = abcd;
        u32 e = last;
        for (int i = 0; i < 4; i++) m[i] = vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8((u8 *)(data + at + 4 * i))));
#pragma GCC unroll 20
        for (int i = 0; i < 20; i++) {
            static const u32 k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
            uint32x4_t w = vaddq_u32(m[i & 3], vdupq_n_u32(k[i / 5]));
            u32 next = vsha1h_u32(vgetq_lane_u32(a, 0));
            if (i < 16) m[i & 3] = vsha1su1q_u32(vsha1su0q_u32(m[i & 3], m[(i + 1) & 3], m[(i + 2) & 3]), m[(i + 3) & 3]);
            a = i < 5 ? vsha1cq_u32(a, e, w) : i < 10 || i >= 15 ? vsha1pq_u32(a, e, w) : vsha1mq_u32(a, e, w);
            e = next;
        }
        abcd = vaddq_u32(abcd, a), last += e;
    }
    vst1q_u32(short_state, abcd);
    short_state[4] = last;
}
#else
#include <immintrin.h>
static inline __m128i *at16(u32 *p) { return (__m128i *)(void *)p; }
static __attribute__((noinline)) void sha256(void)
{
    const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
    /* The instructions want ABEF and CDGH, highest first. */
    __m128i low = _mm_shuffle_epi32(_mm_load_si128(at16(long_state)), 0xb1), high = _mm_shuffle_epi32(_mm_load_si128(at16(long_state + 4)), 0x1b);
    __m128i abef = _mm_alignr_epi8(low, high, 8), cdgh = _mm_blend_epi16(high, low, 0xf0);
    for (int at = 0; at < N / 4; at += 16) {
        __m128i m[4], x = abef, y = cdgh;
        for (int i = 0; i < 4; i++) m[i] = _mm_shuffle_epi8(_mm_load_si128(at16(data + at + 4 * i)), swap);
#pragma GCC unroll 16
        for (int i = 0; i < 16; i++) {
            __m128i w = _mm_add_epi32(m[i & 3], _mm_load_si128(at16(constants + 4 * i)));
            if (i < 12) {
                __m128i s = _mm_add_epi32(_mm_sha256msg1_epu32(m[i & 3], m[(i + 1) & 3]), _mm_alignr_epi8(m[(i + 3) & 3], m[(i + 2) & 3], 4));
                m[i & 3] = _mm_sha256msg2_epu32(s, m[(i + 3) & 3]);
            }
            y = _mm_sha256rnds2_epu32(y, x, w), x = _mm_sha256rnds2_epu32(x, y, _mm_shuffle_epi32(w, 0x0e));
        }
        abef = _mm_add_epi32(abef, x), cdgh = _mm_add_epi32(cdgh, y);
    }
    low = _mm_shuffle_epi32(abef, 0x1b), high = _mm_shuffle_epi32(cdgh, 0xb1);
    _mm_store_si128(at16(long_state), _mm_blend_epi16(low, high, 0xf0));
    _mm_store_si128(at16(long_state + 4), _mm_alignr_epi8(high, low, 8));
}
static __attribute__((noinline)) void sha1(void)
{
    const __m128i swap = _mm_set_epi64x(0x0001020304050607, 0x08090a0b0c0d0e0f);
    __m128i abcd = _mm_shuffle_epi32(_mm_load_si128(at16(short_state)), 0x1b), last = _mm_set_epi32((s32)short_state[4], 0, 0, 0);
    for (int at = 0; at < N / 4; at += 16) {
        __m128i m[4], a = abcd, e = last;
        for (int i = 0; i < 4; i++) m[i] = _mm_shuffle_epi8(_mm_load_si128(at16(data + at + 4 * i)), swap);
#pragma GCC unroll 20
        for (int i = 0; i < 20; i++) {
            __m128i old = a, w = i ? _mm_sha1nexte_epu32(e, m[i & 3]) : _mm_add_epi32(e, m[0]);
            if (i < 16) m[i & 3] = _mm_sha1msg2_epu32(_mm_xor_si128(_mm_sha1msg1_epu32(m[i & 3], m[(i + 1) & 3]), m[(i + 2) & 3]), m[(i + 3) & 3]);
            a = i < 5 ? _mm_sha1rnds4_epu32(a, w, 0) : i < 10 ? _mm_sha1rnds4_epu32(a, w, 1) : i < 15 ? _mm_sha1rnds4_epu32(a, w, 2) : _mm_sha1rnds4_epu32(a, w, 3);
            e = old;
        }
        abcd = _mm_add_epi32(abcd, a), last = _mm_sha1nexte_epu32(e, last);
    }
    _mm_store_si128(at16(short_state), _mm_shuffle_epi32(abcd, 0x1b));
    short_state[4] = (u32)_mm_extract_epi32(last, 3);
}
#endif
static u64 kernel(u64 rounds)
{
    u32 random = 89;
    for (int i = 0; i < 64; i++) constants[i] = random_next(&random);
    for (int i = 0; i < 8; i++) long_state[i] = random_next(&random), short_state[i] = random_next(&random);
    for (int i = 0; i < N / 4; i++) data[i] = random_next(&random);
    while (rounds--) sha256(), sha1();
    u64 sum = 0;
    for (int i = 0; i < 8; i++) sum = sum * 3 + long_state[i];
    for (int i = 0; i < 5; i++) sum = sum * 3 + short_state[i];
    return sum;
}
