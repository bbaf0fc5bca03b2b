/* rt_sigaction again and again: what was set before, in the process, its threads and its children, over exec, and with arguments that are wrong. */
#include "t.h"
#include <inttypes.h>

struct kernel_action { void *handler; unsigned long flags; void *restorer; uint64_t mask; } __attribute__((packed)); /* The mask is of two words. */
#define SA_RESTORER_ 0x04000000

static volatile int count[65], which;
static void first(int n) { count[n]++; which = 1; }
static void second(int n) { count[n]++; which = 2; }
static void with_info(int n, siginfo_t *i, void *c) { (void)i; (void)c; count[n]++; which = 3; }

static const char *name_of(void *handler)
{
    return handler == SIG_DFL ? "default" : handler == SIG_IGN ? "ignore" : handler == (void *)first ? "first" : handler == (void *)second ? "second" : handler == (void *)with_info ? "info" : "other";
}
static long raw(int n, const void *new, void *old, size_t size) { return syscall(SYS_rt_sigaction, n, new, old, size); }
static void show(const char *what, int n)
{
    struct kernel_action a;
    memset(&a, 0x55, sizeof a);
    if (raw(n, 0, &a, 8) != 0) printf("%s: %s %s\n", what, sigabbrev_np(n), strerrorname_np(errno));
    else printf("%s: %s %s flags %lx mask %" PRIx64 "\n", what, sigabbrev_np(n), name_of(a.handler), a.flags & ~SA_RESTORER_, a.mask);
    fflush(stdout);
}
static void set(int n, void *handler, int flags, uint64_t mask)
{
    struct sigaction a = {.sa_flags = flags};
    a.sa_handler = handler;
    memcpy(&a.sa_mask, &mask, 8);
    if (sigaction(n, &a, 0) != 0) printf("sigaction %d: %s\n", n, strerrorname_np(errno));
}
static void masks(const char *what)
{
    char line[200];
    FILE *f = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, f)) if (!strncmp(line, "SigIgn", 6) || !strncmp(line, "SigCgt", 6)) {
        unsigned long long bits = strtoull(line + 8, 0, 16) & ((1ull << 31) - 1);
        printf("%s: %.6s %llx\n", what, line, bits);
    }
    fclose(f);
}
static void *in_thread(void *arg)
{
    (void)arg;
    show("thread sees", SIGUSR1);
    set(SIGUSR1, second, SA_RESTART, 1ull << 20);
    set(SIGHUP, SIG_IGN, 0, 0);
    return 0;
}
static int in_clone(void *arg) { (void)arg; set(SIGUSR2, second, 0, 0); _exit(0); }
static char stack[65536] __attribute__((aligned(16)));

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    if (argc > 1) {
        for (int n = 1; n < 31; n++) if (n != SIGKILL && n != SIGSTOP && n != SIGCHLD) show("after exec", n);
        masks("after exec");
        return 0;
    }
    set(SIGUSR1, first, 0, 0);
    for (int round = 0; round < 3; round++) {
        set(SIGUSR1, first, SA_NODEFER, 1ull << SIGUSR2);
        show("set", SIGUSR1);
        raise(SIGUSR1);
        printf("%d times, handler %d\n", count[SIGUSR1], which);
        set(SIGUSR1, second, SA_RESTART | SA_ONSTACK, -1);
        show("set again", SIGUSR1);
        raise(SIGUSR1);
        printf("%d times, handler %d\n", count[SIGUSR1], which);
        set(SIGUSR1, with_info, SA_SIGINFO, 0);
        raise(SIGUSR1);
        printf("%d times, handler %d\n", count[SIGUSR1], which);
        set(SIGUSR1, SIG_IGN, 0, 0);
        raise(SIGUSR1);
        printf("%d times\n", count[SIGUSR1]);
        masks("ignored");
        show("ignored", SIGUSR1);
    }
    set(SIGUSR1, first, SA_RESETHAND, 0);
    set(SIGUSR1, first, SA_RESETHAND, 0);
    raise(SIGUSR1);
    show("reset", SIGUSR1);
    set(SIGUSR1, first, 0, 0);
    show("not reset", SIGUSR1);

    /* Unknown flags and unblockable signals are dropped; the same place for both; wrong arguments. */
    struct kernel_action a = {first, 0xfffffffffffff7ffull & ~(unsigned long)SA_RESTORER_ & ~0x400ul, 0, -1ull}, b;
    for (int round = 0; round < 2; round++) {
        R(raw(SIGUSR2, &(struct kernel_action){SIG_IGN, 0, 0, 0}, &b, 8));
        R(raw(SIGUSR2, &(struct kernel_action){SIG_DFL, SA_NOCLDSTOP, 0, -1ull}, &b, 8));
        printf("old %s flags %lx mask %" PRIx64 "\n", name_of(b.handler), b.flags & ~SA_RESTORER_, b.mask);
        b = (struct kernel_action){SIG_IGN, SA_RESTART, 0, 0xff0};
        R(raw(SIGUSR2, &b, &b, 8));
        printf("same place: old %s flags %lx mask %" PRIx64 "\n", name_of(b.handler), b.flags & ~SA_RESTORER_, b.mask);
        show("same place", SIGUSR2);
        R(raw(SIGUSR2, (void *)8, 0, 8));
        R(raw(SIGUSR2, (void *)8, &b, 8));
        R(raw(SIGUSR2, &a, 0, 4));
        R(raw(0, &a, 0, 8));
        R(raw(65, &a, 0, 8));
        R(raw(-1, 0, &b, 8));
        R(raw(SIGKILL, &a, 0, 8));
        R(raw(SIGSTOP, &a, 0, 8));
        R(raw(SIGKILL, 0, &b, 8));
        R(raw(64, 0, &b, 8));
        R(raw(64, &(struct kernel_action){SIG_IGN, 0, 0, 0}, 0, 8));
        R(raw(64, 0, &b, 8));
        printf("64: %s\n", name_of(b.handler));
        show("unchanged", SIGUSR2);
    }

    /* A child has what its parent had, and what it changes is its own. */
    set(SIGUSR1, first, SA_RESTART, 0);
    set(SIGUSR2, second, 0, 0);
    expect_child("child", CHILD({
        show("child", SIGUSR1);
        set(SIGUSR1, second, 0, 0);
        count[SIGUSR1] = 0;
        raise(SIGUSR1);
        printf("child: %d times, handler %d\n", count[SIGUSR1], which);
        set(SIGUSR2, SIG_IGN, 0, 0);
        expect_child("grandchild", CHILD(show("grandchild", SIGUSR1); show("grandchild", SIGUSR2)));
    }));
    show("parent", SIGUSR1);
    show("parent", SIGUSR2);
    count[SIGUSR1] = 0;
    expect_child("sender", CHILD(kill(getppid(), SIGUSR1)));
    printf("parent: %d times, handler %d\n", count[SIGUSR1], which);

    /* Threads share them, and so does a process that says so. */
    pthread_t t;
    pthread_create(&t, 0, in_thread, 0);
    pthread_join(t, 0);
    show("of a thread", SIGUSR1);
    show("of a thread", SIGHUP);
    set(SIGUSR1, first, 0, 0);
    show("own", SIGUSR1);
    pid_t c = clone(in_clone, stack + sizeof stack, CLONE_VM | CLONE_SIGHAND | SIGCHLD, 0);
    expect_child("clone", c);
    show("of a clone", SIGUSR2);
    expect_child("child of threads", CHILD({
        show("child", SIGUSR1);
        set(SIGUSR1, second, 0, 0);
        set(SIGUSR1, first, SA_RESTART, 0);
        show("child", SIGUSR1);
        show("child", SIGUSR2);
    }));

    /* What is ignored stays so over exec. */
    expect_child("exec", CHILD({
        set(SIGTERM, first, 0, 0);
        set(SIGTERM, SIG_IGN, 0, 0);
        set(SIGINT, SIG_IGN, 0, 0);
        set(SIGINT, first, SA_RESTART, 5);
        masks("before exec");
        execl("/proc/self/exe", argv[0], "after", (char *)0);
    }));
    return 0;
}
