/* Limits and their signals; running out of descriptors and processes. */
#include "t.h"
#define TOO_MUCH ((rlim_t)-1 >> 1)

static volatile int got;
static void on(int n) { got = n; }
static int again(void)
{
    struct rlimit l;
    getrlimit(RLIMIT_AS, &l);
    printf("executed: as %ld %ld\n", (long)l.rlim_cur, (long)l.rlim_max);
    OK(mmap(0, 1l << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    getrlimit(RLIMIT_NOFILE, &l);
    printf("nofile %ld\n", (long)l.rlim_cur);
    getrlimit(RLIMIT_STACK, &l);
    printf("stack %ld\n", (long)l.rlim_cur);
    return 0;
}
static void *thread(void *x) { pause(); return x; }
static int deep(int n) { volatile char a[1000]; a[0] = n; return n == 0 ? 0 : deep(n - 1) + a[0]; }
int main(int argc, char **argv)
{
    if (argc > 1) return again();
    struct rlimit l, o;
    for (int n = 0; n < 16; n++) { int r = getrlimit(n, &l); printf("%d: %d %d\n", n, r, l.rlim_cur <= l.rlim_max); }
    R(getrlimit(16, &l));
    R(setrlimit(RLIMIT_NOFILE, &((struct rlimit){10, 5})));
    R(prlimit(0, RLIMIT_NOFILE, 0, &o));
    R(prlimit(99999999, RLIMIT_NOFILE, 0, &o));
    R(prlimit(0, 77, 0, &o));
    pid_t c = CHILD(
        R(setrlimit(RLIMIT_AS, &((struct rlimit){256l << 20, 512l << 20}))); R(mmap(0, 1l << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); void *m = malloc(400 << 20); printf("malloc %d\n", m != 0); m = malloc(20 << 20); printf("malloc %d\n", m != 0);
        R(setrlimit(RLIMIT_AS, &((struct rlimit){TOO_MUCH, 512l << 20}))); l = (struct rlimit){0}; R(getrlimit(RLIMIT_AS, &l)); printf("%ld\n", (long)l.rlim_cur); R(syscall(SYS_brk, 0) > 0);
        pid_t g = CHILD(R(mmap(0, 1l << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); execl("/proc/self/exe", "x", "y", (char *)0)); expect_child("child", g));
    expect_child("as", c);
    c = CHILD(R(setrlimit(RLIMIT_DATA, &((struct rlimit){64l << 20, 64l << 20}))); R(mmap(0, 1l << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); OK(mmap(0, 1l << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
    expect_child("data", c);
    c = CHILD(R(setrlimit(RLIMIT_NOFILE, &((struct rlimit){20, 20}))); int n = 0, fd; while ((fd = open("/dev/null", O_RDONLY)) >= 0) n = fd; printf("last %d %s\n", n, strerrorname_np(errno)); R(dup(0)); R(dup2(0, 20)); R(dup2(0, 19)); int p[2]; R(pipe(p)); R(socket(AF_UNIX, SOCK_STREAM, 0)); R(fcntl(0, F_DUPFD, 20)); R(fcntl(0, F_DUPFD, 5));
              pid_t g = fork(); if (g == 0) { puts("forked"); fflush(stdout); _exit(0); } expect_child("fork", g); close(19); close(18); close(17); pthread_t t; R(pthread_create(&t, 0, thread, 0)); R(open("/proc/self/status", O_RDONLY)); close(17); close(16); close(15); g = CHILD(execl("/proc/self/exe", "x", "y", (char *)0)); expect_child("exec", g));
    expect_child("nofile", c);
    c = CHILD(signal(SIGXFSZ, on); R(setrlimit(RLIMIT_FSIZE, &((struct rlimit){1000, 1000}))); int f = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600); char b[2000] = {0}; R(write(f, b, 2000)); R(write(f, b, 1)); printf("signal %d\n", got); R(ftruncate(f, 5000)); signal(SIGXFSZ, SIG_DFL); write(f, b, 1));
    expect_child("fsize", c);
    c = CHILD(signal(SIGXCPU, on); setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); R(setrlimit(RLIMIT_CPU, &((struct rlimit){1, 3}))); while (!got); printf("signal %d\n", got); fflush(stdout); signal(SIGXCPU, SIG_DFL); for (volatile long n = 0;; n++));
    expect_child("cpu", c);
    c = CHILD(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); setresuid(54321, 54321, 54321); R(setrlimit(RLIMIT_NPROC, &((struct rlimit){1, 1}))); R(fork()); pthread_t t; int r = pthread_create(&t, 0, thread, 0); puts(strerrorname_np(r)); R(vfork()));
    expect_child("nproc", c);
    c = CHILD(R(setrlimit(RLIMIT_STACK, &((struct rlimit){1 << 20, 1 << 20}))); execl("/proc/self/exe", "x", "y", (char *)0));
    expect_child("stack", c);
    c = CHILD(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); deep(1 << 30));
    expect_child("overflow", c);
    c = CHILD(R(setrlimit(RLIMIT_SIGPENDING, &((struct rlimit){2, 2}))); sigset_t s; sigemptyset(&s); sigaddset(&s, SIGRTMIN); sigprocmask(SIG_BLOCK, &s, 0); union sigval v = {0}; for (int n = 0; n < 3; n++) sigqueue(getpid(), SIGRTMIN, v); int n = 0; siginfo_t i; while (sigtimedwait(&s, &i, &(struct timespec){0, 0}) > 0) n++; printf("queued %d\n", n >= 1));
    expect_child("sigpending", c);
    c = CHILD(setresuid(54321, 54321, 54321); R(setrlimit(RLIMIT_MEMLOCK, &((struct rlimit){65536, 65536}))); void *m = mmap(0, 1 << 20, 3, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); R(mlock(m, 1 << 20)); R(mlock(m, 4096)); R(nice(-5)); R(setpriority(PRIO_PROCESS, 0, 5)); R(sched_setscheduler(0, SCHED_FIFO, &(struct sched_param){1})); R(setrlimit(RLIMIT_NOFILE, &((struct rlimit){TOO_MUCH, TOO_MUCH}))));
    expect_child("memlock", c);
    /* many processes at once */
    pid_t many[100]; int made = 0;
    for (int n = 0; n < 100; n++) if ((many[n] = fork()) == 0) { pause(); _exit(0); } else if (many[n] > 0) made++;
    for (int n = 0; n < 100; n++) kill(many[n], SIGTERM);
    int s, ended = 0;
    while (wait(&s) > 0) ended += WIFSIGNALED(s);
    printf("%d %d\n", made, ended);
    pthread_t t; int threads = 0;
    c = CHILD(for (int n = 0; n < 300; n++) threads += pthread_create(&t, 0, thread, 0) == 0; printf("threads %d\n", threads); fflush(stdout); exit(0));
    expect_child("threads", c);
    return 0;
}
