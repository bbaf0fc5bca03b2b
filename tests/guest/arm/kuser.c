/* The kernel's helpers at fixed addresses, ARM's own system calls, and code that is written at run time. */
#include "arm.h"

#define CMPXCHG ((int (*)(int, int, volatile int *))0xffff0fc0)
#define CMPXCHG64 ((int (*)(const s64 *, const s64 *, volatile s64 *))0xffff0f60)
#define BARRIER ((void (*)(void))0xffff0fa0)
#define GET_TLS ((void *(*)(void))0xffff0fe0)
#define VERSION (*(volatile int *)0xffff0ffc)

static volatile int word;
static volatile s64 wide __attribute__((aligned(8)));
static u8 stacks[4][8192] __attribute__((aligned(16)));
static int tids[4];

static void count(void)
{
    for (int i = 0; i < 5000; i++) {
        int old;
        do old = word;
        while (CMPXCHG(old, old + 1, &word) != 0);
        s64 before, after;
        do before = wide, after = before + 0x100000001;
        while (CMPXCHG64(&before, &after, &wide) != 0);
    }
}

/* clone(flags, stack, parent_tid, tls, child_tid) of a thread that runs count. */
long start(long flags, void *stack, void *tid, void *tls, void *child, void (*function)(void));
__asm__(".arm\n.globl start\n.type start, %function\nstart: push {r4, r5, r7}\n ldr r4, [sp, #12]\n ldr r5, [sp, #16]\n mov r7, #120\n svc #0\n cmp r0, #0\n beq 1f\n pop {r4, r5, r7}\n bx lr\n1: blx r5\n mov r0, #0\n mov r7, #1\n svc #0\n");

MAIN
{
    out("version %d\n", VERSION);
    word = 5;
    out("%d", CMPXCHG(5, 6, &word) == 0);
    out(" %d", CMPXCHG(5, 7, &word) != 0);
    out(" %d\n", word);
    BARRIER();
    s64 old = 0, new = 0x123456789;
    out("%d", CMPXCHG64(&old, &new, &wide) == 0);
    out(" %d %llx\n", CMPXCHG64(&old, &new, &wide) != 0, (u64)wide);
    R(sys6(0xf0005, 0x12345678, 0, 0, 0, 0, 0));
    out("tls %x\n", (u32)GET_TLS());
    u32 tls;
    __asm__ volatile("mrc p15, 0, %0, c13, c0, 3" : "=r"(tls));
    out("tls %x %lx\n", tls, sys6(0xf0006, 0, 0, 0, 0, 0, 0));

    word = 0, wide = 0;
    for (int n = 0; n < 4; n++) OK(start(0x3d0f00, stacks[n] + sizeof stacks[n], &tids[n], (void *)0x77, &tids[n], count));
    for (int n = 0; n < 4; n++)
        for (int tid; (tid = __atomic_load_n(&tids[n], __ATOMIC_ACQUIRE)) != 0;) sys(futex, &tids[n], 0, tid, 0, 0, 0);
    out("counted %d %llx, tls %x\n", word, (u64)wide, (u32)GET_TLS());

    u32 *code = (u32 *)sys(mmap2, 0, PAGE, 7, 0x22, -1, 0);
    for (int n = 1; n < 4; n++) {
        code[0] = 0xe3a00000 + n; /* mov r0, #n */
        code[1] = 0xe12fff1e;     /* bx lr */
        R(sys6(0xf0002, (long)code, (long)(code + 2), 0, 0, 0, 0));
        out("%d", ((int (*)(void))code)());
        code[0] = 0x47702000 + n; /* movs r0, #n; bx lr */
        sys6(0xf0002, (long)code, (long)(code + 1), 0, 0, 0, 0);
        out(" %d\n", ((int (*)(void))((u32)code + 1))());
    }
    return 0;
}
