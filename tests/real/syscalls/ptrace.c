/*
 * ptrace: stops, what a tracer is told of them, what it changes. Prints the same on every machine: numbers of processes and of system calls are left out.
 * NO_STEPS: without PTRACE_SINGLESTEP and PTRACE_SYSEMU, which 32-bit ARM does not have.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/ptrace.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef PTRACE_SYSEMU
#define PTRACE_SYSEMU 31
#endif
#ifndef PTRACE_POKEUSER
#define PTRACE_POKEUSER 6
#endif
long ptrace(int request, pid_t pid, void *addr, void *data);
static const char *self_path;
static volatile int *shared_results;

static void say(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vprintf(format, list);
    va_end(list);
    fflush(stdout);
}
static long request(int what, pid_t pid, uintptr_t addr, uintptr_t data)
{
    return syscall(SYS_ptrace, (long)what, (long)pid, addr, data);
}
static const char *status_text(int s)
{
    static char text[4][60];
    static int n;
    char *t = text[n++ & 3];
    int event = s >> 16;
    if (WIFEXITED(s)) sprintf(t, "exit %d", WEXITSTATUS(s));
    else if (WIFSIGNALED(s)) sprintf(t, "signal %d", WTERMSIG(s));
    else if (WIFSTOPPED(s) && event) sprintf(t, "event %d, signal %d", event, WSTOPSIG(s) & 0x7f);
    else if (WIFSTOPPED(s)) sprintf(t, "stop %d%s", WSTOPSIG(s) & 0x7f, WSTOPSIG(s) & 0x80 ? " call" : "");
    else sprintf(t, "status %x", s);
    return t;
}
static int wait_for(pid_t pid)
{
    int s;
    pid_t got = waitpid(pid, &s, __WALL);
    if (got != pid) { say("waitpid: %d %s\n", got > 0, got < 0 ? strerror(errno) : ""); exit(1); }
    return s;
}
static const char *call_name(long nr)
{
    switch (nr) {
    case SYS_getppid: return "getppid";
    case SYS_write: return "write";
    case SYS_exit_group: return "exit_group";
    case SYS_kill: return "kill";
    case SYS_execve: return "execve";
    case SYS_nanosleep: return "nanosleep";
    case SYS_sched_yield: return "sched_yield";
    case SYS_getuid: return "getuid";
    default: return "another";
    }
}
/* A child that is traced by us and has stopped itself. */
static pid_t traced(void (*body)(void))
{
    pid_t pid = fork();
    if (pid == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0)) _exit(99);
        raise(SIGSTOP);
        body();
        _exit(0);
    }
    int s = wait_for(pid);
    if (!WIFSTOPPED(s) || WSTOPSIG(s) != SIGSTOP) say("no first stop: %s\n", status_text(s));
    return pid;
}

static void body_calls(void)
{
    syscall(SYS_getppid);
    syscall(SYS_write, 1, "from the child\n", 15);
    syscall(SYS_write, -1, "x", 1);
    syscall(SYS_exit_group, 7);
}
static void test_calls(void)
{
    pid_t pid = traced(body_calls);
    say("options %ld\n", request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXIT));
    int seen = 0;
    for (;;) {
        if (request(PTRACE_SYSCALL, pid, 0, 0)) { perror("PTRACE_SYSCALL"); break; }
        int s = wait_for(pid);
        if (WIFEXITED(s) || WIFSIGNALED(s)) { say("%s\n", status_text(s)); break; }
        if (s >> 16) {
            unsigned long message;
            request(PTRACE_GETEVENTMSG, pid, 0, (uintptr_t)&message);
            say("%s message %lx\n", status_text(s), message);
            continue;
        }
        struct ptrace_syscall_info info;
        memset(&info, 0, sizeof info);
        long size = request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (uintptr_t)&info);
        if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
            if (info.entry.nr == SYS_getppid) seen = 1;
            if (seen) say("%s entry %s size %ld", status_text(s), call_name(info.entry.nr), size);
            if (seen && info.entry.nr == SYS_write) say(" %d %d", (int)info.entry.args[0], (int)info.entry.args[2]);
            if (seen) say("\n");
        } else if (info.op == PTRACE_SYSCALL_INFO_EXIT && seen)
            say("%s exit error %d %d size %ld\n", status_text(s), info.exit.is_error, info.exit.is_error ? (int)info.exit.rval : 0, size);
    }
}

