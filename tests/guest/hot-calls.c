/* Calls that become part of the loop that makes them: signals and faults inside what is called show the exact state, returns go where the return address says, whoever
 * has changed it (a function that returns elsewhere, coroutines, recursion), and code that is called and then changed is left.
 * levels: O1 */
#include "hot.h"

/* x0 counts up to x1; x2 is 7 times as much; x4 is loaded from x5; the leaf is called from the loop and from the middle, which keeps its return address on the stack. */
u64 hot_calls(u64 from, u64 limit, u64 sum, u64 mixed, u64 loaded, const void *page);
extern char calls_head[], calls_leaf[], calls_middle[], calls_back[], calls_next[], calls_third[], calls_end[];
__asm__(".globl hot_calls, calls_head, calls_leaf, calls_middle, calls_back, calls_next, calls_third, calls_end\n"
        "hot_calls: stp x29, x30, [sp, #-16]!\nmov x6, sp\n"
        "calls_head: add x0, x0, #1\nbl calls_leaf\n"
        "calls_back: eor x3, x0, x1\nbl calls_middle\n"
        "calls_next: cmp x0, x1\nb.ne calls_head\nadd x0, x2, x3\nldp x29, x30, [sp], #16\nret\n"
        "calls_leaf: ldr x4, [x5]\nadd x2, x2, #3\nret\n"
        "calls_middle: str x30, [sp, #-16]!\nbl calls_leaf\n"
        "calls_third: add x2, x2, #1\nldr x30, [sp], #16\nret\n"
        "calls_end:\n");

static volatile long inside;

/* What has been added to x2 in this round, and which return address there is, by place. */
static void check(struct context *c)
{
    u64 pc = c->pc, i = c->regs[0], link = c->regs[30], down = c->regs[6] - c->sp, added;
    if (pc < (u64)calls_head || pc >= (u64)calls_end) return;
    seen++;
    if (pc >= (u64)calls_leaf) {
        u64 place = (pc - (u64)calls_leaf) / 4;
        inside++;
        if (place < 3) {
            int isFirst = link == (u64)calls_back;
            wrong += !isFirst && link != (u64)calls_third;
            wrong += down != (isFirst ? 0 : 16);
            added = (isFirst ? 0 : 3) + (place == 2 ? 3 : 0);
        } else {
            wrong += link != (place == 3 || place == 4 || place == 7 ? (u64)calls_next : (u64)calls_third);
            wrong += down != (place == 3 || place == 7 ? 0 : 16);
            added = place < 5 ? 3 : place == 5 ? 6 : 7;
        }
        if (link == (u64)calls_third || place >= 3) wrong += c->regs[3] != (i ^ c->regs[1]);
    } else {
        u64 place = (pc - (u64)calls_head) / 4;
        if (place > 5) return;
        wrong += down != 0;
        if (place == 0) i++;
        if (place == 2) wrong += link != (u64)calls_back;
        if (place >= 4) wrong += link != (u64)calls_next;
        added = place < 2 ? 0 : place < 4 ? 3 : 7;
    }
    wrong += c->regs[2] != 7 * (i - 1) + added;
}

static u64 load_at(void) { return (u64)calls_leaf; }

/* A function that returns elsewhere when its count has low bits of zero: x0 rounds; returns how often it did (x2) and did not (x3). */
struct pair { u64 a, b; };
struct pair hot_escapes(u64 rounds);
__asm__(".globl hot_escapes\nhot_escapes: mov x9, x30\nmov x2, #0\nmov x3, #0\nadr x4, elsewhere\n"
        "1: bl escape\nadd x3, x3, #1\nb 2f\n"
        "elsewhere: add x2, x2, #1\n"
        "2: subs x0, x0, #1\nb.ne 1b\nmov x0, x2\nmov x1, x3\nret x9\n"
        "escape: tst x0, #7\nb.ne 3f\nmov x30, x4\n3: ret\n");

