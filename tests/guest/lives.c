/* Processes and threads: fork, vfork, threads with futexes and CLEARTID, exec of itself and of nothing, wait, signals between them, and code
 * that one thread writes while others run it.
 * levels: O1 O2
 * flags: -march=armv8-a+lse
 * portable
 * oracle: host */
#include "signal.h"

enum { VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800, VFORK = 0x4000, THREAD = 0x10000, SYSVSEM = 0x40000, PARENT_SETTID = 0x100000, CHILD_CLEARTID = 0x200000, CHILD_SETTID = 0x1000000 };
enum { FUTEX_WAIT, FUTEX_WAKE };
#define THREAD_FLAGS (VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | PARENT_SETTID | CHILD_CLEARTID)
#define THREADS 6
#define ROUNDS 20000

#if defined(__aarch64__)
#define CLONE(flags, stack, parent, child) sys(clone, flags, stack, parent, 0, child)
/* long start(flags, stack, parent, child, function, argument) */
__asm__(".globl start\nstart: mov x9, x4\nmov x10, x5\nmov x4, x3\nmov x3, xzr\nmov x8, #220\nsvc #0\ncbz x0, 1f\nret\n1: mov x0, x10\nblr x9\nmov x0, xzr\nmov x8, #93\nsvc #0\n");
#else
#define CLONE(flags, stack, parent, child) sys(clone, flags, stack, parent, child, 0)
__asm__(".globl start\nstart: push %rbx\nmov %r8, %rbx\nmov %rcx, %r10\nxor %r8, %r8\nmov $56, %eax\nsub $16, %rsi\nmov %r9, (%rsi)\nsyscall\ntest %eax, %eax\nje 1f\npop %rbx\nret\n1: pop %rdi\nsub $8, %rsp\ncall *%rbx\nxor %edi, %edi\nmov $60, %eax\nsyscall\n");
#endif
long start(long flags, void *stack, void *parent, void *child, void (*function)(long), long argument);

static u8 stacks[THREADS][16384] __attribute__((aligned(16)));
static int tids[THREADS], lock, started;
static long counter, atomic, results[THREADS];
static u32 *code;
static int stop;

