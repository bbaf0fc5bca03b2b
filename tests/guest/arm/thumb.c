/* Thumb code put together while the program runs: faults at every place of every IT block, instructions across page edges, changed halves of instructions, ways between A32 and Thumb. */
#include "arm.h"

#define __NR_flush __ARM_NR_cacheflush

typedef u32 function(u32, u32);

static u8 *area;
static u16 *put;
static void at(u8 *where) { put = (u16 *)where; }
static void half(u32 h) { *put++ = (u16)h; }
static void wide(u32 w) { half(w >> 16), half(w); }
static void word(u32 w) { half(w), half(w >> 16); }
static function *made(u8 *from)
{
    sys(flush, from, (u8 *)put, 0);
    return (function *)(from + 1);
}

enum { BX_LR = 0x4770, NOP = 0xbf00, IT = 0xbf00, ADDS_R0_1 = 0x3001, MSR_FLAGS_R1 = 0xf3818800 };

static u32 hash = 0;
static void mix(u32 v) { hash = (hash ^ v) * 0x01000193; }

/* Where it faulted, in which state; the next time r0 is a good address. */
static u32 cell = 1, faults;
static void repair(int signal, struct info *info, struct context *c)
{
    faults++;
    mix((u32)signal), mix((u32)info->code), mix(info->address), mix(c->m.regs[15] - (u32)area);
    mix(c->m.cpsr & 0xfe0ffc20);
    c->m.regs[0] = (u32)&cell;
}

/* Four loads behind an IT of every condition and length, under all flags: r2 + 2 r3 + 4 r4 + 8 r5 says which have been executed. */
static void it_blocks(void)
{
    u32 results = 0;
    action(SEGV, repair, SA_SIGINFO, 0);
    for (u32 cond = 0; cond < 14; cond++) {
        for (u32 mask = 1; mask < 16; mask++) {
            at(area);
            half(0xb530); /* push {r4, r5, lr} */
            half(0x2200), half(0x2300), half(0x2400), half(0x2500);
            wide(MSR_FLAGS_R1);
            half(IT | cond << 4 | mask);
            half(0x6802); /* ldr r2, [r0] */
            wide(0xf8d03000); /* ldr.w r3, [r0] */
            half(0x6804), half(0x6805);
            wide(0xeb020243), wide(0xeb020284), wide(0xeb0200c5); /* r0 = r2 + (r3 << 1) + (r4 << 2) + (r5 << 3) */
            half(0xbd30); /* pop {r4, r5, pc} */
            function *f = made(area);
            for (u32 flags = 0; flags < 16; flags++) {
                u32 r = f(8, flags << 28);
                mix(r), results += r;
            }
        }
    }
    out("it blocks: %u faults, results %u, %08x\n", faults, results, hash);
}

/* The same code at every place about a page's edge. */
static void page_edges(void)
{
    u32 sum = 0;
    for (int from = -40; from <= 2; from += 2) {
        u8 *start = area + PAGE + from;
        at(start);
        wide(MSR_FLAGS_R1);
        wide(0xf1000001); /* add.w r0, r0, #1 */
        half(IT | 0 << 4 | 2); /* ittt eq */
        half(0x3002); /* addeq r0, #2 */
        wide(0xf1000004); /* addeq.w r0, r0, #4 */
        half(0x3008);
        half(IT | 1 << 4 | 8); /* it ne */
        wide(0xf1000010); /* addne.w r0, r0, #16 */
        wide(0xea4f0040); /* mov.w r0, r0, lsl #1 */
        half(BX_LR);
        function *f = made(start);
        for (int k = 0; k < 50; k++) sum = sum * 3 + f((u32)from, k & 1 ? 0x40000000 : 0);
    }
    out("page edges: %08x\n", sum);
}

/* An instruction whose second half may not be executed. */
static void escape(int signal, struct info *info, struct context *c)
{
    out("half an instruction: signal %d code %d, %d bytes before the edge, at %s\n", signal, info->code, (int)((u32)area + PAGE - c->m.regs[15]),
        info->address == (u32)area + PAGE ? "the edge" : "another place");
    c->m.regs[15] = c->m.regs[14] & ~1u;
    c->m.cpsr = (c->m.cpsr & ~0x20u) | (c->m.regs[14] & 1) << 5;
}
static void half_mapped(void)
{
    action(SEGV, escape, SA_SIGINFO, 0);
    sys(mprotect, area + PAGE, PAGE, 0);
    at(area + PAGE - 6);
    half(ADDS_R0_1), half(ADDS_R0_1), half(0xf100);
    sys(flush, area, area + PAGE, 0);
    u32 r = ((function *)(area + PAGE - 6 + 1))(40, 0);
    out("it has got to %u\n", r);
    sys(mprotect, area + PAGE, PAGE, 7);
}

