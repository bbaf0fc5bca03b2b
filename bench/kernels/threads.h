/* Threads of the kernel's own making, for kernels: `thread_start` makes one that runs `body`, which never returns. */
#ifndef THREADS_H
#define THREADS_H
#include "kernel.h"

/* CLONE_ VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID, CHILD_CLEARTID */
enum { THREAD_FLAGS = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000 };

/* `tid` holds the thread's number as long as it lives. The new stack has no frame: the child jumps. */
static __attribute__((noinline)) long thread_start(void (*body)(void), char *top, volatile u32 *tid)
{
#if defined(__aarch64__)
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = THREAD_FLAGS;
    register char *x1 __asm__("x1") = top;
    register volatile u32 *x2 __asm__("x2") = tid;
    register long x3 __asm__("x3") = 0;
    register volatile u32 *x4 __asm__("x4") = tid;
    __asm__ volatile("svc #0\ncbnz x0, 1f\nbr %6\n1:" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(body) : "memory", "cc");
    return x0;
#else
    long result;
    register volatile u32 *r10 __asm__("r10") = tid;
    register long r8 __asm__("r8") = 0;
    register void (*r9)(void) __asm__("r9") = body;
    __asm__ volatile("syscall\ntest %%rax, %%rax\njnz 1f\ncall *%%r9\n1:" : "=a"(result) : "a"(__NR_clone), "D"(THREAD_FLAGS), "S"(top), "d"(tid), "r"(r10), "r"(r9), "r"(r8) : "rcx", "r11", "memory", "cc");
    return result;
#endif
}

/* Waits until the thread has ended. */
static inline void thread_join(volatile u32 *tid)
{
    for (u32 now; (now = *tid) != 0;) sys(futex, tid, 0, now, 0, 0, 0);
}

__attribute__((noreturn)) static inline void thread_end(void)
{
    for (;;) sys(exit, 0);
}
#endif
