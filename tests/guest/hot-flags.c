/* Loops that set NZCV in each round and do not read it: faults and signals at the next round's begin show it exactly, and so does what follows the loop.
 * levels: O1 */
#include <linux/mman.h>
#include "signal.h"

enum { FIRST = 0x90000000, ROUNDS = 300007, LOOPS = 15 };
struct end { u64 x[5], nzcv, higher; };

/* x0 and w3 are what is compared, x1 counts down, x2 is an operand, x5 points to the page that may not be readable, x11 to memory that is. */
#define LOOP(n, before, body) \
    __asm__(".globl loop" #n ", load" #n "\nloop" #n ": msr nzcv, x6\nmov x11, x4\nhead" #n ": " before "\nload" #n ": ldr x4, [x5]\n" body " head" #n "\n" \
            "cset x10, hi\nmrs x9, nzcv\nstp x0, x1, [x7]\nstp x2, x3, [x7, #16]\nstp x4, x9, [x7, #32]\nstr x10, [x7, #48]\nret\n"); \
    void loop##n(u64 x0, u64 x1, u64 x2, u64 x3, u32 *x11, const void *page, u64 flags, struct end *); extern char load##n[];
#define COUNT "\nsub x1, x1, #1\ncbnz x1,"
LOOP(0, "", "add x0, x0, #1\ncmp x0, x2" COUNT)
LOOP(1, "", "subs x1, x1, #1\nb.ne")
LOOP(2, "", "subs w0, w0, w2" COUNT)
LOOP(3, "", "adds x0, x0, x2" COUNT)
LOOP(4, "", "adds w0, w0, #0xfff, lsl #12" COUNT)
LOOP(5, "", "add x0, x0, #1\ntst x0, x2" COUNT)
LOOP(6, "", "add x0, x0, #1\ntst w0, #7" COUNT)
LOOP(7, "", "add x0, x0, #1\ncmn w0, w2" COUNT)
LOOP(8, "", "add x0, x0, #1\ncmp w4, w0" COUNT)
LOOP(9, "", "add x0, x0, #1\ncmp x0, x2, lsr #3" COUNT)
LOOP(10, "", "add x0, x0, #1\ncmp x0, #-1\nb.eq 9f\ncmp w0, w2\n9:" COUNT)
LOOP(11, "", "add x0, x0, #1\ntst w0, #2\nb.eq 9f\ncmp w0, w2\n9:" COUNT)
LOOP(12, "add x0, x0, #1", "cmp x0, x2" COUNT)
LOOP(13, "ldr w3, [x11]", "add x0, x0, #1\nstr w0, [x11]\ncmp w3, w2" COUNT)
/* A loop in a loop: at the inner one's begin the flags are of either. */
LOOP(14, "mov w3, wzr\n8:", "add w3, w3, #1\ncmp w3, #3\nb.lo 8b\nadd x0, x0, #1\ncmp x0, x2" COUNT)

static void (*const loops[])(u64, u64, u64, u64, u32 *, const void *, u64, struct end *) = {
    loop0, loop1, loop2, loop3, loop4, loop5, loop6, loop7, loop8, loop9, loop10, loop11, loop12, loop13, loop14};
static char *const loads[] = {load0, load1, load2, load3, load4, load5, load6, load7, load8, load9, load10, load11, load12, load13, load14};

#define FLAGS(name, insn) \
    static u64 name(u64 a, u64 b) \
    { \
        u64 flags; \
        __asm__(insn "\nmrs %0, nzcv" : "=r"(flags) : "r"(a), "r"(b) : "cc"); \
        return flags; \
    }
FLAGS(cmp64, "cmp %1, %2")
FLAGS(cmp32, "cmp %w1, %w2")
FLAGS(cmn64, "cmn %1, %2")
FLAGS(cmn32, "cmn %w1, %w2")
FLAGS(tst64, "tst %1, %2")
FLAGS(tst32, "tst %w1, %w2")

/* NZCV of a round, by the registers behind it; in the loops where they change before the load, those at the load. */
static u64 flags_of(int n, const u64 *x, int at_load)
{
    u64 last = at_load ? x[0] - 1 : x[0];
    switch (n) {
    case 0: return cmp64(x[0], x[2]);
    case 1: return cmp64(x[1] + 1, 1);
    case 2: return cmp32(x[0] + x[2], x[2]);
    case 3: return cmn64(x[0] - x[2], x[2]);
    case 4: return cmn32(x[0] - 0xfff000, 0xfff000);
    case 5: return tst64(x[0], x[2]);
    case 6: return tst32(x[0], 7);
    case 7: return cmn32(x[0], x[2]);
    case 8: return cmp32(x[4], x[0]);
    case 9: return cmp64(x[0], x[2] >> 3);
    case 10: return cmp32(x[0], x[2]);
    case 11: return x[0] & 2 ? cmp32(x[0], x[2]) : tst32(x[0], 2);
    case 12: return cmp64(last, x[2]);
    case 14: return at_load && x[3] > 0 ? cmp32(x[3], 3) : cmp64(x[0], x[2]);
    default: return cmp32(at_load ? x[0] - 1 : x[3], x[2]);
    }
}

static volatile long seen, first, faults, wrong;
static int current;
static char *page;

static void check(struct context *c)
{
    if (c->pc != (u64)loads[current]) return;
    seen++;
    int is_first = c->regs[1] == ROUNDS && (current != 14 || c->regs[3] == 0);
    first += is_first;
    wrong += (c->pstate & 0xf0000000) != (is_first ? FIRST : flags_of(current, c->regs, 1));
}

static void tick(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    check(c);
    sys(mprotect, page, 4096, PROT_NONE);
}

static void fault(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    check(c);
    faults++;
    sys(mprotect, page, 4096, PROT_READ | PROT_WRITE);
    *(u64 *)page = *(u64 *)page * 5 + 1;
}

static void every(long us)
{
    struct { long isec, iusec, sec, usec; } v = {0, us, 0, us};
    sys(setitimer, 0, &v, 0);
}

MAIN
{
    page = (char *)sys(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    action(ALRM, tick, SA_RESTART, bit(SEGV));
    action(SEGV, fault, 0, bit(ALRM));
    static const u64 operands[] = {0x7ffffff0, 100, 0x8000000000012345};
    long ends = 0;
    for (current = 0; current < LOOPS; current++) {
        long before = faults;
        u64 begun = now();
        for (int runs = 0; now() - begun < 100000000 || faults < before + 5; runs++) {
            u64 from = operands[runs % 3] - 1000;
            struct end end;
            u32 last = (u32)from;
            every(0);
            if (runs % 8 == 0) sys(mprotect, page, 4096, PROT_NONE);
            every(1000);
            loops[current](from, ROUNDS, operands[runs / 3 % 3], 0, &last, page, FIRST, &end);
            ends += end.nzcv != flags_of(current, end.x, 0) || end.higher != ((end.nzcv >> 29 & 1) > (end.nzcv >> 30 & 1));
        }
    }
    every(0);
    out("signals %s, first rounds %s, faults %s, %ld wrong, %ld ends wrong\n", seen > 100 ? "many" : "few", first > 10 ? "many" : "few", faults > 50 ? "many" : "few", wrong, ends);
    return 0;
}
