/* Futexes of all kinds, robust lists, thread ends. */
#include "t.h"
#include <linux/futex.h>

static uint32_t *word; /* shared with children */
static long futex(volatile uint32_t *u, int op, uint32_t v, const void *t, volatile uint32_t *u2, uint32_t v3) { return syscall(SYS_futex, u, op, v, t, u2, v3); }

static struct timespec in_ms(clockid_t clock, int n)
{
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += n * 1000000l;
    while (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, t.tv_sec++;
    return t;
}

static volatile uint32_t a, b, c;
static volatile int woken;
static void *waiter(void *x) { futex(&a, FUTEX_WAIT, 0, 0, 0, 0); __sync_add_and_fetch(&woken, 1); return x; }
static void *bitset_waiter(void *x) { futex(&a, FUTEX_WAIT_BITSET, 0, 0, 0, (long)x); __sync_add_and_fetch(&woken, (long)x); return x; }
static void start(int n, void *(*f)(void *), pthread_t *t, long arg) { for (int k = 0; k < n; k++) pthread_create(t + k, 0, f, (void *)arg); ms(80); }

struct waitv { uint64_t val, uaddr; uint32_t flags, pad; };

static pthread_mutex_t *robust;
static void *locks_and_ends(void *x) { pthread_mutex_lock(robust); return x; }
static pthread_mutex_t pi;
static void *pi_lock(void *x) { pthread_mutex_lock(&pi); __sync_add_and_fetch(&woken, 1); pthread_mutex_unlock(&pi); return x; }
static volatile int cleared;

static void *exec_self(void *x) { return x; }
static int thread_fn(void *x) { ms(30); syscall(SYS_exit, 0); return 0; }

int main(void)
{
    word = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    R(futex(&a, FUTEX_WAIT, 1, 0, 0, 0));
    R(futex(&a, FUTEX_WAIT, 0, &((struct timespec){0, 1000000}), 0, 0));
    R(futex(&a, FUTEX_WAIT, 0, &((struct timespec){0, 1000000000}), 0, 0));
    R(futex((void *)1, FUTEX_WAIT, 0, 0, 0, 0));
    R(futex((void *)8, FUTEX_WAIT, 0, 0, 0, 0));
    R(futex((void *)8, FUTEX_WAKE, 1, 0, 0, 0));
    R(futex(&a, 99, 0, 0, 0, 0));
    R(futex(&a, FUTEX_WAIT_BITSET, 0, 0, 0, 0));
    struct timespec t = in_ms(CLOCK_MONOTONIC, 30);
    R(futex(&a, FUTEX_WAIT_BITSET, 0, &t, 0, -1));
    t = in_ms(CLOCK_REALTIME, 30);
    R(futex(&a, FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 0, &t, 0, -1));
    t = (struct timespec){1, 0};
    R(futex(&a, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, 0, &t, 0, -1));

    pthread_t th[16];
    start(4, waiter, th, 0);
    R(futex(&a, FUTEX_WAKE, 1, 0, 0, 0));
    ms(20);
    printf("woken %d\n", woken);
    R(futex(&a, FUTEX_REQUEUE, 1, (void *)1, &b, 0));
    R(futex(&a, FUTEX_CMP_REQUEUE, 0, (void *)5, &b, 7));
    R(futex(&a, FUTEX_CMP_REQUEUE, 0, (void *)5, &b, 0));
    ms(20);
    printf("woken %d\n", woken);
    R(futex(&b, FUTEX_WAKE, 100, 0, 0, 0));
    for (int n = 0; n < 4; n++) pthread_join(th[n], 0);
    printf("woken %d\n", woken);
    woken = 0;
    start(1, bitset_waiter, th, 1);
    start(1, bitset_waiter, th + 1, 2);
    start(1, bitset_waiter, th + 2, 4);
    R(futex(&a, FUTEX_WAKE_BITSET, 100, 0, 0, 5));
    ms(20);
    printf("woken %d\n", woken);
    R(futex(&a, FUTEX_WAKE_BITSET, 100, 0, 0, 2));
    for (int n = 0; n < 3; n++) pthread_join(th[n], 0);
    /* WAKE_OP: b |= 4, wakes at a always, at b if the old value was 0 */
    b = 0;
    start(2, waiter, th, 0);
    R(futex(&a, FUTEX_WAKE_OP, 1, (void *)1, &b, FUTEX_OP(FUTEX_OP_OR, 4, FUTEX_OP_CMP_EQ, 0)));
    printf("b %d\n", b);
    R(futex(&a, FUTEX_WAKE, 1, 0, 0, 0));
    pthread_join(th[0], 0);
    pthread_join(th[1], 0);

    /* waitv */
    struct waitv v[2] = {{0, (uintptr_t)&a, 2, 0}, {0, (uintptr_t)&b, 2, 0}};
    b = 0;
    t = in_ms(CLOCK_MONOTONIC, 30);
    R(syscall(449, v, 2, 0, &t, CLOCK_MONOTONIC));
    v[1].val = 1;
    R(syscall(449, v, 2, 0, &t, CLOCK_MONOTONIC));
    R(syscall(449, v, 0, 0, &t, CLOCK_MONOTONIC));
    R(syscall(449, v, 129, 0, &t, CLOCK_MONOTONIC));
    *word = 0;
    pid_t p = CHILD(struct waitv w[2] = {{0, (uintptr_t)&a, 2, 0}, {0, (uintptr_t)word, 2, 0}}; long r = syscall(449, w, 2, 0, 0, 0); ms(60); R(r));
    ms(60);
    R(futex(word, FUTEX_WAKE, 1, 0, 0, 0));
    expect_child("waitv", p);
    p = CHILD(long r = futex(word, FUTEX_WAIT, 0, 0, 0, 0); ms(60); R(r));
    ms(60);
    *word = 1;
    R(futex(word, FUTEX_WAKE, 1, 0, 0, 0));
    expect_child("shared", p);
    R(syscall(454, &a, 1, 1, 2));
    R(syscall(455, &a, 1, -1l, 2, 0, 0));

    /* Robust mutexes: the owner's thread, and its process, ends */
    robust = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_t at;
    pthread_mutexattr_init(&at);
    pthread_mutexattr_setrobust(&at, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_setpshared(&at, PTHREAD_PROCESS_SHARED);
    pthread_mutex_init(robust, &at);
    pthread_create(th, 0, locks_and_ends, 0);
    pthread_join(th[0], 0);
    printf("robust %s\n", strerrorname_np(pthread_mutex_lock(robust)));
    pthread_mutex_consistent(robust);
    pthread_mutex_unlock(robust);
    p = CHILD(pthread_mutex_lock(robust); ms(80); kill(getpid(), SIGKILL));
    ms(40);
    printf("robust %s\n", strerrorname_np(pthread_mutex_lock(robust)));
    expect_child("owner", p);
    pthread_mutex_unlock(robust);
    printf("robust %s\n", strerrorname_np(pthread_mutex_lock(robust)));
    p = CHILD(exit(0));
    expect_child("exit", p);
    void *head;
    size_t len;
    R(syscall(SYS_get_robust_list, 0, &head, &len));
    R(len);
    R(syscall(SYS_set_robust_list, head, 12));

    /* Priority inheritance */
    pthread_mutexattr_init(&at);
    pthread_mutexattr_setprotocol(&at, PTHREAD_PRIO_INHERIT);
    pthread_mutex_init(&pi, &at);
    woken = 0;
    pthread_mutex_lock(&pi);
    start(3, pi_lock, th, 0);
    printf("pi %d\n", woken);
    pthread_mutex_unlock(&pi);
    for (int n = 0; n < 3; n++) pthread_join(th[n], 0);
    printf("pi %d\n", woken);
    volatile uint32_t word_pi = 0;
    R(futex(&word_pi, FUTEX_LOCK_PI, 0, 0, 0, 0));
    printf("owner %d\n", (word_pi & FUTEX_TID_MASK) == gettid());
    R(futex(&word_pi, FUTEX_LOCK_PI, 0, 0, 0, 0));
    R(futex(&word_pi, FUTEX_TRYLOCK_PI, 0, 0, 0, 0));
    R(futex(&word_pi, FUTEX_UNLOCK_PI, 0, 0, 0, 0));
    R(futex(&word_pi, FUTEX_UNLOCK_PI, 0, 0, 0, 0));
    word_pi = 99999999 & FUTEX_TID_MASK;
    t = in_ms(CLOCK_REALTIME, 30);
    R(futex(&word_pi, FUTEX_LOCK_PI, 0, &t, 0, 0));

    /* set_tid_address, CLEARTID */
    volatile uint32_t *tid = word + 4;
    *tid = 5;
    p = CHILD(syscall(SYS_set_tid_address, tid); *tid = 7; _exit(0));
    expect_child("tid address of a process", p);
    printf("tid word %d\n", *tid); /* cleared only when the memory has other users */
    char *stack = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int ptid = 0;
    *tid = 9;
    int cl = clone(thread_fn, stack + 65536, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID, 0, &ptid, 0, tid);
    while (*tid != 0) ms(1);
    printf("cleared, %d\n", ptid == cl);
    /* barriers, semaphores, condition variables with timeouts */
    pthread_cond_t cv = PTHREAD_COND_INITIALIZER;
    pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mu);
    t = in_ms(CLOCK_REALTIME, 20);
    printf("cond %s\n", strerrorname_np(pthread_cond_timedwait(&cv, &mu, &t)));
    t = in_ms(CLOCK_REALTIME, 20);
    printf("mutex %s\n", strerrorname_np(pthread_mutex_timedlock(&mu, &t)));
    return 0;
}
