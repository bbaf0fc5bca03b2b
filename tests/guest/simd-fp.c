/* Floating-point SIMD: arithmetic, fused, by lane, comparisons, conversions, rounding, estimates, complex, halves; in four modes.
 * levels: O1
 * flags: -march=armv8.4-a+fp16+fp16fml+bf16+i8mm -ffp-contract=off */
#include <arm_neon.h>
#include "fp-values.h"

#define MIX(value) \
    do { \
        __typeof__(value) result_ = (value); \
        u64 parts_[4] = {0}; \
        memcpy(parts_, &result_, sizeof result_); \
        for (size_t n_ = 0; n_ < (sizeof result_ + 7) / 8; n_++) mix(parts_[n_]); \
        mix(flags_of(parts_, sizeof parts_)); \
    } while (0)

/* Vectors of the special values: lane k of vector i is value i + 5k. */
#define MAKE(name, V, T, list, count, lanes) \
    static V name(size_t i) \
    { \
        T l[lanes]; \
        for (size_t k = 0; k < lanes; k++) l[k] = list[(i + 5 * k) % count]; \
        V v; \
        memcpy(&v, l, sizeof v); \
        return v; \
    }
MAKE(q64, float64x2_t, u64, doubles, DOUBLES, 2)
MAKE(q32, float32x4_t, u32, floats, FLOATS, 4)
MAKE(d32, float32x2_t, u32, floats, FLOATS, 2)
MAKE(q16, float16x8_t, u16, halves, HALVES, 8)
MAKE(d16, float16x4_t, u16, halves, HALVES, 4)

