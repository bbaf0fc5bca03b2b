/* Scalar floating-point operations of the three formats in every mode, with their cumulative flags.
 * levels: O1
 * flags: -march=armv8.3-a+fp16 */
#include "fp-values.h"

#define TWO(text, a, b, R, S) \
    ({ \
        u64 r_; \
        clear_fpsr(); \
        __asm__ volatile("fmov " R "1, %" S "1\n fmov " R "2, %" S "2\n" text "\n fmov %" S "0, " R "0" : "=r"(r_) : "r"(a), "r"(b) : "v0", "v1", "v2", "memory"); \
        mix(r_); \
        mix(flags_of(&r_, sizeof r_)); \
    })
#define BINARY(a, b, R, S) \
    TWO("fadd " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fsub " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fmul " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fdiv " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fnmul " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fmax " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fmin " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fmaxnm " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fminnm " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fmulx " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("frecps " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("frsqrts " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fabd " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("fcmeq " R "0, " R "1, " R "2", a, b, R, S); \
    TWO("facgt " R "0, " R "1, " R "2", a, b, R, S)
#define UNARY(a, R, S) \
    TWO("fsqrt " R "0, " R "1", a, a, R, S); \
    TWO("fabs " R "0, " R "1", a, a, R, S); \
    TWO("fneg " R "0, " R "1", a, a, R, S); \
    TWO("fmov " R "0, " R "1", a, a, R, S); \
    TWO("frintn " R "0, " R "1", a, a, R, S); \
    TWO("frintp " R "0, " R "1", a, a, R, S); \
    TWO("frintm " R "0, " R "1", a, a, R, S); \
    TWO("frintz " R "0, " R "1", a, a, R, S); \
    TWO("frinta " R "0, " R "1", a, a, R, S); \
    TWO("frintx " R "0, " R "1", a, a, R, S); \
    TWO("frinti " R "0, " R "1", a, a, R, S); \
    TWO("frecpe " R "0, " R "1", a, a, R, S); \
    TWO("frecpx " R "0, " R "1", a, a, R, S); \
    TWO("frsqrte " R "0, " R "1", a, a, R, S)
#define COMPARE(text, a, b, R, S) \
    ({ \
        u64 r_; \
        clear_fpsr(); \
        __asm__ volatile("fmov " R "1, %" S "1\n fmov " R "2, %" S "2\n msr nzcv, xzr\n" text "\n mrs %0, nzcv" : "=r"(r_) : "r"(a), "r"(b) : "v1", "v2", "cc", "memory"); \
        mix(r_ >> 28); \
        mix(take_fpsr()); \
    })
#define COMPARES(a, b, R, S) \
    COMPARE("fcmp " R "1, " R "2", a, b, R, S); \
    COMPARE("fcmpe " R "1, " R "2", a, b, R, S); \
    COMPARE("fcmp " R "1, #0.0", a, b, R, S); \
    COMPARE("fcmpe " R "1, #0.0", a, b, R, S); \
    COMPARE("fccmp " R "1, " R "2, #6, eq", a, b, R, S); \
    COMPARE("fccmpe " R "1, " R "2, #9, ne", a, b, R, S)
#define FUSED(text, a, b, c, R, S) \
    ({ \
        u64 r_; \
        clear_fpsr(); \
        __asm__ volatile("fmov " R "1, %" S "1\n fmov " R "2, %" S "2\n fmov " R "3, %" S "3\n" text " " R "0, " R "1, " R "2, " R "3\n fmov %" S "0, " R "0" \
            : "=r"(r_) : "r"(a), "r"(b), "r"(c) : "v0", "v1", "v2", "v3", "memory"); \
        mix(r_); \
        mix(flags_of(&r_, sizeof r_)); \
    })

#define FORMAT(name, T, list, count, R, S) \
    static void name(const char *mode) \
    { \
        begin(); \
        for (size_t i = 0; i < count; i++) for (size_t j = 0; j < count; j++) { \
            T a = list[i], b = list[j]; \
            BINARY(a, b, R, S); \
            COMPARES(a, b, R, S); \
        } \
        for (size_t i = 0; i < count; i++) { UNARY(list[i], R, S); } \
        out("%-14s ", mode); \
        end(#name); \
        begin(); \
        for (size_t i = 0; i < count; i += 1) for (size_t j = 0; j < count; j += 2) for (size_t k = i & 1; k < count; k += 3) { \
            T a = list[i], b = list[j], c = list[k]; \
            FUSED("fmadd", a, b, c, R, S); \
            FUSED("fmsub", a, b, c, R, S); \
            FUSED("fnmadd", a, b, c, R, S); \
            FUSED("fnmsub", a, b, c, R, S); \
        } \
        out("%-14s ", mode); \
        end(#name " fused"); \
    }
FORMAT(doubles_, u64, doubles, DOUBLES, "d", "")
FORMAT(floats_, u32, floats, FLOATS, "s", "w")
FORMAT(halves_, u32, halves, HALVES, "h", "w")

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    for (size_t m = 0; m < MODES; m++) {
        set_fpcr(modes[m]);
        doubles_(mode_names[m]);
        floats_(mode_names[m]);
        halves_(mode_names[m]);
    }
    return 0;
}
