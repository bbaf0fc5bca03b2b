/* simd 25000 1000: an image blurred by 1 4 6 4 1 both ways with NEON by hand (SSE on the host); widening, narrowing with rounding */
#include "kernel.h"
#define WIDTH 256
#define HEIGHT 64
static u8 image[HEIGHT][WIDTH + 16], across[HEIGHT][WIDTH + 16];
#if defined(__aarch64__)
#include <arm_neon.h>
static inline uint8x8_t weigh(uint8x8_t a, uint8x8_t b, uint8x8_t c, uint8x8_t d, uint8x8_t e)
{
    uint16x8_t s = vmlal_u8(vaddl_u8(a, e), c, vdup_n_u8(6));
    return vrshrn_n_u16(vaddq_u16(s, vshlq_n_u16(vaddl_u8(b, d), 2)), 4);
}
static inline void taps(u8 *o, const u8 *p, long step)
{
    uint8x16_t a = vld1q_u8(p - 2 * step), b = vld1q_u8(p - step), c = vld1q_u8(p), d = vld1q_u8(p + step), e = vld1q_u8(p + 2 * step);
    uint8x8_t low = weigh(vget_low_u8(a), vget_low_u8(b), vget_low_u8(c), vget_low_u8(d), vget_low_u8(e));
    vst1q_u8(o, vcombine_u8(low, weigh(vget_high_u8(a), vget_high_u8(b), vget_high_u8(c), vget_high_u8(d), vget_high_u8(e))));
}
#else
#include <immintrin.h>
static inline __m128i weigh(__m128i a, __m128i b, __m128i c, __m128i d, __m128i e)
{
    __m128i s = _mm_add_epi16(_mm_add_epi16(a, e), _mm_mullo_epi16(c, _mm_set1_epi16(6)));
    s = _mm_add_epi16(s, _mm_slli_epi16(_mm_add_epi16(b, d), 2));
    return _mm_srli_epi16(_mm_add_epi16(s, _mm_set1_epi16(8)), 4);
}
static inline __m128i load(const u8 *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline __m128i low(__m128i v) { return _mm_unpacklo_epi8(v, _mm_setzero_si128()); }
static inline __m128i high(__m128i v) { return _mm_unpackhi_epi8(v, _mm_setzero_si128()); }
static inline void taps(u8 *o, const u8 *p, long step)
{
    __m128i a = load(p - 2 * step), b = load(p - step), c = load(p), d = load(p + step), e = load(p + 2 * step);
    __m128i l = weigh(low(a), low(b), low(c), low(d), low(e)), h = weigh(high(a), high(b), high(c), high(d), high(e));
    _mm_storeu_si128((__m128i *)o, _mm_packus_epi16(l, h));
}
#endif
static u64 kernel(u64 rounds)
{
    u32 state = 67;
    u64 sum = 0;
    for (int r = 0; r < HEIGHT; r++) for (int c = 0; c < WIDTH + 16; c++) image[r][c] = (u8)random_next(&state);
    for (rounds *= 10; rounds--;) {
        for (int r = 0; r < HEIGHT; r++) for (int c = 0; c < WIDTH; c += 16) taps(&across[r][c + 8], &image[r][c + 8], 1);
        for (int r = 2; r < HEIGHT - 2; r++) for (int c = 0; c < WIDTH; c += 16) taps(&image[r][c + 8], &across[r][c + 8], WIDTH + 16);
        sum = sum * 3 + image[rounds % HEIGHT][rounds % WIDTH];
        image[rounds % HEIGHT][rounds % WIDTH] ^= (u8)rounds;
    }
    return sum;
}
