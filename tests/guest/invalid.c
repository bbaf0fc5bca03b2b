/* Results that are NaN, in code that does not test for them and in code that has come to: default NaNs of each operation and width, quiet and
 * signalling operands in both places, FPSR, the modes DN and FZ set and taken back, handlers and a child that do the same in the middle of it.
 * levels: O1
 * flags: -ffp-contract=off */
#include "signal.h"

#define FPCR(bits) __asm__ volatile("msr fpcr, %0" ::"r"((u64)(bits)))
#define DN (1 << 25)
#define FZ (1 << 24)

static u64 fpsr(void)
{
    u64 value;
    __asm__ volatile("mrs %0, fpsr\nmsr fpsr, xzr" : "=r"(value));
    return value;
}

static const u64 values[] = {0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
    0x7ff8000000000123, 0xfff8000000000456, 0x7ff0000000000789, 0xfff4000000000abc, 0x0000000000000001, 0x7fefffffffffffff};
static const u32 singles[] = {0, 0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00123, 0xffc00456, 0x7f800789, 0xffa00abc, 1, 0x7f7fffff};
#define COUNT (sizeof values / sizeof *values)

static u64 sum;
static void note(u64 bits) { sum = (sum ^ bits) * 0x100000001b3; }

#define SCALAR(name, text)                                                                                                                                 \
    static u64 name##_d(u64 a, u64 b) { u64 r; __asm__ volatile("fmov d0, %1\nfmov d1, %2\n" text " d2, " OPERANDS("d") "\nfmov %0, d2" : "=r"(r) : "r"(a), "r"(b) : "v0", "v1", "v2"); return r; }     \
    static u32 name##_s(u32 a, u32 b) { u32 r; __asm__ volatile("fmov s0, %w1\nfmov s1, %w2\n" text " s2, " OPERANDS("s") "\nfmov %w0, s2" : "=r"(r) : "r"(a), "r"(b) : "v0", "v1", "v2"); return r; }
#define OPERANDS(r) r "0, " r "1"
SCALAR(add, "fadd")
SCALAR(sub, "fsub")
SCALAR(mul, "fmul")
SCALAR(div, "fdiv")
#undef OPERANDS
#define OPERANDS(r) r "0"
SCALAR(root, "fsqrt")

/* Lanes: operand a in lane 0, b in lane 1, and so on; `what` of 16 bytes each. */
#define VECTOR(name, text, shape)                                                                                                                          \
    static void name(const void *a, const void *b, void *r) { __asm__ volatile("ldr q0, [%0]\nldr q1, [%1]\n" text " v2." shape ", v0." shape ", v1." shape "\nstr q2, [%2]" ::"r"(a), "r"(b), "r"(r) : "v0", "v1", "v2", "memory"); }
VECTOR(vadd4, "fadd", "4s") VECTOR(vsub4, "fsub", "4s") VECTOR(vmul4, "fmul", "4s") VECTOR(vdiv4, "fdiv", "4s") VECTOR(vdiv2s, "fdiv", "2s")
VECTOR(vadd2, "fadd", "2d") VECTOR(vmul2, "fmul", "2d") VECTOR(vdiv2, "fdiv", "2d")

static void all(int shows)
{
    sum = 0;
    for (unsigned i = 0; i < COUNT; i++)
        for (unsigned k = 0; k < COUNT; k++) {
            u64 a = values[i], b = values[k];
            u64 d[5] = {add_d(a, b), sub_d(a, b), mul_d(a, b), div_d(a, b), root_d(a, b)};
            u64 flags = fpsr();
            u32 x = singles[i], y = singles[k];
            u32 s[5] = {add_s(x, y), sub_s(x, y), mul_s(x, y), div_s(x, y), root_s(x, y)};
            for (int n = 0; n < 5; n++) note(d[n]), note(s[n]);
            note(flags), note(fpsr());
            u32 l[4] = {x, y, singles[(i + 1) % COUNT], 0x40000000}, m[4] = {y, x, singles[(k + 5) % COUNT], 0x40400000}, r[4];
            u64 p[2] = {a, b}, q[2] = {b, 0x4000000000000000}, t[2];
            void (*const four[])(const void *, const void *, void *) = {vadd4, vsub4, vmul4, vdiv4, vdiv2s};
            void (*const two[])(const void *, const void *, void *) = {vadd2, vmul2, vdiv2};
            for (int n = 0; n < 5; n++) {
                four[n](l, m, r);
                for (int j = 0; j < 4; j++) note(r[j]);
                note(fpsr());
            }
            for (int n = 0; n < 3; n++) {
                two[n](p, q, t);
                note(t[0]), note(t[1]), note(fpsr());
            }
            if (shows && i < 7 && k >= 6) out("%lx %lx: %lx %lx %lx %lx %lx, %x %x %x\n", a, b, d[0], d[1], d[2], d[3], d[4], s[0], s[2], s[4]);
        }
    out("sum %lx\n", sum);
}

static volatile int alarms;
static void tick(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    alarms++;
    FPCR(alarms % 3 == 0 ? DN : alarms % 3 == 1 ? FZ : 0);
    u64 r = div_d(values[0], values[1]);
    if (r != 0x7ff8000000000000) out("in a handler: %lx\n", r);
}

/* A loop that becomes hot, without anything invalid until its last rounds. */
static u64 hot(int rounds)
{
    double x = 1, y = 0;
    for (int i = 0; i < rounds; i++) {
        y += x * 0.5 - y / 3;
        if (i == rounds - 3) x = __builtin_inf() - __builtin_inf() * (double)(i != 0);
    }
    u64 bits;
    __builtin_memcpy(&bits, &y, 8);
    return bits;
}

MAIN
{
    fpsr();
    out("first %lx, fpsr %lx\n", div_d(0, 0), fpsr());
    for (int n = 0; n < 3; n++) all(n == 0);
    FPCR(DN);
    out("DN "), all(0);
    FPCR(FZ);
    out("FZ "), all(0);
    FPCR(0);
    all(0);
    out("hot %lx\n", hot(2000000));
    flush();
    long child = sys(clone, 17, 0, 0, 0, 0);
    if (child == 0) {
        FPCR(DN);
        out("child "), all(0);
        return 0;
    }
    int status = 1;
    sys(wait4, child, &status, 0, 0, 0, 0);
    out("child ended %x\n", status);
    all(0);
    fpsr();
    action(ALRM, tick, 0, 0);
    long timer[4] = {0, 2000, 0, 2000};
    sys(setitimer, 0, timer, 0);
    while (alarms < 20) {
        u64 r = mul_d(values[0], values[4]);
        if (r != 0x7ff8000000000000) out("outside: %lx\n", r);
    }
    long none[4] = {0, 0, 0, 0};
    sys(setitimer, 0, none, 0);
    out("fpsr %lx\n", fpsr() & 1);
    return 0;
}
