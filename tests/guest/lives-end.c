/* How processes end: by a fault or a signal of one of several threads while the others wait or run, and by code that is no longer mapped.
 * levels: O1 O2
 * flags: -march=armv8-a+lse
 * portable
 * oracle: host */
#include "signal.h"

enum { VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800, THREAD = 0x10000, SYSVSEM = 0x40000 };
#define THREAD_FLAGS (VM | FS | FILES | SIGHAND | THREAD | SYSVSEM)

#if defined(__aarch64__)
#define CLONE(flags, stack, parent, child) sys(clone, flags, stack, parent, 0, child)
/* long start(flags, stack, parent, child, function, argument) */
__asm__(".globl start\nstart: mov x9, x4\nmov x10, x5\nmov x4, x3\nmov x3, xzr\nmov x8, #220\nsvc #0\ncbz x0, 1f\nret\n1: mov x0, x10\nblr x9\nmov x0, xzr\nmov x8, #93\nsvc #0\n");
#else
#define CLONE(flags, stack, parent, child) sys(clone, flags, stack, parent, child, 0)
__asm__(".globl start\nstart: push %rbx\nmov %r8, %rbx\nmov %rcx, %r10\nxor %r8, %r8\nmov $56, %eax\nsub $16, %rsi\nmov %r9, (%rsi)\nsyscall\ntest %eax, %eax\nje 1f\npop %rbx\nret\n1: pop %rdi\nsub $8, %rsp\ncall *%rbx\nxor %edi, %edi\nmov $60, %eax\nsyscall\n");
#endif
long start(long flags, void *stack, void *parent, void *child, void (*function)(long), long argument);

#define THREADS 3
static u8 stacks[THREADS][16384] __attribute__((aligned(16)));
static volatile int go;

static void pause_(void)
{
    struct timespec t = {100, 0};
    sys(nanosleep, &t, 0);
}

static void idle(long spins)
{
    go = 1;
    while (spins) ;
    for (;;) pause_();
}

enum { NULL_READ, NULL_CALL, BREAK, BY_ABRT, BY_QUIT, BY_TERM, WAYS };

static void die(long way)
{
    while (!go) sys(sched_yield);
    long pid = sys(getpid), tid = sys(gettid);
    if (way == NULL_READ) *(volatile int *)0;
    if (way == NULL_CALL) ((void (*)(void))8)();
#if defined(__aarch64__)
    if (way == BREAK) __asm__ volatile("brk #0");
#else
    if (way == BREAK) __asm__ volatile("int3");
#endif
    if (way == BY_ABRT) sys(tgkill, pid, tid, 6);
    if (way == BY_QUIT) sys(kill, pid, 3);
    if (way == BY_TERM) sys(kill, pid, 15);
    for (;;) pause_();
}

static int wait_(long pid)
{
    int status = -1;
    sys(wait4, pid, &status, 0, 0);
    return status & 0x7f;
}

/* Alone in its page. */
__attribute__((section(".far"), aligned(4096), noinline)) static long far_(long x)
{
    return x * 3;
}
__attribute__((section(".far"), aligned(4096), noinline)) static long behind(long x)
{
    return x * 5;
}

static void unmapped(void)
{
    int to[2], from[2];
    u8 byte = 0;
    sys(pipe2, to, 0);
    sys(pipe2, from, 0);
    long (*volatile function)(long) = far_;
    out("%ld %ld\n", function(1), behind(1));
    flush();
    long pid = CLONE(CHLD, 0, 0, 0);
    if (pid == 0) {
        sys(munmap, (void *)far_, 4096);
        sys(write, from[1], &byte, 1);
        sys(read, to[0], &byte, 1);
        sys(exit_group, function(3));
    }
    sys(read, from[0], &byte, 1);
    out("%ld\n", function(2));
    flush();
    sys(write, to[1], &byte, 1);
    out("unmapped code: %d\n", wait_(pid));
}

static volatile int heard;
static void on_usr(int signal, struct info *info, struct context *context)
{
    (void)signal, (void)info, (void)context;
    heard++;
}

/* What registers hold that a blocking call does not take must not matter to the other processes. */
static void suspended(void)
{
    u64 usr1 = 1ull << (USR1 - 1), none = 0;
    int from[2];
    u8 byte = 0;
    sys(pipe2, from, 0);
    action(USR1, on_usr, 0, 0);
    sys(rt_sigprocmask, 0, &usr1, 0, 8);
    flush();
    long pid = CLONE(CHLD, 0, 0, 0);
    if (pid == 0) {
        for (int n = 0; n < 60; n++) {
            sys(rt_sigsuspend, &none, 8, 0x7273747576777879, 0x7a7b7c7d7e7f7071, -3, 0x7172737475767778);
            sys(write, from[1], &byte, 1);
        }
        sys(exit_group, heard);
    }
    for (int n = 0; n < 60; n++) {
        sys(kill, pid, USR1);
        sys(read, from[0], &byte, 1);
        sys(munmap, (void *)sys(mmap, 0, 4096, 3, 0x22, -1, 0), 4096);
    }
    int status = -1;
    sys(wait4, pid, &status, 0, 0);
    out("suspended: %x\n", status);
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    struct { long cur, max; } none = {0, 0};
    sys(setrlimit, 4, &none);
    for (int way = 0; way < WAYS; way++) {
        for (int round = 0; round < 12; round++) {
            flush();
            long pid = CLONE(CHLD, 0, 0, 0);
            if (pid == 0) {
                for (int n = 1; n < THREADS; n++) start(THREAD_FLAGS, stacks[n] + sizeof stacks[n], 0, 0, idle, round & n);
                start(THREAD_FLAGS, stacks[0] + sizeof stacks[0], 0, 0, die, way);
                idle(0);
            }
            out("%d ", wait_(pid));
        }
        out("\n");
    }
    unmapped();
    suspended();
    return 0;
}
