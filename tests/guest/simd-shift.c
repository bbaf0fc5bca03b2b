/* SIMD shifts of every kind: by registers and constants, rounding, saturating, inserting, widening, narrowing; QC.
 * levels: O1 */
#include "simd.h"

static inline void mix_qc(void)
{
    u64 f;
    __asm__ volatile("mrs %0, fpsr\n msr fpsr, xzr" : "=r"(f) : : "memory");
    mix(f >> 27 & 1);
}

#define REGISTER(op, s, S) MIX(v##op##_##s(v.c, vreinterpret_##S##_##s(v.d))); MIX(v##op##q_##s(v.a, vreinterpretq_##S##_##s(v.b))); mix_qc()
#define vreinterpret_s8_s8(x) (x)
#define vreinterpretq_s8_s8(x) (x)
#define vreinterpret_s16_s16(x) (x)
#define vreinterpretq_s16_s16(x) (x)
#define vreinterpret_s32_s32(x) (x)
#define vreinterpretq_s32_s32(x) (x)
#define vreinterpret_s64_s64(x) (x)
#define vreinterpretq_s64_s64(x) (x)

/* The lane type, its signed twin, and three shift amounts from 1 to its width. */
#define KINDS(X) \
    X(s8, int8x8_t, int8x16_t, s8, 1, 5, 8) X(s16, int16x4_t, int16x8_t, s16, 1, 9, 16) X(s32, int32x2_t, int32x4_t, s32, 1, 17, 32) X(s64, int64x1_t, int64x2_t, s64, 1, 33, 64) \
    X(u8, uint8x8_t, uint8x16_t, s8, 1, 5, 8) X(u16, uint16x4_t, uint16x8_t, s16, 1, 9, 16) X(u32, uint32x2_t, uint32x4_t, s32, 1, 17, 32) X(u64, uint64x1_t, uint64x2_t, s64, 1, 33, 64)

#define RIGHT(op, s, a_, b_, c_) BOTH(op, s, a_); BOTH(op, s, b_); BOTH(op, s, c_); mix_qc()
#define LEFT(op, s, a_, b_, c_) BOTH(op, s, 0); BOTH(op, s, a_); BOTH(op, s, b_); BOTH(op, s, c_ - 1); mix_qc()

#define ALL(s, D, Q, S, n1, n2, n3) \
    static __attribute__((noinline)) void all_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            REGISTER(shl, s, S); REGISTER(rshl, s, S); REGISTER(qshl, s, S); REGISTER(qrshl, s, S); \
            RIGHT(shr_n, s, n1, n2, n3); RIGHT(rshr_n, s, n1, n2, n3); LEFT(shl_n, s, n1, n2, n3); LEFT(qshl_n, s, n1, n2, n3); \
            RIGHT2(sra_n, s, n1); RIGHT2(sra_n, s, n3); RIGHT2(rsra_n, s, n2); RIGHT2(rsra_n, s, n3); RIGHT2(sri_n, s, n1); RIGHT2(sri_n, s, n3); RIGHT2(sli_n, s, 0); RIGHT2(sli_n, s, n2); \
        } \
        end(#s); \
    }
/* arm_neon.h puts the q before _n */
#define BOTH(op, s, by) BOTH_##op(s, by)
#define BOTH_shr_n(s, by) MIX(vshr_n_##s(v.c, by)); MIX(vshrq_n_##s(v.a, by))
#define BOTH_rshr_n(s, by) MIX(vrshr_n_##s(v.c, by)); MIX(vrshrq_n_##s(v.a, by))
#define BOTH_shl_n(s, by) MIX(vshl_n_##s(v.c, by)); MIX(vshlq_n_##s(v.a, by))
#define BOTH_qshl_n(s, by) MIX(vqshl_n_##s(v.c, by)); MIX(vqshlq_n_##s(v.a, by))
#define RIGHT2(op, s, by) RIGHT2_##op(s, by)
#define RIGHT2_sra_n(s, by) MIX(vsra_n_##s(v.c, v.d, by)); MIX(vsraq_n_##s(v.a, v.b, by))
#define RIGHT2_rsra_n(s, by) MIX(vrsra_n_##s(v.c, v.d, by)); MIX(vrsraq_n_##s(v.a, v.b, by))
#define RIGHT2_sri_n(s, by) MIX(vsri_n_##s(v.c, v.d, by)); MIX(vsriq_n_##s(v.a, v.b, by))
#define RIGHT2_sli_n(s, by) MIX(vsli_n_##s(v.c, v.d, by)); MIX(vsliq_n_##s(v.a, v.b, by))
KINDS(ALL)

