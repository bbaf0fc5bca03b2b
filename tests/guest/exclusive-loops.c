/* Loops of exclusive loads and stores that a translator may make one operation of: values, flags and registers afterwards, all sizes; what a fault of the store shows; threads.
 * levels: O1
 * flags: -march=armv8-a */
#include "signal.h"

static u64 cell;
static volatile u64 fault_pc, fault_address, fault_old, fault_new, fault_status;
extern char add_store[], swap_store[];

static void allow(int signal, struct info *info, struct context *c)
{
    (void)signal;
    fault_pc = c->pc, fault_address = info->address, fault_old = c->regs[9], fault_new = c->regs[10], fault_status = c->regs[11];
    sys(mprotect, info->address & -4096ul, 4096, 3);
}

#define LOOP(suffix, w, insn) \
    cell = a; \
    __asm__ volatile("mov w11, #7\n1: ldaxr" suffix " %" w "0, [%4]\n " insn "\n stlxr" suffix " w11, %" w "1, [%4]\n cbnz w11, 1b\n mov %w2, w11" \
                     : "=&r"(old), "=&r"(new), "=&r"(status) : "r"(b), "r"(&cell) : "memory", "cc", "w11"); \
    mix(old), mix(new), mix(status), mix(cell)
#define SIZES(op) \
    LOOP("", "", op " %1, %0, %3"); LOOP("", "w", op " %w1, %w0, %w3"); LOOP("h", "w", op " %w1, %w0, %w3"); LOOP("b", "w", op " %w1, %w0, %w3")

static u64 counter;
static u32 ended;
static u8 stacks[3][16384] __attribute__((aligned(16)));

static void work(u64 step)
{
    u64 old;
    u32 status;
    for (int i = 0; i < 20000; i++)
        __asm__ volatile("1: ldxr %0, [%3]\n add %0, %0, %2\n stxr %w1, %0, [%3]\n cbnz %w1, 1b" : "=&r"(old), "=&r"(status) : "r"(step), "r"(&counter) : "memory");
    __asm__ volatile("1: ldaxr %w0, [%2]\n add %w0, %w0, #1\n stlxr %w1, %w0, [%2]\n cbnz %w1, 1b" : "=&r"(old), "=&r"(status) : "r"(&ended) : "memory");
}

static __attribute__((noinline)) long begin_thread(u8 *stack, u64 step)
{
    register long x0 __asm__("x0") = 0x50f00, x8 __asm__("x8") = 220;
    register u8 *x1 __asm__("x1") = stack;
    register u64 x2 __asm__("x2") = 0, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0, x19 __asm__("x19") = step;
    __asm__ volatile("svc #0\n cbnz x0, 1f\n mov x0, x19\n bl thread_main\n1:" : "+r"(x0) : "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x8), "r"(x19) : "memory", "x30");
    return x0;
}

__attribute__((noreturn, used)) void thread_main(u64 step)
{
    work(step);
    for (;;) sys(exit, 0);
}

MAIN
{
    u64 old, new;
    u32 status;
    begin();
    FOR_PAIRS(a, b) { SIZES("add"); }
    end("add");
    begin();
    FOR_PAIRS(a, b) { SIZES("sub"); LOOP("", "", "sub %1, %3, %0"); }
    end("sub");
    begin();
    FOR_PAIRS(a, b) { SIZES("and"); SIZES("orr"); SIZES("eor"); SIZES("bic"); SIZES("orn"); }
    end("logic");
    begin();
    FOR_PAIRS(a, b) { LOOP("", "", "mov %1, %3"); LOOP("", "w", "mov %w1, %w3"); LOOP("h", "w", "mov %w1, %w3"); LOOP("b", "w", "mov %w1, %w3"); }
    end("swap");
    begin();
    FOR_PAIRS(a, b) {
        u64 flags;
        LOOP("", "", "adds %1, %0, %3");
        LOOP("", "w", "subs %w1, %w0, %w3");
        LOOP("", "", "add %1, %0, %0");
        LOOP("", "", "add %1, %0, %3, lsl #3");
        LOOP("", "", "add %1, %0, #1\n eor x12, %0, #0xff\n mul x12, x12, x12");
        cell = a;
        __asm__ volatile("1: ldaxr %0, [%4]\n adds %1, %0, %3\n stlxr w11, %1, [%4]\n cbnz w11, 1b\n mrs %2, nzcv" : "=&r"(old), "=&r"(new), "=&r"(flags) : "r"(b), "r"(&cell) : "memory", "cc", "w11");
        mix(flags), mix(old), mix(new), mix(cell);
        cell = a;
        __asm__ volatile("1: ldaxr %0, [%4]\n cmp %0, %3\n b.ne 2f\n stlxr w11, %3, [%4]\n cbnz w11, 1b\n2: mrs %2, nzcv" : "=&r"(old), "=&r"(new), "=&r"(flags) : "r"(b), "r"(&cell) : "memory", "cc", "w11");
        mix(flags), mix(old), mix(cell);
    }
    end("flags");

    action(SEGV, allow, 0, 0);
    u64 *page = (u64 *)sys(mmap, 0, 4096, 3, 0x22, -1, 0);
    for (int round = 0; round < 40; round++) {
        page[3] = 1000 + (u64)round;
        sys(mprotect, page, 4096, 1);
        if (round & 1)
            __asm__ volatile("mov w11, #7\n mov x10, #5\n 1: ldxr x9, [%0]\n swap_store: stxr w11, x10, [%0]\n cbnz w11, 1b" : : "r"(page + 3) : "memory", "x9", "x10", "x11");
        else
            __asm__ volatile("mov w11, #7\n 1: ldxr x9, [%0]\n add x10, x9, #5\n add_store: stxr w11, x10, [%0]\n cbnz w11, 1b" : : "r"(page + 3) : "memory", "x9", "x10", "x11");
        if (round < 4 || round > 37)
            out("fault: pc %s address %s old %lu new %lu status %lu, then %lu\n", fault_pc == (u64)(round & 1 ? swap_store : add_store) ? "right" : "wrong",
                fault_address == (u64)(page + 3) ? "right" : "wrong", fault_old, fault_new, fault_status, page[3]);
    }

    for (u64 i = 0; i < 3; i++) begin_thread(stacks[i] + sizeof stacks[i], i + 1);
    work(10);
    while (__atomic_load_n(&ended, __ATOMIC_ACQUIRE) < 4) sys(sched_yield);
    out("threads: %lu\n", counter);
    return 0;
}