/* The number of the call that a tracee has stopped at, and its result. */
static void set_call(pid_t pid, long number)
{
#ifdef __aarch64__
    int value = number;
    struct iovec io = {&value, sizeof value};
    request(PTRACE_SETREGSET, pid, NT_ARM_SYSTEM_CALL, (uintptr_t)&io);
#elif defined(__arm__)
    request(23 /* PTRACE_SET_SYSCALL */, pid, 0, number);
#else
    request(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), number);
#endif
}
static void set_result(pid_t pid, long value)
{
#ifdef __aarch64__
    struct user_regs_struct r;
    struct iovec io = {&r, sizeof r};
    request(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uintptr_t)&io);
    r.regs[0] = value;
    request(PTRACE_SETREGSET, pid, NT_PRSTATUS, (uintptr_t)&io);
#elif defined(__arm__)
    request(PTRACE_POKEUSER, pid, 0, value);
#else
    request(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), value);
#endif
}
#define ON(call, v) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1), BPF_STMT(BPF_RET | BPF_K, v)
static void body_filtered(void)
{
    struct sock_filter f[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0), ON(SYS_getppid, SECCOMP_RET_TRACE | 0x123), ON(SYS_getuid, SECCOMP_RET_TRACE | 0xffff),
        ON(SYS_sched_yield, SECCOMP_RET_ERRNO | 33), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog p = {sizeof f / sizeof *f, f};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p)) _exit(97);
    raise(SIGUSR1);
    for (int n = 0; n < 6; n++) {
        errno = 0;
        long r = syscall(n & 1 ? SYS_getuid : SYS_getppid);
        dprintf(1, "call %d: %ld %d\n", n, r == getppid() ? 1 : r, errno);
    }
    _exit(11);
}
static void seccomp_info(pid_t pid)
{
    struct ptrace_syscall_info info;
    memset(&info, 0, sizeof info);
    long size = request(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, (uintptr_t)&info);
    say("  op %d size %ld %s data %x\n", info.op, size, call_name(info.seccomp.nr), info.op == PTRACE_SYSCALL_INFO_SECCOMP ? info.seccomp.ret_data : 0);
}
static void test_filtered(void)
{
    for (int asks = 0; asks < 2; asks++) {
        pid_t pid = traced(body_filtered);
        say("options %ld\n", request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | (asks ? PTRACE_O_TRACESECCOMP : 0)));
        request(PTRACE_CONT, pid, 0, 0);
        say("%s\n", status_text(wait_for(pid)));
        int n = 0, s;
        for (int how = PTRACE_CONT;; ) {
            request(how, pid, 0, 0);
            s = wait_for(pid);
            if (WIFEXITED(s) || WIFSIGNALED(s)) break;
            how = PTRACE_CONT;
            say("%s\n", status_text(s));
            seccomp_info(pid);
            if (s >> 16 != PTRACE_EVENT_SECCOMP) continue;
            unsigned long message = 0;
            request(PTRACE_GETEVENTMSG, pid, 0, (uintptr_t)&message);
            siginfo_t info;
            request(PTRACE_GETSIGINFO, pid, 0, (uintptr_t)&info);
            say("  message %lx code %x\n", message, info.si_code);
            /* As it is, not made, another one, one that the filter refuses, with its exit shown. dprintf's getppid comes between. */
            switch (n++) {
            case 2: set_call(pid, -1); set_result(pid, 4321); break;
            case 4: set_call(pid, SYS_geteuid); break;
            case 6: set_call(pid, SYS_sched_yield); break;
            case 8: how = PTRACE_SYSCALL; break;
            }
        }
        say("%s\n", status_text(s));
    }
}

static void body_emulated(void)
{
    raise(SIGUSR1);
    for (int n = 0; n < 3; n++) {
        errno = 0;
        long r = syscall(SYS_getppid);
        shared_results[n] = r < 0 ? -errno : r == getppid() ? 1 : r;
    }
    _exit(11);
}
static void test_emulated(void)
{
    pid_t pid = traced(body_emulated);
    request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
    /* Emulated; with its exit shown; then all are made. */
    for (int n = 0; n < 3; n++) {
        say("emulate %ld\n", request(n < 2 ? PTRACE_SYSEMU : PTRACE_SYSCALL, pid, 0, 0));
        int s;
        say("%s\n", status_text(s = wait_for(pid)));
        seccomp_info(pid);
        if (n < 2) set_result(pid, n ? -EDOM : 777);
        if (n) {
            request(PTRACE_SYSCALL, pid, 0, 0);
            say("exit %s\n", status_text(wait_for(pid)));
        }
        /* getppid behind it */
        if (n < 2) {
            request(PTRACE_SYSCALL, pid, 0, 0);
            wait_for(pid);
            request(PTRACE_SYSCALL, pid, 0, 0);
            wait_for(pid);
        }
    }
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
    say("results %d %d %d\n", shared_results[0], shared_results[1], shared_results[2]);
}

