/*
 * Job control under ptrace: stop signals, group stops, PTRACE_LISTEN, SIGCONT, and signals that are ignored. Prints the same on every machine. Each tracee has a
 * process group of its own, whose parent is outside: stop signals of terminals stop it.
 */
#include "t.h"
#include <linux/ptrace.h>

static long request(int what, pid_t pid, uintptr_t addr, uintptr_t data) { return syscall(SYS_ptrace, (long)what, (long)pid, addr, data); }
#define Q(what, pid, data) R(request(what, pid, 0, data))

static const char *stop_text(int s)
{
    static char text[4][80];
    static int n;
    char *t = text[n++ & 3];
    if (WIFSTOPPED(s) && s >> 16) sprintf(t, "event %d %s", s >> 16, sigabbrev_np(WSTOPSIG(s) & 0x7f));
    else if (WIFSTOPPED(s)) sprintf(t, "stop %s", sigabbrev_np(WSTOPSIG(s)));
    else return status_text(s);
    return t;
}
/* The next stop of a tracee. */
static int next(pid_t pid)
{
    int s = 0;
    pid_t got = waitpid(pid, &s, __WALL);
    if (got != pid) printf("no stop: %s\n", strerrorname_np(errno));
    else printf("  %s\n", stop_text(s));
    fflush(stdout);
    return s;
}
static void nothing(pid_t pid)
{
    int s = 0;
    ms(10);
    pid_t got = waitpid(pid, &s, __WALL | WNOHANG);
    printf("  %s\n", got == 0 ? "nothing" : got == pid ? stop_text(s) : strerrorname_np(errno));
    fflush(stdout);
}
static void info(pid_t pid)
{
    siginfo_t i;
    memset(&i, 0, sizeof i);
    errno = 0;
    if (request(PTRACE_GETSIGINFO, pid, 0, (uintptr_t)&i)) printf("  info -%s\n", strerrorname_np(errno));
    else printf("  info %d %d\n", i.si_signo, i.si_code);
    fflush(stdout);
}

static volatile int *shared;
static void count(void) { for (;;) { shared[0]++; ms(1); } }
/* Does it run? `wanted`: as it should; that it does may take long on a machine that is busy. */
static void moves(const char *what, int wanted)
{
    int before = shared[0], is = 0;
    for (int n = 0; n < (wanted ? 500 : 1) && !is; n++) { ms(20); is = shared[0] > before + 1; }
    printf("  %s: %s\n", what, is ? "runs" : "stands");
    fflush(stdout);
}
static void runs(const char *what) { moves(what, 1); }
static void stands(const char *what) { moves(what, 0); }
static pid_t child(void (*body)(void), int seizes, long options)
{
    int p[2];
    char c;
    pipe(p);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        setpgid(0, 0);
        write(p[1], "x", 1);
        if (!seizes) { syscall(SYS_ptrace, (long)PTRACE_TRACEME, 0l, 0l, 0l); raise(SIGSTOP); }
        body();
        _exit(0);
    }
    read(p[0], &c, 1);
    close(p[0]); close(p[1]);
    if (seizes) request(PTRACE_SEIZE, pid, 0, options);
    else { int s; waitpid(pid, &s, 0); request(PTRACE_SETOPTIONS, pid, 0, options); request(PTRACE_CONT, pid, 0, 0); }
    ms(5);
    return pid;
}
static void finish(pid_t pid)
{
    kill(pid, SIGKILL);
    int s;
    do if (waitpid(pid, &s, __WALL) != pid) break; while (!WIFSIGNALED(s) && !WIFEXITED(s));
    printf("end: %s\n", status_text(s));
    fflush(stdout);
}

