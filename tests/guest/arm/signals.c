/* Signal frames in A32 and Thumb: handlers with and without siginfo_t, what they see and change, flags, IT blocks, VFP registers, stacks, faults, restarts. */
#include "arm.h"

static volatile int log_[64], logged;
static void note(int v) { if (logged < 64) log_[logged++] = v; }
static void show(const char *name)
{
    out("%s:", name);
    for (int i = 0; i < logged; i++) out(" %d", log_[i]);
    out("\n");
    logged = 0;
}

__attribute__((target("arm"))) static void in_arm(int signal) { note(signal), note(1); }
__attribute__((target("thumb"))) static void in_thumb(int signal) { note(signal), note(2); }
__attribute__((target("arm"))) static void arm_info(int signal, struct info *info, struct context *c)
{
    note(signal), note(info->code), note(info->value), note((int)c->mask), note((c->m.regs[13] & 7) == 0);
}
__attribute__((target("thumb"))) static void thumb_info(int signal, struct info *info, struct context *c) { arm_info(signal, info, c); }

static void kinds(void)
{
    void *handlers[] = {in_arm, in_thumb, arm_info, thumb_info};
    for (int i = 0; i < 4; i++) {
        action(USR1, handlers[i], i < 2 ? 0 : SA_SIGINFO, 0);
        send(USR1);
        send(USR1);
    }
    show("kinds");
    struct info queued = {RT, 0, -1, {{0, 0, 0}}};
    queued.pid = (int)sys(getpid), queued.value = 77;
    action(RT, thumb_info, SA_SIGINFO, 0);
    sys(rt_sigqueueinfo, sys(getpid), RT, &queued);
    show("queued");
}

/* The interrupted code gets back what it had: flags, GE, VFP registers, its place in an IT block. */
static u32 pc_seen, cpsr_seen;
static void look(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info;
    pc_seen = c->m.regs[15], cpsr_seen = c->m.cpsr;
    __asm__ volatile("vmov.i32 q0, #0\n vmov.i32 q15, #0\n vmrs r3, fpscr\n" ::: "r3", "q0", "q15");
    __asm__ volatile("msr APSR_nzcvqg, %0" ::"r"(0) : "cc");
}
static void state(void)
{
    action(USR1, look, SA_SIGINFO, 0);
    u32 flags = 0, low = 0, high = 0;
    long pid = sys(getpid), tid = sys(gettid);
    __asm__ volatile(
        "vmov s1, %5\n vmov s3, %5\n vmov d31, %5, %5\n"
        "mov r0, %3\n mov r1, %4\n mov r2, #10\n mov r4, #0xf8000000\n orr r4, r4, #0xf0000\n mov r5, #268\n msr APSR_nzcvqg, r4\n"
        "push {r7}\n mov r7, r5\n svc #0\n pop {r7}\n"
        "mrs %0, APSR\n vmov %1, s1\n vmov %2, r3, d31\n"
        : "=&r"(flags), "=&r"(low), "=&r"(high) : "r"(pid), "r"(tid), "r"(0x12345678) : "r0", "r1", "r2", "r3", "r4", "r5", "cc", "memory", "d0", "d1", "d31");
#ifdef __thumb__
    cpsr_seen ^= 0x20;
#endif
    out("flags %x vfp %x %x, seen %x\n", flags & 0xf80f0000, low, high, cpsr_seen & 0xf80f0030);
}

/* A fault in the middle of an IT block: the handler puts the address right, and the block goes on as it was. */
static u32 target = 5;
static void mend(int signal, struct info *info, struct context *c)
{
    note(signal), note(info->code), note((int)info->address), note((c->m.cpsr >> 25 & 3) | (c->m.cpsr >> 8 & 0xfc));
    c->m.regs[1] = (u32)&target;
}
__attribute__((target("thumb"), noinline)) static u32 in_block(u32 c)
{
    u32 r = 0;
    __asm__ volatile("mov r1, #64\n mov r2, #7\n cmp %1, #0\n itett eq\n addeq r2, r2, #1\n addne r2, r2, #2\n ldreq r2, [r1]\n addeq r2, r2, #100\n mov %0, r2" : "=r"(r) : "r"(c) : "r1", "r2", "cc", "memory");
    return r;
}
static void blocks(void)
{
    action(SEGV, mend, SA_SIGINFO, 0);
    u32 first = in_block(0), second = in_block(1);
    out("blocks %u %u\n", first, second);
    show("mended");
}

