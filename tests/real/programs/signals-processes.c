/*
 * Signals and processes: floods of SIGCHLD, signals around fork, vfork, exec and posix_spawn, stopping and continuing as wait sees it, process groups and
 * orphaned ones, a terminal's foreground and background, ignored and blocked signals across exec. Prints the same on every machine.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

extern char **environ;
static char *self_path;

static void action(int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction a = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    sigemptyset(&a.sa_mask);
    sigaction(signal, &a, 0);
}
static const char *status_text(int s)
{
    static char text[4][40];
    static int n;
    char *t = text[n++ & 3];
    if (WIFEXITED(s)) sprintf(t, "exit %d", WEXITSTATUS(s));
    else if (WIFSIGNALED(s)) sprintf(t, "signal %d", WTERMSIG(s));
    else if (WIFSTOPPED(s)) sprintf(t, "stopped by %d", WSTOPSIG(s));
    else if (WIFCONTINUED(s)) sprintf(t, "continued");
    else sprintf(t, "%x", s);
    return t;
}

/* Every child of a flood is waited for, however its signals were merged. */
static volatile int reaped, sum, bad;
static void on_child(int s, siginfo_t *i, void *c)
{
    int status, error = errno;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) reaped++, sum += WEXITSTATUS(status), bad += !WIFEXITED(status);
    errno = error;
}
static void flood(void)
{
    enum { CHILDREN = 1000 };
    sigset_t child, old;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    action(SIGCHLD, on_child, SA_RESTART);
    for (int i = 0; i < CHILDREN; i++) {
        pid_t pid = fork();
        if (pid == 0) _exit(i & 63);
        if (pid < 0) { i--; usleep(1000); continue; }
        /* not too many at once */
        sigprocmask(SIG_BLOCK, &child, &old);
        while (i - reaped > 30) sigsuspend(&old);
        sigprocmask(SIG_SETMASK, &old, 0);
    }
    sigprocmask(SIG_BLOCK, &child, &old);
    while (reaped < CHILDREN) sigsuspend(&old);
    sigprocmask(SIG_SETMASK, &old, 0);
    printf("flood: %d reaped, sum %d, %d bad\n", reaped, sum, bad);
    signal(SIGCHLD, SIG_DFL);
}

/* A timer's signals do not disturb fork, vfork and exec. */
static volatile int ticks;
static void on_tick(int s, siginfo_t *i, void *c) { ticks++; }
static void under_fire(void)
{
    action(SIGALRM, on_tick, SA_RESTART);
    struct itimerval v = {{0, 700}, {0, 700}}, zero = {0};
    setitimer(ITIMER_REAL, &v, 0);
    int good[3] = {0};
    for (int i = 0; i < 60; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0) _exit(i);
        good[0] += waitpid(pid, &status, 0) == pid && status == i << 8;
        pid = vfork();
        if (pid == 0) _exit(i);
        good[1] += waitpid(pid, &status, 0) == pid && status == i << 8;
        char *argv[] = {self_path, "exit", "7", 0};
        if (posix_spawn(&pid, self_path, 0, 0, argv, environ) == 0) good[2] += waitpid(pid, &status, 0) == pid && status == 7 << 8;
    }
    setitimer(ITIMER_REAL, &zero, 0);
    printf("under fire: %d forks, %d vforks, %d spawns, ticks %s\n", good[0], good[1], good[2], ticks > 5 ? "many" : "few");
}

