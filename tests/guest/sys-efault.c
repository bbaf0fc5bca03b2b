/* Every pointer argument of every call of a single process, given as a page that is not there, as one that may only be read,
 * and as the last bytes before one that is not there: the error the kernel gives, never a crash.
 * levels: O1
 * portable
 * oracle: host */
#include "kernel.h"

static char *bad, *readonly, *edge; /* edge: the last 4 bytes of a writable page */
static long fd, dir, sock, pipes[2], epoll, timer;
static char good[4096];

/* Calls `name` with P standing for each of the bad pointers. */
#define TRY(what, call) \
    do { \
        for (int k_ = 0; k_ < 3; k_++) { \
            char *P = k_ == 0 ? bad : k_ == 1 ? readonly : edge; \
            (void)P; \
            sys(lseek, fd, 0, 0); \
            long r_ = call; \
            put_text(k_ == 0 ? what ":" : ","); \
            if (r_ < 0 && r_ > -4096) out(" %s", error_name(r_)); \
            else put_text(r_ > 0 ? " positive" : " 0"); \
        } \
        put_char('\n'); \
    } while (0)
#define T(...) TRY(#__VA_ARGS__, sys(__VA_ARGS__))

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    char *p = (char *)sys(mmap, 0, 4 * PAGE, 3, 0x22, -1, 0);
    bad = p + 1 * PAGE + 64;
    edge = p + PAGE - 4;
    readonly = p + 2 * PAGE;
    memset(p + PAGE - 4, '/', 4);
    memset(readonly, 0, PAGE);
    sys(munmap, p + PAGE, PAGE);
    sys(mprotect, p + 2 * PAGE, PAGE, 1);
    fd = sys(openat, AT_FDCWD, "file", 0102, 0600);
    sys(write, fd, good, sizeof good);
    dir = sys(openat, AT_FDCWD, ".", 0, 0);
    int two[2];
    sys(pipe2, two, 04000);
    pipes[0] = two[0], pipes[1] = two[1];
    int pair[2];
    sys(socketpair, 1, 1 | 04000, 0, pair);
    sock = pair[0];
    sys(write, pair[1], good, 100);
    sys(write, two[1], good, 100);
    epoll = sys(epoll_create1, 0);
    timer = sys(timerfd_create, 1, 0);

    T(read, fd, P, 100);
    T(pread64, fd, P, 100, 0);
    T(write, pipes[1], bad, 100);
    T(pwrite64, fd, bad, 100, 5000);
    T(readv, fd, P, 1);
    T(writev, pipes[1], bad, 2);
    T(preadv, fd, bad, 1, 0, 0);
    T(openat, AT_FDCWD, bad, 0, 0);
    T(openat, AT_FDCWD, edge, 0, 0);
    T(mkdirat, AT_FDCWD, bad, 0700);
    T(unlinkat, AT_FDCWD, bad, 0);
    T(linkat, AT_FDCWD, bad, AT_FDCWD, "x", 0);
    T(linkat, AT_FDCWD, "file", AT_FDCWD, bad, 0);
    T(symlinkat, bad, AT_FDCWD, "x");
    T(symlinkat, "x", AT_FDCWD, bad);
    T(renameat2, AT_FDCWD, bad, AT_FDCWD, "x", 0);
    T(renameat2, AT_FDCWD, "file", AT_FDCWD, bad, 0);
    T(readlinkat, AT_FDCWD, bad, good, 100);
    T(readlinkat, AT_FDCWD, "/proc/self/exe", bad, 100);
    T(readlinkat, AT_FDCWD, "/proc/self/cwd", readonly, 100);
    T(faccessat, AT_FDCWD, bad, 0);
    T(fchmodat, AT_FDCWD, bad, 0);
    T(fchownat, AT_FDCWD, bad, -1, -1, 0);
    T(truncate, bad, 0);
    T(chdir, bad);
    T(chroot, bad);
    T(mknodat, AT_FDCWD, bad, 0010600, 0);
    T(newfstatat, AT_FDCWD, bad, good, 0);
    T(newfstatat, AT_FDCWD, "file", P, 0);
    T(fstat, fd, P);
    T(statx, AT_FDCWD, "file", 0, 0x7ff, P);
    T(statfs, "/", P);
    T(fstatfs, fd, P);
    T(utimensat, AT_FDCWD, "file", bad, 0);
    T(utimensat, AT_FDCWD, bad, 0, 0);
    T(getdents64, dir, bad, 4096);
    T(getcwd, P, 4096);
    T(pipe2, P, 0);
    T(fcntl, fd, 5 /* GETLK */, P);
    T(fcntl, fd, 6, bad);
    T(ioctl, pipes[0], 0x541b, bad);
    T(ioctl, pipes[0], 0x541b, readonly);
    T(sendfile, pipes[1], fd, bad, 10);
    T(copy_file_range, fd, bad, fd, 0, 10, 0);
    T(splice, fd, bad, pipes[1], 0, 10, 0);
    T(getxattr, bad, "user.x", good, 10);
    T(setxattr, "file", bad, good, 10, 0);
    T(listxattr, bad, good, 100);
    T(memfd_create, bad, 0);
    T(inotify_add_watch, fd, bad, 1);
    T(name_to_handle_at, AT_FDCWD, bad, good, good, 0);

    T(clock_gettime, 1, bad);
    T(clock_gettime, 2, P);
    T(clock_getres, 1, P);
    T(clock_nanosleep, 1, 0, bad, 0);
    T(nanosleep, bad, 0);
    T(gettimeofday, bad, 0);
    T(times, P);
    T(getitimer, 0, P);
    T(setitimer, 1, bad, 0);
    T(timerfd_settime, timer, 0, bad, 0);
    T(timerfd_gettime, timer, P);
    T(timer_create, 1, bad, good);
    T(timer_create, 1, 0, P);
    T(uname, P);
    T(sysinfo, P);
    T(getrusage, 0, P);
    T(prlimit64, 0, 7, bad, 0);
    T(prlimit64, 0, 7, 0, P);
    T(getrlimit, 7, P);
    T(getresuid, P, good, good);
    T(getresgid, good, good, P);
    T(getrandom, P, 100, 0);
    T(getcpu, P, 0, 0);
    T(sched_getaffinity, 0, 128, P);
    T(sched_setaffinity, 0, 128, bad);
    T(sched_getparam, 0, P);
    T(sched_setscheduler, 0, 0, bad);
    T(sched_rr_get_interval, 0, P);
    T(capget, bad, good);
    T(prctl, 15, bad, 0, 0, 0);
    T(prctl, 16, bad, 0, 0, 0);
    T(futex, bad, 0, 0, 0, 0, 0);
    T(futex, good, 0, 0, bad, 0, 0);
    T(futex, bad, 129, 1, 0, 0, 0);
    T(get_robust_list, 0, bad, good);
    T(mincore, readonly, PAGE, bad);

    T(bind, sock, bad, 16);
    T(connect, sock, bad, 16);
    T(accept4, sock, bad, bad, 0);
    T(getsockname, sock, bad, good);
    T(getsockname, sock, good, bad);
    T(getpeername, sock, good, bad);
    T(sendto, sock, bad, 10, 0, 0, 0);
    T(sendto, sock, good, 10, 0, bad, 16);
    T(recvfrom, sock, P, 10, 2, 0, 0);
    T(sendmsg, sock, bad, 0);
    T(recvmsg, sock, bad, 0);
    T(sendmmsg, sock, bad, 1, 0);
    T(recvmmsg, sock, bad, 1, 0, 0);
    T(setsockopt, sock, 1, 2, bad, 4);
    T(getsockopt, sock, 1, 3, bad, good);
    T(getsockopt, sock, 1, 3, good, bad);
    T(socketpair, 1, 1, 0, P);
    T(ppoll, bad, 1, 0, 0, 8);
    T(ppoll, 0, 0, bad, 0, 8);
    T(ppoll, 0, 0, 0, bad, 8);
    T(pselect6, 10, bad, 0, 0, 0, 0);
    T(pselect6, 10, 0, 0, 0, bad, 0);
    T(epoll_ctl, epoll, 1, pipes[0], bad);
    u64 event[2] = {1, 0};
    sys(epoll_ctl, epoll, 1, pipes[0], event);
    T(epoll_pwait, epoll, bad, 4, 0, 0, 8);
    T(epoll_pwait, epoll, readonly, 4, 0, 0, 8);
    T(epoll_pwait, epoll, good, 4, 0, bad, 8);
    T(signalfd4, -1, bad, 8, 0);
    T(rt_sigprocmask, 0, bad, 0, 8);
    T(rt_sigprocmask, 0, 0, P, 8);
    T(rt_sigpending, P, 8);
    T(rt_sigtimedwait, bad, 0, 0, 8);
    T(sigaltstack, bad, 0);
    T(mq_open, bad, 0, 0, 0);
    T(shmctl, 0, 3, bad);
    T(semop, 0, bad, 1);
    T(msgsnd, 0, bad, 1, 0);
    T(openat2, AT_FDCWD, "file", bad, 24);
    T(statx, AT_FDCWD, bad, 0, 0x7ff, good);
    return 0;
}
