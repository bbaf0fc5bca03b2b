/* SETEND and CPSR.E: big-endian data of a little-endian program: every kind of access, branches and calls that keep the state, loops, signals, which begin without it and return to it. */
#include "arm.h"
#include <arm_neon.h>

static u8 data[64] __attribute__((aligned(16)));
static u8 page[2 * PAGE] __attribute__((aligned(PAGE)));
static u32 seen;

static void fill(void) { for (int i = 0; i < 64; i++) data[i] = 0x81 + 3 * i; }
static void show(const char *name, const void *bytes, int n)
{
    out("%s", name);
    for (int i = 0; i < n; i++) out("%c%02x", i % 4 ? ' ' : '|', ((const u8 *)bytes)[i]);
    out("\n");
}

#define LOAD(text) \
    do { \
        u32 a = 0, b = 0; \
        __asm__ volatile("setend be\n" text "\nsetend le" : "=&r"(a), "+r"(b) : "r"(data) : "r4", "r5", "r6", "memory", "d5", "d10"); \
        out("%s: %08x %08x\n", #text, a, b); \
    } while (0)
#define STORE(text) \
    do { \
        fill(); \
        __asm__ volatile("setend be\n" text "\nsetend le" : : "r"(0x01020304), "r"(0x05060708), "r"(data) : "r4", "r5", "r6", "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d10"); \
        show(#text, data, 32); \
    } while (0)
#define VECTORS(text) \
    do { \
        u64 v[8] = {0}; \
        __asm__ volatile("setend be\n" text "\nsetend le\nvst1.8 {d0-d3}, [%1]\nadd r4, %1, #32\nvst1.8 {d4-d7}, [r4]" \
                         : : "r"(data), "r"(v) : "r4", "memory", "d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7"); \
        show(#text, v, 64); \
    } while (0)

/* Goes on behind what faulted; it computes with memory in its own order. */
static void skip(int signal, struct info *info, struct context *context)
{
    u32 cpsr;
    __asm__ volatile("mrs %0, cpsr" : "=r"(cpsr));
    seen = 0x11223344;
    out("signal %d at +%x, E in the frame %d, in the handler %d, %02x\n", signal, info->address - (u32)page, context->m.cpsr >> 9 & 1, cpsr >> 9 & 1, *(u8 *)&seen);
    int isShort = (context->m.cpsr & 32) && *(u16 *)context->m.regs[15] >> 11 < 0x1d;
    context->m.regs[15] += isShort ? 2 : 4;
}

__attribute__((noinline)) static u32 callee(const u32 *p) { return p[0] ^ p[1]; }

MAIN
{
    fill();
    LOAD("ldr %0, [%2]");
    LOAD("ldr %0, [%2, #3]");
    LOAD("ldrh %0, [%2, #2]");
    LOAD("ldrsh %0, [%2]");
    LOAD("ldrb %0, [%2, #1]");
    LOAD("ldrsb %0, [%2]");
    LOAD("ldrd r4, r5, [%2, #8]\nmov %0, r4\nmov %1, r5");
    LOAD("ldmia %2, {r4, r5, r6}\nmov %0, r4\nmov %1, r6");
    LOAD("ldrex %0, [%2]\nclrex");
    LOAD("ldrexd r4, r5, [%2]\nmov %0, r4\nmov %1, r5\nclrex");
    LOAD("mrs %0, cpsr\nand %0, %0, #0x200");
    LOAD("mov r4, #0x200\nmsr cpsr_x, r4\nldr %0, [%2]\nmov r4, #0\nmsr cpsr_x, r4\nldr %1, [%2]");
    LOAD("vldr s20, [%2]\nvmov %0, s20");
    LOAD("vldr d5, [%2]\nvmov %0, %1, d5");
    STORE("str %0, [%2]");
    STORE("strh %0, [%2, #2]");
    STORE("strb %0, [%2]");
    STORE("mov r4, %0\nmov r5, %1\nstrd r4, r5, [%2, #8]");
    STORE("mov r4, %0\nmov r5, %1\nstmia %2, {r4, r5}");
    STORE("ldrex r4, [%2]\nadd r4, r4, #1\nstrex r5, r4, [%2]\nstr r5, [%2, #4]");
    STORE("ldrexd r4, r5, [%2]\nadd r4, r4, #1\nstrexd r6, r4, r5, [%2]\nstr r6, [%2, #8]");
    STORE("ldrexh r4, [%2]\nadd r4, r4, #1\nstrexh r5, r4, [%2]\nstr r5, [%2, #4]");
    STORE("vmov s20, %0\nvstr s20, [%2]");
    STORE("vmov d5, %0, %1\nvstr d5, [%2]");
    STORE("vmov d4, %0, %1\nvmov d5, %1, %0\nmov r4, %2\nvstmia r4!, {d4-d5}");
    STORE("vmov d0, %0, %1\nvmov d1, %1, %0\nvst1.16 {d0-d1}, [%2]");
    STORE("vmov d0, %0, %1\nvmov d1, %1, %0\nvst2.16 {d0-d1}, [%2]");
    STORE("vmov d0, %0, %1\nvmov d1, %1, %0\nvst1.32 {d0[1]}, [%2]");
    STORE("vmov d0, %0, %1\nvmov d1, %1, %0\nvst1.64 {d0}, [%2]");
    fill();
    VECTORS("vld1.8 {d0-d3}, [%0]");
    VECTORS("vld1.16 {d0-d2}, [%0]");
    VECTORS("vld1.32 {d0-d3}, [%0]");
    VECTORS("vld1.64 {d0-d1}, [%0]");
    VECTORS("vld2.16 {d0-d3}, [%0]");
    VECTORS("vld3.32 {d0-d2}, [%0]");
    VECTORS("vld4.16 {d0-d3}, [%0]");
    VECTORS("vld1.16 {d0[2]}, [%0]");
    VECTORS("vld1.32 {d0[]}, [%0]");
    VECTORS("vld1.16 {d0[], d1[]}, [%0]");
    VECTORS("vldmia %0, {d0-d3}");
    VECTORS("vldmia %0, {s0-s3}");

    /* A loop and a call in that state. */
    u32 sum = 0, count = 1000;
    __asm__ volatile("setend be\n1: ldr r4, [%2]\nadd %0, %0, r4\nsubs %1, %1, #1\nbne 1b\nsetend le" : "+r"(sum), "+r"(count) : "r"(data) : "r4", "cc", "memory");
    out("sum %08x\n", sum);
    u32 result = (u32)data;
    __asm__ volatile("mov r0, %0\nmov r4, %1\nsetend be\nblx r4\nsetend le\nmov %0, r0" : "+r"(result) : "r"(callee) : "r0", "r1", "r2", "r3", "r4", "r12", "lr", "cc", "memory");
    out("called %08x\n", result);

    OK(action(SEGV, skip, SA_SIGINFO, 0));
    OK(sys(mprotect, (u32)page + PAGE, PAGE, 0));
    u32 a = 0, b = 0;
    __asm__ volatile("setend be\nldr %0, [%2, %3]\nldr %1, [%4]\nsetend le" : "+r"(a), "=&r"(b) : "r"(page), "r"(PAGE), "r"(data) : "memory");
    out("behind the signal %08x\n", b);
    return 0;
}
