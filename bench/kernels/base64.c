/* simd 400000 16000: base64 there and back with NEON by hand (SSE on the host); interleaved loads and stores, look-ups in 64 bytes */
#include "kernel.h"
#define N 12288
static u8 data[N + 16], coded[N / 3 * 4], again[N + 16];
#if defined(__aarch64__)
#include <arm_neon.h>
static u8 letters[64], values[128];
static void prepare(void)
{
    for (int i = 0; i < 64; i++) {
        letters[i] = (u8)"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"[i];
        values[letters[i]] = (u8)i;
    }
}
static __attribute__((noinline)) void encode(void)
{
    uint8x16x4_t table = vld1q_u8_x4(letters), o;
    uint8x16_t six = vdupq_n_u8(63);
    for (int i = 0, at = 0; i < N; i += 48, at += 64) {
        uint8x16x3_t v = vld3q_u8(data + i);
        o.val[0] = vqtbl4q_u8(table, vshrq_n_u8(v.val[0], 2));
        o.val[1] = vqtbl4q_u8(table, vandq_u8(vsliq_n_u8(vshrq_n_u8(v.val[1], 4), v.val[0], 4), six));
        o.val[2] = vqtbl4q_u8(table, vandq_u8(vsliq_n_u8(vshrq_n_u8(v.val[2], 6), v.val[1], 2), six));
        o.val[3] = vqtbl4q_u8(table, vandq_u8(v.val[2], six));
        vst4q_u8(coded + at, o);
    }
}
static __attribute__((noinline)) void decode(void)
{
    uint8x16x4_t low = vld1q_u8_x4(values), high = vld1q_u8_x4(values + 64);
    for (int i = 0, at = 0; i < N; i += 48, at += 64) {
        uint8x16x4_t v = vld4q_u8(coded + at);
        uint8x16x3_t o;
        /* An index out of range gives zero. */
        for (int k = 0; k < 4; k++) v.val[k] = vorrq_u8(vqtbl4q_u8(low, v.val[k]), vqtbl4q_u8(high, vsubq_u8(v.val[k], vdupq_n_u8(64))));
        o.val[0] = vsliq_n_u8(vshrq_n_u8(v.val[1], 4), v.val[0], 2);
        o.val[1] = vsliq_n_u8(vshrq_n_u8(v.val[2], 2), v.val[1], 4);
        o.val[2] = vsliq_n_u8(v.val[3], v.val[2], 6);
        vst3q_u8(again + i, o);
    }
}
#else
#include <immintrin.h>
static void prepare(void) {}
static __attribute__((noinline)) void encode(void)
{
    const __m128i spread = _mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
    /* What a value's letter is away from it, by the value's range. */
    const __m128i shifts = _mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0);
    for (int i = 0, at = 0; i < N; i += 12, at += 16) {
        __m128i v = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(data + i)), spread);
        __m128i outer = _mm_mulhi_epu16(_mm_and_si128(v, _mm_set1_epi32(0x0fc0fc00)), _mm_set1_epi32(0x04000040));
        __m128i inner = _mm_mullo_epi16(_mm_and_si128(v, _mm_set1_epi32(0x003f03f0)), _mm_set1_epi32(0x01000010));
        v = _mm_or_si128(outer, inner);
        __m128i range = _mm_subs_epu8(v, _mm_set1_epi8(51)), is_upper = _mm_cmpgt_epi8(_mm_set1_epi8(26), v);
        range = _mm_or_si128(range, _mm_and_si128(is_upper, _mm_set1_epi8(13)));
        _mm_storeu_si128((__m128i *)(coded + at), _mm_add_epi8(v, _mm_shuffle_epi8(shifts, range)));
    }
}
static __attribute__((noinline)) void decode(void)
{
    const __m128i shifts = _mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    const __m128i together = _mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    for (int i = 0, at = 0; i < N; i += 12, at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(coded + at));
        __m128i row = _mm_and_si128(_mm_srli_epi32(v, 4), _mm_set1_epi8(15));
        v = _mm_add_epi8(v, _mm_shuffle_epi8(shifts, _mm_add_epi8(row, _mm_cmpeq_epi8(v, _mm_set1_epi8('/')))));
        v = _mm_madd_epi16(_mm_maddubs_epi16(v, _mm_set1_epi32(0x01400140)), _mm_set1_epi32(0x00011000));
        _mm_storeu_si128((__m128i *)(again + i), _mm_shuffle_epi8(v, together));
    }
}
#endif
static u64 kernel(u64 rounds)
{
    u32 state = 79;
    u64 sum = 0;
    prepare();
    for (int i = 0; i < N; i++) data[i] = (u8)random_next(&state);
    for (u64 n = 0; n < rounds; n++) {
        encode();
        decode();
        for (int i = 0; i < 8; i++) sum = sum * 3 + coded[(n * 8 + (u64)i) % sizeof coded] + again[(n * 8 + (u64)i) % N];
        data[n % N] = again[n * 7 % N];
    }
    return sum;
}
