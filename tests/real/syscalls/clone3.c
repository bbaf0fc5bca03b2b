/* clone3 in all its forms but chosen tids and control groups; futexes that requeue to a lock with priority inheritance, and the calls that came after futex. */
#include "t.h"
#include <linux/futex.h>
#include <linux/sched.h>

/* In line: a child in our memory must not return from a function that its parent is in. */
static inline __attribute__((always_inline)) long clone3(void *args, size_t size)
{
#ifdef __aarch64__
    register long r asm("x0") = (long)args;
    register long x1 asm("x1") = size;
    register long x8 asm("x8") = SYS_clone3;
    asm volatile("svc 0" : "+r"(r) : "r"(x1), "r"(x8) : "memory");
#elif defined __arm__
    register long r asm("r0") = (long)args;
    register long r1 asm("r1") = size;
    register long r7 asm("r7") = SYS_clone3;
    asm volatile("svc 0" : "+r"(r) : "r"(r1), "r"(r7) : "memory");
#else
    long r;
    asm volatile("syscall" : "=a"(r) : "0"(SYS_clone3), "D"(args), "S"(size) : "rcx", "r11", "memory");
#endif
    if (r >= 0) return r;
    errno = -r;
    return -1;
}

static void on(int n) { (void)n; }

/* A child of these flags, which ends with `code` in its own time; what its parent sees. */
static void child(const char *what, uint64_t flags, uint64_t signal, int code)
{
    int fd = -1, parent = 0, ours = 0, s = 0;
    struct clone_args a = {.flags = flags, .exit_signal = signal, .pidfd = (uintptr_t)&fd, .parent_tid = (uintptr_t)&parent, .child_tid = (uintptr_t)&ours};
    fflush(stdout);
    errno = 0;
    long pid = clone3(&a, sizeof a);
    if (pid == 0) {
        struct sigaction old;
        sigaction(SIGUSR1, 0, &old);
        if (flags & CLONE_CHILD_SETTID && ours != syscall(SYS_gettid)) _exit(90);
        if (flags & CLONE_CLEAR_SIGHAND && old.sa_handler != SIG_DFL) _exit(91);
        if (!(flags & CLONE_CLEAR_SIGHAND) && old.sa_handler != on) _exit(92);
        _exit(code);
    }
    if (pid < 0) {
        printf("%s: %s\n", what, strerrorname_np(errno));
        return;
    }
    printf("%s:%s%s%s", what, parent == pid ? " parent" : "", fd >= 0 ? " pidfd" : "", ours ? " shared" : "");
    if (fd >= 0) {
        siginfo_t info = {0};
        int r = waitid(P_PIDFD, fd, &info, WEXITED | WNOWAIT | __WALL);
        printf(" waitid %d code %d status %d cloexec %d", r, info.si_code, info.si_status, fcntl(fd, F_GETFD));
        close(fd);
    }
    if (signal != SIGCHLD) {
        errno = 0;
        pid_t got = waitpid(pid, &s, 0);
        printf(" waitpid %s", got == pid ? "has it" : strerrorname_np(errno));
        if (got == pid) {
            printf(" %s\n", status_text(s));
            return;
        }
    }
    printf(" %s", waitpid(pid, &s, __WALL) == pid ? status_text(s) : strerrorname_np(errno));
    printf("\n");
}

static char stacks[4][65536] __attribute__((aligned(16)));
static volatile int ran;