/* Two loops on two stacks that take turns: neither returns to where it was called. x0 rounds, x1 the other stack; a counts by 1, b by 2. */
struct pair hot_turns(u64 rounds, u64 *other);
__asm__(".globl hot_turns\nhot_turns: mov x9, x30\nmov x3, #0\nmov x4, #0\nadr x5, turn_other\nmov x6, x1\n"
        "1: bl turn\nadd x3, x3, #1\nsubs x0, x0, #1\nb.ne 1b\nmov x0, x3\nmov x1, x4\nret x9\n"
        "turn_other:\n2: add x4, x4, #2\nbl turn\nb 2b\n"
        "turn: mov x7, sp\nmov sp, x6\nmov x6, x7\nmov x7, x30\nmov x30, x5\nmov x5, x7\nret\n");

static __attribute__((noinline)) u64 ways(u64 n, u64 k)
{
    if (k == 0 || k == n) return 1;
    return ways(n - 1, k - 1) + ways(n - 1, k);
}

/* Code that is called in a loop and changed: by a handler, and by another thread. */
static volatile u32 *code;
enum { NOP = 0xd503201f, RET = 0xd65f03c0, ONE = 0xd2800020 /* mov x0, #1 */, NONE = 0xd2800000 };

static void put(u32 word)
{
    code[0] = word, code[1] = RET;
    __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" : : "r"(code) : "memory");
}

static void changing(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    if (++seen == 50) put(NONE);
}

/* x0: as long as what is at x1 gives 1; called by way of a direct call, which is put beside it. */
static u64 loop_at(volatile u32 *at)
{
    enum { SAVE = 0xf81f0ffe /* str x30, [sp, #-16]! */, ZERO = 0xd2800001 /* mov x1, #0 */, MORE = 0x91000421 /* add x1, x1, #1 */,
           AGAIN = 0xb5ffffc0 /* cbnz x0, -8 */, RESULT = 0xaa0103e0 /* mov x0, x1 */, RESTORE = 0xf84107fe /* ldr x30, [sp], #16 */ };
    static const u32 words[] = {SAVE, ZERO, MORE, 0, AGAIN, RESULT, RESTORE, RET};
    for (int k = 0; k < 8; k++) at[k] = words[k];
    at[3] = 0x94000000 | ((u32)(code - (at + 3)) & 0x3ffffff);
    __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" : : "r"(at) : "memory");
    return ((u64(*)(void))at)();
}

static u64 stack[1024], turns[1024];
__attribute__((used)) static void other_entry(void) __asm__("other_thread");
static void other_entry(void)
{
    u64 begun = now();
    while (now() - begun < 100000000);
    put(NONE);
    sys(exit, 0);
}
static void start(void)
{
    register long x8 __asm__("x8") = 220, x0 __asm__("x0") = 0x50f00, x2 __asm__("x2") = 0, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
    register u64 *x1 __asm__("x1") = stack + 1024;
    __asm__ volatile("svc #0\ncbnz x0, 1f\nbl other_thread\n1:" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "x30");
}

MAIN
{
    page = (char *)sys(mmap, 0, 3 * 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code = (u32 *)(page + 4096);
    action(ALRM, tick, SA_RESTART, 0);
    action(SEGV, fault, 0, bit(ALRM));
    every(1000);
    u64 begun = now(), right = 0, runs = 0;
    while (now() - begun < 500000000 || faults < 10) right += hot_calls(0, 100003, 0, 0, 0, page) == 700021, runs++;
    every(0);
    out("results %s, signals %s, inside %s, faults %s, %ld wrong\n", right == runs ? "right" : "wrong", seen > 20 ? "many" : "few",
        inside > 10 ? "many" : "few", faults >= 10 ? "many" : "few", wrong);

    struct pair counts = hot_escapes(20000000);
    out("elsewhere %ld, back %ld\n", counts.a, counts.b);
    counts = hot_turns(10000000, turns + 1024);
    out("turns %ld, %ld\n", counts.a, counts.b);
    out("ways %ld\n", ways(24, 12));

    action(ALRM, changing, SA_RESTART, 0);
    seen = 0;
    put(ONE);
    every(2000);
    u64 count = loop_at(code + 1024);
    every(0);
    out("changed by a handler: %s\n", count > 1000 ? "left" : "too early");

    put(ONE);
    start();
    count = loop_at(code + 1024);
    out("changed by another thread: %s\n", count > 1000 ? "left" : "too early");
    return 0;
}
