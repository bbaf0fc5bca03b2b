/* Conversions between formats and to and from integers, in every mode, with their flags.
 * levels: O1
 * flags: -march=armv8.3-a+fp16 */
#include "fp-values.h"

#define CONVERT(text, in, from, to, a) \
    ({ \
        u64 r_; \
        clear_fpsr(); \
        __asm__ volatile(in "\n" text "\n" to : "=r"(r_) : "r"(a) : "v0", "v1", "x9", "cc", "memory"); \
        mix(r_); \
        mix(flags_of(&r_, sizeof r_)); \
    })
#define TO_INT(insn, R, IN, a) \
    CONVERT(insn " %0, " R "1", "fmov " R "1, " IN "1", , "", a); \
    CONVERT(insn " %w0, " R "1", "fmov " R "1, " IN "1", , "", a)
#define TO_VECTOR(insn, R, IN, a) CONVERT(insn " " R "0, " R "1", "fmov " R "1, " IN "1", , "fmov %0, d0", a)
/* GET reads the result of a conversion within its own format only: QEMU 7.2 extends negative halves to 32 bits there. */
#define ALL_TO_INT(R, IN, GET, a) \
    TO_INT("fcvtns", R, IN, a); TO_INT("fcvtnu", R, IN, a); TO_INT("fcvtps", R, IN, a); TO_INT("fcvtpu", R, IN, a); TO_INT("fcvtms", R, IN, a); \
    TO_INT("fcvtmu", R, IN, a); TO_INT("fcvtzs", R, IN, a); TO_INT("fcvtzu", R, IN, a); TO_INT("fcvtas", R, IN, a); TO_INT("fcvtau", R, IN, a); \
    TO_VECTOR("fcvtns", R, IN, a); TO_VECTOR("fcvtpu", R, IN, a); TO_VECTOR("fcvtms", R, IN, a); TO_VECTOR("fcvtzu", R, IN, a); TO_VECTOR("fcvtas", R, IN, a); \
    CONVERT("fcvtzs %0, " R "1, #13", "fmov " R "1, " IN "1", , "", a); CONVERT("fcvtzu %w0, " R "1, #32", "fmov " R "1, " IN "1", , "", a); \
    CONVERT("fcvtzs " R "0, " R "1, #5", "fmov " R "1, " IN "1", , GET, a)
#define FROM_INT(R, OUT, a) \
    CONVERT("scvtf " R "0, %1", "", , "fmov " OUT "0, " R "0", a); CONVERT("ucvtf " R "0, %1", "", , "fmov " OUT "0, " R "0", a); \
    CONVERT("scvtf " R "0, %w1", "", , "fmov " OUT "0, " R "0", a); CONVERT("ucvtf " R "0, %w1", "", , "fmov " OUT "0, " R "0", a); \
    CONVERT("scvtf " R "0, %1, #60", "", , "fmov " OUT "0, " R "0", a); CONVERT("ucvtf " R "0, %w1, #7", "", , "fmov " OUT "0, " R "0", a)

static void run(const char *mode)
{
    begin();
    for (size_t i = 0; i < DOUBLES; i++) {
        u64 a = doubles[i];
        ALL_TO_INT("d", "%", "fmov %0, d0", a);
        CONVERT("fcvt s0, d1", "fmov d1, %1", , "fmov %w0, s0", a);
        CONVERT("fcvt h0, d1", "fmov d1, %1", , "fmov %w0, h0", a);
        CONVERT("fcvtxn s0, d1", "fmov d1, %1", , "fmov %w0, s0", a);
        CONVERT("fjcvtzs %w0, d1\n mrs x9, nzcv\n orr %0, %0, x9, lsl #4", "fmov d1, %1", , "", a);
    }
    out("%-14s ", mode);
    end("from double");
    begin();
    for (size_t i = 0; i < FLOATS; i++) {
        u32 a = floats[i];
        ALL_TO_INT("s", "%w", "fmov %w0, s0", a);
        CONVERT("fcvt d0, s1", "fmov s1, %w1", , "fmov %0, d0", a);
        CONVERT("fcvt h0, s1", "fmov s1, %w1", , "fmov %w0, h0", a);
    }
    out("%-14s ", mode);
    end("from single");
    begin();
    for (u32 a = 0; a < 0x10000; a += a < 0x800 || a > 0xfc00 ? 1 : 37) {
        CONVERT("fcvt d0, h1", "fmov h1, %w1", , "fmov %0, d0", a);
        CONVERT("fcvt s0, h1", "fmov h1, %w1", , "fmov %w0, s0", a);
    }
    for (size_t i = 0; i < HALVES; i++) {
        u32 a = halves[i];
        ALL_TO_INT("h", "%w", "umov %w0, v0.h[0]", a);
    }
    out("%-14s ", mode);
    end("from half");
    begin();
    FOR_EACH(a) {
        FROM_INT("d", "%", a);
        FROM_INT("s", "%w", a);
        FROM_INT("h", "%w", a);
    }
    out("%-14s ", mode);
    end("from integer");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    for (size_t m = 0; m < MODES; m++) {
        set_fpcr(modes[m]);
        run(mode_names[m]);
    }
    set_fpcr(1 << 26);
    run("AHP");
    return 0;
}
