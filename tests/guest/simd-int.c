/* Integer SIMD: arithmetic, comparisons, logic, minimum and maximum, pairwise and across lanes.
 * levels: O1 O3 */
#include "simd.h"

#define BOTH(op, s) MIX(v##op##_##s(v.c, v.d)); MIX(v##op##q_##s(v.a, v.b))
#define BOTH1(op, s) MIX(v##op##_##s(v.c)); MIX(v##op##q_##s(v.a))
#define BOTH3(op, s) MIX(v##op##_##s(v.c, v.d, v.f)); MIX(v##op##q_##s(v.a, v.b, v.e))

#define COMMON(s, D, Q) \
    static __attribute__((noinline)) void common_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            BOTH(add, s); BOTH(sub, s); BOTH(mul, s); BOTH3(mla, s); BOTH3(mls, s); BOTH(and, s); BOTH(orr, s); BOTH(eor, s); BOTH(bic, s); BOTH(orn, s); BOTH1(mvn, s); \
            BOTH(min, s); BOTH(max, s); BOTH(abd, s); BOTH3(aba, s); BOTH(hadd, s); BOTH(rhadd, s); BOTH(hsub, s); \
            BOTH(ceq, s); BOTH(cge, s); BOTH(cgt, s); BOTH(cle, s); BOTH(clt, s); BOTH(tst, s); BOTH1(ceqz, s); \
            MIX(vpadd_##s(v.c, v.d)); MIX(vpaddq_##s(v.a, v.b)); MIX(vpmax_##s(v.c, v.d)); MIX(vpmaxq_##s(v.a, v.b)); MIX(vpmin_##s(v.c, v.d)); MIX(vpminq_##s(v.a, v.b)); \
            BOTH1(addv, s); BOTH1(maxv, s); BOTH1(minv, s); BOTH1(clz, s); BOTH1(addlv, s); BOTH1(paddl, s); \
        } \
        end(#s); \
    }
TYPES(COMMON)

#define SIGNED(s, D, Q) \
    static __attribute__((noinline)) void signed_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            BOTH1(abs, s); BOTH1(neg, s); BOTH1(cls, s); BOTH1(cgez, s); BOTH1(cgtz, s); BOTH1(clez, s); BOTH1(cltz, s); BOTH1(qabs, s); BOTH1(qneg, s); \
        } \
        end(#s " signed"); \
    }
TYPES_S(SIGNED)

#define LONG(s, D, Q) \
    static __attribute__((noinline)) void long_##s(void) \
    { \
        begin(); \
        FOR_INPUTS(D, Q) { \
            BOTH(add, s); BOTH(sub, s); BOTH(and, s); BOTH(orr, s); BOTH(eor, s); BOTH(bic, s); BOTH(orn, s); BOTH(ceq, s); BOTH(cge, s); BOTH(cgt, s); BOTH(cle, s); BOTH(clt, s); BOTH(tst, s); \
            BOTH(qadd, s); BOTH(qsub, s); MIX(vpaddq_##s(v.a, v.b)); MIX(vpaddd_##s(v.a)); MIX(vaddvq_##s(v.a)); \
        } \
        end(#s); \
    }
TYPES_64(LONG)

static __attribute__((noinline)) void rest(void)
{
    begin();
    FOR_INPUTS(uint8x8_t, uint8x16_t) {
        MIX(vcnt_u8(v.c)); MIX(vcntq_u8(v.a)); MIX(vrbit_u8(v.c)); MIX(vrbitq_u8(v.a)); MIX(vbsl_u8(v.c, v.d, v.f)); MIX(vbslq_u8(v.a, v.b, v.e));
        MIX(vmul_p8(vreinterpret_p8_u8(v.c), vreinterpret_p8_u8(v.d))); MIX(vmull_p8(vreinterpret_p8_u8(v.c), vreinterpret_p8_u8(v.d)));
        MIX(vmull_high_p8(vreinterpretq_p8_u8(v.a), vreinterpretq_p8_u8(v.b)));
    }
    end("bytes");
    begin();
    FOR_INPUTS(int64x1_t, int64x2_t) {
        MIX(vabsq_s64(v.a)); MIX(vnegq_s64(v.a)); MIX(vceqzq_s64(v.a)); MIX(vcgezq_s64(v.a)); MIX(vcltzq_s64(v.a)); MIX(vqabsq_s64(v.a)); MIX(vqnegq_s64(v.a));
        MIX(vabsd_s64(v.a[0])); MIX(vnegd_s64(v.a[1])); MIX(vceqd_s64(v.a[0], v.b[0])); MIX(vcgtd_s64(v.a[0], v.b[0])); MIX(vcltzd_s64(v.a[0])); MIX(vtstd_s64(v.a[0], v.b[0]));
    }
    end("doublewords");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    make_inputs();
#define CALL_COMMON(s, D, Q) common_##s();
#define CALL_SIGNED(s, D, Q) signed_##s();
#define CALL_LONG(s, D, Q) long_##s();
    TYPES(CALL_COMMON)
    TYPES_S(CALL_SIGNED)
    TYPES_64(CALL_LONG)
    rest();
    return 0;
}
