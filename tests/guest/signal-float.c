/* Floating-point state in handlers: kept across one, changed by one, FPSR and FPCR in the frame.
 * levels: O2 */
#include "signal.h"

static volatile u32 seen_fpsr, seen_fpcr;
static volatile int how;
static void take(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    struct fpsimd *f = (struct fpsimd *)c->records;
    out("record %x %u fpsr %x fpcr %x nzcv %lx\n", f->magic, f->size, f->fpsr, f->fpcr, c->pstate & 0xf0000000);
    u64 fpcr, fpsr;
    __asm__ volatile("mrs %0, fpcr\nmrs %1, fpsr" : "=r"(fpcr), "=r"(fpsr));
    out("in handler: fpsr %lx fpcr %lx\n", fpsr, fpcr);
    __asm__ volatile("msr fpsr, xzr\nmsr fpcr, xzr\nmovi v0.16b, #255\nmovi v31.16b, #3\nfmov d8, #1.0" ::: "v0", "v31", "d8");
    volatile double zero = 0, one = 1;
    one /= zero;
    if (how == 1) f->fpsr = 0x08000001;
    if (how == 2) f->fpcr = 0x00c00000;
    if (how == 3) c->pstate = 0x90000000 | (c->pstate & 0xfffffff);
}

#define READ(fpsr, fpcr) __asm__ volatile("mrs %0, fpsr\nmrs %1, fpcr" : "=r"(fpsr), "=r"(fpcr))

MAIN
{
    action(USR1, take, 0, 0);
    u64 fpsr, fpcr, flags;
    double a = 1.0, b = 3.0, r;
    long me = self();
    for (how = 0; how < 4; how++) {
        __asm__ volatile("msr fpsr, xzr\nmsr fpcr, %0" :: "r"(0x00400000ul));
        __asm__ volatile("fdiv %d0, %d1, %d2" : "=w"(r) : "w"(a), "w"(b));
        __uint128_t v0, v31;
        double d8;
        register long x8 __asm__("x8") = __NR_kill;
        register long x0 __asm__("x0") = me;
        register long x1 __asm__("x1") = USR1;
        __asm__ volatile("movi v0.16b, #1\nmovi v31.16b, #2\nfmov d8, #2.0\nmov x3, #-1\nadds x3, x3, #1\nsvc #0\nmrs %4, nzcv\nmov %1.16b, v0.16b\nmov %2.16b, v31.16b\nfmov %d3, d8"
                         : "+r"(x0), "=&w"(v0), "=&w"(v31), "=&w"(d8), "=r"(flags) : "r"(x8), "r"(x1) : "x3", "v0", "v31", "d8", "cc", "memory");
        READ(fpsr, fpcr);
        out("behind: fpsr %lx fpcr %lx nzcv %lx v0 %lx v31 %lx d8 %d\n", fpsr, fpcr, flags, (u64)v0, (u64)v31, (int)d8);
        __asm__ volatile("fdiv %d0, %d1, %d2" : "=w"(r) : "w"(a), "w"(b));
        u64 bits;
        __builtin_memcpy(&bits, &r, 8);
        out("1/3 = %lx\n", bits);
    }
    return 0;
}