/* With a stack of its own the child returns on it: only assembly may be there. */
static long clone_thread(struct clone_args *a, int code)
{
#ifdef __aarch64__
    register long x0 asm("x0") = (long)a;
    register long x1 asm("x1") = sizeof *a;
    register long x8 asm("x8") = SYS_clone3;
    register long x9 asm("x9") = (long)&ran;
    register long x10 asm("x10") = code;
    asm volatile("svc 0\n cbnz x0, 1f\n str w10, [x9]\n mov x0, x10\n mov x8, 93\n svc 0\n1:" : "+r"(x0) : "r"(x1), "r"(x8), "r"(x9), "r"(x10) : "memory");
    return x0;
#elif defined __arm__
    register long r0 asm("r0") = (long)a;
    register long r1 asm("r1") = sizeof *a;
    register long r7 asm("r7") = SYS_clone3;
    register long r4 asm("r4") = (long)&ran;
    register long r5 asm("r5") = code;
    asm volatile("svc 0\n cmp r0, #0\n bne 1f\n str r5, [r4]\n mov r0, r5\n mov r7, #1\n svc 0\n1:" : "+r"(r0) : "r"(r1), "r"(r7), "r"(r4), "r"(r5) : "memory", "cc");
    return r0;
#else
    long r;
    asm volatile("syscall\n test %%rax, %%rax\n jnz 1f\n mov %%ebx, (%%r12)\n mov %%rbx, %%rdi\n mov $60, %%eax\n syscall\n1:"
                 : "=a"(r) : "0"(SYS_clone3), "D"(a), "S"(sizeof *a), "b"((long)code), "r"(0) : "rcx", "r11", "memory");
    return r;
#endif
}

static void with_stack(const char *what, uint64_t flags, uint64_t signal, int n)
{
    int s = 0, tid = 1, parent = 0;
    struct clone_args a = {.flags = flags, .exit_signal = signal, .stack = (uintptr_t)stacks[n], .stack_size = sizeof stacks[n], .child_tid = (uintptr_t)&tid, .parent_tid = (uintptr_t)&parent};
    ran = 0;
#ifdef __x86_64__
    register volatile int *at asm("r12") = &ran;
    asm volatile("" : : "r"(at));
#endif
    long pid = clone_thread(&a, 40 + n);
    if (pid < 0) {
        printf("%s: %s\n", what, strerrorname_np(-pid));
        return;
    }
    if (flags & CLONE_THREAD) while (*(volatile int *)&tid != 0) ms(1);
    else waitpid(pid, &s, __WALL);
    printf("%s: parent %d, ran %d, %s\n", what, parent == pid, ran, status_text(s));
}

static uint32_t cond, lock;
static long futex(volatile uint32_t *u, int op, uint32_t v, const void *t, volatile uint32_t *u2, uint32_t v3) { return syscall(SYS_futex, u, op, v, t, u2, v3); }
static long results[4];
static void *requeued(void *x)
{
    long n = (long)x;
    errno = 0;
    results[n] = futex(&cond, FUTEX_WAIT_REQUEUE_PI, 0, 0, &lock, 0);
    if (results[n] < 0) results[n] = -errno;
    else futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0);
    return 0;
}
static volatile uint32_t word, other;
enum { SIZE_U32 = 2, PRIVATE = 128 };
static void *futex2_waiter(void *x) { return (void *)syscall(455, &word, 7, 0xffffffffl, SIZE_U32 | PRIVATE, 0, 0); }

