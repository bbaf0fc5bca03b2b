/* Loops that hold 28 vectors and run long enough to be compiled anew while they run: signals, faults, system calls and NaNs in them
 * find and leave every vector exact.
 * levels: O1 */
#include "hot.h"

typedef union { u64 u[2]; double d[2]; } vector;

/* v0.. = first; x9 counts up to x0; each round v0..7 += v24, v8..15 += v25, v16..22 += v26, v23 += v27; last = v0... x2 points to a page that may not be readable. */
typedef u64 loop_fn(u64 limit, const vector *first, const void *page, vector *last);
enum { HELD = 24, FIRST_STEP = 2 };
static const u8 added[HELD] = {24, 24, 24, 24, 24, 24, 24, 24, 25, 25, 25, 25, 25, 25, 25, 25, 26, 26, 26, 26, 26, 26, 26, 27};

#define STEP(op, list, by) ".irp r," list "\n" op " v\\r\\().2d, v\\r\\().2d, v" by ".2d\n.endr\n"
#define ALL "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31"
#define LOOP(name, op, call) \
    loop_fn name; \
    extern char name##_head[], name##_load[]; \
    __asm__(".globl " #name "\n" #name ": stp d8, d9, [sp, #-64]!\nstp d10, d11, [sp, #16]\nstp d12, d13, [sp, #32]\nstp d14, d15, [sp, #48]\n" \
            "mov x9, #0\n.irp r," ALL "\nldr q\\r, [x1, #16 * \\r]\n.endr\n" \
            ".globl " #name "_head\n" #name "_head: add x9, x9, #1\n.globl " #name "_load\n" #name "_load: ldr x10, [x2]\n" \
            STEP(op, "0,1,2,3,4,5,6,7", "24") STEP(op, "8,9,10,11,12,13,14,15", "25") STEP(op, "16,17,18,19,20,21,22", "26") STEP(op, "23", "27") \
            call "cmp x9, x0\nb.ne " #name "_head\n.irp r," ALL "\nstr q\\r, [x3, #16 * \\r]\n.endr\n" \
            "ldp d10, d11, [sp, #16]\nldp d12, d13, [sp, #32]\nldp d14, d15, [sp, #48]\nldp d8, d9, [sp], #64\nret\n")
LOOP(integers, "add", "");
LOOP(calls, "add", "mov x11, x0\nmov x8, #172\nsvc #0\nmov x0, x11\n");
LOOP(doubles, "fadd", "");

static struct { const char *name; loop_fn *run; char *head, *load; int is_double; } loops[] = {
    {"integers", integers, integers_head, integers_load, 0},
    {"calls", calls, calls_head, calls_load, 0},
    {"doubles", doubles, doubles_head, doubles_load, 1},
}, *now_in;

static const u64 INFINITE = 0x7ff0000000000000, MINUS_INFINITE = 0xfff0000000000000, DEFAULT_NAN = 0x7ff8000000000000;
static vector first[32], last[32];

static void prepare(int is_double)
{
    for (u64 r = 0; r < 32; r++)
        for (u64 lane = 0; lane < 2; lane++) {
            u64 whole = r * 3 + 1 + lane * 1000;
            if (is_double) first[r].d[lane] = (double)whole / 2;
            else first[r].u[lane] = whole << (lane * 20);
        }
    /* Infinite minus infinite: the default NaN, in every round. */
    if (is_double) first[23].u[0] = INFINITE, first[27].u[0] = MINUS_INFINITE;
}

static u64 lane_after(u64 rounds, int r, int lane)
{
    if (r >= HELD || rounds == 0) return first[r].u[lane];
    if (!now_in->is_double) return first[r].u[lane] + rounds * first[added[r]].u[lane];
    if (r == 23 && lane == 0) return DEFAULT_NAN;
    vector v;
    v.d[0] = first[r].d[lane] + (double)rounds * first[added[r]].d[lane];
    return v.u[0];
}

static void check(struct context *c)
{
    u64 place = (c->pc - (u64)now_in->head) / 4, count = c->regs[9];
    if (place > 60) return;
    const __uint128_t *v = ((struct fpsimd *)c->records)->v;
    seen++;
    for (int r = 0; r < 32; r++) {
        u64 rounds = place == 0 || place > (u64)(FIRST_STEP + r) ? count : count - 1;
        wrong += (u64)v[r] != lane_after(rounds, r, 0) || (u64)(v[r] >> 64) != lane_after(rounds, r, 1);
    }
}

static u64 load_at(void) { return (u64)now_in->load; }

MAIN
{
    page = (char *)sys(mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    action(ALRM, tick, SA_RESTART, 0);
    action(SEGV, fault, 0, bit(ALRM));
    for (u64 n = 0; n < sizeof loops / sizeof *loops; n++) {
        now_in = &loops[n];
        prepare(now_in->is_double);
        seen = faults = wrong = 0;
        u64 limit = n == 0 ? 300007 : 20011, begun = now(), bad = 0;
        every(1000);
        while (now() - begun < 250000000 || faults < 10) {
            now_in->run(limit, first, page, last);
            for (int r = 0; r < 32; r++)
                for (int lane = 0; lane < 2; lane++) bad += last[r].u[lane] != lane_after(limit, r, lane);
        }
        every(0);
        out("%s: results %s, signals %s, faults %s, %ld wrong\n", now_in->name, bad == 0 ? "right" : "wrong", seen > 20 ? "many" : "few", faults >= 10 ? "many" : "few", wrong);
    }
    return 0;
}
