/* Loops that set flags in each round, all of them or N and Z alone: faults and signals at the begin and in the midst of rounds show them exactly, and so does what follows the loop. */
#include "arm.h"

enum { FIRST = 0x90000000, ROUNDS = 100007, LOOPS = 14 };
struct loop { u32 r[4]; u32 flags, higher; const void *page; };
struct round { u32 r[4]; u32 flags, middle; };

/* r0 counts up, r1 down, r2 is an operand, r5 points to the page that may not be readable. `op` is between two loads; `round` does the same once, without them. */
#define LOOP(n, op, end) \
    __asm__(CODE ".globl head" #n ", middle" #n ", loop" #n ", round" #n "\n.type loop" #n ", %function\n.type round" #n ", %function\n" \
            "loop" #n ": push {r4-r11, lr}\nmov r8, r0\nldm r8, {r0-r4}\nldr r5, [r8, #24]\nmsr cpsr_f, r4\n" \
            "head" #n ": ldr r4, [r5]\nadd r0, r0, #1\n" op "\nmiddle" #n ": ldr r6, [r5, #4]\n" end "\nbne head" #n "\n" \
            "mov r10, #0\nit hi\nmovhi r10, #1\nmrs r4, cpsr\nstm r8, {r0-r4}\nstr r10, [r8, #20]\npop {r4-r11, pc}\n" \
            "round" #n ": push {r4, r5, r8, lr}\nmov r8, r0\nldm r8, {r0-r4}\nmsr cpsr_f, r4\nadd r0, r0, #1\n" op "\nmrs r5, cpsr\n" end \
            "\nmrs r4, cpsr\nstm r8, {r0-r5}\npop {r4, r5, r8, pc}\n"); \
    void loop##n(struct loop *); void round##n(struct round *); extern char head##n[], middle##n[];
#ifdef __thumb__
#define CODE ".syntax unified\n.thumb\n"
#else
#define CODE ".syntax unified\n.arm\n"
#endif
#define SUBS "subs r1, r1, #1"
#define TEQ "sub r1, r1, #1\nteq r1, #0"
#define CMP "sub r1, r1, #1\ncmp r1, #0"
LOOP(0, "cmp r0, r2", SUBS)
LOOP(1, "adds r3, r0, r2", SUBS)
LOOP(2, "tst r0, r2", SUBS)
LOOP(3, "lsls r3, r0, #3", SUBS)
LOOP(4, "cmn r0, r2", SUBS)
LOOP(5, "subs r3, r0, r2\nsbcs r3, r3, r0", SUBS)
LOOP(6, "tst r0, #2\nbeq 9f\ncmp r0, r2\n9:", SUBS)
LOOP(7, "tst r0, #1\nit ne\ncmpne r0, r2", SUBS)
LOOP(8, "cmp r0, r2", TEQ)
LOOP(9, "adds r3, r0, r2", TEQ)
LOOP(10, "cmn r0, r2", CMP)
LOOP(11, "mov r3, r0", SUBS)
LOOP(12, "cmp r0, r2\nit lo\naddlo r3, r0, #1\nmovs r3, r0", TEQ)
/* A loop in a loop: at the inner one's begin the flags are of either. */
LOOP(13, "mov r3, #0\n8: add r3, r3, #1\ncmp r3, #3\nblo 8b\ncmp r0, r2", SUBS)

#define EACH(what) what##0, what##1, what##2, what##3, what##4, what##5, what##6, what##7, what##8, what##9, what##10, what##11, what##12, what##13
static void (*const loops[])(struct loop *) = {EACH(loop)};
static void (*const rounds[])(struct round *) = {EACH(round)};
static char *const heads[] = {EACH(head)};
static char *const middles[] = {EACH(middle)};

static volatile long seen, first, faults, wrong;
static int current;
static u8 *page;

/* Flags before round r[1] begins, or in its midst, from those of the rounds before. */
static u32 expected(const u32 *r, int in_the_midst)
{
    u32 done = ROUNDS - r[1], back = done < 3 ? done : 3;
    struct round round = {{r[0] - back - !!in_the_midst, r[1] + back, r[2], 0}, FIRST, 0};
    for (u32 k = 0; k < back; k++) rounds[current](&round);
    if (in_the_midst) rounds[current](&round), round.flags = round.middle;
    return round.flags & 0xf0000000;
}

static void check(struct context *c)
{
    u32 pc = c->m.regs[15];
    int in_the_midst = pc == ((u32)middles[current] & ~1);
    if (!in_the_midst && pc != ((u32)heads[current] & ~1)) return;
    seen++;
    first += c->m.regs[1] == ROUNDS;
    wrong += (c->m.cpsr & 0xf0000000) != expected(c->m.regs, in_the_midst);
}

static void tick(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    check(c);
    sys(mprotect, page, PAGE, 0);
}

static void fault(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    check(c);
    faults++;
    sys(mprotect, page, PAGE, 3);
    /* Next time in the midst. */
    if (faults & 1 && c->m.regs[15] == ((u32)heads[current] & ~1)) c->m.regs[4] = 0, c->m.regs[15] += *(u16 *)c->m.regs[15] >> 11 < 0x1d && (c->m.cpsr & 32) ? 2 : 4, sys(mprotect, page, PAGE, 0);
}

static u64 now(void)
{
    struct timespec64 t;
    sys(clock_gettime64, 1, &t);
    return t.sec * 1000000000ull + t.nsec;
}

static void every(long us)
{
    struct { long isec, iusec, sec, usec; } v = {0, us, 0, us};
    sys(setitimer, 0, &v, 0);
}

MAIN
{
    page = (u8 *)sys(mmap2, 0, PAGE, 3, 0x22, -1, 0);
    action(ALRM, tick, SA_RESTART | SA_SIGINFO, 1 << (SEGV - 1));
    action(SEGV, fault, SA_SIGINFO, 1 << (ALRM - 1));
    static const u32 operands[] = {0x7ffffff0, 100, 0x80012345};
    long ends = 0;
    for (current = 0; current < LOOPS; current++) {
        long before = faults;
        u64 begun = now();
        for (int runs = 0; now() - begun < 80000000 || faults < before + 5; runs++) {
            struct loop loop = {{operands[runs % 3] - 1000, ROUNDS, operands[runs / 3 % 3], 0}, FIRST, 0, page};
            every(0);
            if (runs % 8 == 0) sys(mprotect, page, PAGE, 0);
            every(1000);
            loops[current](&loop);
            u32 flags = loop.flags & 0xf0000000;
            ends += flags != expected(loop.r, 0) || loop.higher != ((flags >> 29 & 1) > (flags >> 30 & 1));
        }
    }
    every(0);
    out("signals %s, first rounds %s, faults %s, %d wrong, %d ends wrong\n", seen > 100 ? "many" : "few", first > 10 ? "many" : "few", faults > 50 ? "many" : "few", (int)wrong, (int)ends);
    return 0;
}
