/* execve and execveat: errors, scripts, what passes to the new program; vfork and posix_spawn report the errors. */
#include "t.h"
#include <libgen.h>
#include <linux/futex.h>
#include <sys/auxv.h>
#include <sys/timerfd.h>

extern char **environ;
static char self[4096];

static void put(const char *name, const char *text, int mode)
{
    int fd = open(name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    write(fd, text, strlen(text));
    fchmod(fd, mode);
    close(fd);
}

static void try(const char *what, const char *path, char **argv)
{
    fflush(stdout);
    pid_t c = vfork();
    static volatile int e;
    if (c == 0) {
        execve(path, argv, environ);
        e = errno;
        _exit(99);
    }
    int s;
    waitpid(c, &s, 0);
    if (WIFEXITED(s) && WEXITSTATUS(s) == 99) printf("%s: %s\n", what, strerrorname_np(e));
    else printf("%s: %s\n", what, status_text(s));
    fflush(stdout);
}

static char sep;
static int report_self(int argc, char **argv)
{
    /* The program as executed: prints what it got. */
    printf("  argc %d:", argc);
    for (int n = 0; n < argc; n++) printf(" [%s]", !strcmp(argv[n], getenv("SELF")) ? "SELF" : strlen(argv[n]) > 30 ? "long" : argv[n]);
    char link[4096] = {0}, comm[20] = {0};
    readlink("/proc/self/exe", link, sizeof link - 1);
    prctl(PR_GET_NAME, comm);
    const char *fn = (const char *)getauxval(AT_EXECFN);
    printf("\n  execfn %s\n", !strcmp(fn, getenv("SELF")) ? "SELF" : strncmp(fn, "/dev/fd/", 8) ? strrchr(fn, '/') ? strrchr(fn, '/') + 1 : fn : fn);
    if (!strstr(link, "memfd")) printf("  exe %d comm %.5s\n", strcmp(link, getenv("SELF") ?: "") == 0, comm);
    else printf("  exe %s comm %s\n", link, comm);
    char line[4096];
    FILE *f = fopen("/proc/self/cmdline", "r");
    int n = fread(line, 1, sizeof line, f), zeros = 0;
    for (int k = 0; k < n; k++) zeros += line[k] == 0;
    fclose(f);
    printf("  cmdline of %d\n", zeros);
    printf("  argv[argc] %s env %s\n", argv[argc] ? "?" : "NULL", getenv("MARK") ?: "none");
    fflush(stdout);
    return 42;
}

static int state_self(void)
{
    /* dispositions, masks, pending signals, timers, descriptors, limits after an exec */
    struct sigaction a;
    for (int s = 1; s <= 64; s++) {
        if (s == 32 || s == 33 || sigaction(s, 0, &a)) continue;
        if (a.sa_handler != SIG_DFL || a.sa_flags) printf("  action %d %s flags %x\n", s, a.sa_handler == SIG_IGN ? "ignored" : a.sa_handler == SIG_DFL ? "default" : "handled", a.sa_flags & ~0x04000000);
    }
    sigset_t set;
    sigprocmask(SIG_BLOCK, 0, &set);
    for (int s = 1; s <= 64; s++) if (sigismember(&set, s) == 1) printf("  blocked %d\n", s);
    sigpending(&set);
    for (int s = 1; s <= 64; s++) if (sigismember(&set, s) == 1) printf("  pending %d\n", s);
    siginfo_t i;
    while (sigtimedwait(&set, &i, &(struct timespec){0, 0}) > 0) printf("  got %d code %d value %d\n", i.si_signo, i.si_code, i.si_code == SI_QUEUE ? i.si_int : 0);
    stack_t st;
    sigaltstack(0, &st);
    printf("  sigaltstack %d\n", st.ss_flags);
    struct itimerval it;
    getitimer(ITIMER_REAL, &it);
    printf("  alarm %d\n", it.it_value.tv_sec > 3);
    for (int fd = 0; fd < 1200 && fd != 251; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("  fd %d flags %d\n", fd, fcntl(fd, F_GETFD));
    struct rlimit l;
    getrlimit(RLIMIT_NOFILE, &l);
    printf("  nofile %ld\n", (long)l.rlim_cur);
    getrlimit(RLIMIT_AS, &l);
    printf("  as %ld\n", (long)l.rlim_cur);
    printf("  timer %d\n", syscall(SYS_timer_gettime, 0, (void *)&it));
    printf("  nice %d umask %o pdeath %d\n", getpriority(PRIO_PROCESS, 0), umask(0), ({ int d = 77; prctl(PR_GET_PDEATHSIG, &d); d; }));
    printf("  keepcaps %d nnp %d dumpable %d\n", prctl(PR_GET_KEEPCAPS), prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0), prctl(PR_GET_DUMPABLE));
    fflush(stdout);
    return 43;
}

static void handler(int n) { (void)n; }

static void *exec_thread(void *x)
{
    ms(20);
    execl(self, "thread", "report", (char *)0);
    return x;
}
static void *waiting_thread(void *x) { for (;;) pause(); return x; }
static void *busy_thread(void *x) { for (volatile long n = 0;; n++); return x; }

int main(int argc, char **argv)
{
    if (argc > 1 && !strcmp(argv[1], "state")) return state_self();
    if (argc == 0 || getenv("REPORT") || (argc > 1 && !strcmp(argv[1], "report"))) return report_self(argc, argv);
    readlink("/proc/self/exe", self, sizeof self);
    setenv("SELF", self, 1);
    setenv("MARK", "here", 1);
    char *none[] = {"x", 0};
    try("ENOENT", "/nonexistent", none);
    try("directory", "/tmp", none);
    try("empty", "", none);
    try("under a file", "/etc/passwd/x", none);
    char longname[5000];
    memset(longname, 'a', sizeof longname);
    longname[4999] = 0;
    try("too long", longname, none);
    longname[300] = 0;
    try("long component", longname, none);
    put("plain", "no program", 0700);
    try("ENOEXEC", "./plain", none);
    put("noexec", "#!/bin/sh\n", 0600);
    try("not executable", "./noexec", none);
    put("zero", "", 0700);
    try("empty file", "./zero", none);
    put("nointerp", "#!/nonexistent\n", 0700);
    try("no interpreter", "./nointerp", none);
    put("bare", "#!\n", 0700);
    try("bare #!", "./bare", none);
    put("blank", "#!   \n", 0700);
    try("blank #!", "./blank", none);
    put("badelf", "\177ELF\2\1\1\0\0\0\0\0\0\0\0\0", 0700);
    try("bad ELF", "./badelf", none);
    symlink("loop2", "loop1");
    symlink("loop1", "loop2");
    try("loop", "./loop1", none);
    R(execve("/nonexistent", (char **)8, 0));
    R(execve(self, (char **)8, 0));
    R(execve((char *)8, none, 0));
    R(syscall(SYS_execve, self, none, (char **)8));
    int w = open("busy", O_CREAT | O_WRONLY, 0700);
    try("busy", "./busy", none);
    close(w);

    /* E2BIG */
    char *big = malloc(200000);
    memset(big, 'b', 199999);
    big[199999] = 0;
    char *one[] = {"x", "report", big, 0};
    try("one long string", self, one);
    big[131071] = 0;
    try("longest string", self, one);
    big[131070] = 0;
    try("just fits", self, one);
    char **many = calloc(300000, sizeof *many);
    for (int n = 0; n < 299999; n++) many[n] = "x";
    many[1] = "report";
    struct rlimit l, old;
    getrlimit(RLIMIT_STACK, &old);
    try("many", self, many + 290000 - 0 > many ? (many[20] = 0, many) : many);

    /* Scripts */
    char text[5000];
    sprintf(text, "#!%s report\n", self);
    put("script", text, 0700);
    char *three[] = {"name", "a", "b c", 0};
    try("script", "./script", three);
    sprintf(text, "#! \t %s  report  two words \t \n", self);
    put("script2", text, 0700);
    setenv("REPORT", "1", 1);
    try("script with blanks", "./script2", three);
    sprintf(text, "#!%s", self);
    put("script3", text, 0700);
    try("script without newline", "./script3", three);
    put("script4", "#!./script3 deep\n", 0700);
    try("script of a script", "./script4", three);
    put("s5", "#!./script4\n", 0700);
    put("s6", "#!./s5\n", 0700);
    put("s7", "#!./s6\n", 0700);
    put("s8", "#!./s7\n", 0700);
    try("four deep", "./s5", three);
    try("five deep", "./s6", three);
    try("six deep", "./s7", three);
    try("seven deep", "./s8", three);
    char *noargs[] = {0};
    try("argv empty", self, noargs);
    try("argv NULL", self, 0);
    try("script argv empty", "./script3", noargs);

    /* execveat */
    int dir = open(".", O_PATH | O_DIRECTORY);
    symlink(self, "link");
    fflush(stdout);
#define EXECVEAT(...) do { pid_t c_ = CHILD(syscall(SYS_execveat, __VA_ARGS__); printf("execveat: %s\n", strerrorname_np(errno))); expect_child(#__VA_ARGS__, c_); } while (0)
    EXECVEAT(dir, "script3", three, environ, 0);
    EXECVEAT(dir, "link", three, environ, 0);
    EXECVEAT(dir, "link", three, environ, AT_SYMLINK_NOFOLLOW);
    EXECVEAT(dir, "none", three, environ, 0);
    EXECVEAT(dir, "", three, environ, AT_EMPTY_PATH);
    EXECVEAT(dir, "", three, environ, 0);
    EXECVEAT(77, "x", three, environ, 0);
    EXECVEAT(77, self, three, environ, 0);
    EXECVEAT(AT_FDCWD, "script3", three, environ, 0x800000);
    int me = open(self, O_RDONLY);
    EXECVEAT(me, "", three, environ, AT_EMPTY_PATH);
    int mec = open(self, O_RDONLY | O_CLOEXEC);
    EXECVEAT(mec, "", three, environ, AT_EMPTY_PATH);
    int script = open("script3", O_RDONLY);
    EXECVEAT(script, "", three, environ, AT_EMPTY_PATH);
    int scriptc = open("script3", O_RDONLY | O_CLOEXEC);
    EXECVEAT(scriptc, "", three, environ, AT_EMPTY_PATH);
    int mem = memfd_create("prog", MFD_CLOEXEC);
    struct stat st;
    fstat(me, &st);
    char *all = malloc(st.st_size);
    pread(me, all, st.st_size, 0);
    write(mem, all, st.st_size);
    pid_t c = CHILD(fexecve(mem, three, environ));
    expect_child("fexecve", c);
    close(mem);
    try("/proc/self/exe", "/proc/self/exe", three);
    close(me); close(mec); close(script); close(scriptc); close(dir);

    /* posix_spawn */
    pid_t p;
    printf("posix_spawn %s\n", strerrorname_np(posix_spawn(&p, "/nonexistent", 0, 0, none, environ)));
    printf("posix_spawn %s\n", strerrorname_np(posix_spawn(&p, "./plain", 0, 0, none, environ)));
    printf("posix_spawnp %s\n", strerrorname_np(posix_spawnp(&p, "plain-none", 0, 0, none, environ)));
    posix_spawn_file_actions_t fa;
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_addopen(&fa, 5, "/nonexistent", O_RDONLY, 0);
    printf("posix_spawn open %s\n", strerrorname_np(posix_spawn(&p, self, &fa, 0, three, environ)));
    posix_spawn_file_actions_init(&fa);
    posix_spawn_file_actions_adddup2(&fa, 77, 5);
    printf("posix_spawn dup %s\n", strerrorname_np(posix_spawn(&p, self, &fa, 0, three, environ)));
    fflush(stdout);
    int spawned = posix_spawn(&p, self, 0, 0, three, environ);
    expect_child("spawned", p);
    printf("posix_spawn %d\n", spawned);
    fflush(stdout);
    FILE *po = popen("echo from a shell; exit 3", "r");
    char line[100];
    fgets(line, sizeof line, po);
    printf("popen %s", line);
    printf("%s\n", status_text(pclose(po)));
    R(system("exit 7"));
    unsetenv("REPORT");

    /* From a thread that is not the leader, with others waiting and running */
    c = CHILD(pthread_t t; for (int n = 0; n < 3; n++) pthread_create(&t, 0, waiting_thread, 0); pthread_create(&t, 0, busy_thread, 0); pthread_create(&t, 0, exec_thread, 0); pause());
    expect_child("thread", c);

    /* What passes */
    struct sigaction a = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
    sigaction(SIGUSR1, &a, 0);
    sigaction(SIGSEGV, &a, 0);
    sigaction(SIGRTMIN + 1, &a, 0);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGFPE, SIG_IGN);
    a.sa_handler = SIG_IGN;
    a.sa_flags = SA_NOCLDSTOP;
    sigaction(SIGCHLD, &a, 0);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGBUS);
    sigaddset(&set, SIGRTMIN + 1);
    sigaddset(&set, SIGRTMAX);
    sigaddset(&set, SIGTERM);
    stack_t alt = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&alt, 0);
    fcntl(dup2(1, 20), F_SETFD, FD_CLOEXEC);
    dup2(1, 21);
    dup2(1, 999);
    fcntl(dup2(1, 30), F_SETFD, FD_CLOEXEC);
    umask(027);
    c = CHILD(
        sigprocmask(SIG_BLOCK, &set, 0); alarm(5); timer_t t; timer_create(CLOCK_MONOTONIC, 0, &t);
        kill(getpid(), SIGUSR1); kill(getpid(), SIGTERM); union sigval v = {.sival_int = 5}; sigqueue(getpid(), SIGRTMIN + 1, v); v.sival_int = 6; sigqueue(getpid(), SIGRTMIN + 1, v);
        kill(getpid(), SIGBUS);
        setrlimit(RLIMIT_NOFILE, &(struct rlimit){2000, 2000}); setrlimit(RLIMIT_AS, &(struct rlimit){1l << 32, 1l << 33}); nice(5); prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); prctl(PR_SET_PDEATHSIG, SIGHUP); prctl(PR_SET_KEEPCAPS, 1); prctl(PR_SET_DUMPABLE, 0);
        execl(self, "state", "state", (char *)0));
    R(waitpid(c, (int *)&p, 0));
    return 0;
}
