/* What the programs of tests/real/syscalls share: results by name, and waiting for children. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The call, its result or the error's name. */
#define R(call) report(#call, (errno = 0, (long)(call)))
/* The same for results that differ from run to run. */
#define OK(call) report_ok(#call, (errno = 0, (long)(call)))

static long report(const char *name, long r)
{
    int e = errno;
    if (r == -1 && e) printf("%s = -%s\n", name, strerrorname_np(e));
    else printf("%s = %ld\n", name, r);
    fflush(stdout);
    errno = e;
    return r;
}

static long report_ok(const char *name, long r)
{
    int e = errno;
    if (r == -1 && e) printf("%s = -%s\n", name, strerrorname_np(e));
    else printf("%s works\n", name);
    fflush(stdout);
    errno = e;
    return r;
}

static const char *status_text(int s)
{
    static char text[4][80];
    static int n;
    char *t = text[n++ & 3];
    if (WIFEXITED(s)) sprintf(t, "exited %d", WEXITSTATUS(s));
    else if (WIFSTOPPED(s)) sprintf(t, "stopped %s (%x)", sigabbrev_np(WSTOPSIG(s)) ?: "?", s >> 16);
    else if (WIFCONTINUED(s)) sprintf(t, "continued");
    else sprintf(t, "killed %s", sigabbrev_np(WTERMSIG(s)) ?: "?");
    return t;
}

/* Forks; the child runs the block and exits with 0. */
#define CHILD(...) ({ fflush(stdout); pid_t child_ = fork(); if (child_ == 0) { __VA_ARGS__; fflush(stdout); _exit(0); } child_; })

static void expect_child(const char *what, pid_t pid)
{
    int s = 0;
    pid_t got = waitpid(pid, &s, 0);
    printf("%s: %s\n", what, got == pid ? status_text(s) : strerrorname_np(errno));
    fflush(stdout);
}

/* Writes 8 bytes of code, a function that returns a value below 65536. Caches are the caller's to clean. */
static void write_returning(void *at, unsigned value)
{
#ifdef __aarch64__
    uint32_t code[] = {0x52800000 | value << 5, 0xd65f03c0}; /* mov w0, value; ret */
#elif defined __arm__
    uint32_t code[] = {0xe3000000 | value >> 12 << 16 | value & 0xfff, 0xe12fff1e}; /* movw r0, value; bx lr */
#else
    unsigned char code[8] = {0xb8, value, value >> 8, 0, 0, 0xc3};
#endif
    memcpy(at, code, 8);
}

/* Long enough for others to have come where they wait, on a machine that is busy. */
static void ms(int n) { struct timespec t = {n / 250, n % 250 * 4000000l}; while (nanosleep(&t, &t) != 0); }
