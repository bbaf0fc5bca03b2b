/* simd 150000 6000: NEON by hand (SSE on the host); four Mandelbrot points at once, byte sums, table look-ups */
#include "kernel.h"
#if defined(__aarch64__)
#include <arm_neon.h>
typedef float32x4_t f4;
#define SET(v) vdupq_n_f32(v)
#define MUL vmulq_f32
#define ADD vaddq_f32
#define SUBTRACT vsubq_f32
static inline u64 count_small(f4 v) { return vaddvq_u32(vshrq_n_u32(vcleq_f32(v, SET(4)), 31)); }
static inline u64 difference(const u8 *a, const u8 *b) { return vaddlvq_u8(vabdq_u8(vld1q_u8(a), vld1q_u8(b))); }
static inline void look_up(u8 *o, const u8 *t, const u8 *i) { vst1q_u8(o, vqtbl1q_u8(vld1q_u8(t), vandq_u8(vld1q_u8(i), vdupq_n_u8(15)))); }
#else
#include <immintrin.h>
typedef __m128 f4;
#define SET(v) _mm_set1_ps(v)
#define MUL _mm_mul_ps
#define ADD _mm_add_ps
#define SUBTRACT _mm_sub_ps
static inline u64 count_small(f4 v) { return (u64)__builtin_popcount((unsigned)_mm_movemask_ps(_mm_cmple_ps(v, SET(4)))); }
static inline u64 difference(const u8 *a, const u8 *b)
{
    __m128i s = _mm_sad_epu8(_mm_loadu_si128((const __m128i *)a), _mm_loadu_si128((const __m128i *)b));
    return (u64)(_mm_cvtsi128_si64(s) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(s, s)));
}
static inline void look_up(u8 *o, const u8 *t, const u8 *i)
{
    _mm_storeu_si128((__m128i *)o, _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)t), _mm_and_si128(_mm_loadu_si128((const __m128i *)i), _mm_set1_epi8(15))));
}
#endif
static u8 a[4096], b[4096], t[16];
static u64 kernel(u64 rounds)
{
    u32 state = 11;
    u64 sum = 0;
    for (int i = 0; i < 4096; i++) a[i] = (u8)random_next(&state), b[i] = (u8)(state >> 8), t[i & 15] = (u8)(state >> 16);
    for (u64 n = 0; n < rounds; n++) {
        for (int i = 0; i < 4096; i += 16) {
            sum += difference(a + i, b + i);
            look_up(b + i, t, a + i);
        }
        a[n & 4095]++;
        for (int p = 0; p < 64; p++) {
            f4 cx = SET((float)p * 0.03f - 1.5f), cy = SET((float)(n & 63) * 0.02f), x = SET(0), y = SET(0);
            for (int i = 0; i < 50; i++) {
                f4 xx = MUL(x, x), yy = MUL(y, y), xy = MUL(x, y);
                u64 k = count_small(ADD(xx, yy));
                if (k == 0) break;
                sum += k;
                x = ADD(SUBTRACT(xx, yy), cx), y = ADD(ADD(xy, xy), cy);
            }
        }
    }
    return sum;
}
