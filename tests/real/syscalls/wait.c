/* wait4, waitid: all kinds of children and options. */
#include "t.h"

static void info(const char *what, int r, siginfo_t *i, pid_t pid)
{
    printf("%s: %d", what, r);
    if (r == 0) printf(" signo %d code %d status %d pid %s uid %d", i->si_signo, i->si_code, i->si_status, i->si_pid == pid ? "same" : i->si_pid ? "other" : "none", (int)i->si_uid == (int)getuid());
    else printf(" %s", strerrorname_np(errno));
    printf("\n");
    fflush(stdout);
}

static void expect_change(pid_t c, int options)
{
    int s = 0;
    struct rusage u;
    pid_t got = wait4(c, &s, options, &u);
    printf("%d %s\n", got == c, status_text(s));
    fflush(stdout);
}

int main(void)
{
    int s;
    siginfo_t i;
    R(waitpid(-1, &s, 0));
    R(waitpid(-1, &s, WNOHANG));
    R(waitpid(1, &s, 0));
    R(waitid(P_ALL, 0, &i, WEXITED | WNOHANG));
    R(waitid(P_ALL, 0, &i, 0));
    R(waitid(77, 0, &i, WEXITED));
    R(waitid(P_PID, -5, &i, WEXITED));
    R(waitpid(-1, &s, 0x40000000));

    pid_t c = CHILD(_exit(7));
    memset(&i, 0, sizeof i);
    int r = waitid(P_PID, c, &i, WEXITED | WNOWAIT);
    info("WNOWAIT", r, &i, c);
    r = waitid(P_PID, c, &i, WEXITED | WNOWAIT | WNOHANG);
    info("again", r, &i, c);
    struct rusage u;
    memset(&u, -1, sizeof u);
    r = syscall(SYS_waitid, P_PID, c, &i, WEXITED, &u);
    info("taken", r, &i, c);
    printf("rusage %d %d\n", u.ru_utime.tv_sec == 0, u.ru_maxrss > 0);
    r = waitid(P_PID, c, &i, WEXITED);
    info("gone", r, &i, c);

    c = CHILD(pause());
    memset(&i, 0x55, sizeof i);
    r = waitid(P_PID, c, &i, WEXITED | WNOHANG);
    printf("none yet %d %d\n", r, i.si_pid);
    R(kill(c, SIGSTOP));
    r = waitid(P_PID, c, &i, WSTOPPED);
    info("stopped", r, &i, c);
    R(kill(c, SIGCONT));
    r = waitid(P_PID, c, &i, WCONTINUED);
    info("continued", r, &i, c);
    R(kill(c, SIGSTOP));
    expect_change(c, WUNTRACED);
    R(kill(c, SIGCONT));
    expect_change(c, WCONTINUED);
    R(kill(c, SIGSTOP));
    expect_change(c, WUNTRACED);
    R(kill(c, SIGTERM));
    R(kill(c, SIGCONT));
    expect_change(c, 0);

    c = CHILD(kill(getpid(), SIGUSR1));
    r = waitid(P_PID, c, &i, WEXITED);
    info("killed", r, &i, c);
    c = CHILD(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}); *(volatile int *)0 = 1);
    r = waitid(P_PID, c, &i, WEXITED);
    info("segv", r, &i, c);
    c = CHILD(abort());
    expect_child("abort", c);
    c = CHILD(raise(SIGKILL));
    expect_child("kill", c);
    c = CHILD(raise(40));
    expect_child("rt", c);

    /* Groups */
    c = CHILD(setpgid(0, 0); pause());
    setpgid(c, c);
    pid_t d = CHILD(setpgid(0, c); pause());
    setpgid(d, c);
    R(getpgid(c) == c && getpgid(d) == c);
    R(waitpid(0, &s, WNOHANG));
    R(waitpid(-c, &s, WNOHANG));
    R(kill(-c, SIGTERM));
    int n = 0;
    while (waitpid(-c, &s, 0) > 0) { n++; printf("group: %s\n", status_text(s)); }
    printf("%d %s\n", n, strerrorname_np(errno));
    R(setpgid(1, 5));
    R(setpgid(0, 99999999));
    R(getpgid(99999999));
    c = CHILD(printf("setsid %d\n", setsid() == getpid()); printf("%d %d\n", getsid(0) == getpid(), getpgrp() == getpid()); R(setsid()));
    expect_child("setsid", c);
    c = CHILD(pause());
    R(getsid(c) == getsid(0));
    R(setpgid(c, c));
    kill(c, 9);
    expect_child("c", c);

    /* P_PIDFD */
    c = CHILD(ms(20); _exit(3));
    int fd = syscall(SYS_pidfd_open, c, 0);
    OK(fd);
    r = waitid(P_PIDFD, fd, &i, WEXITED);
    info("P_PIDFD", r, &i, c);
    R(waitid(P_PIDFD, fd, &i, WEXITED));
    R(waitid(P_PIDFD, 0, &i, WEXITED));
    R(waitid(P_PIDFD, 12345, &i, WEXITED));
    c = CHILD(ms(20); _exit(3));
    fd = syscall(SYS_pidfd_open, c, O_NONBLOCK);
    R(waitid(P_PIDFD, fd, &i, WEXITED));
    ms(100);
    r = waitid(P_PIDFD, fd, &i, WEXITED);
    info("nonblocking", r, &i, c);
    R(syscall(SYS_pidfd_open, 99999999, 0));
    R(syscall(SYS_pidfd_open, getpid(), 0x4000000));

    /* Many at once, of threads too */
    for (int k = 0; k < 20; k++) CHILD(_exit(k));
    int sum = 0;
    while (wait(&s) > 0) sum += WEXITSTATUS(s);
    printf("sum %d\n", sum);

    /* Orphans go to the subreaper. */
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int p[2], q[2];
    pipe(p);
    pipe(q);
    c = CHILD(pid_t me2 = getpid(); pid_t g = CHILD(char w; read(q[0], &w, 1); while (getppid() == me2) ms(1); write(p[1], "x", 1); _exit(9)); (void)g; write(q[1], "x", 1));
    expect_child("middle", c);
    char b;
    read(p[0], &b, 1);
    printf("orphan %s\n", wait(&s) > 0 ? status_text(s) : "lost");
    /* exit code bits, SIGCHLD's siginfo: see sigchld.c */
    c = CHILD(_exit(-1));
    expect_child("-1", c);
    struct rusage self;
    R(getrusage(RUSAGE_CHILDREN, &self));
    R(wait4(-1, 0, __WALL, 0));
    R(wait4(-1, 0, __WCLONE, 0));
    R(wait4(-1, (int *)8, 0, 0));
    c = CHILD(_exit(1));
    ms(30);
    R(wait4(c, (int *)8, 0, 0));
    R(wait4(c, &s, 0, 0));
    return 0;
}