static void take(void)
{
    int c = 0;
    if (__atomic_compare_exchange_n(&lock, &c, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) return;
    while (__atomic_exchange_n(&lock, 2, __ATOMIC_ACQUIRE) != 0) sys(futex, &lock, FUTEX_WAIT, 2, 0, 0, 0);
}

static void give(void)
{
    if (__atomic_exchange_n(&lock, 0, __ATOMIC_RELEASE) == 2) sys(futex, &lock, FUTEX_WAKE, 1, 0, 0, 0);
}

static void count(long n)
{
    for (int i = 0; i < ROUNDS; i++) {
        __atomic_fetch_add(&atomic, n, __ATOMIC_SEQ_CST);
        if (i % 20 == 0) {
            take();
            counter++;
            give();
        }
    }
    results[n] = n * n;
}

static void join(int n)
{
    for (int tid; (tid = __atomic_load_n(&tids[n], __ATOMIC_ACQUIRE)) != 0;) sys(futex, &tids[n], FUTEX_WAIT, tid, 0, 0, 0);
}

static long launch(int n, void (*function)(long), long argument)
{
    return start(THREAD_FLAGS, stacks[n] + sizeof stacks[n], &tids[n], &tids[n], function, argument);
}

static void write_code(u32 value)
{
#if defined(__aarch64__)
    __atomic_store_n(code, 0x52800000 | value << 5, __ATOMIC_RELEASE);
    __asm__ volatile("dc cvau, %0\ndsb ish\nic ivau, %0\ndsb ish\nisb" :: "r"(code) : "memory");
#else
    *(volatile u64 *)code = 0xc300000000b8 | (u64)value << 8;
#endif
}

/* What it sees never goes back. */
static void watch(long n)
{
    u32 last = 0, bad = 0;
    __atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
    while (!__atomic_load_n(&stop, __ATOMIC_ACQUIRE)) {
        u32 now = ((u32 (*)(void))code)();
        bad += now < last;
        last = now;
#if defined(__aarch64__)
        __asm__ volatile("isb");
#endif
    }
    results[n] = ((u32 (*)(void))code)() == 999 ? (long)bad : -1;
}

static int usr;
static void on_usr(int signal, struct info *info, struct context *context)
{
    (void)signal, (void)context;
    if (info->code == -1) __atomic_fetch_add(&usr, info->number, __ATOMIC_SEQ_CST);
}

static void threads(void)
{
    for (int n = 0; n < THREADS; n++) out("%d", launch(n, count, n) > 0);
    for (int n = 0; n < THREADS; n++) join(n);
    out("\natomic %ld counter %ld", atomic, counter);
    for (int n = 0; n < THREADS; n++) out(" %ld", results[n]);
    out("\n");
}

static void rewrite(void)
{
    code = (u32 *)sys(mmap, 0, PAGE, 7, 0x22, -1, 0);
#if defined(__aarch64__)
    code[1] = 0xd65f03c0;
#endif
    write_code(0);
    for (int n = 0; n < 3; n++) launch(n, watch, n);
    while (__atomic_load_n(&started, __ATOMIC_ACQUIRE) < 3) sys(sched_yield);
    for (u32 value = 1; value < 1000; value++) write_code(value);
    __atomic_store_n(&stop, 1, __ATOMIC_RELEASE);
    for (int n = 0; n < 3; n++) join(n);
    out("seen by others: %ld %ld %ld\n", results[0], results[1], results[2]);
}

static long fork_(void) { return CLONE(CHLD, 0, 0, 0); }
static int wait_(long pid)
{
    int status = -1;
    out("wait %d ", sys(wait4, pid, &status, 0, 0) == pid);
    return status;
}

static void forks(void)
{
    int shared = 1;
    for (int n = 0; n < 5; n++) {
        long pid = fork_();
        if (pid == 0) {
            shared += 10;
            sys(exit_group, n * 3 + (shared - 11));
        }
        out("%x ", wait_(pid));
    }
    out("shared %d\n", shared);
    long pid = CLONE(VM | VFORK | CHLD, 0, 0, 0);
    if (pid == 0) {
        *(volatile int *)&counter = 77;
        sys(exit_group, 5);
    }
    out("vfork: %x counter %ld\n", wait_(pid), counter);
    pid = fork_();
    if (pid == 0) sys(kill, sys(getpid), KILL);
    out("killed: %x\n", wait_(pid));
    int to[2];
    sys(pipe2, to, 0);
    pid = fork_();
    if (pid == 0) {
        u8 byte = 0;
        sys(read, to[0], &byte, 1);
        sys(exit_group, byte);
    }
    u8 byte = 42;
    R(sys(write, to[1], &byte, 1));
    out("heard: %x\n", wait_(pid));
    R(sys(wait4, -1, 0, 0, 0));
}

static void signals(void)
{
    action(RT + 2, on_usr, SA_RESTART, 0);
    int parent = sys(getpid);
    long pid = fork_();
    if (pid == 0) {
        struct info info = {.signo = RT + 2, .code = -1};
        for (int n = 1; n <= 4; n++) {
            info.number = n;
            info.pid = sys(getpid);
            for (int before = usr; sys(rt_sigqueueinfo, parent, RT + 2, &info) != 0 || before < 0;) ;
            struct timespec t = {0, 20000000};
            sys(nanosleep, &t, 0);
        }
        sys(exit_group, 1);
    }
    int status = wait_(pid);
    out("signalled %d %x\n", usr, status);
}

static void execs(char **envp)
{
    char *nothing[] = {"nothing", 0}, *self[] = {"lives", "again", "two words", 0};
    R(sys(execve, "/nonexistent", nothing, envp));
    R(sys(execve, "/", nothing, envp));
    R(sys(execve, "/dev/null", nothing, envp));
    R(sys(execve, (void *)16, nothing, envp));
    R(sys(execve, "/proc/self/exe", (void *)16, envp));
    flush();
    long pid = CLONE(VM | VFORK | CHLD, 0, 0, 0);
    if (pid == 0) {
        sys(execve, "/nonexistent", self, envp);
        sys(execve, "/proc/self/exe", self, envp);
        sys(exit_group, 99);
    }
    out("executed: %x\n", wait_(pid));
    flush();
    launch(0, watch, 0); /* runs on when this thread executes; started again it would be seen */
    self[1] = "last";
    sys(execve, "/proc/self/exe", self, envp);
}

int main(int argc, char **argv, char **envp)
{
    if (argc == 3) {
        out("%s %s %s\n", argv[0], argv[1], argv[2]);
        return argv[1][0] == 'a' ? 21 : 4;
    }
    threads();
    rewrite();
    forks();
    signals();
    stop = 0;
    execs(envp);
    return 1;
}