static char alternate[16384] __attribute__((aligned(16)));
static void on_stack(int signal)
{
    char here;
    note(signal), note(&here > alternate && &here < alternate + sizeof alternate);
    struct stack s;
    sys(sigaltstack, 0, &s);
    note(s.flags);
}
static void nested(int signal, struct info *info, struct context *c)
{
    (void)info;
    note(signal), note((int)current_mask()), note((int)c->mask);
    if (signal == USR1) send(USR2);
    note(-signal);
}
static void stacks(void)
{
    struct stack s = {alternate, 0, sizeof alternate}, small = {alternate, 0, 1024};
    R(sys(sigaltstack, &small, 0));
    R(sys(sigaltstack, &s, 0));
    action(USR1, on_stack, SA_ONSTACK, 0);
    send(USR1);
    action(USR1, on_stack, 0, 0);
    send(USR1);
    show("stack");
    action(USR1, nested, SA_SIGINFO, 1u << (CHLD - 1));
    action(USR2, nested, SA_SIGINFO, 0);
    send(USR1);
    show("nested");
}

static void old_calls(void)
{
    struct { void *handler; u32 mask, flags; void *restorer; } a = {in_thumb, 1u << (USR2 - 1), 0, 0}, old = {0, 0, 0, 0};
    R(sys(sigaction, USR1, &a, 0));
    R(sys(sigaction, USR1, 0, &old));
    out("old %d %x %x\n", old.handler == (void *)in_thumb, old.mask, old.flags);
    R(sys(sigaction, KILL, &a, 0));
    u32 set = 1u << (USR1 - 1), before = 1;
    R(sys(sigprocmask, 2, &set, &before));
    out("before %x, now %llx\n", before, current_mask());
    send(USR1);
    show("blocked");
    R(sys(sigprocmask, 1, &set, 0));
    show("unblocked");
    R(sys(sigprocmask, 7, &set, 0));
}

static void quiet(int signal) { (void)signal; }
static void restarts(void)
{
    struct { u32 interval[2], value[2]; } timer = {{0, 2000}, {0, 2000}}, off = {{0, 0}, {0, 0}};
    action(ALRM, quiet, 0, 0);
    sys(setitimer, 0, &timer, 0);
    R(sys(pause));
    struct timespec32 t = {5, 0}, left = {0, 0};
    R(sys(nanosleep, &t, &left));
    out("left %d\n", left.sec == 4);
    sys(setitimer, 0, &off, 0);

    u64 blocked = 1u << (ALRM - 1), none = 0;
    sys(rt_sigprocmask, 0, &blocked, 0, 8);
    action(ALRM, in_thumb, 0, 0);
    sys(kill, sys(getpid), ALRM);
    R(sys(rt_sigsuspend, &none, 8));
    out("mask %llx\n", current_mask());
    sys(kill, sys(getpid), ALRM);
    u32 pending = 0;
    R(sys(sigpending, &pending));
    out("pending %x\n", pending);
    struct timespec64 u = {1, 0};
    struct info info;
    R(sys(rt_sigtimedwait_time64, &blocked, &info, &u, 8));
    out("info %d %d %d\n", info.signo, info.code, info.pid == sys(getpid));
    sys(rt_sigprocmask, 1, &blocked, 0, 8);

    action(ALRM, in_arm, SA_RESTART, 0);
    int p[2], status;
    sys(pipe, p);
    long parent = sys(getpid), pid = sys(fork);
    if (pid == 0) {
        struct timespec32 pause = {0, 20000000};
        sys(nanosleep, &pause, 0);
        sys(kill, parent, ALRM);
        sys(nanosleep, &pause, 0);
        sys(write, p[1], "x", 1);
        sys(exit_group, 0);
    }
    char c;
    R(sys(read, p[0], &c, 1));
    show("restarted");
    sys(wait4, pid, &status, 0, 0);
}

MAIN
{
    kinds();
    state();
    blocks();
    stacks();
    old_calls();
    restarts();
    return 0;
}