/* What wait says of a child that is stopped and goes on. */
static void stopping(void)
{
    int status;
    pid_t pid = fork();
    /* In a group of its own, which is not orphaned: else the terminal's signals would not stop it. */
    setpgid(pid, pid);
    if (pid == 0) for (;;) pause();
    siginfo_t info;
    int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
    for (int i = 0; i < 4; i++) {
        kill(pid, stops[i]);
        waitpid(pid, &status, WUNTRACED);
        printf("stop: %s,", status_text(status));
        /* A stopped one takes nothing but SIGKILL and SIGCONT. */
        kill(pid, SIGCONT);
        waitpid(pid, &status, WCONTINUED);
        printf(" %s\n", status_text(status));
    }
    kill(pid, SIGSTOP);
    waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT);
    printf("waitid: code %d status %d, again", info.si_code, info.si_status);
    waitid(P_PID, pid, &info, WSTOPPED);
    int code = info.si_code;
    waitid(P_PID, pid, &info, WSTOPPED | WNOHANG);
    printf(" %d, then %d\n", code, info.si_pid);
    kill(pid, SIGTERM);
    printf("pending: %d", waitpid(pid, &status, WNOHANG));
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    printf(", %s\n", status_text(status));
    /* One that loops and has handlers. SIGCONT would take back a SIGTSTP that has not been handled. */
    int ready[2];
    char c;
    pipe(ready);
    pid = fork();
    if (pid == 0) {
        action(SIGCONT, on_tick, 0);
        action(SIGTSTP, on_tick, 0);
        ticks = 0;
        write(ready[1], "r", 1);
        while (ticks < 1) continue;
        write(ready[1], "r", 1);
        while (ticks < 2) continue;
        raise(SIGSTOP);
        while (ticks < 3) continue;
        _exit(ticks);
    }
    read(ready[0], &c, 1);
    kill(pid, SIGTSTP);
    read(ready[0], &c, 1);
    kill(pid, SIGCONT);
    waitpid(pid, &status, WUNTRACED);
    printf("handlers: %s,", status_text(status));
    kill(pid, SIGCONT);
    waitpid(pid, &status, 0);
    printf(" %s\n", status_text(status));
    /* Stopped and killed. */
    pid = fork();
    if (pid == 0) raise(SIGSTOP), _exit(1);
    waitpid(pid, &status, WUNTRACED);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    printf("killed: %s\n", status_text(status));
}

/* A group that is orphaned with a stopped member gets SIGHUP and SIGCONT. */
static void orphans(void)
{
    int report[2];
    pipe(report);
    pid_t parent = fork();
    if (parent == 0) {
        pid_t child = fork();
        if (child == 0) {
            setpgid(0, 0);
            action(SIGHUP, on_tick, 0);
            ticks = 0;
            raise(SIGSTOP);
            for (int i = 0; i < 200 && ticks == 0; i++) usleep(10000);
            dprintf(report[1], "orphan: %s, ", ticks ? "hung up" : "not hung up");
            /* in an orphaned group the terminal's stop signals do nothing */
            raise(SIGTSTP);
            dprintf(report[1], "not stopped\n");
            _exit(0);
        }
        int status;
        waitpid(child, &status, WUNTRACED);
        _exit(0);
    }
    int status;
    waitpid(parent, &status, 0);
    close(report[1]);
    FILE *f = fdopen(report[0], "r");
    char line[100];
    while (fgets(line, sizeof line, f)) fputs(line, stdout);
    fclose(f);
}

/* A terminal: who may read, write and set it. */
static void terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    grantpt(master), unlockpt(master);
    char *name = ptsname(master);
    pid_t leader = fork();
    if (leader == 0) {
        setsid();
        int tty = open(name, O_RDWR);
        close(master);
        ioctl(tty, TIOCSCTTY, 0);
        struct termios modes;
        tcgetattr(tty, &modes);
        modes.c_lflag |= TOSTOP;
        tcsetattr(tty, TCSANOW, &modes);
        int status;
        for (int how = 0; how < 4; how++) {
            pid_t job = fork();
            if (job == 0) {
                setpgid(0, 0);
                char c;
                if (how == 0) read(tty, &c, 1);
                if (how == 1) write(tty, "x", 1);
                if (how == 2) tcsetattr(tty, TCSANOW, &modes);
                if (how == 3) { signal(SIGTTIN, SIG_IGN); _exit(read(tty, &c, 1) < 0 && errno == EIO ? 5 : 6); }
                _exit(0);
            }
            setpgid(job, job);
            waitpid(job, &status, WUNTRACED);
            printf("background %d: %s\n", how, status_text(status));
            if (WIFSTOPPED(status)) {
                if (how == 0) {
                    /* into the foreground, where a line waits */
                    tcsetpgrp(tty, job);
                    kill(-job, SIGCONT);
                    waitpid(job, &status, WUNTRACED);
                    signal(SIGTTOU, SIG_IGN);
                    tcsetpgrp(tty, getpgrp());
                    printf("foreground: %s\n", status_text(status));
                } else kill(-job, SIGKILL), waitpid(job, &status, 0);
            }
            signal(SIGTTOU, SIG_DFL);
        }
        /* What the terminal sends. */
        for (int how = 0; how < 3; how++) {
            pid_t job = fork();
            if (job == 0) {
                setpgid(0, 0);
                signal(SIGTTOU, SIG_IGN);
                tcsetpgrp(tty, getpgrp());
                signal(SIGTTOU, SIG_DFL);
                write(tty, "ready\n", 6);
                if (how == 0) for (;;) continue;
                char c;
                read(tty, &c, 1);
                _exit(9);
            }
            waitpid(job, &status, WUNTRACED);
            printf("terminal %d: %s\n", how, status_text(status));
            if (WIFSTOPPED(status)) kill(-job, SIGKILL), waitpid(job, &status, 0);
            signal(SIGTTOU, SIG_IGN);
            tcsetpgrp(tty, getpgrp());
            signal(SIGTTOU, SIG_DFL);
        }
        fflush(stdout);
        _exit(0);
    }
    write(master, "line\n", 5);
    char text[4096];
    int length = 0, how = 0;
    char keys[] = {3, 26, 28};
    for (;;) {
        struct pollfd p = {master, POLLIN, 0};
        if (poll(&p, 1, 100) > 0) {
            int n = read(master, text + length, sizeof text - 1 - (size_t)length);
            if (n <= 0) break;
            length += n;
            text[length] = 0;
            if (how < 3 && strstr(text, "ready")) {
                usleep(20000);
                write(master, &keys[how++], 1);
                length = 0;
            }
        }
        int status;
        if (waitpid(leader, &status, WNOHANG) == leader) break;
    }
    close(master);
}

