/* Seccomp: strict mode, filters of every action, inheritance, TSYNC, what is refused. */
#include "t.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <ucontext.h>
#include <poll.h>

#ifdef __aarch64__
#define ARCH AUDIT_ARCH_AARCH64
#define RESULT(u) ((u)->uc_mcontext.regs[0])
#define ARGUMENT(u, n) ((u)->uc_mcontext.regs[n])
#define PC(u) ((u)->uc_mcontext.pc)
#elif defined __arm__
#define ARCH AUDIT_ARCH_ARM
#define RESULT(u) ((u)->uc_mcontext.arm_r0)
#define ARGUMENT(u, n) ((&(u)->uc_mcontext.arm_r0)[n])
#define PC(u) ((u)->uc_mcontext.arm_pc)
#else
#define ARCH AUDIT_ARCH_X86_64
#define RESULT(u) ((u)->uc_mcontext.gregs[REG_RAX])
#define ARGUMENT(u, n) ((u)->uc_mcontext.gregs[(int[]){REG_RDI, REG_RSI, REG_RDX}[n]])
#define PC(u) ((u)->uc_mcontext.gregs[REG_RIP])
#endif

/* The upper word of an argument's bits, and an argument that has something there. */
#define UPPER_WORD (offsetof(struct seccomp_data, args) + sizeof(long) - 4)
#define HIGH (0x12345678l << 8 * (sizeof(long) - 4))

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(value, t, f) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, t, f)
#define ANSWER(v) BPF_STMT(BPF_RET | BPF_K, v)
#define CHECK_ARCH LOAD(arch), IF(ARCH, 1, 0), ANSWER(SECCOMP_RET_KILL_PROCESS)
#define ON(call, v) IF(call, 0, 1), ANSWER(v)

static int install_raw(struct sock_filter *f, int n, int flags)
{
    struct sock_fprog p = {n, f};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &p);
}
#define INSTALL(flags, ...) ({ struct sock_filter f_[] = {__VA_ARGS__}; install_raw(f_, sizeof f_ / sizeof *f_, flags); })
#define FILTER(flags, ...) report("filter", INSTALL(flags, CHECK_ARCH, LOAD(nr), __VA_ARGS__, ANSWER(SECCOMP_RET_ALLOW)))

static void on_sys(int n, siginfo_t *i, void *c)
{
    ucontext_t *u = c;
    printf("SIGSYS code %d errno %d syscall %d arch %d call addr %d arg %ld\n", i->si_code, i->si_errno, i->si_syscall == SYS_getppid, i->si_arch == ARCH, (long)i->si_call_addr == (long)PC(u), (long)ARGUMENT(u, 0) & 0xff);
    RESULT(u) = 4242;
}
static void *asks(void *x) { errno = 0; long r = syscall(SYS_getppid); return (void *)(long)(r == -1 ? errno : 0); }
static volatile int go;
static void *waits(void *x) { while (!go) sched_yield(); return asks(x); }
static void *filters_itself(void *x) { INSTALL(0, LOAD(nr), ON(SYS_getpgid, SECCOMP_RET_ERRNO | 9), ANSWER(SECCOMP_RET_ALLOW)); while (!go) sched_yield(); return x; }
static void *is_killed(void *x) { INSTALL(0, LOAD(nr), ON(SYS_getppid, SECCOMP_RET_KILL_THREAD), ANSWER(SECCOMP_RET_ALLOW)); syscall(SYS_getppid); return x; }
static void bad(const char *what, struct sock_filter *f, int n) { int r = install_raw(f, n, 0); printf("%s: %s\n", what, r ? strerrorname_np(errno) : "taken"); }
#define BAD(what, ...) ({ struct sock_filter f_[] = {__VA_ARGS__}; bad(what, f_, sizeof f_ / sizeof *f_); })

