/* Loops that run long enough to be compiled anew while they run: signals and faults in them show the exact state, code that is
 * changed under them is left, also by another thread.
 * levels: O1 */
#include "hot.h"

/* x0 counts up to x1, x2 down, x3 = x0 ^ x1, v0 += v1; x5 points to a page that may not be readable. */
u64 hot_loop(u64 from, u64 limit, u64 down, u64 mixed, u64 loaded, const void *page);
extern char hot_head[], hot_load[];
__asm__(".globl hot_loop\nhot_loop: movi v0.2d, #0\nadr x6, one_two\nldr q1, [x6]\n"
        ".globl hot_head\nhot_head: add x0, x0, #1\nsub x2, x2, #1\neor x3, x0, x1\n"
        ".globl hot_load\nhot_load: ldr x4, [x5]\nadd v0.2d, v0.2d, v1.2d\ncmp x0, x1\nb.ne hot_head\n"
        "add x0, x2, x3\nret\n.balign 16\none_two: .quad 1, 2\n");


static u64 flags_of(u64 a, u64 b)
{
    u64 flags;
    __asm__("cmp %1, %2\nmrs %0, nzcv" : "=r"(flags) : "r"(a), "r"(b) : "cc");
    return flags;
}

static void check(struct context *c)
{
    u64 place = (c->pc - (u64)hot_head) / 4;
    if (place > 6) return;
    u64 i = c->regs[0], limit = c->regs[1], rounds = place == 0 ? i : i - 1;
    const __uint128_t *v = ((struct fpsimd *)c->records)->v;
    seen++;
    wrong += c->regs[2] != -(place == 1 ? i - 1 : i);
    if (place >= 3 || rounds > 0) wrong += c->regs[3] != ((place >= 3 ? i : rounds) ^ limit);
    u64 sums = place >= 5 ? i : rounds;
    wrong += (u64)v[0] != sums || (u64)(v[0] >> 64) != 2 * sums;
    u64 compared = place == 6 ? i : rounds;
    if (compared > 0) wrong += (c->pstate & 0xf0000000) != flags_of(compared, limit);
}

static u64 load_at(void) { return (u64)hot_load; }

/* Code that is changed. */
static volatile u32 *code;
enum { BRANCH_BACK = 0x17ffffff, NOP = 0xd503201f, RET = 0xd65f03c0, COUNT = 0x91000400 /* add x0, x0, #1 */ };

static void change(void)
{
    code[1] = NOP;
    __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" : : "r"(code) : "memory");
}

static void changing(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    if (++seen == 50) change();
}

static void endless(void)
{
    code[0] = COUNT, code[1] = BRANCH_BACK, code[2] = RET;
    __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" : : "r"(code) : "memory");
}

static u64 stack[1024];
static volatile u32 ended = 1;
static void other(void)
{
    u64 begun = now();
    while (now() - begun < 100000000);
    change();
    sys(exit, 0);
}
static void start(void)
{
    register long x8 __asm__("x8") = 220, x0 __asm__("x0") = 0x250f00, x2 __asm__("x2") = 0, x3 __asm__("x3") = 0;
    register u64 *x1 __asm__("x1") = stack + 1024;
    register volatile u32 *x4 __asm__("x4") = &ended;
    __asm__ volatile("svc #0\ncbnz x0, 1f\nbl other_thread\n1:" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory", "x30");
}
__attribute__((used)) static void other_entry(void) __asm__("other_thread");
static void other_entry(void) { other(); }

MAIN
{
    page = (char *)sys(mmap, 0, 8192, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code = (u32 *)(page + 4096);
    action(ALRM, tick, SA_RESTART, 0);
    action(SEGV, fault, 0, bit(ALRM));
    every(1000);
    u64 begun = now(), right = 0, runs = 0;
    while (now() - begun < 500000000 || faults < 10) right += hot_loop(0, 1000003, 0, 0, 0, page) == (u64)-1000003, runs++;
    every(0);
    out("results %s, signals %s, faults %s, %ld wrong\n", right == runs ? "right" : "wrong", seen > 20 ? "many" : "few", faults >= 10 ? "many" : "few", wrong);

    action(ALRM, changing, SA_RESTART, 0);
    seen = 0;
    endless();
    every(2000);
    u64 count = ((u64(*)(u64))code)(0);
    every(0);
    out("changed by a handler: %s\n", count > 1000 ? "left" : "too early");

    endless();
    start();
    count = ((u64(*)(u64))code)(0);
    out("changed by another thread: %s\n", count > 1000 ? "left" : "too early");
    return 0;
}
