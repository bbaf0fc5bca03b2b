/* SIMD widening, narrowing, saturating, doubling and by-lane families; QC.
 * levels: O1
 * flags: -march=armv8.2-a+dotprod+i8mm */
#include "simd.h"

static inline void mix_qc(void)
{
    u64 f;
    __asm__ volatile("mrs %0, fpsr\n msr fpsr, xzr" : "=r"(f) : : "memory");
    mix(f >> 27 & 1);
}

/* s: narrow type, w: wide type. */
#define KINDS(X) \
    X(s8, int8x8_t, int8x16_t, s16, int16x8_t) X(s16, int16x4_t, int16x8_t, s32, int32x4_t) X(s32, int32x2_t, int32x4_t, s64, int64x2_t) \
    X(u8, uint8x8_t, uint8x16_t, u16, uint16x8_t) X(u16, uint16x4_t, uint16x8_t, u32, uint32x4_t) X(u32, uint32x2_t, uint32x4_t, u64, uint64x2_t)

#define WIDE(s, D, Q, w, W) \
    static __attribute__((noinline)) void wide_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            W x = LOADQ(W, i_ + 2), y = LOADQ(W, j_ + 3); \
            MIX(vaddl_##s(v.c, v.d)); MIX(vaddl_high_##s(v.a, v.b)); MIX(vsubl_##s(v.c, v.d)); MIX(vsubl_high_##s(v.a, v.b)); \
            MIX(vaddw_##s(x, v.d)); MIX(vaddw_high_##s(x, v.b)); MIX(vsubw_##s(x, v.d)); MIX(vsubw_high_##s(x, v.b)); \
            MIX(vabdl_##s(v.c, v.d)); MIX(vabdl_high_##s(v.a, v.b)); MIX(vabal_##s(x, v.c, v.d)); MIX(vabal_high_##s(x, v.a, v.b)); \
            MIX(vmull_##s(v.c, v.d)); MIX(vmull_high_##s(v.a, v.b)); MIX(vmlal_##s(x, v.c, v.d)); MIX(vmlal_high_##s(x, v.a, v.b)); MIX(vmlsl_##s(x, v.c, v.d)); MIX(vmlsl_high_##s(x, v.a, v.b)); \
            MIX(vaddhn_##w(x, y)); MIX(vraddhn_##w(x, y)); MIX(vsubhn_##w(x, y)); MIX(vrsubhn_##w(x, y)); MIX(vaddhn_high_##w(v.c, x, y)); MIX(vrsubhn_high_##w(v.c, x, y)); \
            MIX(vpadalq_##s(x, v.a)); MIX(vpaddlq_##s(v.a)); \
            MIX(vqadd_##s(v.c, v.d)); mix_qc(); MIX(vqaddq_##s(v.a, v.b)); mix_qc(); MIX(vqsub_##s(v.c, v.d)); mix_qc(); MIX(vqsubq_##s(v.a, v.b)); mix_qc(); \
        } \
        end(#s); \
    }
KINDS(WIDE)

/* Doubling multiplications, by vector, lane and scalar. */
#define DOUBLING(s, D, Q, w, W, T, lane) \
    static __attribute__((noinline)) void doubling_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            W x = LOADQ(W, i_ + 2); \
            MIX(vqdmulh_##s(v.c, v.d)); mix_qc(); MIX(vqdmulhq_##s(v.a, v.b)); mix_qc(); MIX(vqrdmulh_##s(v.c, v.d)); mix_qc(); MIX(vqrdmulhq_##s(v.a, v.b)); mix_qc(); \
            MIX(vqdmull_##s(v.c, v.d)); mix_qc(); MIX(vqdmull_high_##s(v.a, v.b)); mix_qc(); MIX(vqdmlal_##s(x, v.c, v.d)); mix_qc(); MIX(vqdmlal_high_##s(x, v.a, v.b)); mix_qc(); \
            MIX(vqdmlsl_##s(x, v.c, v.d)); mix_qc(); MIX(vqdmlsl_high_##s(x, v.a, v.b)); mix_qc(); \
            MIX(vqdmulh_lane_##s(v.c, v.d, 1)); mix_qc(); MIX(vqdmulhq_laneq_##s(v.a, v.b, lane)); mix_qc(); MIX(vqrdmulhq_laneq_##s(v.a, v.b, lane)); mix_qc(); \
            MIX(vqdmull_lane_##s(v.c, v.d, 1)); mix_qc(); MIX(vqdmull_high_laneq_##s(v.a, v.b, lane)); mix_qc(); MIX(vqdmlal_laneq_##s(x, v.c, v.b, lane)); mix_qc(); MIX(vqdmlsl_high_lane_##s(x, v.a, v.d, 0)); mix_qc(); \
            MIX(vmulq_laneq_##s(v.a, v.b, lane)); MIX(vmla_lane_##s(v.c, v.d, v.f, 1)); MIX(vmlsq_laneq_##s(v.a, v.b, v.e, lane)); MIX(vmull_laneq_##s(v.c, v.b, lane)); MIX(vmlal_high_laneq_##s(x, v.a, v.b, lane)); MIX(vmlsl_lane_##s(x, v.c, v.d, 1)); \
            MIX(vqrdmlah_##s(v.c, v.d, v.f)); mix_qc(); MIX(vqrdmlahq_##s(v.a, v.b, v.e)); mix_qc(); MIX(vqrdmlshq_##s(v.a, v.b, v.e)); mix_qc(); MIX(vqrdmlahq_laneq_##s(v.a, v.b, v.e, lane)); mix_qc(); \
        } \
        end(#s " doubling"); \
    }
DOUBLING(s16, int16x4_t, int16x8_t, s32, int32x4_t, s16, 7)
DOUBLING(s32, int32x2_t, int32x4_t, s64, int64x2_t, s32, 3)

static __attribute__((noinline)) void rest(void)
{
    begin();
    FOR_INPUTS(int8x8_t, int8x16_t) {
        uint8x16_t u = LOADQ(uint8x16_t, i_ + 1);
        MIX(vuqaddq_s8(v.a, u)); mix_qc(); MIX(vsqaddq_u8(u, v.b)); mix_qc();
        int32x4_t x = LOADQ(int32x4_t, j_);
        uint32x4_t y = LOADQ(uint32x4_t, j_ + 1);
        MIX(vdotq_s32(x, v.a, v.b)); MIX(vdotq_u32(y, u, u)); MIX(vdotq_lane_s32(x, v.a, v.d, 1)); MIX(vdotq_laneq_s32(x, v.a, v.b, 3));
        MIX(vmmlaq_s32(x, v.a, v.b)); MIX(vmmlaq_u32(y, u, u)); MIX(vusmmlaq_s32(x, u, v.b)); MIX(vusdotq_s32(x, u, v.b)); MIX(vsudotq_laneq_s32(x, v.a, u, 2));
    }
    FOR_INPUTS(int64x1_t, int64x2_t) {
        uint64x2_t u = LOADQ(uint64x2_t, i_ + 1);
        MIX(vuqaddq_s64(v.a, u)); mix_qc(); MIX(vsqaddq_u64(u, v.b)); mix_qc(); MIX(vqaddd_s64(v.a[0], v.b[0])); mix_qc(); MIX(vqsubd_u64(u[0], u[1])); mix_qc();
        MIX(vuqaddd_s64(v.a[0], u[0])); mix_qc(); MIX(vqabsd_s64(v.a[0])); mix_qc(); MIX(vqnegd_s64(v.b[0])); mix_qc();
    }
    FOR_INPUTS(int16x4_t, int16x8_t) {
        MIX(vqdmulhh_s16(v.a[0], v.b[0])); mix_qc(); MIX(vqdmullh_s16(v.a[1], v.b[0])); mix_qc(); MIX(vqaddh_s16(v.a[2], v.b[1])); mix_qc(); MIX(vqmovnh_s16(v.a[3])); mix_qc(); MIX(vqmovunh_s16(v.a[3])); mix_qc();
        MIX(vqdmlalh_s16((s32)i_ << 26, v.a[1], v.b[0])); mix_qc(); MIX(vqrdmulhh_lane_s16(v.a[0], v.d, 3)); mix_qc(); MIX(vqrdmlahh_s16(v.a[0], v.b[0], v.a[1])); mix_qc();
    }
    end("mixed signs, dot, scalar");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_inputs();
#define CALL(s, D, Q, w, W) wide_##s();
    KINDS(CALL)
    doubling_s16();
    doubling_s32();
    rest();
    return 0;
}