static void seccomp_status(void)
{
    char b[8192] = {0};
    int fd = open("/proc/self/status", O_RDONLY);
    read(fd, b, 8191);
    close(fd);
    char *at = strstr(b, "\nNoNewPrivs");
    printf("%.*s\n", (int)(strstr(at, "\nSpecul") - at - 1), at + 1);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc > 1) { R(syscall(SYS_getppid)); seccomp_status(); return 0; }
    uint32_t actions[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW, 0x1234};
    for (int n = 0; n < 8; n++) R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, actions + n));
    R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 1, actions));
    R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, 8));
    R(syscall(SYS_seccomp, 99, 0, 0));
    R(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0));
    R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, 0));
    R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x4000, 0));
    R(prctl(PR_GET_SECCOMP));
    R(prctl(PR_SET_SECCOMP, 5));
    pid_t c = CHILD(setresuid(1, 1, 1); R(INSTALL(0, ANSWER(SECCOMP_RET_ALLOW))); R(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)); R(INSTALL(0, ANSWER(SECCOMP_RET_ALLOW))); R(prctl(PR_GET_SECCOMP)));
    expect_child("privileges", c);

    BAD("no return", BPF_STMT(BPF_LD | BPF_IMM, 0));
    BAD("unaligned", BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 2), ANSWER(SECCOMP_RET_ALLOW));
    BAD("beyond", BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 64), ANSWER(SECCOMP_RET_ALLOW));
    BAD("byte", BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0), ANSWER(SECCOMP_RET_ALLOW));
    BAD("jump", IF(1, 1, 0), ANSWER(SECCOMP_RET_ALLOW));
    BAD("by zero", BPF_STMT(BPF_ALU | BPF_DIV | BPF_K, 0), ANSWER(SECCOMP_RET_ALLOW));
    BAD("shift", BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 32), ANSWER(SECCOMP_RET_ALLOW));
    BAD("memory", BPF_STMT(BPF_LD | BPF_MEM, 16), ANSWER(SECCOMP_RET_ALLOW));
    BAD("not written", BPF_STMT(BPF_LD | BPF_MEM, 3), ANSWER(SECCOMP_RET_ALLOW));
    BAD("modulo", BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, 3), ANSWER(SECCOMP_RET_ALLOW));
    bad("empty", 0, 0);
    bad("too long", 0, 5000);
    bad("unreadable", (void *)8, 5);

    c = CHILD(R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); write(1, "strict\n", 7); syscall(SYS_exit, 5));
    expect_child("strict", c);
    c = CHILD(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); write(1, "strict\n", 7); getppid());
    expect_child("strict", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 77)); R(syscall(SYS_getppid)); R(syscall(SYS_getpid) == getpid()); R(prctl(PR_GET_SECCOMP)); R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)); seccomp_status());
    expect_child("errno", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 0xffff), ON(SYS_getpgid, SECCOMP_RET_ERRNO)); printf("%ld\n", (long)syscall(SYS_getppid)); R(errno); R(syscall(SYS_getpgid, 0)));
    expect_child("errno limits", c);
    struct sigaction sa = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
    sigaction(SIGSYS, &sa, 0);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_TRAP | 33)); R(syscall(SYS_getppid, 7)); R(syscall(SYS_getppid, 8)));
    expect_child("trap", c);
    c = CHILD(sigset_t s; sigfillset(&s); sigprocmask(SIG_BLOCK, &s, 0); FILTER(0, ON(SYS_getppid, SECCOMP_RET_TRAP)); syscall(SYS_getppid));
    expect_child("trap blocked", c);
    c = CHILD(signal(SIGSYS, SIG_IGN); FILTER(0, ON(SYS_getppid, SECCOMP_RET_TRAP)); syscall(SYS_getppid));
    expect_child("trap ignored", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_KILL_PROCESS)); syscall(SYS_getppid));
    expect_child("kill process", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_KILL_THREAD)); syscall(SYS_getppid));
    expect_child("kill the only thread", c);
    c = CHILD(pthread_t t; pthread_create(&t, 0, is_killed, 0); pthread_join(t, 0); R(syscall(SYS_getppid) > 0));
    expect_child("kill a thread", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_TRACE), ON(SYS_getpgid, SECCOMP_RET_LOG), ON(SYS_getsid, 0x12340000)); R(syscall(SYS_getppid)); OK(syscall(SYS_getpgid, 0)); syscall(SYS_getsid, 0));
    expect_child("trace, log, unknown", c);
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 1)); FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 2), ON(SYS_getpgid, SECCOMP_RET_ERRNO | 3)); R(syscall(SYS_getppid)); R(syscall(SYS_getpgid, 0)); FILTER(0, ON(SYS_getpgid, SECCOMP_RET_ALLOW)); R(syscall(SYS_getpgid, 0));
              pid_t g = CHILD(R(syscall(SYS_getpgid, 0)); execl("/proc/self/exe", "x", "again", (char *)0)); expect_child("grandchild", g));
    expect_child("stacked", c);
    /* Arguments: high and low halves, arithmetic, memory */
    c = CHILD(FILTER(0, IF(SYS_dup, 0, 9), LOAD(args[0]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf0), BPF_STMT(BPF_ST, 3), BPF_STMT(BPF_LD | BPF_IMM, 5), BPF_STMT(BPF_MISC | BPF_TAX, 0), BPF_STMT(BPF_LD | BPF_MEM, 3), BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4), BPF_JUMP(BPF_JMP | BPF_JGT | BPF_X, 0, 0, 1), ANSWER(SECCOMP_RET_ERRNO | 99));
              R(syscall(SYS_dup, 0x70)); R(syscall(SYS_dup, 0x50)); R(syscall(SYS_dup, 0x17f)));
    expect_child("arguments", c);
    c = CHILD(R(INSTALL(0, BPF_STMT(BPF_LD | BPF_W | BPF_ABS, UPPER_WORD), IF(0x12345678, 0, 1), ANSWER(SECCOMP_RET_ERRNO | 55), ANSWER(SECCOMP_RET_ALLOW))); R(syscall(SYS_getpgid, HIGH)); OK(syscall(SYS_getpgid, 0)));
    expect_child("high half", c);
    /* Threads */
    c = CHILD(pthread_t t; FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 5)); pthread_create(&t, 0, asks, 0); void *r; pthread_join(t, &r); printf("new thread %ld\n", (long)r));
    expect_child("inherited by threads", c);
    c = CHILD(pthread_t t; pthread_create(&t, 0, waits, 0); FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 5)); go = 1; void *r; pthread_join(t, &r); printf("old thread %ld\n", (long)r));
    expect_child("no TSYNC", c);
    c = CHILD(pthread_t t; pthread_create(&t, 0, waits, 0); FILTER(SECCOMP_FILTER_FLAG_TSYNC, ON(SYS_getppid, SECCOMP_RET_ERRNO | 5)); go = 1; void *r; pthread_join(t, &r); printf("old thread %ld\n", (long)r));
    expect_child("TSYNC", c);
    c = CHILD(pthread_t t; pthread_create(&t, 0, filters_itself, 0); ms(80); R(INSTALL(SECCOMP_FILTER_FLAG_TSYNC, ANSWER(SECCOMP_RET_ALLOW)) > 0); R(INSTALL(SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_TSYNC_ESRCH, ANSWER(SECCOMP_RET_ALLOW))); go = 1; pthread_join(t, 0));
    expect_child("TSYNC refused", c);
    /* An allow list like sshd's or a browser's: everything else is an error; programs run on, with signals and blocking calls */
    c = CHILD(FILTER(0, ON(SYS_getppid, SECCOMP_RET_ERRNO | 1)); int p[2]; pipe(p); pid_t g = CHILD(ms(30); write(p[1], "x", 1); _exit(3)); char b; R(read(p[0], &b, 1)); expect_child("g", g);
              alarm(0); struct timespec t = {0, 1000000}; R(nanosleep(&t, 0)); void *m = mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); memset(m, 1, 1 << 20); R(munmap(m, 1 << 20)); struct stat st; R(stat("/", &st)); R(syscall(9999)); struct pollfd pf = {p[0], POLLIN}; R(poll(&pf, 1, 5)));
    expect_child("runs on", c);
    return 0;
}