/* Halves of instructions that change, conditions that change. */
static void changes(void)
{
    u32 sum = 0;
    for (u32 k = 0; k < 200; k++) {
        at(area);
        wide(MSR_FLAGS_R1);
        half(IT | (k % 14) << 4 | (k & 1 ? 8 : 4 | (k >> 1 & 1) << 3));
        wide(0xf1000000 | (k & 0xff)); /* add.w r0, r0, #k, with a condition */
        half(0x3080 | (k & 0x7f));
        half(BX_LR);
        function *f = made(area);
        for (u32 flags = 0; flags < 16; flags += 5) sum = sum * 5 + f(k, flags << 28);
        /* Only the second half of the addition. */
        at(area + 8);
        half(k & 0x7f);
        made(area);
        sum = sum * 7 + f(k, 0);
    }
    out("changes: %08x\n", sum);
}

/* Ways between the instruction sets. */
static void ways(void)
{
    u8 *arm = area + 0x100, *thumb = area + 0x200;
    at(arm);
    word(0xe0800001); /* add r0, r0, r1 */
    word(0xe12fff1e); /* bx lr */
    sys(flush, arm, arm + 8, 0);
    u32 target = (u32)arm, sum = 0;
    for (u32 k = 0; k < 100; k++) {
        at(thumb);
        half(0xb500); /* push {lr} */
        half(0x4a05); /* ldr r2, [pc, #20]: the literal below */
        half(0x4790); /* blx r2 */
        wide(0xf04f3180); /* mov.w r1, #0x80808080 */
        half(NOP);
        half(0xf7ff), half(0xef78); /* blx arm, 0x10c bytes back */
        half(0xbd00); /* pop {pc} */
        half(NOP), half(NOP), half(NOP);
        word(target);
        function *f = made(thumb);
        sum = sum * 3 + f(k, k * k);
    }
    out("blx: %08x\n", sum);
    /* bx pc, ldr pc, pop {pc}, add pc, from Thumb to A32 and back by bx lr */
    at(thumb);
    half(0x4778), half(NOP); /* bx pc */
    word(0xe2800011); /* add r0, r0, #0x11 */
    word(0xe12fff1e);
    out("bx pc: %u\n", made(thumb)(1, 2));
    at(thumb);
    wide(0xf8dff000); /* ldr.w pc, [pc] */
    word(target);
    out("ldr pc: %u\n", made(thumb)(3, 4));
    at(thumb);
    half(0x4a01), half(0xb404), half(0xbd00), half(NOP); /* ldr r2, [pc, #4]; push {r2}; pop {pc} */
    word(target);
    out("pop pc: %u\n", made(thumb)(5, 6));
    at(thumb);
    half(0x448f), half(NOP), half(NOP), half(NOP), half(0x3001), half(0x3002), half(BX_LR); /* add pc, r1 */
    out("add pc: %u %u\n", made(thumb)(0, 4), made(thumb)(0, 6));
    at(thumb);
    half(0x2900); /* cmp r1, #0 */
    half(IT | 1 << 4 | 12); /* ite ne */
    half(0x3002), half(0x4770); /* addne r0, #2; bxeq lr */
    half(0x3020), half(BX_LR);
    out("bxeq: %u %u\n", made(thumb)(0, 0), made(thumb)(0, 1));
    /* Into the middle of an IT block: what is there has no condition. */
    at(thumb);
    half(0x2900), half(IT | 0 << 4 | 4), half(0x3002), half(0x3020), half(BX_LR);
    made(thumb);
    out("into a block: %u %u\n", ((function *)(thumb + 6 + 1))(0, 1), ((function *)(thumb + 1))(0, 1));
}

/* Loops that get hot: conditions, table branches, calls within IT blocks. */
__attribute__((target("thumb"), noinline)) static u32 step(u32 state, u32 kind)
{
    switch (kind) {
    case 0: return state + 3;
    case 1: return state ^ 0x55;
    case 2: return state * 5;
    case 3: return state >> 1;
    case 4: return ~state;
    case 5: return state << 3;
    case 6: return state - 77;
    case 7: return state | 1;
    case 8: return state & 0xffff7;
    default: return 0;
    }
}
__attribute__((target("thumb"), noinline)) static u32 hot(u32 rounds)
{
    u32 state = 1, least = ~0u, odd = 0;
    for (u32 k = 0; k < rounds; k++) {
        state = step(state, k % 11) + k;
        if (state < least) least = state;
        if (state & 1) odd++;
        else odd += 2;
        state = state > 0x80000000 ? state - least : state + odd;
    }
    return state ^ least ^ odd;
}

MAIN
{
    area = (u8 *)sys(mmap2, 0x20000000, 4 * PAGE, 7, 0x32, -1, 0);
    it_blocks();
    page_edges();
    half_mapped();
    changes();
    ways();
    out("hot: %08x\n", hot(300000));
    return 0;
}
