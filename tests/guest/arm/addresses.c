/* Accesses around both ends of the 4 GiB: sums of base and offset wrap, and faults name the address that comes out. */
#include "arm.h"

#ifdef __thumb__
#define WIDE ".w"
#else
#define WIDE ""
#endif

static u32 faults, address, code;
static void skip(int signal, struct info *info, struct context *c)
{
    faults += signal == SEGV;
    address = info->address, code = (u32)info->code;
    c->m.regs[15] += 4;
}

/* Every instruction has four bytes, and its base in r0, an index in r1. */
#define TRY(text, base, index) do { \
    register u32 r0 __asm__("r0") = (u32)(base); \
    register u32 r1 __asm__("r1") = (u32)(index); \
    address = code = 0; \
    __asm__ volatile(".syntax unified\n" text : "+r"(r0), "+r"(r1) : : "r2", "r3", "r4", "d0", "d1", "memory"); \
    out("address %x code %d, base %x\n", address, (int)code, r0); \
} while (0)

MAIN
{
    action(SEGV, skip, SA_SIGINFO, 0);
    TRY("ldr" WIDE " r2, [r0, #-4]", 0, 0);
    TRY("ldr" WIDE " r2, [r0, #32]", 0xfffffff0, 0);
    TRY("ldr" WIDE " r2, [r0, #4095]", 0xfffffff0, 0);
    TRY("strb" WIDE " r2, [r0, #-255]", 16, 0);
    TRY("strh" WIDE " r2, [r0, #254]", 0xffffff40, 0);
    TRY("ldrsb" WIDE " r2, [r0, #-1]", 0, 0);
    TRY("ldr" WIDE " r2, [r0, r1]", 0xfffffff0, 64);
    TRY("str" WIDE " r2, [r0, r1, lsl #2]", 64, 0xffffffe0);
    TRY("ldr" WIDE " r2, [r0, #-8]!", 4, 0);
    TRY("ldr" WIDE " r2, [r0], #64", 0xfffffff0, 0);
    TRY("ldmdb" WIDE " r0, {r2, r3, r4}", 4, 0);
    TRY("ldrd r2, r3, [r0, #-8]", 4, 0);
    TRY("strd r2, r3, [r0, #64]", 0xffffffd0, 0);
    TRY("vldr d0, [r0, #-16]", 8, 0);
    TRY("vstr s2, [r0, #40]", 0xfffffff0, 0);
    TRY("vld1.8 {d0}, [r0]", 0xfffffffc, 0);
    out("%d faults\n", (int)faults);
    return 0;
}
