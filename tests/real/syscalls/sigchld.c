/* SIGCHLD: its siginfo, SA_NOCLDSTOP, SA_NOCLDWAIT, SIG_IGN; signals with values between processes. */
#include "t.h"

static volatile int count;
static siginfo_t last;
static void on_child(int n, siginfo_t *i, void *c) { (void)n; (void)c; last = *i; count++; }

static void act(int flags)
{
    struct sigaction a = {.sa_sigaction = on_child, .sa_flags = SA_SIGINFO | flags};
    sigaction(SIGCHLD, &a, 0);
    count = 0;
}
static void show(const char *what, pid_t c)
{
    ms(60);
    printf("%s: %d handled; signo %d code %d status %d pid %s\n", what, count, last.si_signo, last.si_code, last.si_status, last.si_pid == c ? "same" : "other");
    fflush(stdout);
    count = 0;
    memset(&last, 0, sizeof last);
}

static siginfo_t got[8];
static volatile int ngot;
static void on_value(int n, siginfo_t *i, void *c) { (void)n; (void)c; if (ngot < 8) got[ngot++] = *i; }

int main(void)
{
    int s;
    act(0);
    pid_t c = CHILD(_exit(5));
    show("exit", c);
    expect_child("exit", c);
    c = CHILD(pause());
    kill(c, SIGSTOP);
    show("stop", c);
    kill(c, SIGCONT);
    show("cont", c);
    kill(c, SIGTERM);
    show("term", c);
    expect_child("term", c);
    c = CHILD(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); abort());
    show("abort", c);
    expect_child("abort", c);

    act(SA_NOCLDSTOP);
    c = CHILD(pause());
    kill(c, SIGSTOP);
    printf("%s\n", waitpid(c, &s, WUNTRACED) == c ? status_text(s) : "?");
    show("nocldstop", c);
    kill(c, SIGCONT);
    show("nocldstop cont", c);
    kill(c, SIGKILL);
    show("killed", c);
    expect_child("killed", c);

    act(SA_NOCLDWAIT);
    c = CHILD(_exit(1));
    show("nocldwait", c);
    R(waitpid(c, &s, 0));
    signal(SIGCHLD, SIG_IGN);
    c = CHILD(ms(30));
    R(waitpid(c, &s, 0));
    R(wait(&s));
    /* An ignored SIGCHLD is inherited, a handled one is not, over exec: see exec.c */
    signal(SIGCHLD, SIG_DFL);
    c = CHILD(_exit(1));
    R(waitpid(c, &s, 0) == c);

    /* A clone's exit signal */
    struct sigaction a = {.sa_sigaction = on_value, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &a, 0);
    sigaction(SIGUSR2, &a, 0);
    sigaction(SIGRTMIN + 2, &a, 0);
    ngot = 0;
    c = syscall(SYS_clone, SIGUSR2, 0, 0, 0, 0);
    if (c == 0) _exit(4);
    ms(50);
    printf("exit signal: %d signo %d code %d status %d %d\n", ngot, got[0].si_signo, got[0].si_code, got[0].si_status, got[0].si_pid == c);
    R(waitpid(c, &s, 0));
    R(waitpid(c, &s, __WCLONE) == c);
    c = syscall(SYS_clone, 0, 0, 0, 0, 0);
    if (c == 0) _exit(4);
    R(waitpid(c, &s, __WALL) == c);

    /* Values */
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGRTMIN + 2);
    sigprocmask(SIG_BLOCK, &set, 0);
    ngot = 0;
    pid_t me = getpid();
    c = CHILD(for (int n = 0; n < 3; n++) { union sigval v = {.sival_ptr = (void *)(0x123456789aL + n)}; sigqueue(me, SIGRTMIN + 2, v); } kill(me, SIGUSR1); kill(me, SIGUSR1); syscall(SYS_tgkill, me, me, SIGUSR1));
    expect_child("sender", c);
    sigset_t pending;
    sigpending(&pending);
    printf("pending %d %d\n", sigismember(&pending, SIGUSR1), sigismember(&pending, SIGRTMIN + 2));
    siginfo_t i;
    printf("timedwait %d", sigtimedwait(&set, &i, &(struct timespec){0, 0}));
    printf(" code %d from %d\n", i.si_code, i.si_pid == c);
    printf("timedwait %d", sigtimedwait(&set, &i, &(struct timespec){0, 0}));
    printf(" code %d from %d\n", i.si_code, i.si_pid == c);
    sigprocmask(SIG_UNBLOCK, &set, 0);
    for (int n = 0; n < ngot; n++) printf("%d: signo %d code %d value %lx from %d uid %d\n", n, got[n].si_signo, got[n].si_code, (long)got[n].si_ptr, got[n].si_pid == c, got[n].si_uid == getuid());
    ngot = 0;
    siginfo_t q = {.si_signo = SIGUSR1, .si_code = -60};
    q.si_pid = 5; q.si_uid = 6; q.si_ptr = (void *)0x77;
    R(syscall(SYS_rt_sigqueueinfo, me, SIGUSR1, &q));
    R(syscall(SYS_rt_tgsigqueueinfo, me, me, SIGUSR1, &q));
    for (int n = 0; n < ngot; n++) printf("%d: signo %d code %d value %lx pid %d uid %d\n", n, got[n].si_signo, got[n].si_code, (long)got[n].si_ptr, got[n].si_pid, got[n].si_uid);
    q.si_code = 5;
    R(syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &q));
    q.si_code = SI_TKILL;
    R(syscall(SYS_rt_sigqueueinfo, getppid(), 0, &q));
    R(kill(99999999, 0));
    R(kill(me, 65));
    R(kill(me, -1));
    R(syscall(SYS_tgkill, me, -1, 0));
    R(syscall(SYS_tgkill, me + 1, me, 0));
    R(syscall(SYS_tkill, me, 0));

    /* Signals that instructions raise, sent and waited for */
    sigset_t faults;
    sigemptyset(&faults);
    sigaddset(&faults, SIGBUS);
    sigaddset(&faults, SIGSEGV);
    sigprocmask(SIG_BLOCK, &faults, 0);
    c = CHILD(ms(50); kill(me, SIGSEGV));
    printf("waited for %d", sigwaitinfo(&faults, &i));
    printf(" code %d from %d\n", i.si_code, i.si_pid == c);
    expect_child("sender", c);
    kill(me, SIGBUS);
    sigpending(&pending);
    printf("pending %d %d\n", sigismember(&pending, SIGBUS), sigismember(&pending, SIGSEGV));
    printf("waited for %d", sigwaitinfo(&faults, &i));
    printf(" code %d from %d\n", i.si_code, i.si_pid == me);
    R(sigtimedwait(&faults, &i, &(struct timespec){0, 1000}));

    /* pidfd_send_signal, pidfd_getfd */
    c = CHILD(pause());
    int fd = syscall(SYS_pidfd_open, c, 0);
    R(syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
    R(syscall(SYS_pidfd_send_signal, fd, SIGTERM, 0, 0));
    expect_child("pidfd", c);
    R(syscall(SYS_pidfd_send_signal, fd, SIGTERM, 0, 0));
    int p[2];
    pipe(p);
    c = CHILD(write(p[1], "hello", 5); pause());
    fd = syscall(SYS_pidfd_open, c, 0);
    int theirs = syscall(SYS_pidfd_getfd, fd, p[0], 0);
    char b[6] = {0};
    R(read(theirs, b, 5));
    puts(b);
    R(fcntl(theirs, F_GETFD));
    R(syscall(SYS_pidfd_getfd, fd, 77, 0));
    R(syscall(SYS_pidfd_getfd, fd, 0, 1));
    for (int n = 900; n < 1100; n++) if (syscall(SYS_pidfd_getfd, fd, n, 0) >= 0) printf("there is a descriptor %d\n", n);
    R(syscall(SYS_kcmp, getpid(), c, 0, p[0], p[0]));
    kill(c, SIGKILL);
    expect_child("c", c);

    /* SIGCONT is delivered although the process was stopped meanwhile; SIGSTOP discards a pending SIGCONT */
    sigaction(SIGCONT, &a, 0);
    c = CHILD(ngot = 0; for (int n = 0; n < 200 && ngot == 0; n++) ms(5); printf("SIGCONT handled %d\n", ngot));
    ms(20);
    kill(c, SIGSTOP);
    waitpid(c, &s, WUNTRACED);
    kill(c, SIGCONT);
    expect_child("cont", c);
    sigset_t cont;
    sigemptyset(&cont);
    sigaddset(&cont, SIGTSTP);
    c = CHILD(signal(SIGTSTP, SIG_DFL); sigprocmask(SIG_BLOCK, &cont, 0); kill(getpid(), SIGTSTP); sigpending(&pending); printf("TSTP pending %d", sigismember(&pending, SIGTSTP)); kill(getpid(), SIGCONT); sigpending(&pending); printf(" then %d\n", sigismember(&pending, SIGTSTP)));
    expect_child("tstp", c);
    /* PR_SET_PDEATHSIG */
    int ready[2];
    pipe(p);
    pipe(ready);
    c = CHILD(pid_t g = CHILD(prctl(PR_SET_PDEATHSIG, SIGUSR1); sigset_t u; sigemptyset(&u); sigaddset(&u, SIGUSR1); sigprocmask(SIG_BLOCK, &u, 0); write(ready[1], "r", 1); int n; sigwait(&u, &n); printf("parent died: %d\n", n == SIGUSR1); fflush(stdout); write(p[1], "d", 1)); (void)g; read(ready[0], b, 1));
    R(read(p[0], b, 1));
    expect_child("parent", c);
    return 0;
}
