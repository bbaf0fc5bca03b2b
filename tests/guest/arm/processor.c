/*
 * What each processor is and has: the auxiliary vector, and instructions of every generation, which are undefined before it.
 * old
 * processors: arm926 arm1176 cortex-a7 cortex-a8 cortex-a9 cortex-a15 max
 */
#include "arm.h"

enum { AT_PLATFORM = 15, AT_HWCAP = 16, AT_HWCAP2 = 26 };
/* Up to LPAE, without ThumbEE: what the oracle of the time tells, too. */
#define HWCAPS 0x1ff7ff

static volatile int undefined;

/* Goes on behind the instruction; all are A32. */
static void skip(int signal, struct info *info, struct context *context)
{
    (void)signal, (void)info;
    undefined = 1;
    context->m.regs[15] += 4;
}

#define TRY(name, word) \
    void name(void); \
    __asm__(".arm\n.globl " #name "\n.type " #name ", %function\n" #name ": .inst " #word "\n bx lr\n")
TRY(clz, 0xe16f3f13);
TRY(smlabb, 0xe1032382);
TRY(vadd_f32, 0xee300a20);
TRY(sxtb, 0xe6af3073);
TRY(rev, 0xe6bf3f33);
TRY(uadd8, 0xe6533f93);
TRY(clrex, 0xf57ff01f);
TRY(movw, 0xe3003001);
TRY(ubfx, 0xe7e03053);
TRY(mls, 0xe0633393);
TRY(dmb, 0xf57ff05b);
TRY(vmov_one, 0xeeb70a00);
TRY(sdiv, 0xe713f313);
TRY(vcvtb, 0xeeb20a40);
TRY(vfma, 0xeea00a20);
TRY(vadd_i32, 0xf2200840);
TRY(vsel, 0xfe000a20);
TRY(vrintz, 0xeeb60ac0);
TRY(aese, 0xf3b00302);
TRY(crc32w, 0xe1433043);
TRY(lda, 0xe19d3c9f);

static void attempt(const char *name, void (*instruction)(void))
{
    undefined = 0;
    instruction();
    out("%s %s\n", name, undefined ? "undefined" : "there");
}
#define A(name) attempt(#name, name)

MAIN
{
    while (*envp) envp++;
    for (u32 *aux = (u32 *)(envp + 1); *aux; aux += 2) {
        if (*aux == AT_PLATFORM) out("platform %s\n", (char *)aux[1]);
        if (*aux == AT_HWCAP) out("hwcap %x\n", aux[1] & HWCAPS);
        if (*aux == AT_HWCAP2) out("hwcap2 %x\n", aux[1] & 0x1f);
    }
    action(ILL, skip, SA_SIGINFO, 0);
    A(clz), A(smlabb), A(vadd_f32);
    A(sxtb), A(rev), A(uadd8), A(clrex);
    A(movw), A(ubfx), A(mls), A(dmb), A(vmov_one), A(vadd_i32);
    A(vcvtb), A(sdiv), A(vfma);
    A(vsel), A(vrintz), A(aese), A(crc32w), A(lda);
    return 0;
}