#define ARITHMETIC(s, make, lane, u) \
    __typeof__(make(0)) a = make(i), b = make(j), c = make(i + j + 7); \
    MIX(vaddq_##s(a, b)); MIX(vsubq_##s(a, b)); MIX(vmulq_##s(a, b)); MIX(vdivq_##s(a, b)); MIX(vfmaq_##s(a, b, c)); MIX(vfmsq_##s(a, b, c)); MIX(vfmaq_laneq_##s(a, b, c, lane)); \
    MIX(vfmsq_laneq_##s(a, b, c, lane)); MIX(vmulq_laneq_##s(a, b, lane)); MIX(vmulxq_##s(a, b)); MIX(vmulxq_laneq_##s(a, b, lane)); MIX(vabdq_##s(a, b)); \
    MIX(vmaxq_##s(a, b)); MIX(vminq_##s(a, b)); MIX(vmaxnmq_##s(a, b)); MIX(vminnmq_##s(a, b)); MIX(vpaddq_##s(a, b)); MIX(vpmaxq_##s(a, b)); MIX(vpminq_##s(a, b)); MIX(vpmaxnmq_##s(a, b)); MIX(vpminnmq_##s(a, b)); \
    MIX(vceqq_##s(a, b)); MIX(vcgeq_##s(a, b)); MIX(vcgtq_##s(a, b)); MIX(vcageq_##s(a, b)); MIX(vcagtq_##s(a, b)); MIX(vrecpsq_##s(a, b)); MIX(vrsqrtsq_##s(a, b))
#define SINGLE(s, make, i_, u_) \
    __typeof__(make(0)) a = make(i); \
    MIX(vabsq_##s(a)); MIX(vnegq_##s(a)); MIX(vsqrtq_##s(a)); MIX(vrecpeq_##s(a)); MIX(vrsqrteq_##s(a)); MIX(vceqzq_##s(a)); MIX(vcgezq_##s(a)); MIX(vcgtzq_##s(a)); MIX(vclezq_##s(a)); MIX(vcltzq_##s(a)); \
    MIX(vrndq_##s(a)); MIX(vrndnq_##s(a)); MIX(vrndmq_##s(a)); MIX(vrndpq_##s(a)); MIX(vrndaq_##s(a)); MIX(vrndiq_##s(a)); MIX(vrndxq_##s(a)); \
    MIX(vcvtq_##i_##_##s(a)); MIX(vcvtq_##u_##_##s(a)); MIX(vcvtnq_##i_##_##s(a)); MIX(vcvtnq_##u_##_##s(a)); MIX(vcvtmq_##i_##_##s(a)); MIX(vcvtpq_##u_##_##s(a)); MIX(vcvtaq_##i_##_##s(a)); MIX(vcvtaq_##u_##_##s(a)); \
    MIX(vcvtq_n_##i_##_##s(a, 3)); MIX(vcvtq_n_##u_##_##s(a, 11)); \
    MIX(vcvtq_##s##_##i_(vreinterpretq_##i_##_##s(a))); MIX(vcvtq_##s##_##u_(vreinterpretq_##u_##_##s(a))); MIX(vcvtq_n_##s##_##i_(vreinterpretq_##i_##_##s(a), 7)); MIX(vcvtq_n_##s##_##u_(vreinterpretq_##u_##_##s(a), 1))

static void run(const char *mode)
{
    begin();
    for (size_t i = 0; i < DOUBLES; i++) for (size_t j = 0; j < DOUBLES; j++) { ARITHMETIC(f64, q64, 1, u64); }
    for (size_t i = 0; i < DOUBLES; i++) {
        SINGLE(f64, q64, s64, u64);
        MIX(vcvt_f32_f64(a)); MIX(vcvt_high_f32_f64(d32(i), a)); MIX(vcvtx_f32_f64(a)); MIX(vcvtx_high_f32_f64(d32(i), a)); MIX(vpaddd_f64(a)); MIX(vpmaxqd_f64(a)); MIX(vpminnmqd_f64(a)); MIX(vrecpxd_f64(a[0]));
    }
    out("%-14s ", mode);
    end("double");
    begin();
    for (size_t i = 0; i < FLOATS; i++) for (size_t j = 0; j < FLOATS; j++) {
        ARITHMETIC(f32, q32, 3, u32);
        float32x2_t d = d32(i), e = d32(j);
        MIX(vadd_f32(d, e)); MIX(vmul_f32(d, e)); MIX(vdiv_f32(d, e)); MIX(vfma_f32(d, e, d32(i + j))); MIX(vmax_f32(d, e)); MIX(vpadd_f32(d, e)); MIX(vcge_f32(d, e));
        MIX(vcaddq_rot90_f32(a, b)); MIX(vcaddq_rot270_f32(a, b)); MIX(vcmlaq_f32(a, b, c)); MIX(vcmlaq_rot90_f32(a, b, c)); MIX(vcmlaq_rot180_f32(a, b, c)); MIX(vcmlaq_rot270_f32(a, b, c));
        MIX(vfmlalq_low_f16(a, q16(i), q16(j))); MIX(vfmlslq_high_f16(a, q16(i), q16(j))); MIX(vfmlalq_laneq_high_f16(a, q16(i), q16(j), 5));
    }
    for (size_t i = 0; i < FLOATS; i++) {
        SINGLE(f32, q32, s32, u32);
        MIX(vmaxvq_f32(a)); MIX(vminvq_f32(a)); MIX(vmaxnmvq_f32(a)); MIX(vminnmvq_f32(a)); MIX(vcvt_f64_f32(d32(i))); MIX(vcvt_high_f64_f32(a)); MIX(vcvt_f16_f32(a)); MIX(vcvt_high_f16_f32(d16(i), a)); MIX(vrecpxs_f32(a[1]));
        MIX(vrecpe_u32(vreinterpret_u32_f32(d32(i)))); MIX(vrsqrteq_u32(vreinterpretq_u32_f32(a)));
    }
    out("%-14s ", mode);
    end("single");
    begin();
    for (size_t i = 0; i < HALVES; i++) for (size_t j = 0; j < HALVES; j++) { ARITHMETIC(f16, q16, 7, u16); MIX(vcmlaq_rot90_f16(a, b, c)); MIX(vcaddq_rot270_f16(a, b)); }
    for (size_t i = 0; i < HALVES; i++) {
        SINGLE(f16, q16, s16, u16);
        MIX(vmaxvq_f16(a)); MIX(vminnmvq_f16(a)); MIX(vcvt_f32_f16(d16(i))); MIX(vcvt_high_f32_f16(a));
    }
    out("%-14s ", mode);
    end("half");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    for (size_t m = 0; m < MODES; m += m == 1 ? 2 : 1) {
        set_fpcr(modes[m]);
        run(mode_names[m]);
    }
    return 0;
}