/* Ignored signals stay ignored behind an exec, handled ones do not; the mask stays. */
static void across(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        signal(SIGHUP, SIG_IGN);
        signal(SIGUSR1, SIG_IGN);
        signal(SIGSEGV, SIG_IGN);
        action(SIGUSR2, on_tick, 0);
        action(SIGFPE, on_tick, 0);
        sigset_t s;
        sigemptyset(&s);
        sigaddset(&s, SIGTERM), sigaddset(&s, SIGILL), sigaddset(&s, SIGRTMAX);
        sigprocmask(SIG_SETMASK, &s, 0);
        raise(SIGTERM);
        execl(self_path, self_path, "show", (char *)0);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    printf("across: %s\n", status_text(status));
    /* Deaths. */
    int deaths[] = {SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGKILL, SIGSEGV, SIGPIPE, SIGTERM, SIGXCPU, SIGSYS, SIGRTMIN, SIGRTMAX};
    for (int i = 0; i < (int)(sizeof deaths / sizeof *deaths); i++) {
        pid = fork();
        if (pid == 0) raise(deaths[i]), _exit(1);
        waitpid(pid, &status, 0);
        printf("death: %s\n", status == deaths[i] || status == (deaths[i] | 128) ? "right" : status_text(status));
    }
    prctl(PR_SET_PDEATHSIG, 0);
    int pipes[2];
    pipe(pipes);
    pid = fork();
    if (pid == 0) {
        if (fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGUSR1);
            action(SIGUSR1, on_tick, 0);
            ticks = 0;
            close(pipes[0]);
            write(pipes[1], "r", 1);
            for (int i = 0; i < 300 && ticks == 0; i++) usleep(10000);
            write(pipes[1], ticks ? "y" : "n", 1);
            _exit(0);
        }
        char c;
        read(pipes[0], &c, 1);
        _exit(0);
    }
    waitpid(pid, &status, 0);
    close(pipes[1]);
    char c = '?';
    read(pipes[0], &c, 1);
    printf("parent's death: %c\n", c);
}

static void show(void)
{
    for (int s = 1; s < 32; s++) {
        struct sigaction a;
        if (sigaction(s, 0, &a) == 0 && a.sa_handler != SIG_DFL) printf("%d is %s\n", s, a.sa_handler == SIG_IGN ? "ignored" : "handled");
    }
    sigset_t mask, pending;
    sigprocmask(SIG_BLOCK, 0, &mask);
    sigpending(&pending);
    for (int s = 1; s <= SIGRTMAX; s++) {
        if (sigismember(&mask, s) == 1) printf("%d is blocked\n", s);
        if (sigismember(&pending, s) == 1) printf("%d is pending\n", s);
    }
    fflush(stdout);
    sigemptyset(&mask);
    sigprocmask(SIG_SETMASK, &mask, 0);
    _exit(1);
}

int main(int argc, char **argv)
{
    setvbuf(stdout, 0, _IOLBF, 0);
    self_path = argv[0];
    if (argc > 2) return atoi(argv[2]);
    if (argc > 1) show();
    flood();
    under_fire();
    stopping();
    orphans();
    terminal();
    across();
    return 0;
}
