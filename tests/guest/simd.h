/* Vectors for the SIMD tests: pseudo-random bytes with runs of extremes, and how to mix a result of any vector type. */
#ifndef SIMD_H
#define SIMD_H
#include <arm_neon.h>
#include "check.h"

#define INPUTS 24
static u8 inputs[INPUTS][16] __attribute__((aligned(16)));

static inline u64 next_random(u64 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void make_inputs(void)
{
    static const u8 extremes[] = {0x00, 0xff, 0x80, 0x7f, 0x01, 0x81, 0xfe, 0x40};
    u64 state = 0x9e3779b97f4a7c15;
    for (int i = 0; i < INPUTS; i++) {
        for (int j = 0; j < 16; j++) {
            u64 r = next_random(&state);
            inputs[i][j] = (r & 3) == 0 ? extremes[r >> 8 & 7] : (u8)(r >> 16);
        }
        /* whole lanes of 16, 32 and 64 bits at their extremes */
        if (i % 3 == 1) for (int j = 0; j < 16; j += 4) inputs[i][j] = inputs[i][j + 1] = inputs[i][j + 2] = 0x00, inputs[i][j + 3] = 0x80;
        if (i % 3 == 2) for (int j = 0; j < 16; j += 8) {
            memset(inputs[i] + j, 0xff, 8);
            inputs[i][j + 7] = (u8)(i & 4 ? 0x7f : 0xff);
        }
        if (i % 6 == 4) for (int j = 0; j < 16; j += 2) inputs[i][j] = 0, inputs[i][j + 1] = 0x80;
    }
}

/* Mixes any value as bytes. */
#define MIX(value) \
    do { \
        __typeof__(value) result_ = (value); \
        u64 parts_[8] = {0}; \
        memcpy(parts_, &result_, sizeof result_); \
        for (size_t n_ = 0; n_ < (sizeof result_ + 7) / 8; n_++) mix(parts_[n_]); \
    } while (0)

#define LOADQ(T, i) ({ T v_; memcpy(&v_, inputs[(i) % INPUTS], 16); v_; })
#define LOADD(T, i) ({ T v_; memcpy(&v_, inputs[(i) % INPUTS], 8); v_; })

#define TYPES_S(X) X(s8, int8x8_t, int8x16_t) X(s16, int16x4_t, int16x8_t) X(s32, int32x2_t, int32x4_t)
#define TYPES_U(X) X(u8, uint8x8_t, uint8x16_t) X(u16, uint16x4_t, uint16x8_t) X(u32, uint32x2_t, uint32x4_t)
#define TYPES_64(X) X(s64, int64x1_t, int64x2_t) X(u64, uint64x1_t, uint64x2_t)
#define TYPES_F(X) X(f32, float32x2_t, float32x4_t) X(f64, float64x1_t, float64x2_t)
#define TYPES(X) TYPES_S(X) TYPES_U(X)

/* For every pair of inputs: a and b (128 bits), c and d (64 bits), e a third. */
#define FOR_INPUTS(D, Q) \
    for (int i_ = 0; i_ < INPUTS; i_++) \
        for (int j_ = 0; j_ < INPUTS; j_ += 1 + (i_ & 1)) \
            for (struct { Q a, b, e; D c, d, f; int go; } v = {LOADQ(Q, i_), LOADQ(Q, j_), LOADQ(Q, i_ + j_ + 5), LOADD(D, i_), LOADD(D, j_), LOADD(D, i_ * 3 + j_ + 1), 1}; v.go; v.go = 0)
#endif