static void test_plain(void)
{
    int signals[] = {SIGTSTP, SIGSTOP, SIGTTIN, SIGTTOU};
    for (int n = 0; n < 4; n++) {
        printf("plain %d\n", signals[n]);
        pid_t pid = child(count, 0, 0);
        R(kill(pid, signals[n]));
        next(pid);
        info(pid);
        Q(PTRACE_CONT, pid, signals[n]);
        next(pid);
        info(pid);
        Q(PTRACE_LISTEN, pid, 0);
        nothing(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("sent on");
        R(kill(pid, SIGCONT));
        next(pid);
        info(pid);
        Q(PTRACE_CONT, pid, SIGCONT);
        runs("continued");
        R(kill(pid, signals[n]));
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("dropped");
        finish(pid);
    }
}
static void test_seized(void)
{
    int signals[] = {SIGTSTP, SIGSTOP};
    for (int n = 0; n < 2; n++) {
        printf("seized %d\n", signals[n]);
        pid_t pid = child(count, 1, 0);
        R(kill(pid, signals[n]));
        next(pid);
        Q(PTRACE_CONT, pid, signals[n]);
        next(pid);
        info(pid);
        unsigned long message = 1;
        Q(PTRACE_GETEVENTMSG, pid, (uintptr_t)&message);
        printf("  message %lx\n", message);
        stands("group stop");
        Q(PTRACE_LISTEN, pid, 0);
        errno = 0;
        Q(PTRACE_GETEVENTMSG, pid, (uintptr_t)&message);
        nothing(pid);
        stands("listening");
        R(kill(pid, SIGUSR1));
        nothing(pid);
        R(kill(pid, SIGCONT));
        next(pid);
        info(pid);
        Q(PTRACE_CONT, pid, 0);
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("continued");

        printf("once more, interrupted\n");
        R(kill(pid, signals[n]));
        next(pid);
        Q(PTRACE_CONT, pid, signals[n]);
        next(pid);
        Q(PTRACE_LISTEN, pid, 0);
        Q(PTRACE_INTERRUPT, pid, 0);
        next(pid);
        info(pid);
        Q(PTRACE_LISTEN, pid, 0);
        nothing(pid);
        R(kill(pid, SIGCONT));
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        next(pid);
        Q(PTRACE_CONT, pid, SIGCONT);
        runs("continued");

        printf("sent on instead\n");
        R(kill(pid, signals[n]));
        next(pid);
        Q(PTRACE_CONT, pid, signals[n]);
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("sent on");
        R(kill(pid, SIGCONT));
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("continued");

        printf("killed while it listens\n");
        R(kill(pid, signals[n]));
        next(pid);
        Q(PTRACE_CONT, pid, signals[n]);
        next(pid);
        Q(PTRACE_LISTEN, pid, 0);
        finish(pid);
    }
}
/* SIGCONT comes before the tracer has let the stop signal through: there is no stop. */
static void test_cancelled(void)
{
    for (int seizes = 0; seizes < 2; seizes++) {
        printf("cancelled, seized %d\n", seizes);
        pid_t pid = child(count, seizes, 0);
        R(kill(pid, SIGTSTP));
        next(pid);
        R(kill(pid, SIGCONT));
        ms(20);
        Q(PTRACE_CONT, pid, SIGTSTP);
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        if (seizes) { next(pid); Q(PTRACE_CONT, pid, 0); }
        runs("not stopped");
        printf("SIGCONT alone\n");
        R(kill(pid, SIGCONT));
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        if (seizes) { next(pid); Q(PTRACE_CONT, pid, 0); }
        runs("runs on");
        finish(pid);
    }
}
/* A signal to the whole group, as a shell sends it. */
static void test_groups(void)
{
    for (int seizes = 0; seizes < 2; seizes++) {
        printf("group, seized %d\n", seizes);
        pid_t pid = child(count, seizes, 0);
        R(kill(-pid, SIGSTOP));
        next(pid);
        info(pid);
        Q(PTRACE_CONT, pid, SIGSTOP);
        next(pid);
        if (seizes) {
            Q(PTRACE_LISTEN, pid, 0);
            R(kill(-pid, SIGCONT));
            next(pid);
            Q(PTRACE_CONT, pid, 0);
        } else {
            R(kill(-pid, SIGCONT));
            Q(PTRACE_CONT, pid, 0);
        }
        next(pid);
        Q(PTRACE_CONT, pid, 0);
        runs("continued");
        finish(pid);
    }
}
/* Nobody could continue it: the stop signals of terminals do nothing. */
static void test_orphaned(void)
{
    printf("orphaned\n");
    int p[2];
    pid_t pid;
    pipe(p);
    fflush(stdout);
    if ((pid = fork()) == 0) { setsid(); write(p[1], "x", 1); count(); }
    char c;
    read(p[0], &c, 1);
    close(p[0]); close(p[1]);
    request(PTRACE_SEIZE, pid, 0, 0);
    R(kill(pid, SIGTSTP));
    next(pid);
    Q(PTRACE_CONT, pid, SIGTSTP);
    runs("orphaned");
    R(kill(pid, SIGSTOP));
    next(pid);
    Q(PTRACE_CONT, pid, SIGSTOP);
    next(pid);
    finish(pid);
}
/* What is stopped already. */
static void test_late(void)
{
    for (int seizes = 0; seizes < 2; seizes++) {
        printf("late, seized %d\n", seizes);
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) { setpgid(0, 0); raise(SIGSTOP); count(); }
        int s;
        waitpid(pid, &s, WUNTRACED);
        if (seizes) {
            Q(PTRACE_SEIZE, pid, 0);
            Q(PTRACE_INTERRUPT, pid, 0);
            next(pid);
            nothing(pid);
            Q(PTRACE_LISTEN, pid, 0);
            stands("still");
            R(kill(pid, SIGCONT));
            next(pid);
            Q(PTRACE_CONT, pid, 0);
            next(pid);
        } else {
            Q(PTRACE_ATTACH, pid, 0);
            next(pid);
            Q(PTRACE_CONT, pid, 0);
            next(pid);
        }
        Q(PTRACE_CONT, pid, 0);
        runs("continued");
        finish(pid);
    }
}
/* A tracer that goes leaves it stopped. */
static void test_detached(void)
{
    for (int how = 0; how < 4; how++) {
        printf("detached %d\n", how);
        pid_t pid = child(count, how & 1, 0);
        R(kill(pid, SIGSTOP));
        next(pid);
        int s = 0;
        if (how < 2) {
            Q(PTRACE_DETACH, pid, SIGSTOP);
        } else {
            Q(PTRACE_CONT, pid, SIGSTOP);
            next(pid);
            Q(PTRACE_DETACH, pid, 0);
        }
        ms(20);
        stands("detached");
        R(kill(pid, SIGCONT));
        R(waitpid(pid, &s, WCONTINUED) == pid);
        printf("  %s\n", status_text(s));
        runs("continued");
        R(kill(pid, SIGTSTP));
        R(waitpid(pid, &s, WUNTRACED) == pid);
        printf("  %s\n", status_text(s));
        finish(pid);
    }
}

