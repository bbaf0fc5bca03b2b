/* What the signal programs share: the kernel's structures, and calls that look like libc's. Works for AArch64 and x86-64. */
#ifndef SIGNAL_H
#define SIGNAL_H
#include "kernel.h"

enum { HUP = 1, INT, QUIT, ILL, TRAP, ABRT, BUS, FPE, KILL, USR1, SEGV, USR2, PIPE, ALRM, TERM, CHLD = 17, CONT, STOP, RT = 34, RTMAX = 64 };
enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000 };
#define SA_RESETHAND 0x80000000u
enum { BLOCK, UNBLOCK, SETMASK };
enum { SS_ONSTACK = 1, SS_DISABLE = 2 };
#define SS_AUTODISARM 0x80000000u

struct info { int signo, error, code, pad; union { u64 address; struct { int pid, uid; union { int number; u64 value; }; }; struct { int timer, overrun; u64 timer_value; }; u64 fields[14]; }; };
struct stack { void *base; int flags; u64 size; };
struct action { void *handler; u64 flags; void *restorer; u64 mask; };
struct timespec { long sec, nsec; };

#if defined(__aarch64__)
struct context { u64 flags; struct context *link; struct stack stack; u64 mask; u8 unused[120]; u8 align[8]; u64 fault_address, regs[31], sp, pc, pstate; u8 pad[8]; u8 records[4096]; };
#define CONTEXT_PC(c) ((c)->pc)
struct fpsimd { u32 magic, size, fpsr, fpcr; __uint128_t v[32]; };
__asm__(".globl restorer\nrestorer: mov x8, #139\nsvc #0\n");
#else
struct context { u64 flags; struct context *link; struct stack stack; u64 gregs[23]; void *fp; u64 reserved[8]; u64 mask; };
#define CONTEXT_PC(c) ((c)->gregs[16])
__asm__(".globl restorer\nrestorer: mov $15, %eax\nsyscall\n");
#endif
void restorer(void);

#define MAIN int main(int argc __attribute__((unused)), char **argv __attribute__((unused)), char **envp __attribute__((unused)))

typedef void handler_fn(int, struct info *, struct context *);

static u64 bit(int signal) { return 1ul << (signal - 1); }
static long action(int signal, handler_fn *handler, u64 flags, u64 mask)
{
#if !defined(__aarch64__)
    flags |= SA_RESTORER;
#endif
    struct action a = {handler, flags | SA_SIGINFO, restorer, mask};
    return sys(rt_sigaction, signal, &a, 0, 8);
}
static u64 mask(int how, u64 set)
{
    u64 old = 0;
    sys(rt_sigprocmask, how, &set, &old, 8);
    return old;
}
static u64 current_mask(void)
{
    u64 old = 0;
    sys(rt_sigprocmask, 0, 0, &old, 8);
    return old;
}
static long self(void) { return sys(getpid); }
static void send(int signal) { sys(kill, self(), signal); }
static long queue(int signal, u64 value)
{
    struct info i = {.signo = signal, .code = -1};
    i.pid = (int)self(), i.uid = (int)sys(getuid), i.value = value;
    return sys(rt_sigqueueinfo, self(), signal, &i);
}
static void pause_ns(long ns)
{
    struct timespec t = {ns / 1000000000, ns % 1000000000};
    sys(nanosleep, &t, 0);
}
static u64 now(void)
{
    struct timespec t;
    sys(clock_gettime, 1, &t);
    return (u64)t.sec * 1000000000u + (u64)t.nsec;
}
#endif
