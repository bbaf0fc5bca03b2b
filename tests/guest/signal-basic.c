/* Handlers, masks, nesting, order and values of signals that a process sends to itself.
 * levels: O1 O2
 * oracle: host
 * portable */
#include "signal.h"

static volatile int log_[256], logged;
static void note(int v) { if (logged < 256) log_[logged++] = v; }
static void show(const char *name)
{
    out("%s:", name);
    for (int i = 0; i < logged; i++) out(" %d", log_[i]);
    out("\n");
    logged = 0;
}
static void take(int signal, struct info *info, struct context *c)
{
    (void)c;
    note(signal), note(info->code), note(info->pid == self());
}
static void plain(int signal, struct info *info, struct context *c)
{
    (void)info, (void)c;
    note(signal);
}
static void value(int signal, struct info *info, struct context *c)
{
    (void)c;
    note(signal), note((int)info->value);
}
static volatile int depth;
static void nest(int signal, struct info *info, struct context *c)
{
    (void)info, (void)c;
    note(signal);
    if (++depth < 4) send(USR1 == signal ? USR2 : USR1);
    note(-signal);
}
static void masked(int signal, struct info *info, struct context *c)
{
    (void)info;
    note(signal);
    u64 m = current_mask();
    out("in handler: mask %lx, frame's %lx\n", m, c->mask);
    c->mask |= bit(HUP);
}
static char alternate[32768] __attribute__((aligned(16)));
static void on_stack(int signal, struct info *info, struct context *c)
{
    (void)info;
    char here;
    struct stack s;
    sys(sigaltstack, 0, &s);
    out("handler of %d %s the stack, flags %x, frame's flags %x size %lu\n", signal, &here > alternate && &here < alternate + sizeof alternate ? "on" : "off", (unsigned)s.flags, (unsigned)c->stack.flags, c->stack.size);
    if (signal == USR1) send(USR2);
}

MAIN
{
    action(USR1, take, 0, 0);
    send(USR1);
    sys(tkill, sys(gettid), USR1);
    sys(tgkill, self(), sys(gettid), USR1);
    queue(USR1, 5);
    show("sent");

    for (int s = 1; s <= 64; s++) if (s != KILL && s != STOP) action(s, plain, 0, 0);
    for (int s = 1; s <= 64; s++) if (s != KILL && s != STOP) send(s);
    show("all");

    mask(BLOCK, ~0ul);
    for (int s = 64; s >= 1; s--) if (s != KILL && s != STOP && s != ILL && s != TRAP && s != BUS && s != FPE && s != SEGV) send(s), send(s);
    u64 pending = 0;
    sys(rt_sigpending, &pending, 8);
    out("pending %lx\n", pending);
    show("none while blocked");
    mask(UNBLOCK, ~0ul);
    show("unblocked");

    action(RT, value, 0, 0);
    action(RT + 1, value, 0, 0);
    mask(BLOCK, bit(RT) | bit(RT + 1));
    for (int i = 0; i < 20; i++) queue(RT + (i & 1), 100 + (u64)i);
    mask(UNBLOCK, bit(RT) | bit(RT + 1));
    show("values");

    action(USR1, nest, SA_NODEFER, 0);
    action(USR2, nest, SA_NODEFER, 0);
    send(USR1);
    show("nested");
    depth = 0;
    action(USR1, nest, 0, bit(USR2));
    action(USR2, nest, 0, bit(USR1));
    send(USR1);
    show("one after the other");

    action(USR1, masked, 0, bit(TERM) | bit(KILL));
    mask(SETMASK, bit(INT));
    send(USR1);
    out("behind: mask %lx\n", current_mask());
    mask(SETMASK, 0);

    struct stack s = {alternate, 0, sizeof alternate};
    R(sys(sigaltstack, &s, 0));
    s.size = 100;
    R(sys(sigaltstack, &s, 0));
    s.size = sizeof alternate, s.flags = 77;
    R(sys(sigaltstack, &s, 0));
    action(USR1, on_stack, SA_ONSTACK, 0);
    action(USR2, on_stack, SA_ONSTACK, 0);
    send(USR1);
    action(USR1, on_stack, 0, 0);
    send(USR1);
    s.flags = (int)SS_AUTODISARM;
    R(sys(sigaltstack, &s, 0));
    action(USR1, on_stack, SA_ONSTACK, 0);
    send(USR1);
    sys(sigaltstack, 0, &s);
    out("afterwards: flags %x size %lu\n", (unsigned)s.flags, s.size);

    action(USR1, plain, SA_RESETHAND, 0);
    send(USR1);
    struct action a;
    sys(rt_sigaction, USR1, 0, &a, 8);
    out("reset: handler %lx\n", (u64)a.handler);
    show("reset");
    R(sys(rt_sigaction, KILL, &a, 0, 8));
    R(sys(rt_sigaction, 65, &a, 0, 8));
    R(sys(rt_sigaction, USR1, &a, 0, 4));
    R(sys(rt_sigaction, USR1, 8, 0, 8));
    R(sys(rt_sigprocmask, 7, &pending, 0, 8));
    flush();
    send(USR1);
    out("not reached\n");
    return 0;
}
