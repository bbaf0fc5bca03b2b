/* simd 400000 16000: luminance and colour differences to red, green, blue with NEON by hand (SSE on the host); saturation, interleaved stores */
#include "kernel.h"
#define N 4096
static u8 luma[N], us[N / 2], vs[N / 2], rgb[3 * N];
#if defined(__aarch64__)
#include <arm_neon.h>
static inline int16x8_t widen(uint8x8_t a, u8 less) { return vreinterpretq_s16_u16(vsubl_u8(a, vdup_n_u8(less))); }
static inline void half(uint8x8_t *o, uint8x8_t bytes, int16x8_t u, int16x8_t v)
{
    int16x8_t y = vmulq_n_s16(widen(bytes, 16), 74);
    o[0] = vqrshrun_n_s16(vqaddq_s16(y, vmulq_n_s16(v, 102)), 6);
    o[1] = vqrshrun_n_s16(vqsubq_s16(vqsubq_s16(y, vmulq_n_s16(u, 25)), vmulq_n_s16(v, 52)), 6);
    o[2] = vqrshrun_n_s16(vqaddq_s16(y, vmulq_n_s16(u, 129)), 6);
}
static inline void pixels(u8 *o, const u8 *y, const u8 *u, const u8 *v)
{
    uint8x16_t bytes = vld1q_u8(y);
    uint8x8x2_t u2 = vzip_u8(vld1_u8(u), vld1_u8(u)), v2 = vzip_u8(vld1_u8(v), vld1_u8(v));
    uint8x8_t low[3], high[3];
    half(low, vget_low_u8(bytes), widen(u2.val[0], 128), widen(v2.val[0], 128));
    half(high, vget_high_u8(bytes), widen(u2.val[1], 128), widen(v2.val[1], 128));
    vst3q_u8(o, ((uint8x16x3_t){{vcombine_u8(low[0], high[0]), vcombine_u8(low[1], high[1]), vcombine_u8(low[2], high[2])}}));
}
#else
#include <immintrin.h>
#define WORDS(n) _mm_set1_epi16(n)
static inline __m128i narrow(__m128i low, __m128i high)
{
    low = _mm_srai_epi16(_mm_adds_epi16(low, WORDS(32)), 6), high = _mm_srai_epi16(_mm_adds_epi16(high, WORDS(32)), 6);
    return _mm_packus_epi16(low, high);
}
static inline void half(__m128i *o, __m128i y, __m128i u, __m128i v)
{
    y = _mm_mullo_epi16(_mm_sub_epi16(_mm_cvtepu8_epi16(y), WORDS(16)), WORDS(74));
    u = _mm_sub_epi16(_mm_cvtepu8_epi16(u), WORDS(128)), v = _mm_sub_epi16(_mm_cvtepu8_epi16(v), WORDS(128));
    o[0] = _mm_adds_epi16(y, _mm_mullo_epi16(v, WORDS(102)));
    o[1] = _mm_subs_epi16(_mm_subs_epi16(y, _mm_mullo_epi16(u, WORDS(25))), _mm_mullo_epi16(v, WORDS(52)));
    o[2] = _mm_adds_epi16(y, _mm_mullo_epi16(u, WORDS(129)));
}
/* Bytes of one colour to their places in one of the three registers that go out. */
#define PLACE(n, first) (((n) - (first)) % 3 == 0 && (n) >= (first) ? ((n) - (first)) / 3 : -1)
#define MASK(f) _mm_setr_epi8(PLACE(0, f), PLACE(1, f), PLACE(2, f), PLACE(3, f), PLACE(4, f), PLACE(5, f), PLACE(6, f), PLACE(7, f), PLACE(8, f), PLACE(9, f), PLACE(10, f), PLACE(11, f), PLACE(12, f), PLACE(13, f), PLACE(14, f), PLACE(15, f))
static inline __m128i three(__m128i r, __m128i g, __m128i b, __m128i mr, __m128i mg, __m128i mb)
{
    return _mm_or_si128(_mm_or_si128(_mm_shuffle_epi8(r, mr), _mm_shuffle_epi8(g, mg)), _mm_shuffle_epi8(b, mb));
}
static inline void pixels(u8 *o, const u8 *y, const u8 *u, const u8 *v)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)y), u2 = _mm_loadl_epi64((const __m128i *)u), v2 = _mm_loadl_epi64((const __m128i *)v), low[3], high[3];
    u2 = _mm_unpacklo_epi8(u2, u2), v2 = _mm_unpacklo_epi8(v2, v2);
    half(low, bytes, u2, v2);
    half(high, _mm_srli_si128(bytes, 8), _mm_srli_si128(u2, 8), _mm_srli_si128(v2, 8));
    __m128i r = narrow(low[0], high[0]), g = narrow(low[1], high[1]), b = narrow(low[2], high[2]), *to = (__m128i *)o;
    /* Byte n of the 48 is of colour n % 3; the second register begins with byte 16, the third with byte 32. */
    _mm_storeu_si128(to, three(r, g, b, MASK(0), MASK(1), MASK(2)));
    r = _mm_srli_si128(r, 5), g = _mm_srli_si128(g, 5), b = _mm_srli_si128(b, 5);
    _mm_storeu_si128(to + 1, three(_mm_srli_si128(r, 1), g, b, MASK(2), MASK(0), MASK(1)));
    r = _mm_srli_si128(r, 6), g = _mm_srli_si128(g, 5), b = _mm_srli_si128(b, 5);
    _mm_storeu_si128(to + 2, three(r, _mm_srli_si128(g, 1), b, MASK(1), MASK(2), MASK(0)));
}
#endif
static u64 kernel(u64 rounds)
{
    u32 state = 73;
    u64 sum = 0;
    for (int i = 0; i < N; i++) luma[i] = (u8)random_next(&state), us[i / 2] = (u8)(state >> 8), vs[i / 2] = (u8)(state >> 16);
    for (u64 n = 0; n < rounds; n++) {
        for (int i = 0; i < N; i += 16) pixels(rgb + 3 * i, luma + i, us + i / 2, vs + i / 2);
        for (int i = 0; i < 8; i++) sum = sum * 3 + rgb[(n * 8 + (u64)i) % sizeof rgb];
        luma[n % N] ^= (u8)n, us[n % (N / 2)] += 3, vs[n % (N / 2)] -= 5;
    }
    return sum;
}
