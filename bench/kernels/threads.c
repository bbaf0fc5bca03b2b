/* process 5000 1000: a thread that is made, ends and is waited for */
#include "process.h"
enum { THREAD_FLAGS = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000 };
static char stack[65536] __attribute__((aligned(16)));
static volatile u32 tid;
static volatile u64 work;

/* The thread's code never returns: it has no frame of its own on the new stack. */
static __attribute__((noinline, noreturn)) void body(void)
{
    work++;
    sys(exit, 0);
    __builtin_unreachable();
}

static __attribute__((noinline)) long start(void)
{
    char *top = stack + sizeof stack;
#if defined(__aarch64__)
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = THREAD_FLAGS;
    register char *x1 __asm__("x1") = top;
    register volatile u32 *x2 __asm__("x2") = &tid;
    register long x3 __asm__("x3") = 0;
    register volatile u32 *x4 __asm__("x4") = &tid;
    __asm__ volatile("svc #0\ncbnz x0, 1f\nb %6\n1:" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "S"(body) : "memory", "cc");
    return x0;
#else
    long result;
    register volatile u32 *r10 __asm__("r10") = &tid;
    register long r8 __asm__("r8") = 0;
    __asm__ volatile("syscall\ntest %%rax, %%rax\njnz 1f\ncall %P6\n1:" : "=a"(result) : "a"(__NR_clone), "D"(THREAD_FLAGS), "S"(top), "d"(&tid), "r"(r10), "i"(body), "r"(r8) : "rcx", "r11", "memory", "cc");
    return result;
#endif
}

static u64 kernel(u64 rounds)
{
    while (rounds--) {
        tid = 1;
        if (start() < 0) return 0;
        for (u32 now; (now = tid) != 0;) sys(futex, &tid, 0, now, 0, 0, 0);
    }
    return work;
}
