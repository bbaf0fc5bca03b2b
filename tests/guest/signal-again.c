/* The same signal again and again: frames, masks and contexts are those of the first time. (Later ones are entered and left by the runner alone.)
 * levels: O1 O2
 */
#include "signal.h"

static struct context frames[4];
static struct info infos[4];
static volatile u64 sps[4], masks[4];
static volatile int taken;
static u64 stack_area[8192];

static void record(int signal, struct info *info, struct context *c)
{
    (void)signal;
    if (taken < 4) {
        memcpy(&frames[taken], c, sizeof *c);
        /* Those belong to the loop around. */
        for (int n = 18; n < 29; n++) if (n < 20 || n > 22) frames[taken].regs[n] = 0;
        memcpy(&infos[taken], info, sizeof *info);
        sps[taken] = (u64)c;
        masks[taken] = current_mask();
    }
    taken++;
}

/* Every register has a value of its own; the flags are N and C. The call of kill clears nothing but x0. */
static __attribute__((noinline)) void with_registers(int signal, u64 fpcr)
{
    long pid = self();
    register long x8 __asm__("x8") = 129, x0 __asm__("x0") = pid, x1 __asm__("x1") = signal;
    __asm__ volatile("msr fpcr, %3\n"
                     "mov x2, #0x1002\nmov x3, #0x1003\nmov x4, #0x1004\nmov x5, #0x1005\nmov x6, #0x1006\nmov x7, #0x1007\n"
                     "mov x9, #0x1009\nmov x10, #0x100a\nmov x11, #0x100b\nmov x12, #0x100c\nmov x13, #0x100d\nmov x14, #0x100e\n"
                     "mov x15, #0x100f\nmov x16, #0x1010\nmov x17, #0x1011\nmov x20, #-20\nmov x21, #-21\n"
                     "movi v0.16b, #1\nmovi v7.16b, #7\nmovi v16.16b, #16\nmovi v31.16b, #31\n"
                     "mov x22, #0xa0000000\nmsr nzcv, x22\n"
                     "svc #0\n"
                     : "+r"(x0) : "r"(x8), "r"(x1), "r"(fpcr)
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17", "x20", "x21", "x22", "v0", "v7", "v16", "v31", "cc", "memory");
    __asm__ volatile("msr fpcr, xzr");
}

static void compare(const char *name)
{
    const struct context *a = &frames[0];
    const struct fpsimd *v = (const struct fpsimd *)a->records;
    out("%s: flags %lx link %lx stack %x %lu mask %016lx fault %lx pstate %lx\n", name, a->flags, (u64)a->link, (u32)a->stack.flags, a->stack.size, a->mask, a->fault_address, a->pstate & 0xf0000000);
    out("  x0 %ld x1 %ld x2 %lx x9 %lx x17 %lx x20 %lx; %x %u fpsr %x fpcr %x v0 %lx v7 %lx v16 %lx v31 %lx\n", a->regs[0], a->regs[1], a->regs[2], a->regs[9], a->regs[17], a->regs[20],
        v->magic, v->size, v->fpsr, v->fpcr, (u64)v->v[0], (u64)(v->v[7] >> 64), (u64)v->v[16], (u64)v->v[31]);
    out("  next %x %u, handler's mask %016lx, signal %d code %d\n", *(const u32 *)(a->records + 528), *(const u32 *)(a->records + 532), masks[0], infos[0].signo, infos[0].code);
    for (int n = 1; n < 4; n++) {
        out("  again %d: sp %s, info %s, context %s, records %s, mask %s\n", n, sps[n] == sps[0] ? "same" : "other", memcmp(&infos[n], &infos[0], 48) ? "other" : "same",
            memcmp(&frames[n], a, (size_t)((const u8 *)a->records - (const u8 *)a)) ? "other" : "same", memcmp(frames[n].records, a->records, 544) ? "other" : "same", masks[n] == masks[0] ? "same" : "other");
    }
}

static void repeat(const char *name, int signal, u64 flags, u64 blocked, u64 fpcr)
{
    action(signal, record, flags, blocked);
    taken = 0;
    for (int n = 0; n < 4; n++) with_registers(signal, fpcr);
    compare(name);
}

/* The handler changes what it returns to. */
static volatile int changes;
static void change(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    struct fpsimd *v = (struct fpsimd *)c->records;
    changes++;
    c->regs[20] = 0x2000 + (u64)changes;
    c->regs[9] += 1;
    c->pstate = (c->pstate & ~0xf0000000ul) | (changes & 1 ? 0x40000000ul : 0x10000000ul);
    v->v[7] = (__uint128_t)changes << 64 | 77;
    v->fpsr = changes & 1 ? 0x0800009f : 0;
    if (changes == 3) v->fpcr = 0x00400000;
    if (changes == 4) v->fpcr = 0x01000000;
    if (changes == 5) v->fpcr = 0;
    c->mask = changes & 2 ? bit(USR2) | bit(SEGV) : 0;
    if (changes == 6) c->pc += 4;
}

static __attribute__((noinline)) void changed(int signal)
{
    long pid = self();
    register long x8 __asm__("x8") = 129, x0 __asm__("x0") = pid, x1 __asm__("x1") = signal;
    u64 x20, x9, nzcv, fpsr, fpcr, v7, v7h, skipped;
    __asm__ volatile("mov x9, #5\nmov x20, #6\nmov x21, #1\nmovi v7.16b, #7\nmsr fpsr, xzr\nsvc #0\nmov x21, #0\nmrs x22, nzcv\nmov %0, x20\nmov %1, x9\nmov %2, x22\nmrs x22, fpsr\nmov %3, x22\n"
                     "mrs x22, fpcr\nmov %4, x22\nmov %5, v7.d[0]\nmov %6, v7.d[1]\nmov %7, x21\nmsr fpcr, xzr\nmsr fpsr, xzr"
                     : "=&r"(x20), "=&r"(x9), "=&r"(nzcv), "=&r"(fpsr), "=&r"(fpcr), "=&r"(v7), "=&r"(v7h), "=&r"(skipped), "+r"(x0) : "r"(x8), "r"(x1) : "x9", "x20", "x21", "x22", "v7", "cc", "memory");
    out("change %d: x20 %lx x9 %lu nzcv %lx fpsr %lx fpcr %lx v7 %lx %lx skipped %lu mask %lx\n", changes, x20, x9, nzcv, fpsr, fpcr, v7h, v7, skipped, current_mask());
    mask(SETMASK, 0);
}

/* Handlers within handlers: each sees the mask of the one below. */
static volatile int depth, deepest;
static volatile u64 seen[8];
static void nested(int signal, struct info *info, struct context *c)
{
    (void)info, (void)c;
    seen[depth++] = current_mask();
    if (depth > deepest) deepest = depth;
    if (signal == USR1) send(USR2);
    if (signal == USR2) send(RT);
    depth--;
}

/* Blocked ones wait until the handler has returned. */
static volatile int order[16], count;
static void queueing(int signal, struct info *info, struct context *c)
{
    (void)c;
    order[count++ & 15] = signal * 100 + info->number;
    if (count == 1) for (u64 n = 0; n < 5; n++) queue(RT, n), send(USR2);
}

/* A way out without return. */
static volatile int jumps;
static void *jump_buffer[5];
static void jumper(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    jumps++;
    mask(UNBLOCK, bit(USR1));
    __builtin_longjmp(jump_buffer, 1);
}

MAIN
{
    repeat("plain", USR1, 0, 0, 0);
    repeat("mask", USR2, 0, bit(USR1) | bit(SEGV) | bit(TERM), 0);
    repeat("nodefer", USR1, SA_NODEFER, 0, 0x00c00000);
    struct stack s = {stack_area, 0, sizeof stack_area};
    sys(sigaltstack, &s, 0);
    repeat("stack", USR1, SA_ONSTACK, 0, 0x03000000);
    out("  on the stack: %s\n", sps[3] > (u64)stack_area && sps[3] < (u64)stack_area + sizeof stack_area ? "yes" : "no");
    s.flags = SS_DISABLE;
    sys(sigaltstack, &s, 0);
    mask(BLOCK, bit(BUS) | bit(HUP));
    repeat("blocked", RT, SA_RESTART, bit(TERM), 0);
    mask(SETMASK, 0);

    action(USR1, change, 0, 0);
    for (int n = 0; n < 8; n++) changed(USR1);

    action(USR1, nested, 0, 0);
    action(USR2, nested, 0, bit(HUP));
    action(RT, nested, SA_NODEFER, bit(BUS));
    for (int n = 0; n < 3; n++) {
        send(USR1);
        out("nested: %d deep, masks %lx %lx %lx, then %lx\n", deepest, seen[0], seen[1], seen[2], current_mask());
    }

    for (int n = 0; n < 3; n++) {
        action(USR1, queueing, 0, bit(USR2) | bit(RT));
        action(USR2, queueing, 0, 0);
        action(RT, queueing, 0, 0);
        count = 0;
        send(USR1);
        out("queue:");
        for (int i = 0; i < count; i++) out(" %d", order[i]);
        out("\n");
    }

    action(USR1, jumper, 0, 0);
    for (volatile int n = 0; n < 4; n++) {
        if (__builtin_setjmp(jump_buffer) == 0) send(USR1);
    }
    out("jumps %d mask %lx\n", jumps, current_mask());

    /* An action that is changed between two signals. */
    taken = 0;
    action(USR1, record, 0, 0);
    send(USR1), send(USR1);
    action(USR1, nested, 0, 0);
    deepest = 0;
    send(USR1);
    struct action ignored = {(void *)1, 0, 0, 0};
    sys(rt_sigaction, USR1, &ignored, 0, 8);
    send(USR1);
    out("changed action: %d taken, %d deep\n", taken, deepest);
    action(USR1, record, SA_RESETHAND, 0);
    send(USR1);
    struct action now_is = {0};
    sys(rt_sigaction, USR1, 0, &now_is, 8);
    out("reset: %d taken, handler %s\n", taken, now_is.handler ? "there" : "gone");
    return 0;
}
