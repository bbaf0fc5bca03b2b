/* simd 1000000 40000: scalar products of bytes, words and fused floats with NEON by hand (SSE and FMA on the host) */
#if !defined(__aarch64__)
#pragma GCC target("fma")
#endif
#include "kernel.h"
#define N 4096
static s8 a[N], b[N];
static s16 v[N], w[N];
static float x[N], y[N];
#if defined(__aarch64__)
#include <arm_neon.h>
static __attribute__((noinline)) s32 bytes(void)
{
    int32x4_t s = vdupq_n_s32(0);
    for (int i = 0; i < N; i += 16) {
        int8x16_t p = vld1q_s8(a + i), q = vld1q_s8(b + i);
        s = vpadalq_s16(s, vmull_s8(vget_low_s8(p), vget_low_s8(q)));
        s = vpadalq_s16(s, vmull_high_s8(p, q));
    }
    return vaddvq_s32(s);
}
static __attribute__((noinline)) s32 words(void)
{
    int32x4_t s = vdupq_n_s32(0), t = s;
    for (int i = 0; i < N; i += 8) {
        int16x8_t p = vld1q_s16(v + i), q = vld1q_s16(w + i);
        s = vmlal_s16(s, vget_low_s16(p), vget_low_s16(q)), t = vmlal_high_s16(t, p, q);
    }
    return vaddvq_s32(vaddq_s32(s, t));
}
static __attribute__((noinline)) float floats(void)
{
    float32x4_t s[4] = {vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0), vdupq_n_f32(0)};
    for (int i = 0; i < N; i += 16) for (int k = 0; k < 4; k++) s[k] = vfmaq_f32(s[k], vld1q_f32(x + i + 4 * k), vld1q_f32(y + i + 4 * k));
    float32x4_t r = vaddq_f32(vaddq_f32(s[0], s[1]), vaddq_f32(s[2], s[3]));
    return (r[0] + r[1]) + (r[2] + r[3]);
}
#else
#include <immintrin.h>
static inline __m128i load(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline s32 total(__m128i v)
{
    v = _mm_hadd_epi32(v, v);
    return _mm_cvtsi128_si32(_mm_hadd_epi32(v, v));
}
static __attribute__((noinline)) s32 bytes(void)
{
    __m128i s = _mm_setzero_si128();
    for (int i = 0; i < N; i += 16) {
        __m128i p = load(a + i), q = load(b + i);
        s = _mm_add_epi32(s, _mm_madd_epi16(_mm_cvtepi8_epi16(p), _mm_cvtepi8_epi16(q)));
        s = _mm_add_epi32(s, _mm_madd_epi16(_mm_cvtepi8_epi16(_mm_srli_si128(p, 8)), _mm_cvtepi8_epi16(_mm_srli_si128(q, 8))));
    }
    return total(s);
}
static __attribute__((noinline)) s32 words(void)
{
    __m128i s = _mm_setzero_si128();
    for (int i = 0; i < N; i += 8) s = _mm_add_epi32(s, _mm_madd_epi16(load(v + i), load(w + i)));
    return total(s);
}
static __attribute__((noinline)) float floats(void)
{
    __m128 s[4] = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps()};
    for (int i = 0; i < N; i += 16) for (int k = 0; k < 4; k++) s[k] = _mm_fmadd_ps(_mm_loadu_ps(x + i + 4 * k), _mm_loadu_ps(y + i + 4 * k), s[k]);
    __m128 r = _mm_add_ps(_mm_add_ps(s[0], s[1]), _mm_add_ps(s[2], s[3]));
    return (r[0] + r[1]) + (r[2] + r[3]);
}
#endif
static u64 kernel(u64 rounds)
{
    u32 state = 71;
    u64 sum = 0;
    for (int i = 0; i < N; i++) {
        a[i] = (s8)random_next(&state), b[i] = (s8)(state >> 8), v[i] = (s16)(state >> 12), w[i] = (s16)(state >> 16);
        x[i] = (float)a[i] * 0.1f, y[i] = (float)b[i] * 0.3f;
    }
    for (u64 n = 0; n < rounds; n++) {
        sum = sum * 3 + (u32)bytes() + (u32)words() + double_bits(floats());
        a[n % N]++, v[n % N]--, x[n % N] += 0.5f;
    }
    return sum;
}