static void *thread_counts(void *arg) { count(); return arg; }
static void threads(void)
{
    pthread_t t;
    pthread_create(&t, 0, thread_counts, 0);
    for (;;) pause();
}
/* All threads stop, and each says so. */
static void test_threads(void)
{
    printf("threads\n");
    int p[2];
    char c;
    pipe(p);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) { setpgid(0, 0); read(p[0], &c, 1); threads(); }
    ms(20);
    request(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACECLONE);
    write(p[1], "x", 1);
    int s;
    unsigned long tid = 0;
    waitpid(pid, &s, __WALL);
    printf("  %s\n", stop_text(s));
    request(PTRACE_GETEVENTMSG, pid, 0, (uintptr_t)&tid);
    next(tid);
    Q(PTRACE_CONT, pid, 0);
    Q(PTRACE_CONT, tid, 0);
    runs("both");
    R(kill(pid, SIGTSTP));
    pid_t first = waitpid(-1, &s, __WALL);
    printf("  %s\n", stop_text(s));
    Q(PTRACE_CONT, first, SIGTSTP);
    next(pid);
    next(tid);
    Q(PTRACE_LISTEN, pid, 0);
    Q(PTRACE_LISTEN, tid, 0);
    stands("listening");
    R(kill(pid, SIGCONT));
    next(pid);
    next(tid);
    Q(PTRACE_CONT, pid, 0);
    Q(PTRACE_CONT, tid, 0);
    first = waitpid(-1, &s, __WALL);
    printf("  %s\n", stop_text(s));
    Q(PTRACE_CONT, first, 0);
    runs("continued");
    kill(pid, SIGKILL);
    next(tid);
    finish(pid);
}

/* The real parent, which does not trace, is told too. */
static void told(int fd)
{
    int s = 0;
    read(fd, &s, sizeof s);
    printf("  parent: %s\n", stop_text(s));
    fflush(stdout);
}
static void test_parents(void)
{
    printf("parents\n");
    int p[2], q[2];
    pid_t grandchild = 0;
    pipe(p);
    pipe(q);
    fflush(stdout);
    pid_t middle = fork();
    if (middle == 0) {
        pid_t mine = fork();
        if (mine == 0) { setpgid(0, 0); count(); }
        write(p[1], &mine, sizeof mine);
        int options[] = {WUNTRACED, WCONTINUED, 0};
        for (int n = 0; n < 3; n++) {
            int s = 0;
            if (waitpid(mine, &s, options[n]) != mine) s = -1;
            write(q[1], &s, sizeof s);
        }
        _exit(0);
    }
    read(p[0], &grandchild, sizeof grandchild);
    ms(20);
    Q(PTRACE_SEIZE, grandchild, 0);
    R(kill(grandchild, SIGTSTP));
    next(grandchild);
    Q(PTRACE_CONT, grandchild, SIGTSTP);
    next(grandchild);
    Q(PTRACE_LISTEN, grandchild, 0);
    told(q[0]);
    stands("listening");
    R(kill(grandchild, SIGCONT));
    told(q[0]);
    next(grandchild);
    Q(PTRACE_CONT, grandchild, 0);
    next(grandchild);
    Q(PTRACE_CONT, grandchild, 0);
    runs("continued");
    printf("from outside\n");
    R(kill(-grandchild, SIGSTOP));
    next(grandchild);
    Q(PTRACE_CONT, grandchild, 0);
    runs("dropped");
    kill(grandchild, SIGKILL);
    next(grandchild);
    told(q[0]);
    int s;
    waitpid(middle, &s, 0);
    printf("middle: %s\n", status_text(s));
    fflush(stdout);
}

