/*
 * Short vectors of old VFP: every LEN, operations of one and two operands, scalar ones among them (not STRIDE, and moves of doubles, of which the oracle has another idea); a signal, whose handler begins without and returns to them.
 * old
 * processors: arm1176 cortex-a8
 */
#include "arm.h"

struct state { u32 s[32]; u32 fpscr; };

#define LENGTH_STRIDE 0x370000
#define OPERATION(name, text) \
    void name(struct state *state, u32 fpscr); \
    __asm__(".arm\n.fpu vfpv2\n.globl " #name "\n.type " #name ", %function\n" #name ": vldmia r0!, {s0-s31}\n vmsr fpscr, r1\n" text "\n vmrs r2, fpscr\n" \
            " mov r3, #0\n vmsr fpscr, r3\n sub r0, r0, #128\n vstmia r0, {s0-s31}\n str r2, [r0, #128]\n bx lr\n")
OPERATION(add, "vadd.f32 s8, s16, s24");
OPERATION(add_wrapped, "vadd.f32 s14, s21, s31");
OPERATION(add_scalar, "vadd.f32 s8, s16, s3");
OPERATION(add_first, "vadd.f32 s2, s16, s24");
OPERATION(mul_add, "vmla.f32 s9, s17, s25");
OPERATION(negated, "vnmul.f32 s8, s8, s1");
OPERATION(move, "vmov.f32 s24, s8");
OPERATION(spread, "vmov.f32 s24, s2");
OPERATION(root, "vsqrt.f32 s12, s19\n vabs.f32 s24, s18\n vneg.f32 s16, s8");
OPERATION(compare, "vcmp.f32 s8, s16\n vcvt.f64.f32 d9, s9");
OPERATION(sub_double, "vsub.f64 d4, d8, d12");
OPERATION(mul_double, "vmul.f64 d6, d9, d2");
/* LEN changes in the midst, and under a condition. */
OPERATION(changed, "vadd.f32 s8, s16, s24\n mov r3, #0x10000\n movs r2, #0\n vmsreq fpscr, r3\n vadd.f32 s16, s8, s24\n vmsrne fpscr, r1\n vadd.f32 s24, s24, s24");
OPERATION(faulting, "vadd.f32 s8, s16, s24\n mov r3, #0\n ldr r3, [r3]\n vadd.f32 s16, s8, s24");

static void skip(int signal, struct info *info, struct context *context)
{
    u32 fpscr;
    struct state inside = {{0}, 0};
    inside.s[16] = 0x3f800000, inside.s[17] = 0x40000000;
    add(&inside, 0);
    fpscr = inside.fpscr;
    out("signal %d at %x: LEN and STRIDE %x in the handler, %x %x\n", signal, info->address, fpscr & LENGTH_STRIDE, inside.s[8], inside.s[9]);
    context->m.regs[15] += 4;
}

static void run(const char *name, void (*operation)(struct state *, u32), u32 fpscr)
{
    struct state state;
    for (int i = 0; i < 32; i++) state.s[i] = 0x3f800000 + i * 0x123456 + (i % 5 == 0 ? 0x80000000 : 0);
    operation(&state, fpscr);
    u32 sum = 0;
    out("%s %06x:", name, fpscr);
    for (int i = 0; i < 32; i++) {
        u32 before = 0x3f800000 + i * 0x123456 + (i % 5 == 0 ? 0x80000000 : 0);
        if (state.s[i] != before) out(" s%d %08x", i, state.s[i]);
        sum = sum * 31 + state.s[i];
    }
    out(" %08x fpscr %08x\n", sum, state.fpscr);
}
#define R1(name, fpscr) run(#name, name, fpscr)

MAIN
{
    static const u32 modes[] = {0, 0x10000, 0x20000, 0x30000, 0x70000};
    for (int n = 0; n < 5; n++) {
        u32 m = modes[n];
        R1(add, m), R1(add_wrapped, m), R1(add_scalar, m), R1(add_first, m), R1(mul_add, m), R1(negated, m), R1(move, m), R1(spread, m), R1(root, m), R1(compare, m), R1(changed, m);
    }
    static const u32 doubles[] = {0, 0x10000, 0x30000};
    for (int n = 0; n < 3; n++) R1(sub_double, doubles[n]), R1(mul_double, doubles[n]);
    action(SEGV, skip, SA_SIGINFO, 0);
    R1(faulting, 0x30000);
    R1(faulting, 0x10000 | 1 << 24);
    return 0;
}