static volatile int shared_word = 41;
static const volatile long constant = 0x1122334455667788;
static void body_memory(void)
{
    raise(SIGUSR1);
    _exit(shared_word == 42 && constant == 0x99 ? 3 : 4);
}
static void test_memory(void)
{
    pid_t pid = traced(body_memory);
    long word = 0;
    say("peek %ld", request(PTRACE_PEEKDATA, pid, (uintptr_t)&constant, (uintptr_t)&word));
    say(" %x, whole %d\n", (unsigned)word, word == (long)0x1122334455667788);
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
    request(PTRACE_PEEKDATA, pid, (uintptr_t)&shared_word, (uintptr_t)&word);
    say("word %d\n", (int)word);
    say("poke %ld", request(PTRACE_POKEDATA, pid, (uintptr_t)&shared_word, (word & ~0xffffffffl) | 42));
    say(" %ld\n", request(PTRACE_POKETEXT, pid, (uintptr_t)&constant, 0x99));
    errno = 0;
    say("peek nowhere %ld", request(PTRACE_PEEKDATA, pid, 8, (uintptr_t)&word));
    say(" %s\n", strerror(errno));
    struct { long values[64]; } registers;
    struct iovec io = {&registers, sizeof registers};
    say("registers %ld %d\n", request(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uintptr_t)&io), io.iov_len >= 18 * sizeof(long));
    size_t size = io.iov_len;
    say("set %ld\n", request(PTRACE_SETREGSET, pid, NT_PRSTATUS, (uintptr_t)&io));
    io.iov_len = 8;
    say("short %ld %zu %d\n", request(PTRACE_GETREGSET, pid, NT_PRSTATUS, (uintptr_t)&io), io.iov_len, size >= 18 * sizeof(long));
    say("unknown %ld", request(PTRACE_GETREGSET, pid, 0x7777, (uintptr_t)&io));
    say(" %s\n", strerror(errno));
    char path[40];
    sprintf(path, "/proc/%d/status", pid);
    FILE *file = fopen(path, "r");
    for (char line[200]; fgets(line, sizeof line, file);)
        if (!strncmp(line, "TracerPid:", 10)) say("tracer %d\n", atoi(line + 10) == getpid());
    fclose(file);
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
}

static volatile sig_atomic_t handled, handled_value;
static void on_signal(int s, siginfo_t *info, void *context) { handled = s; handled_value = info->si_value.sival_int; }
static void body_signals(void)
{
    struct sigaction a = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
    sigaction(SIGUSR1, &a, 0);
    sigaction(SIGUSR2, &a, 0);
    for (int n = 0; n < 4; n++) {
        handled = handled_value = 0;
        sigqueue(getpid(), SIGUSR1, (union sigval){.sival_int = 5});
        dprintf(1, "handled %d value %d\n", handled, handled_value);
    }
    raise(SIGCHLD);
    raise(SIGWINCH);
    raise(SIGTERM);
    dprintf(1, "survived\n");
    int *nowhere = 0;
    *nowhere = 1;
}
static void test_signals(void)
{
    pid_t pid = traced(body_signals);
    int n = 0;
    for (int give = 0;;) {
        request(PTRACE_CONT, pid, 0, give);
        int s = wait_for(pid);
        if (WIFEXITED(s) || WIFSIGNALED(s)) { say("%s\n", status_text(s)); break; }
        siginfo_t info;
        long got = request(PTRACE_GETSIGINFO, pid, 0, (uintptr_t)&info);
        uint64_t mask = 1;
        request(PTRACE_GETSIGMASK, pid, 8, (uintptr_t)&mask);
        say("%s info %ld signal %d code %d mask %lx\n", status_text(s), got, info.si_signo, info.si_signo == SIGSEGV ? 1 : info.si_code, (long)mask);
        give = WSTOPSIG(s);
        if (give == SIGUSR1) {
            if (n == 1) give = 0;
            if (n == 2) give = SIGUSR2;
            if (n == 3) { info.si_value.sival_int = 77; request(PTRACE_SETSIGINFO, pid, 0, (uintptr_t)&info); }
            n++;
        }
        if (give == SIGTERM) give = 0;
    }
}

