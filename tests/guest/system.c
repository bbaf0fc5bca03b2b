/* What EL0 sees of the system: registers, DC ZVA, counters, hints, pointer authentication round trips, the auxiliary vector.
 * levels: O1
 * flags: -march=armv8.5-a
 * arguments: one two three */
#include "check.h"

#define READ(name) \
    ({ \
        u64 v_; \
        __asm__ volatile("mrs %0, " name : "=r"(v_)); \
        v_; \
    })

static u8 area[8192] __attribute__((aligned(4096)));

static void zero_blocks(void)
{
    u64 dczid = READ("dczid_el0"), size = 4u << (dczid & 15);
    out("dc zva allowed %d, size a power of two %d, 16..2048 %d\n", (dczid & 16) == 0, (size & (size - 1)) == 0, size >= 16 && size <= 2048);
    for (u64 at = 0; at < 4096; at += 333) {
        memset(area, 0xaa, sizeof area);
        __asm__ volatile("dc zva, %0" : : "r"(area + at) : "memory");
        u64 first = at & -size, wrong = 0;
        for (u64 i = 0; i < sizeof area; i++) wrong += area[i] != (i >= first && i < first + size ? 0 : 0xaa);
        if (wrong) out("dc zva at %lu: %lu bytes are wrong\n", at, wrong);
    }
}

static void registers(void)
{
    u64 ctr = READ("ctr_el0");
    out("ctr: lines %d %d, bit 31 %d\n", (ctr & 15) >= 2, (ctr >> 16 & 15) >= 2, (int)(ctr >> 31 & 1));
    u64 a = READ("cntvct_el0"), b = READ("cntvct_el0"), f = READ("cntfrq_el0");
    out("counter: forward %d, frequency %d\n", b >= a && b - a < f * 10, f >= 1000000);
    struct { long s, ns; } start, now;
    a = READ("cntvct_el0");
    sys(clock_gettime, 1, &start);
    do sys(clock_gettime, 1, &now);
    while ((now.s - start.s) * 1000000000 + now.ns - start.ns < 20000000);
    u64 us = (READ("cntvct_el0") - a) * 1000000 / f;
    out("counter keeps time: %d\n", us >= 20000 && us < 2000000);
    __asm__ volatile("msr tpidr_el0, %0" : : "r"(0x123456789abcdef0));
    out("tpidr: %lx, tpidrro %lx\n", READ("tpidr_el0"), READ("tpidrro_el0"));
    /* the kernel lets programs read these */
    u64 midr = READ("midr_el1"), pfr0 = READ("id_aa64pfr0_el1"), isar0 = READ("id_aa64isar0_el1"), mmfr0 = READ("id_aa64mmfr0_el1");
    (void)mmfr0;
    out("midr %d, el0 is aarch64 %d, floating point %d\n", midr != 0, (int)(pfr0 & 15), (int)((pfr0 >> 16 & 15) != 15));
    out("crc32 as announced %d\n", (int)(isar0 >> 16 & 15));
}

static void hints(void)
{
    u64 v = 0x00007f0012345678, sp = (u64)area, w;
    __asm__ volatile("nop\n yield\n bti c\n bti j\n bti jc\n csdb\n esb\n sev\n sevl\n dmb ish\n dsb sy\n isb\n sb\n clrex" : : : "memory");
    __asm__ volatile("mov %0, %1\n pacia %0, %2\n autia %0, %2" : "=&r"(w) : "r"(v), "r"(sp));
    out("pacia autia %d ", w == v);
    __asm__ volatile("mov %0, %1\n pacdb %0, %2\n xpacd %0" : "=&r"(w) : "r"(v), "r"(sp));
    out("pacdb xpacd %d ", w == v);
    __asm__ volatile("mov x9, x30\n mov x30, %1\n paciasp\n autiasp\n mov %0, x30\n mov x30, x9" : "=&r"(w) : "r"(v) : "x9", "x30");
    out("paciasp autiasp %d ", w == v);
    __asm__ volatile("mov %0, %1\n paciza %0\n autiza %0" : "=&r"(w) : "r"(v));
    out("paciza autiza %d\n", w == v);
    u64 x, y;
    __asm__ volatile("pacga %0, %2, %3\n pacga %1, %2, %3" : "=&r"(x), "=&r"(y) : "r"(v), "r"(sp));
    out("pacga repeats %d, low half zero %d\n", x == y, (u32)x == 0);
}

static void start_state(int argc, char **argv, char **envp)
{
    out("argc %d:", argc);
    for (int i = 1; i < argc; i++) out(" %s", argv[i]);
    out(", argv ends %d, stack aligned %d\n", argv[argc] == 0, ((u64)(argv - 1) & 15) == 0);
    while (*envp) envp++;
    u64 seen = 0, values[64] = {0};
    for (u64 *a = (u64 *)(envp + 1); a[0]; a += 2) if (a[0] < 64) seen |= 1ull << a[0], values[a[0]] = a[1];
    static const u8 wanted[] = {3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 23, 25, 31};
    for (size_t i = 0; i < sizeof wanted; i++) if (!(seen >> wanted[i] & 1)) out("no entry %d\n", wanted[i]);
    extern char _start[];
    out("page %lu, phent %lu, base %lu, entry %d, secure %lu, ticks %lu, platform %s\n", values[6], values[4], values[7], values[9] == (u64)_start, values[23], values[17], (char *)values[15]);
    u64 *random = (u64 *)values[25];
    out("random %d, name %d, fp and asimd announced %d\n", random[0] != random[1], strlen((char *)values[31]) > 0, (int)(values[16] & 3));
    out("uid %d gid %d\n", values[11] == (u64)sys(getuid), values[13] == (u64)sys(getgid));
}

int main(int argc, char **argv, char **envp)
{
    start_state(argc, argv, envp);
    zero_blocks();
    registers();
    hints();
    return 0;
}
