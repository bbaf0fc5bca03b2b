/*
 * Faults that programs live on: a write barrier (SIGSEGV on a protected page, mprotect, again) in several threads with signal stacks of their own; handlers that change pc and registers;
 * siglongjmp out of them; faults inside of handlers; SIGBUS behind a file's end; SIGFPE, SIGILL and SIGTRAP sent and raised. Prints the same on every machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#if defined(__aarch64__)
#define PC(c) (((ucontext_t *)(c))->uc_mcontext.pc)
#define RESULT(c) (((ucontext_t *)(c))->uc_mcontext.regs[0])
#elif defined(__arm__)
#define PC(c) (((ucontext_t *)(c))->uc_mcontext.arm_pc)
#define RESULT(c) (((ucontext_t *)(c))->uc_mcontext.arm_r0)
#else
#define PC(c) (((ucontext_t *)(c))->uc_mcontext.gregs[REG_RIP])
#define RESULT(c) (((ucontext_t *)(c))->uc_mcontext.gregs[REG_RAX])
#endif

enum { THREADS = 4, PAGES = 64, ROUNDS = 20 };
static char *heap;
static long page;
static __thread int barriers;
static __thread char *own_stack;
static __thread sigjmp_buf out;
static __thread volatile int mode;
static __thread volatile long faults;
static volatile int wrong_stack, wrong_info;

extern char skip_here[] __asm__("skip_here");

static void on_fault(int signal, siginfo_t *info, void *context)
{
    char here;
    if (own_stack && (&here < own_stack || &here >= own_stack + 65536)) wrong_stack++;
    faults++;
    char *address = info->si_addr;
    if (signal == SIGSEGV && mode == 0 && address >= heap && address < heap + THREADS * PAGES * page) {
        if (info->si_code != SEGV_ACCERR) wrong_info++;
        barriers++;
        mprotect((char *)((uintptr_t)address & -page), page, PROT_READ | PROT_WRITE);
        return;
    }
    if (mode == 1) siglongjmp(out, signal);
    if (mode == 2) { /* over the instruction, with a result */
        PC(context) = (uintptr_t)skip_here;
        RESULT(context) = 4711;
        return;
    }
    if (mode == 3) { /* a fault inside of the handler, once */
        mode = 1;
        *(volatile int *)8 = 1;
    }
    printf("unexpected fault: signal %d, mode %d\n", signal, mode);
    _exit(3);
}

static void use_stack(void)
{
    own_stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    stack_t s = {.ss_sp = own_stack, .ss_size = 65536};
    sigaltstack(&s, 0);
}

static __attribute__((noinline)) long skipping(volatile long *p)
{
    long r;
#if defined(__aarch64__)
    __asm__ volatile("mov x0, %1\nldr x0, [x0]\n.globl skip_here\nskip_here:\nmov %0, x0" : "=r"(r) : "r"(p) : "x0", "memory");
#elif defined(__arm__)
    __asm__ volatile("mov r0, %1\nldr r0, [r0]\n.globl skip_here\nskip_here:\nmov %0, r0" : "=r"(r) : "r"(p) : "r0", "memory");
#else
    __asm__ volatile("mov %1, %%rax\nmov (%%rax), %%rax\n.globl skip_here\nskip_here:\nmov %%rax, %0" : "=r"(r) : "r"(p) : "rax", "memory");
#endif
    return r;
}

static void *mutator(void *argument)
{
    long id = (long)argument, sum = 0, caught = 0, skipped = 0;
    use_stack();
    char *mine = heap + id * PAGES * page;
    for (int round = 0; round < ROUNDS; round++) {
        mode = 0;
        mprotect(mine, PAGES * page, PROT_READ);
        for (int p = 0; p < PAGES; p++) {
            *(volatile long *)(mine + p * page + 8 * (round % 100)) += id + p;
            sum += *(long *)(mine + p * page + 8 * (round % 100));
        }
        mode = 1;
        int s = sigsetjmp(out, 1);
        if (s == 0) *(volatile char *)(round * 16l) = 1;
        caught += s == SIGSEGV;
        mode = 2;
        skipped += skipping((long *)16) == 4711;
    }
    printf("%s", "");
    long *result = malloc(4 * sizeof *result);
    result[0] = barriers, result[1] = sum, result[2] = caught, result[3] = skipped;
    return result;
}

static void once(const char *name, int signal, void (*act)(void))
{
    mode = 1;
    int s = sigsetjmp(out, 1);
    if (s == 0) act();
    sigset_t now;
    sigprocmask(SIG_BLOCK, 0, &now);
    printf("%s: %s%s\n", name, s == signal ? "caught" : "not caught", sigismember(&now, signal) ? ", still blocked" : "");
}
static char *map;
static void behind_end(void) { *(volatile char *)(map + page) = 1; }
static void trap(void) { raise(SIGTRAP); }
static void divide(void) { raise(SIGFPE); }
static void queued(void) { union sigval v = {.sival_int = 5}; sigqueue(getpid(), SIGILL, v); }
static void read_only(void) { *(volatile char *)"text" = 1; }
static void call_data(void) { static char data[64]; ((void (*)(void))data)(); }
static void null_call(void) { ((void (*)(void))0)(); }
static void twice(void) { mode = 3; *(volatile int *)16 = 1; }
static int deep(int n) { volatile char room[4096]; room[0] = (char)n; return n == -1 ? 0 : deep(n + 1) + room[0]; }
static void overflow(void) { deep(0); }

int main(void)
{
    page = sysconf(_SC_PAGESIZE);
    heap = mmap(0, THREADS * PAGES * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct sigaction a = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigemptyset(&a.sa_mask);
    int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    for (int i = 0; i < 5; i++) sigaction(signals[i], &a, 0);
    for (int repeat = 0; repeat < 3; repeat++) {
        pthread_t t[THREADS];
        for (long i = 0; i < THREADS; i++) pthread_create(&t[i], 0, mutator, (void *)i);
        for (int i = 0; i < THREADS; i++) {
            long *r;
            pthread_join(t[i], (void **)&r);
            printf("thread %d: %ld barriers, sum %ld, %ld caught, %ld skipped\n", i, r[0], r[1], r[2], r[3]);
            free(r);
        }
    }
    use_stack();
    char name[] = "/tmp/faults-XXXXXX";
    int fd = mkstemp(name);
    unlink(name);
    ftruncate(fd, page);
    map = mmap(0, 2 * page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    for (int i = 0; i < 2; i++) {
        once("behind the file's end", SIGBUS, behind_end);
        once("trap", SIGTRAP, trap);
        once("divide", SIGFPE, divide);
        once("queued", SIGILL, queued);
        once("read-only", SIGSEGV, read_only);
        once("data", SIGSEGV, call_data);
        once("null", SIGSEGV, null_call);
        once("stack overflow", SIGSEGV, overflow);
    }
    a.sa_flags |= SA_NODEFER;
    sigaction(SIGSEGV, &a, 0);
    once("fault in the handler", SIGSEGV, twice);
    printf("%d wrong stacks, %d wrong codes\n", wrong_stack, wrong_info);
    return 0;
}