/* Widening (from 64 bits and from the high half) and narrowing (to the low and the high half). */
#define WIDEN(s, D, Q, n) \
    MIX(vshll_n_##s(v.c, 0)); MIX(vshll_n_##s(v.c, n)); MIX(vshll_high_n_##s(v.a, n)); MIX(vmovl_##s(v.c)); MIX(vmovl_high_##s(v.a))
#define NARROW(s, d, n, m) \
    MIX(vshrn_n_##s(v.a, n)); MIX(vshrn_high_n_##s(low_##d, v.a, m)); MIX(vrshrn_n_##s(v.a, n)); MIX(vrshrn_high_n_##s(low_##d, v.a, m)); MIX(vmovn_##s(v.a)); MIX(vmovn_high_##s(low_##d, v.a)); \
    MIX(vqshrn_n_##s(v.a, n)); mix_qc(); MIX(vqshrn_high_n_##s(low_##d, v.a, m)); mix_qc(); MIX(vqrshrn_n_##s(v.a, n)); mix_qc(); MIX(vqrshrn_high_n_##s(low_##d, v.a, m)); mix_qc(); \
    MIX(vqmovn_##s(v.a)); mix_qc(); MIX(vqmovn_high_##s(low_##d, v.a)); mix_qc()
#define NARROW_U(s, d, n, m) \
    MIX(vqshrun_n_##s(v.a, n)); mix_qc(); MIX(vqshrun_high_n_##s(low_##d, v.a, m)); mix_qc(); MIX(vqrshrun_n_##s(v.a, m)); mix_qc(); MIX(vqmovun_##s(v.a)); mix_qc(); MIX(vqmovun_high_##s(low_##d, v.a)); mix_qc()

static __attribute__((noinline)) void widths(void)
{
    int8x8_t low_s8 = LOADD(int8x8_t, 7);
    int16x4_t low_s16 = LOADD(int16x4_t, 7);
    int32x2_t low_s32 = LOADD(int32x2_t, 7);
    uint8x8_t low_u8 = LOADD(uint8x8_t, 7);
    uint16x4_t low_u16 = LOADD(uint16x4_t, 7);
    uint32x2_t low_u32 = LOADD(uint32x2_t, 7);
    begin();
    FOR_INPUTS(int8x8_t, int8x16_t) { WIDEN(s8, , , 7); }
    FOR_INPUTS(uint8x8_t, uint8x16_t) { WIDEN(u8, , , 5); }
    FOR_INPUTS(int16x4_t, int16x8_t) { WIDEN(s16, , , 15); }
    FOR_INPUTS(uint16x4_t, uint16x8_t) { WIDEN(u16, , , 9); }
    FOR_INPUTS(int32x2_t, int32x4_t) { WIDEN(s32, , , 31); }
    FOR_INPUTS(uint32x2_t, uint32x4_t) { WIDEN(u32, , , 1); }
    end("widening");
    begin();
    FOR_INPUTS(int16x4_t, int16x8_t) { NARROW(s16, s8, 1, 8); NARROW_U(s16, u8, 1, 8); }
    FOR_INPUTS(int32x2_t, int32x4_t) { NARROW(s32, s16, 3, 16); NARROW_U(s32, u16, 3, 16); }
    FOR_INPUTS(int64x1_t, int64x2_t) { NARROW(s64, s32, 1, 32); NARROW_U(s64, u32, 7, 32); }
    FOR_INPUTS(uint16x4_t, uint16x8_t) { NARROW(u16, u8, 1, 8); }
    FOR_INPUTS(uint32x2_t, uint32x4_t) { NARROW(u32, u16, 5, 16); }
    FOR_INPUTS(uint64x1_t, uint64x2_t) { NARROW(u64, u32, 31, 32); }
    end("narrowing");
    begin();
    FOR_INPUTS(int8x8_t, int8x16_t) { MIX(vqshlu_n_s8(v.c, 3)); mix_qc(); MIX(vqshluq_n_s8(v.a, 7)); mix_qc(); }
    FOR_INPUTS(int64x1_t, int64x2_t) {
        MIX(vqshluq_n_s64(v.a, 40)); mix_qc(); MIX(vshld_s64(v.a[0], v.b[0])); MIX(vqshld_s64(v.a[0], v.b[1])); mix_qc(); MIX(vqrshld_s64(v.a[0], v.b[0])); mix_qc();
        MIX(vshrd_n_s64(v.a[0], 64)); MIX(vrshrd_n_s64(v.a[0], 63)); MIX(vsrad_n_s64(v.a[0], v.b[0], 5)); MIX(vslid_n_s64(v.a[0], v.b[0], 13)); MIX(vqshrnd_n_s64(v.a[0], 9)); mix_qc();
    }
    end("unsigned and scalar");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_inputs();
#define CALL(s, D, Q, S, n1, n2, n3) all_##s();
    KINDS(CALL)
    widths();
    return 0;
}
