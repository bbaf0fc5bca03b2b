/* What the programs for 32-bit ARM share: structures of its kernel ABI and printing of results. */
#ifndef ARM_H
#define ARM_H
#include "mini.h"

#define PAGE 4096
#define AT_FDCWD (-100)
#define MAIN int main(int argc __attribute__((unused)), char **argv __attribute__((unused)), char **envp __attribute__((unused)))

static void report(const char *name, long r)
{
    if (r < 0 && r > -4096) out("%s = errno %d\n", name, (int)-r);
    else out("%s = %ld\n", name, r);
}
static void report_ok(const char *name, long r)
{
    if (r < 0 && r > -4096) report(name, r);
    else out("%s works\n", name);
}
#define R(call) report(#call, (long)(call))
#define OK(call) report_ok(#call, (long)(call))

/* Halves of a 64-bit argument. */
#define LO(v) ((u32)(v))
#define HI(v) ((u32)((u64)(v) >> 32))

struct timespec32 { long sec, nsec; };
struct timespec64 { s64 sec, nsec; };
struct iovec { void *base; size_t length; };

enum { ILL = 4, TRAP = 5, BUS = 7, KILL = 9, USR1 = 10, SEGV = 11, USR2 = 12, ALRM = 14, CHLD = 17, RT = 34 };
enum { SA_SIGINFO = 4, SA_RESTORER = 0x04000000, SA_ONSTACK = 0x08000000, SA_RESTART = 0x10000000, SA_NODEFER = 0x40000000 };

struct info { int signo, error, code; union { struct { int pid, uid, value; }; struct { u32 address; }; int fields[29]; }; };
struct stack { void *base; int flags; u32 size; };
struct mcontext { u32 trap, error, oldmask, regs[16], cpsr, fault_address; };
struct context { u32 flags; struct context *link; struct stack stack; struct mcontext m; u64 mask; u32 unused[30]; u32 space[128] __attribute__((aligned(8))); };
struct action { void *handler; u32 flags; void *restorer; u32 mask[2]; };

typedef void handler_fn(int, struct info *, struct context *);

static long action(int signal, void *handler, u32 flags, u64 mask)
{
    struct action a = {handler, flags, 0, {LO(mask), HI(mask)}};
    return sys(rt_sigaction, signal, &a, 0, 8);
}
static u64 current_mask(void)
{
    u64 old = 0;
    sys(rt_sigprocmask, 0, 0, &old, 8);
    return old;
}
static void send(int signal) { sys(tgkill, sys(getpid), sys(gettid), signal); }
#endif