static void body_exec(void)
{
    execl(self_path, self_path, "child", (char *)0);
    _exit(98);
}
static void test_exec(void)
{
    for (int how = 0; how < 2; how++) {
        pid_t pid = traced(body_exec);
        if (how) request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC);
        request(PTRACE_CONT, pid, 0, 0);
        int s = wait_for(pid);
        unsigned long message = 0;
        if (s >> 16) request(PTRACE_GETEVENTMSG, pid, 0, (uintptr_t)&message);
        say("%s %d\n", status_text(s), how ? message == pid : 0);
        request(PTRACE_CONT, pid, 0, 0);
        say("%s\n", status_text(wait_for(pid)));
    }
}

static void body_forks(void)
{
    for (int n = 0; n < 2; n++) {
        pid_t pid = n ? vfork() : fork();
        if (pid == 0) _exit(10 + n);
        int s;
        waitpid(pid, &s, 0);
        dprintf(1, "child %s\n", status_text(s));
    }
    _exit(5);
}
static void test_forks(void)
{
    for (int seizes = 0; seizes < 2; seizes++) {
        long options = PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACECLONE;
        pid_t pid;
        if (!seizes) {
            pid = traced(body_forks);
            request(PTRACE_SETOPTIONS, pid, 0, options);
        } else {
            int p[2];
            pipe(p);
            if ((pid = fork()) == 0) { char c; read(p[0], &c, 1); body_forks(); }
            say("seize %ld\n", request(PTRACE_SEIZE, pid, 0, options));
            write(p[1], "x", 1);
            close(p[0]); close(p[1]);
        }
        pid_t children[2] = {0, 0};
        int known = 0, left = 1;
        char log[2][200] = {"", ""};
        if (!seizes) request(PTRACE_CONT, pid, 0, 0);
        while (left > 0) {
            int s;
            pid_t got = waitpid(-1, &s, __WALL);
            if (got < 0) { say("waitpid %s\n", strerror(errno)); break; }
            int ended = WIFEXITED(s) || WIFSIGNALED(s);
            int event = s >> 16;
            if (event == PTRACE_EVENT_FORK || event == PTRACE_EVENT_VFORK || event == PTRACE_EVENT_CLONE) {
                unsigned long message;
                request(PTRACE_GETEVENTMSG, got, 0, (uintptr_t)&message);
                int n = 0;
                while (n < known && children[n] != (pid_t)message) n++;
                if (n == known) { children[known++] = message; left++; }
                say("%s\n", status_text(s));
            } else if (got != pid) {
                int n = 0;
                while (n < known && children[n] != got) n++;
                if (n == known) { children[known++] = got; left++; }
                sprintf(log[n] + strlen(log[n]), " [%s]", status_text(s));
            } else if (WSTOPSIG(s) != SIGCHLD || ended || event) say("%s\n", status_text(s));
            int give = !ended && !event && WSTOPSIG(s) != SIGSTOP && WSTOPSIG(s) != SIGTRAP ? WSTOPSIG(s) : 0;
            if (ended) left--;
            else request(PTRACE_CONT, got, 0, give);
        }
        for (int n = 0; n < known; n++) say("child %d:%s\n", n, log[n]);
    }
}

static void *thread_body(void *arg) { return arg; }
static void body_threads(void)
{
    for (int n = 0; n < 3; n++) {
        pthread_t t;
        pthread_create(&t, 0, thread_body, 0);
        pthread_join(t, 0);
    }
    _exit(6);
}
static void test_threads(void)
{
    pid_t pid = traced(body_threads);
    request(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE);
    request(PTRACE_CONT, pid, 0, 0);
    int events = 0, stops = 0, ends = 0;
    for (;;) {
        int s;
        pid_t got = waitpid(-1, &s, __WALL);
        if (got < 0) { say("waitpid %s\n", strerror(errno)); break; }
        if (WIFEXITED(s) || WIFSIGNALED(s)) {
            if (got == pid) { say("%s\n", status_text(s)); break; }
            ends++;
            continue;
        }
        if (s >> 16 == PTRACE_EVENT_CLONE) events++;
        else if (got != pid) stops++;
        request(PTRACE_CONT, got, 0, 0);
    }
    say("clones %d stops %d ends %d\n", events, stops, ends);
}