static void ignores(void)
{
    signal(SIGUSR1, SIG_IGN);
    signal(SIGTSTP, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    shared[1] = 0;
    raise(SIGUSR1);
    raise(SIGWINCH);
    raise(SIGURG);
    raise(SIGCHLD);
    raise(SIGTSTP);
    shared[1]++;
    int p[2];
    pipe(p);
    close(p[0]);
    R(write(p[1], "x", 1));
    struct sigaction a;
    sigaction(SIGUSR1, 0, &a);
    printf("  ignored %d\n", a.sa_handler == SIG_IGN);
    fflush(stdout);
    execl("/proc/self/exe", "self", "ignored", (char *)0);
}
static void test_ignored(void)
{
    for (int seizes = 0; seizes < 2; seizes++) {
        printf("ignored, seized %d\n", seizes);
        int p[2];
        char c;
        pipe(p);
        fflush(stdout);
        pid_t pid = fork();
        if (pid == 0) { setpgid(0, 0); read(p[0], &c, 1); ignores(); _exit(9); }
        request(seizes ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0, 0);
        if (!seizes) { next(pid); Q(PTRACE_CONT, pid, 0); }
        write(p[1], "x", 1);
        for (;;) {
            int s = next(pid);
            if (!WIFSTOPPED(s)) break;
            request(PTRACE_CONT, pid, 0, s >> 16 || WSTOPSIG(s) == SIGTRAP ? 0 : WSTOPSIG(s));
        }
        close(p[0]); close(p[1]);
    }
}
static int after_exec(void)
{
    struct sigaction a;
    sigaction(SIGUSR1, 0, &a);
    printf("  ignored %d", a.sa_handler == SIG_IGN);
    sigaction(SIGPIPE, 0, &a);
    printf(" %d", a.sa_handler == SIG_IGN);
    sigaction(SIGUSR2, 0, &a);
    printf(" %d\n", a.sa_handler == SIG_IGN);
    fflush(stdout);
    raise(SIGUSR1);
    pid_t pid = fork();
    if (pid == 0) { raise(SIGUSR1); _exit(3); }
    int s;
    waitpid(pid, &s, 0);
    printf("  its child %s\n", status_text(s));
    fflush(stdout);
    return 4;
}
/* A call that waits goes on behind signals that nobody handles, and behind a stop. */
static void sleeps(void)
{
    struct timespec t = {0, 400000000};
    int failed = nanosleep(&t, 0);
    printf("  slept %d\n", failed);
    fflush(stdout);
    _exit(5);
}
static void test_calls(void)
{
    printf("calls\n");
    pid_t pid = child(sleeps, 1, 0);
    R(kill(pid, SIGSTOP));
    next(pid);
    Q(PTRACE_CONT, pid, SIGSTOP);
    next(pid);
    Q(PTRACE_LISTEN, pid, 0);
    R(kill(pid, SIGCONT));
    next(pid);
    Q(PTRACE_CONT, pid, 0);
    next(pid);
    Q(PTRACE_CONT, pid, 0);
    next(pid);
}

int main(int argc, char **argv)
{
    if (argc > 1) return after_exec();
    shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct { const char *name; void (*test)(void); } tests[] = {
        {"plain", test_plain}, {"seized", test_seized}, {"cancelled", test_cancelled}, {"groups", test_groups}, {"orphaned", test_orphaned},
        {"late", test_late}, {"detached", test_detached}, {"threads", test_threads}, {"parents", test_parents}, {"ignored", test_ignored}, {"calls", test_calls},
    };
    const char *only = getenv("ONLY");
    for (int n = 0; n < (int)(sizeof tests / sizeof *tests); n++) if (!only || !strcmp(only, tests[n].name)) tests[n].test();
    printf("done\n");
    return 0;
}
