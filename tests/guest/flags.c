/* NZCV of every flag-setting instruction, every condition in every way it is read, and conditional compares.
 * levels: O1 */
#include "check.h"

#define NZCV(insn, w, a, b) \
    ({ \
        u64 f_, r_; \
        __asm__ volatile(insn " %" w "1, %" w "2, %" w "3\n mrs %0, nzcv" : "=r"(f_), "=&r"(r_) : "r"(a), "r"(b) : "cc"); \
        mix(r_); \
        mix(f_ >> 28); \
    })

static void setters(void)
{
    begin();
    FOR_PAIRS(a, b) {
        NZCV("adds", "", a, b), NZCV("adds", "w", a, b), NZCV("subs", "", a, b), NZCV("subs", "w", a, b);
        NZCV("ands", "", a, b), NZCV("ands", "w", a, b), NZCV("bics", "", a, b), NZCV("bics", "w", a, b);
    }
    end("adds subs ands bics");
    begin();
    FOR_PAIRS(a, b) {
        for (u64 carry = 0; carry < 2; carry++) {
            u64 f, r;
#define WITH_CARRY(insn, w) \
    __asm__ volatile("msr nzcv, %4\n " insn " %" w "1, %" w "2, %" w "3\n mrs %0, nzcv" : "=r"(f), "=&r"(r) : "r"(a), "r"(b), "r"(carry << 29) : "cc"); \
    mix(r); \
    mix(f >> 28)
            WITH_CARRY("adcs", "");
            WITH_CARRY("adcs", "w");
            WITH_CARRY("sbcs", "");
            WITH_CARRY("sbcs", "w");
            WITH_CARRY("adc", "");
            WITH_CARRY("sbc", "w");
        }
    }
    end("adcs sbcs");
    begin();
    FOR_PAIRS(a, b) {
        u64 f, r;
#define FORM(text) \
    __asm__ volatile(text "\n mrs %0, nzcv" : "=r"(f), "=&r"(r) : "r"(a), "r"(b) : "cc"); \
    mix(r); \
    mix(f >> 28)
        FORM("adds %1, %2, %w3, uxtb #2");
        FORM("adds %1, %2, %w3, sxtw #3");
        FORM("subs %1, %2, %w3, uxth");
        FORM("subs %w1, %w2, %w3, sxtb #4");
        FORM("adds %1, %2, %3, lsl #17");
        FORM("subs %1, %2, %3, asr #63");
        FORM("subs %w1, %w2, %w3, lsr #31");
        FORM("ands %1, %2, %3, ror #13");
        FORM("bics %w1, %w2, %w3, asr #7");
        FORM("adds %1, %2, #4095");
        FORM("subs %1, %2, #4095, lsl #12");
        FORM("adds %w1, %w2, #1");
        FORM("ands %1, %2, #0xff00ff00ff00ff00");
        FORM("ands %w1, %w2, #0x80000000");
    }
    end("shifted, extended, imm");
}

static const char *const names[] = {"eq", "ne", "cs", "cc", "mi", "pl", "vs", "vc", "hi", "ls", "ge", "lt", "gt", "le", "al", "nv"};

/* For condition C: a branch, the four selects, and both conditional compares. */
#define CONDITION(C) \
    static __attribute__((noinline)) u64 on_##C(u64 nzcv, u64 a, u64 b) \
    { \
        u64 taken, s0, s1, s2, s3, f0, f1, f2; \
        __asm__ volatile("msr nzcv, %1\n mov %0, #1\n b." #C " 1f\n mov %0, #0\n1:" : "=&r"(taken) : "r"(nzcv) : "cc"); \
        __asm__ volatile("msr nzcv, %4\n csel %0, %5, %6, " #C "\n csinc %1, %5, %6, " #C "\n csinv %w2, %w5, %w6, " #C "\n csneg %3, %5, %6, " #C \
            : "=&r"(s0), "=&r"(s1), "=&r"(s2), "=&r"(s3) : "r"(nzcv), "r"(a), "r"(b) : "cc"); \
        __asm__ volatile("msr nzcv, %1\n ccmp %2, %3, #5, " #C "\n mrs %0, nzcv" : "=&r"(f0) : "r"(nzcv), "r"(a), "r"(b) : "cc"); \
        __asm__ volatile("msr nzcv, %1\n ccmn %w2, %w3, #10, " #C "\n mrs %0, nzcv" : "=&r"(f1) : "r"(nzcv), "r"(a), "r"(b) : "cc"); \
        __asm__ volatile("msr nzcv, %1\n ccmp %2, #17, #3, " #C "\n mrs %0, nzcv" : "=&r"(f2) : "r"(nzcv), "r"(a) : "cc"); \
        mix(s0), mix(s1), mix(s2), mix(s3), mix(f0), mix(f1), mix(f2); \
        return taken; \
    }
CONDITION(eq) CONDITION(ne) CONDITION(cs) CONDITION(cc) CONDITION(mi) CONDITION(pl) CONDITION(vs) CONDITION(vc)
CONDITION(hi) CONDITION(ls) CONDITION(ge) CONDITION(lt) CONDITION(gt) CONDITION(le) CONDITION(al) CONDITION(nv)
static u64 (*const conditions[])(u64, u64, u64) = {
    on_eq, on_ne, on_cs, on_cc, on_mi, on_pl, on_vs, on_vc, on_hi, on_ls, on_ge, on_lt, on_gt, on_le, on_al, on_nv,
};

static void readers(void)
{
    for (unsigned c = 0; c < 16; c++) {
        begin();
        u64 taken = 0;
        for (u64 nzcv = 0; nzcv < 16; nzcv++) {
            taken |= conditions[c](nzcv << 28, 0x8000000000000000, 17) << nzcv;
            conditions[c](nzcv << 28, 5, 0xfffffffb);
            conditions[c](nzcv << 28, 17, 17);
        }
        mix(taken);
        out("%s taken for %04lx  ", names[c], taken);
        end(names[c]);
    }
}

/* Flags that live long: across calls, loops and memory. */
static __attribute__((noinline)) u64 add_long(u64 *a, const u64 *b, long n)
{
    u64 carry = 0;
    __asm__ volatile(
        "msr nzcv, xzr\n"
        "1: ldr x8, [%0]\n ldr x9, [%1], #8\n adcs x8, x8, x9\n str x8, [%0], #8\n sub %2, %2, #1\n cbnz %2, 1b\n cset %3, cs"
        : "+r"(a), "+r"(b), "+r"(n), "=r"(carry) : : "x8", "x9", "cc", "memory");
    return carry;
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    setters();
    readers();
    begin();
    u64 a[SPECIALS], b[SPECIALS];
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < SPECIALS; i++) {
            a[i] = round ? a[i] : specials[i];
            b[i] = specials[(i * 5 + (size_t)round) % SPECIALS];
        }
        mix(add_long(a, b, SPECIALS));
        mix_bytes(a, sizeof a);
    }
    end("long addition");
    return 0;
}