static void body_spins(void)
{
    for (volatile long n = 0;; n++) ;
}
static void body_reads(void)
{
    int p[2];
    char c;
    pipe(p);
    ssize_t n = read(p[0], &c, 1);
    dprintf(1, "read %zd\n", n);
    _exit(1);
}
static void on_alarm(int s) {}
static void body_sleeps(void)
{
    struct timespec t = {0, 300000000};
    int failed = nanosleep(&t, 0);
    dprintf(1, "slept %d\n", failed);
    failed = poll(0, 0, 300);
    dprintf(1, "polled %d\n", failed);
    _exit(2);
}
static void nap(long ms) { struct timespec t = {ms / 1000, ms % 1000 * 1000000}; while (nanosleep(&t, &t)) ; }
static void test_attach(void)
{
    void (*bodies[])(void) = {body_spins, body_reads, body_sleeps};
    for (int seizes = 0; seizes < 2; seizes++)
        for (int n = 0; n < 3; n++) {
            pid_t pid = fork();
            if (pid == 0) { bodies[n](); _exit(0); }
            nap(50);
            say("%s %d: %ld\n", seizes ? "seize" : "attach", n, request(seizes ? PTRACE_SEIZE : PTRACE_ATTACH, pid, 0, 0));
            errno = 0;
            long again = request(PTRACE_ATTACH, pid, 0, 0);
            say("again %ld %s\n", again, strerror(errno));
            if (seizes) {
                long running = request(PTRACE_CONT, pid, 0, 0);
                say("while it runs %ld %s\n", running, strerror(errno));
                say("interrupt %ld\n", request(PTRACE_INTERRUPT, pid, 0, 0));
            }
            say("%s\n", status_text(wait_for(pid)));
            siginfo_t info;
            say("info %ld", request(PTRACE_GETSIGINFO, pid, 0, (uintptr_t)&info));
            say(" %d\n", info.si_signo);
            if (n == 2) {
                request(PTRACE_DETACH, pid, 0, 0);
            } else if (seizes) {
                request(PTRACE_DETACH, pid, 0, SIGTERM);
                kill(pid, SIGTERM);
            } else {
                request(PTRACE_CONT, pid, 0, 0);
                nap(30);
                kill(pid, SIGTERM);
                say("%s\n", status_text(wait_for(pid)));
                request(PTRACE_DETACH, pid, 0, SIGTERM);
            }
            say("%s\n", status_text(wait_for(pid)));
        }
}

static void test_waits(void)
{
    pid_t pid = traced(body_spins);
    int s = 0;
    errno = 0;
    say("nothing more: %d\n", waitpid(pid, &s, __WALL | WNOHANG));
    request(PTRACE_CONT, pid, 0, 0);
    say("runs: %d\n", waitpid(-1, &s, __WALL | WNOHANG));
    kill(pid, SIGUSR1);
    siginfo_t info = {0};
    say("waitid %d", waitid(P_PID, pid, &info, WSTOPPED | WNOWAIT));
    say(" signo %d code %d status %d pid %d\n", info.si_signo, info.si_code, info.si_status, info.si_pid == pid);
    memset(&info, 0, sizeof info);
    say("again %d", waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOHANG));
    say(" code %d status %d pid %d\n", info.si_code, info.si_status, info.si_pid == pid);
    memset(&info, 0, sizeof info);
    say("no more %d", waitid(P_ALL, 0, &info, WSTOPPED | WEXITED | WNOHANG));
    say(" pid %d\n", info.si_pid);
    errno = 0;
    long bad = request(PTRACE_CONT, pid, 0, 100);
    say("bad signal %ld %s\n", bad, strerror(errno));
    bad = request(PTRACE_SETOPTIONS, pid, 0, 1 << 12);
    say("bad options %ld %s\n", bad, strerror(errno));
    bad = request(PTRACE_CONT, getpid(), 0, 0);
    say("no tracee %ld %s\n", bad, strerror(errno));
    bad = request(PTRACE_ATTACH, 0x3ffffff, 0, 0);
    say("no process %ld %s\n", bad, strerror(errno));
    bad = request(PTRACE_ATTACH, getpid(), 0, 0);
    say("myself %ld %s\n", bad, strerror(errno));
    kill(pid, SIGKILL);
    say("%s\n", status_text(wait_for(pid)));
    say("none left %d", waitpid(-1, &s, __WALL));
    say(" %s\n", strerror(errno));
}