int main(void)
{
    signal(SIGUSR1, on);
    child("plain", 0, SIGCHLD, 3);
    child("no signal", 0, 0, 4);
    child("SIGUSR1", 0, SIGUSR1, 5);
    child("parent", CLONE_PARENT_SETTID, SIGCHLD, 6);
    child("child", CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, SIGCHLD, 7);
    child("pidfd", CLONE_PIDFD | CLONE_PARENT_SETTID, SIGCHLD, 8);
    child("vfork", CLONE_VFORK, SIGCHLD, 9);
    child("vfork in our memory", CLONE_VFORK | CLONE_VM, SIGCHLD, 10);
    child("all at once", CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_FS | CLONE_FILES, SIGCHLD, 11);
    child("no handlers", CLONE_CLEAR_SIGHAND, SIGCHLD, 12);
    child("files", CLONE_FILES | CLONE_FS | CLONE_SYSVSEM | CLONE_IO, SIGCHLD, 13);
    child("detached", CLONE_DETACHED, SIGCHLD, 14);
    child("signal too large", 0, 65, 0);
    child("signal in flags", SIGCHLD, 0, 0);
    child("thread alone", CLONE_THREAD, 0, 0);
    child("handlers without memory", CLONE_SIGHAND, SIGCHLD, 0);
    child("shared and cleared", CLONE_SIGHAND | CLONE_VM | CLONE_CLEAR_SIGHAND, SIGCHLD, 0);
    child("unknown flag", 1ull << 40, SIGCHLD, 0);
    child("new files and their sharing", CLONE_NEWNS | CLONE_FS, SIGCHLD, 0);
    enum { THREAD = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM };
    with_stack("stack", 0, SIGCHLD, 0);
    with_stack("stack in our memory", CLONE_VM | CLONE_PARENT_SETTID, SIGCHLD, 1);
    with_stack("thread", THREAD | CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID, 0, 2);
    with_stack("thread with a signal", THREAD, SIGCHLD, 3);

    struct clone_args a = {.exit_signal = SIGCHLD};
    struct { struct clone_args a; char more[8192]; } large = {.a = a};
    R(clone3(0, sizeof a));
    R(clone3((void *)8, sizeof a));
    R(clone3(&a, 63));
    R(clone3(&a, 5000));
    R(clone3(&large, 4096 + 8));
    large.more[40] = 1;
    R(clone3(&large, sizeof a + 64));
    large.more[40] = 0;
    pid_t p = clone3(&large, sizeof a + 64);
    if (p == 0) _exit(21);
    expect_child("larger, with zeros", p);
    p = clone3(&a, 64);
    if (p == 0) _exit(22);
    expect_child("version 0", p);
    a.stack = (uintptr_t)stacks;
    R(clone3(&a, sizeof a));
    a.stack = 0, a.stack_size = 4096;
    R(clone3(&a, sizeof a));

    pthread_t t[4];
    R(futex(&lock, FUTEX_LOCK_PI, 0, 0, 0, 0));
    for (long n = 0; n < 3; n++) pthread_create(t + n, 0, requeued, (void *)n);
    ms(60);
    R(futex(&cond, FUTEX_CMP_REQUEUE_PI, 2, (void *)9l, &lock, 0));
    R(futex(&cond, FUTEX_CMP_REQUEUE_PI, 1, (void *)9l, &lock, 5));
    R(futex(&cond, FUTEX_CMP_REQUEUE_PI, 1, (void *)9l, &lock, 0));
    R(futex(&lock, FUTEX_UNLOCK_PI, 0, 0, 0, 0));
    for (int n = 0; n < 3; n++) pthread_join(t[n], 0);
    printf("requeued %ld %ld %ld, lock %d\n", results[0], results[1], results[2], lock);
    struct timespec past = {1, 0};
    int64_t past64[2] = {1, 0};
    R(futex(&cond, FUTEX_WAIT_REQUEUE_PI, 0, &past, &lock, 0));
    R(futex(&cond, FUTEX_WAIT_REQUEUE_PI, 0, 0, &cond, 0));

    word = 7;
    for (int n = 0; n < 3; n++) pthread_create(t + n, 0, futex2_waiter, 0);
    ms(60);
    R(syscall(454, &word, 0xffffffffl, 1, SIZE_U32 | PRIVATE));
    struct { uint64_t val, uaddr; uint32_t flags, pad; } v[2] = {{7, (uintptr_t)&word, SIZE_U32 | PRIVATE, 0}, {0, (uintptr_t)&other, SIZE_U32 | PRIVATE, 0}};
    R(syscall(456, v, 0, 1, 1));
    R(syscall(454, &other, 0xffffffffl, 9, SIZE_U32 | PRIVATE));
    for (int n = 0; n < 3; n++) {
        void *r;
        pthread_join(t[n], &r);
        printf("futex_wait %ld\n", (long)r);
    }
    R(syscall(455, &word, 8, 0xffffffffl, SIZE_U32 | PRIVATE, 0, 0));
    R(syscall(455, &word, 7, 0l, SIZE_U32 | PRIVATE, 0, 0));
    R(syscall(455, &word, 7, 0xffffffffl, SIZE_U32 | PRIVATE, past64, CLOCK_MONOTONIC));
    v[0].val = 1;
    R(syscall(456, v, 0, 1, 1));
    return 0;
}
