/* SIMD permutations, tables, lanes, duplicates, immediates, and structure loads and stores.
 * levels: O1 */
#include "simd.h"

#define BOTH(op, s) MIX(v##op##_##s(v.c, v.d)); MIX(v##op##q_##s(v.a, v.b))
#define ALL(s, D, Q, n, m) \
    static __attribute__((noinline)) void all_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            MIX(vzip1q_##s(v.a, v.b)); MIX(vzip2q_##s(v.a, v.b)); MIX(vuzp1q_##s(v.a, v.b)); MIX(vuzp2q_##s(v.a, v.b)); MIX(vtrn1q_##s(v.a, v.b)); MIX(vtrn2q_##s(v.a, v.b)); \
            MIX(vextq_##s(v.a, v.b, 0)); MIX(vextq_##s(v.a, v.b, 1)); MIX(vextq_##s(v.a, v.b, n)); MIX(vext_##s(v.c, v.d, m)); \
            MIX(vdupq_laneq_##s(v.a, n)); MIX(vdupq_lane_##s(v.c, m)); MIX(vdup_laneq_##s(v.a, n)); MIX(vgetq_lane_##s(v.a, n)); MIX(vget_lane_##s(v.c, m)); MIX(vdupq_n_##s(vgetq_lane_##s(v.b, 0))); \
            MIX(vsetq_lane_##s(vgetq_lane_##s(v.a, 0), v.b, n)); MIX(vcopyq_laneq_##s(v.a, 0, v.b, n)); MIX(vcombine_##s(v.c, v.d)); MIX(vget_low_##s(v.a)); MIX(vget_high_##s(v.a)); \
        } \
        end(#s); \
    }
ALL(u8, uint8x8_t, uint8x16_t, 15, 7)
ALL(u16, uint16x4_t, uint16x8_t, 7, 3)
ALL(u32, uint32x2_t, uint32x4_t, 3, 1)
ALL(u64, uint64x1_t, uint64x2_t, 1, 0)
ALL(s8, int8x8_t, int8x16_t, 9, 5)
ALL(s16, int16x4_t, int16x8_t, 6, 2)
ALL(s32, int32x2_t, int32x4_t, 2, 1)
ALL(f32, float32x2_t, float32x4_t, 3, 1)
ALL(f64, float64x1_t, float64x2_t, 1, 0)

#define HALVES(s, D, Q) \
    FOR_INPUTS(D, Q) { \
        BOTH(zip1, s); BOTH(zip2, s); BOTH(uzp1, s); BOTH(uzp2, s); BOTH(trn1, s); BOTH(trn2, s); MIX(vrev64_##s(v.c)); MIX(vrev64q_##s(v.a)); \
    }

static __attribute__((noinline)) void tables(void)
{
    begin();
    HALVES(u8, uint8x8_t, uint8x16_t)
    HALVES(u16, uint16x4_t, uint16x8_t)
    HALVES(u32, uint32x2_t, uint32x4_t)
    FOR_INPUTS(uint8x8_t, uint8x16_t) { MIX(vrev16_u8(v.c)); MIX(vrev16q_u8(v.a)); MIX(vrev32_u8(v.c)); MIX(vrev32q_u8(v.a)); }
    FOR_INPUTS(uint16x4_t, uint16x8_t) { MIX(vrev32_u16(v.c)); MIX(vrev32q_u16(v.a)); }
    end("rev zip uzp trn");
    begin();
    FOR_INPUTS(uint8x8_t, uint8x16_t) {
        uint8x16x2_t t2 = {{v.a, v.b}};
        uint8x16x3_t t3 = {{v.a, v.b, v.e}};
        uint8x16x4_t t4 = {{v.a, v.b, v.e, LOADQ(uint8x16_t, j_ + 9)}};
        uint8x16_t small = vandq_u8(v.b, vdupq_n_u8(31));
        MIX(vqtbl1_u8(v.a, v.d)); MIX(vqtbl1q_u8(v.a, small)); MIX(vqtbl2q_u8(t2, small)); MIX(vqtbl2_u8(t2, v.d)); MIX(vqtbl3q_u8(t3, vshlq_n_u8(small, 1))); MIX(vqtbl4q_u8(t4, vshlq_n_u8(small, 1))); MIX(vqtbl4_u8(t4, v.d));
        MIX(vqtbx1_u8(v.f, v.a, v.d)); MIX(vqtbx1q_u8(v.e, v.a, small)); MIX(vqtbx2q_u8(v.e, t2, v.b)); MIX(vqtbx3q_u8(v.e, t3, v.b)); MIX(vqtbx4q_u8(v.e, t4, vshlq_n_u8(small, 2)));
    }
    end("tbl tbx");
}

/* Loads and stores of one to four registers, whole and by lane. */
#define STRUCTS(s, T, Q, D, X, lane) \
    static __attribute__((noinline)) void structs_##s(void) \
    { \
        begin(); \
        for (int at = 0; at < 16; at += 5) { \
            const T *p = (const T *)(const void *)((u8 *)inputs + at); \
            T o[64] __attribute__((aligned(16))); \
            memset(o, 0x3c, sizeof o); \
            Q##x2_t a = vld2q_##s(p), la = vld2q_lane_##s(p + 3, a, lane); \
            Q##x3_t b = vld3q_##s(p), lb = vld3q_lane_##s(p + 3, b, lane); \
            Q##x4_t c = vld4q_##s(p), lc = vld4q_lane_##s(p + 3, c, lane); \
            MIX(a); MIX(b); MIX(c); MIX(la); MIX(lb); MIX(lc); \
            MIX(vld1q_##s(p)); MIX(vld1_##s(p)); MIX(vld1q_##s##_x2(p)); MIX(vld1q_##s##_x3(p)); MIX(vld1q_##s##_x4(p)); MIX(vld1q_dup_##s(p)); MIX(vld2q_dup_##s(p)); MIX(vld3q_dup_##s(p)); MIX(vld4q_dup_##s(p)); \
            MIX(vld2_##s(p)); MIX(vld3_##s(p)); MIX(vld4_##s(p)); MIX(vld1q_lane_##s(p, a.val[0], lane)); \
            vst2q_##s(o, a); mix_bytes(o, sizeof o); vst3q_##s(o, b); mix_bytes(o, sizeof o); vst4q_##s(o, c); mix_bytes(o, sizeof o); \
            vst2q_lane_##s(o + 1, la, lane); vst3q_lane_##s(o + 5, lb, lane); vst4q_lane_##s(o + 9, lc, lane); vst1q_lane_##s(o + 20, a.val[1], lane); mix_bytes(o, sizeof o); \
            vst1q_##s##_x4(o, c); vst1_##s(o + 3, vld1_##s(p)); mix_bytes(o, sizeof o); \
        } \
        end("structures " #s); \
    }
STRUCTS(u8, u8, uint8x16, uint8x8, 16, 13)
STRUCTS(u16, u16, uint16x8, uint16x4, 8, 5)
STRUCTS(u32, u32, uint32x4, uint32x2, 4, 2)
STRUCTS(u64, u64, uint64x2, uint64x1, 2, 1)
STRUCTS(f32, float, float32x4, float32x2, 4, 3)

static __attribute__((noinline)) void immediates(void)
{
    begin();
#define IMMEDIATE(text) \
    ({ \
        u64 q_[2]; \
        __asm__ volatile("mov v0.d[0], %1\n mov v0.d[1], %1\n" text "\n str q0, [%0]" : : "r"(q_), "r"(0x0123456789abcdef) : "v0", "x9", "memory"); \
        mix(q_[0]); \
        mix(q_[1]); \
    })
    IMMEDIATE("movi v0.16b, #0x5a"); IMMEDIATE("movi v0.8b, #0xff"); IMMEDIATE("movi v0.8h, #0x12"); IMMEDIATE("movi v0.4h, #0x12, lsl #8"); IMMEDIATE("movi v0.4s, #0x81, lsl #24"); IMMEDIATE("movi v0.2s, #0x81, msl #8");
    IMMEDIATE("movi v0.4s, #0x7f, msl #16"); IMMEDIATE("mvni v0.4s, #0x12, lsl #16"); IMMEDIATE("mvni v0.8h, #0xfe"); IMMEDIATE("mvni v0.2s, #1, msl #8"); IMMEDIATE("movi v0.2d, #0xff00ff00ffff0000"); IMMEDIATE("movi d0, #0x00ffff00ff0000ff");
    IMMEDIATE("orr v0.4s, #0x77, lsl #8"); IMMEDIATE("orr v0.8h, #0x80, lsl #8"); IMMEDIATE("bic v0.2s, #0xff, lsl #24"); IMMEDIATE("bic v0.8h, #0xf0"); IMMEDIATE("fmov v0.4s, #-1.5"); IMMEDIATE("fmov v0.2d, #31.0"); IMMEDIATE("fmov v0.2s, #0.125");
    IMMEDIATE("fmov d0, #2.0"); IMMEDIATE("fmov s0, #-0.5"); IMMEDIATE("mov v0.b[3], v0.b[9]"); IMMEDIATE("mov v0.h[7], v0.h[0]"); IMMEDIATE("mov s0, v0.s[2]"); IMMEDIATE("mov d0, v0.d[1]"); IMMEDIATE("fmov v0.d[1], xzr"); IMMEDIATE("smov x9, v0.b[7]\n dup v0.2d, x9");
    IMMEDIATE("smov w9, v0.h[3]\n dup v0.4s, w9"); IMMEDIATE("umov w9, v0.h[3]\n dup v0.8h, w9"); IMMEDIATE("ins v0.s[1], wzr"); IMMEDIATE("fmov x9, v0.d[1]\n fmov d0, x9");
    end("immediates, lanes");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_inputs();
    all_u8(), all_u16(), all_u32(), all_u64(), all_s8(), all_s16(), all_s32(), all_f32(), all_f64();
    tables();
    structs_u8(), structs_u16(), structs_u32(), structs_u64(), structs_f32();
    immediates();
    return 0;
}