static void body_steps(void)
{
    volatile int x = 0;
    raise(SIGUSR1);
    for (int n = 0; n < 20; n++) x += n;
    syscall(SYS_getuid);
    raise(SIGUSR2);
    _exit(x == 190 ? 0 : 1);
}
static void test_steps(void)
{
    pid_t pid = traced(body_steps);
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
    long steps = 0;
    int s;
    do {
        request(PTRACE_SINGLESTEP, pid, 0, 0);
        s = wait_for(pid);
        steps++;
    } while (WIFSTOPPED(s) && WSTOPSIG(s) == SIGTRAP && steps < 100000);
    say("%s enough %d\n", status_text(s), steps > 60);
    request(PTRACE_CONT, pid, 0, 0);
    say("%s\n", status_text(wait_for(pid)));
}

static volatile sig_atomic_t children;
static void on_child(int s) { children++; }
static void test_child_signals(void)
{
    for (int flags = 0; flags < 2; flags++) {
        struct sigaction a = {.sa_handler = on_child, .sa_flags = SA_RESTART | (flags ? SA_NOCLDSTOP : 0)}, old;
        children = 0;
        sigaction(SIGCHLD, &a, &old);
        pid_t pid = traced(body_memory);
        request(PTRACE_CONT, pid, 0, 0);
        say("%s", status_text(wait_for(pid)));
        nap(20);
        say(" signals %d\n", children);
        kill(pid, SIGKILL);
        wait_for(pid);
        sigaction(SIGCHLD, &old, 0);
    }
}

/* The tracer ends: its tracee goes on, or ends with it. */
static void test_end(void)
{
    for (int kills = 0; kills < 2; kills++) {
        int p[2];
        char c;
        pipe(p);
        pid_t tracee = fork();
        if (tracee == 0) {
            close(p[0]);
            for (int n = 0; n < 400; n++) nap(1);
            write(p[1], "x", 1);
            _exit(9);
        }
        close(p[1]);
        pid_t tracer = fork();
        if (tracer == 0) {
            if (request(PTRACE_SEIZE, tracee, 0, kills ? PTRACE_O_EXITKILL : 0)) _exit(1);
            request(PTRACE_INTERRUPT, tracee, 0, 0);
            wait_for(tracee);
            _exit(0);
        }
        say("tracer %s\n", status_text(wait_for(tracer)));
        say("tracee %s\n", status_text(wait_for(tracee)));
        say("wrote %zd\n", read(p[0], &c, 1));
        close(p[0]);
    }
}

/* A tracee that is no child: its end is told, too. */
static void test_strangers(void)
{
    int p[2];
    pid_t grandchild;
    pipe(p);
    pid_t child = fork();
    if (child == 0) {
        pid_t mine = fork();
        if (mine == 0) { nap(100); _exit(33); }
        write(p[1], &mine, sizeof mine);
        int s;
        waitpid(mine, &s, 0);
        _exit(WEXITSTATUS(s) == 33 ? 0 : 1);
    }
    read(p[0], &grandchild, sizeof grandchild);
    say("seize %ld\n", request(PTRACE_SEIZE, grandchild, 0, PTRACE_O_TRACEEXIT));
    int s = wait_for(grandchild);
    unsigned long message = 0;
    request(PTRACE_GETEVENTMSG, grandchild, 0, (uintptr_t)&message);
    say("%s message %lx\n", status_text(s), message);
    request(PTRACE_CONT, grandchild, 0, 0);
    say("%s\n", status_text(wait_for(grandchild)));
    say("child %s\n", status_text(wait_for(child)));
}

int main(int argc, char **argv)
{
    self_path = argv[0];
    if (argc > 1) _exit(12);
    shared_results = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    test_calls();
    test_filtered();
#ifndef NO_STEPS
    test_emulated();
#endif
    test_memory();
    test_signals();
    test_exec();
    test_forks();
    test_threads();
    test_attach();
    test_waits();
#ifndef NO_STEPS
    test_steps();
#endif
    test_child_signals();
    test_end();
    test_strangers();
    say("done\n");
    return 0;
}
