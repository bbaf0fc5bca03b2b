/* Handlers of faults: address, code and pc; the context changed, the page made accessible, a jump out, an altstack.
 * expect/ is the oracle's (as a processor without SVE), with the codes of the undefined instruction and of the full stack as the kernel has them.
 * levels: O1 O2 */
#include "signal.h"

static volatile u64 seen_address;
static volatile int seen_code, seen_signal, count;
static volatile u64 seen_pc;
extern char load_insn[], store_insn[], undefined_insn[], break_insn[], pair_insn[], vector_insn[];

static void skip(int signal, struct info *info, struct context *c)
{
    seen_signal = signal, seen_code = info->code, seen_address = info->address, seen_pc = c->pc, count++;
    c->pc += 4;
}

static void show(const char *name, char *pc)
{
    out("%s: signal %d code %d address 0x%lx pc %s count %d\n", name, seen_signal, seen_code, seen_address, seen_pc == (u64)pc ? "right" : "wrong", count);
}

static void set_x7(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    c->regs[7] = 4711;
    c->pc += 4;
    ((struct fpsimd *)c->records)->v[5] = ((__uint128_t)0x1111222233334444u << 64) | 0x5555666677778888u;
    c->pstate = (c->pstate & ~0xf0000000u) | 0x60000000;
}

static void allow(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)c;
    count++;
    sys(mprotect, info->address & ~4095ul, 4096, 3);
}

/* A jump out of a handler: all callee-saved registers. */
static struct { u64 x[12], sp; u64 d[8]; } jump;
__asm__(".globl save_jump\nsave_jump: ldr x1, =jump_buffer\nldr x1, [x1]\nstp x19, x20, [x1]\nstp x21, x22, [x1, #16]\nstp x23, x24, [x1, #32]\nstp x25, x26, [x1, #48]\nstp x27, x28, [x1, #64]\n"
        "stp x29, x30, [x1, #80]\nmov x2, sp\nstr x2, [x1, #96]\nmov x0, #0\nret\n"
        ".globl jump_back\njump_back: ldr x1, =jump_buffer\nldr x1, [x1]\nldp x19, x20, [x1]\nldp x21, x22, [x1, #16]\nldp x23, x24, [x1, #32]\nldp x25, x26, [x1, #48]\nldp x27, x28, [x1, #64]\n"
        "ldp x29, x30, [x1, #80]\nldr x2, [x1, #96]\nmov sp, x2\nmov x0, #1\nret\n.ltorg\n");
void *jump_buffer = &jump;
int save_jump(void) __attribute__((returns_twice));
__attribute__((noreturn)) void jump_back(void);

static void leap(int signal, struct info *info, struct context *c)
{
    (void)c;
    seen_signal = signal, seen_code = info->code, count++;
    mask(UNBLOCK, bit(signal));
    jump_back();
}

static __attribute__((noinline)) u64 recurse(u64 n)
{
    volatile u64 block[64];
    block[n & 63] = n;
    return recurse(n + 1) + block[n & 63];
}

static char alternate[16384] __attribute__((aligned(16)));

MAIN
{
    action(SEGV, skip, 0, 0);
    action(BUS, skip, 0, 0);
    action(ILL, skip, 0, 0);
    action(TRAP, skip, 0, 0);
    __asm__ volatile("load_insn: ldr x1, [%0]" :: "r"(0x123456788ul) : "x1");
    show("load", load_insn);
    char *page = (char *)sys(mmap, 0x400000000, 4096, 1, 0x32, -1, 0);
    __asm__ volatile("store_insn: str x1, [%0, #24]" :: "r"(page) : "memory");
    show("store", store_insn);
    __asm__ volatile("undefined_insn: .inst 0x00000000");
    seen_address -= (u64)undefined_insn;
    show("undefined", undefined_insn);
    __asm__ volatile("break_insn: brk #7");
    seen_address -= (u64)break_insn;
    show("break", break_insn);
    __asm__ volatile("pair_insn: ldp x1, x2, [%0, #-8]" :: "r"(page) : "x1", "x2");
    show("pair", pair_insn);
    __asm__ volatile("vector_insn: ld1 {v0.16b, v1.16b}, [%0]" :: "r"(page + 4080) : "v0", "v1");
    show("vector", vector_insn);

    action(SEGV, set_x7, 0, 0);
    u64 r7, lo, hi, flags;
    __asm__ volatile("mov x7, #1\nmovi v5.16b, #1\ncmp xzr, xzr\nadds xzr, x7, #1\nmov x6, #8\nldr x6, [x6]\nmov %0, x7\numov %1, v5.d[0]\numov %2, v5.d[1]\nmrs %3, nzcv\n"
                     : "=r"(r7), "=r"(lo), "=r"(hi), "=r"(flags) :: "x6", "x7", "v5", "cc", "memory");
    out("context: x7 %lu v5 %lx %lx nzcv %lx\n", r7, hi, lo, flags);

    action(SEGV, allow, 0, 0);
    count = 0;
    char *area = (char *)sys(mmap, 0x500000000, 64 * 4096, 0, 0x22, -1, 0);
    u64 sum = 0;
    for (int i = 0; i < 64; i++) area[4096 * i + i] = (char)i;
    for (int i = 0; i < 64; i++) sum += (u64)area[4096 * i + i];
    out("allow: count %d sum %lu\n", count, sum);

    action(SEGV, leap, 0, 0);
    count = 0;
    for (volatile int i = 0; i < 100; i++) if (!save_jump()) *(volatile int *)8 = i;
    out("leap: count %d signal %d code %d\n", count, seen_signal, seen_code);

    struct stack s = {alternate, 0, sizeof alternate};
    R(sys(sigaltstack, &s, 0));
    struct { u64 current, maximum; } limit = {1 << 20, 1 << 20};
    sys(prlimit64, 0, 3, &limit, 0);
    action(SEGV, leap, SA_ONSTACK, 0);
    count = 0;
    for (volatile int i = 0; i < 3; i++) if (!save_jump()) recurse(1);
    out("overflow: count %d signal %d code %d\n", count, seen_signal, seen_code);
    struct stack old;
    sys(sigaltstack, 0, &old);
    out("altstack: flags %d size %lu\n", old.flags, old.size);

    /* Call of what is no code. */
    action(SEGV, leap, 0, 0);
    if (!save_jump()) ((void (*)(void))area)();
    out("not executable: code %d\n", seen_code);
    if (!save_jump()) ((void (*)(void))0x7000000000)();
    out("not mapped: code %d\n", seen_code);
    return 0;
}
