/* System calls of the 32-bit ABI: 64-bit arguments in pairs, older forms, structures of 32 bits, times of both sizes. */
#include "arm.h"

struct stat64 { u64 dev; u32 pad0, ino32, mode, nlink, uid, gid; u64 rdev; u32 pad3, pad4; s64 size; u32 blksize, pad5; u64 blocks; u32 atime, atime_ns, mtime, mtime_ns, ctime, ctime_ns; u64 ino; };
struct statfs64 { u32 type, bsize; u64 rest[5]; u32 more[9]; } __attribute__((packed, aligned(4)));
struct flock64 { short type, whence; s64 start, length; int pid; };
struct epoll_event { u32 events; u64 data; };
enum { O_RDWR = 2, O_CREAT = 0100, O_TRUNC = 01000, O_DIRECTORY = 040000, O_CLOEXEC = 02000000 };

static struct stat64 st;
static char buffer[256];

static void sizes(void)
{
    long fd;
    OK(fd = sys(open, "f", O_RDWR | O_CREAT | O_TRUNC, 0640));
    R(sys(open, "f", O_RDWR | O_DIRECTORY));
    R(sys(open, "none", O_RDWR));
    R(sys(write, fd, "twelve bytes", 12));
    R(sys(pwrite64, fd, "X", 1, 0, LO(0x180000000), HI(0x180000000)));
    R(sys(fstat64, fd, &st));
    out("size %lld links %u mode %x inode %d\n", st.size, st.nlink, st.mode, st.ino == st.ino32 && st.ino != 0);
    R(sys(ftruncate64, fd, 0, LO(0x123456789), HI(0x123456789)));
    R(sys(stat64, "f", &st));
    out("size %lld\n", st.size);
    s64 where = -1;
    R(sys(_llseek, fd, HI(0x123456780), LO(0x123456780), &where, 0));
    out("at %llx\n", (u64)where);
    R(sys(_llseek, fd, -1, -9, &where, 1));
    out("at %llx\n", (u64)where);
    R(sys(lseek, fd, 7, 0));
    R(sys(lseek, fd, -8, 0));
    R(sys(truncate64, "f", 0, 12, 0));
    R(sys(fstatat64, AT_FDCWD, "f", &st, 0));
    out("size %lld\n", st.size);
    R(sys(pread64, fd, buffer, 5, 0, 7, 0));
    out("%s\n", buffer);
    R(sys(fallocate, fd, 1, LO(0x100000000), HI(0x100000000), 100, 0));
    R(sys(arm_fadvise64_64, fd, 3, 0, 0, 100, 0));
    R(sys(arm_fadvise64_64, fd, 77, 0, 0, 100, 0));
    R(sys(arm_sync_file_range, fd, 2, 0, 0, 12, 0));
    R(sys(readahead, fd, 0, 0, 0, 12));
    struct statfs64 fs;
    R(sys(statfs64, ".", 88, &fs));
    R(sys(fstatfs64, fd, 84, &fs));
    struct flock64 l = {1, 0, 0x100000000, 5, 0};
    R(sys(fcntl64, fd, 13, &l));
    l.type = 0;
    R(sys(fcntl64, fd, 12, &l));
    out("lock %d\n", l.type);
    R(sys(link, "f", "g"));
    R(sys(rename, "g", "h"));
    R(sys(symlink, "h", "s"));
    R(sys(lstat64, "s", &st));
    out("link %d\n", (st.mode & 0170000) == 0120000);
    R(sys(readlink, "s", buffer, sizeof buffer));
    R(sys(access, "h", 4));
    R(sys(chmod, "h", 0600));
    R(sys(mkdir, "d", 0755));
    R(sys(rmdir, "d"));
    R(sys(unlink, "h"));
    R(sys(unlink, "s"));
    R(sys(unlink, "f"));
    R(sys(close, fd));
}

static void vectors(void)
{
    int p[2];
    R(sys(pipe, p));
    char a[3] = "ab", b[4] = "cde";
    struct iovec v[3] = {{a, 2}, {0, 0}, {b, 3}};
    R(sys(writev, p[1], v, 3));
    char c[8] = {0}, d[8] = {0};
    struct iovec w[2] = {{c, 1}, {d, 7}};
    R(sys(readv, p[0], w, 2));
    out("%s %s\n", c, d);
    R(sys(readv, p[0], w, -1));
    R(sys(readv, p[0], (void *)8, 1));
    u32 set[2] = {1u << p[0], 0x55555555};
    struct timespec32 t = {0, 1000};
    R(sys(_newselect, p[0] + 1, set, 0, 0, &t));
    out("set %x %x\n", set[0], set[1]);
    R(sys(write, p[1], "x", 1));
    set[0] = 1u << p[0];
    struct timespec64 t64 = {1, 0};
    u64 none = 0;
    struct { void *set; u32 size; } mask = {&none, 8};
    R(sys(pselect6_time64, p[0] + 1, set, 0, 0, &t64, &mask));
    out("set %d %x\n", set[0] == 1u << p[0], set[1]);
    struct { int fd; short events, revents; } poll = {p[0], 1, 0};
    R(sys(poll, &poll, 1, 0));
    R(sys(ppoll_time64, &poll, 1, &t64, &none, 8));
    long e;
    OK(e = sys(epoll_create, 1));
    struct epoll_event event = {1, 0x1122334455667788};
    R(sys(epoll_ctl, e, 1, p[0], &event));
    event.data = 0;
    R(sys(epoll_wait, e, &event, 1, 0));
    out("event %x %llx\n", event.events, event.data);
    R(sys(dup2, p[0], 20));
    R(sys(close, 20));
}

static void times(void)
{
    struct timespec32 t;
    struct timespec64 u = {5, -1};
    R(sys(clock_gettime, 0, &t));
    R(sys(clock_gettime64, 0, &u));
    out("same %d %d\n", u.sec - t.sec >= 0 && u.sec - t.sec < 2, (u32)(u.nsec >> 32) == 0);
    t = (struct timespec32){0, 1000};
    R(sys(nanosleep, &t, 0));
    t.nsec = 1000000000;
    R(sys(nanosleep, &t, 0));
    u = (struct timespec64){0, 1000};
    R(sys(clock_nanosleep_time64, 1, 0, &u, 0));
    struct { struct timespec64 interval, value; } timer = {{0, 0}, {100, 5}}, old;
    long fd;
    OK(fd = sys(timerfd_create, 1, 0));
    R(sys(timerfd_settime64, fd, 0, &timer, 0));
    R(sys(timerfd_gettime64, fd, &old));
    out("left %d\n", old.value.sec >= 99);
    u32 word = 1;
    u = (struct timespec64){0, 1000};
    R(sys(futex_time64, &word, 0, 0, &u, 0, 0));
    R(sys(futex_time64, &word, 0, 1, &u, 0, 0));
    t = (struct timespec32){0, 1000};
    R(sys(futex, &word, 0, 1, &t, 0, 0));
}

static void memory(void)
{
    char *p = (char *)sys(mmap2, 0, 2 * PAGE, 3, 0x22, -1, 0);
    out("low %d\n", (u32)p > PAGE && (u32)p < 0xc0000000);
    p[PAGE] = 1;
    R(sys(mprotect, p, PAGE, 1));
    R(sys(munmap, p, 2 * PAGE));
    R(sys(munmap, 0x1000, 0xfffff000));
    long fd = sys(open, "m", O_RDWR | O_CREAT, 0600);
    sys(ftruncate64, fd, 0, LO(0xf0003000), HI(0xf0003000));
    R(sys(pwrite64, fd, "high", 4, 0, LO(0xf0002000), HI(0xf0002000)));
    p = (char *)sys(mmap2, 0, PAGE, 1, 1, fd, 0xf0002);
    out("%s\n", p);
    sys(unlink, "m");
    u32 now = (u32)sys(brk, 0);
    R(sys(brk, now + 3 * PAGE) - (long)now);
    *(volatile int *)(now + PAGE) = 5;
}

static void others(void)
{
    struct { long current, maximum; } limit;
    R(sys(ugetrlimit, 0, &limit));
    out("limit %lx\n", limit.current);
    R(sys(getuid32) - sys(geteuid32));
    R(sys(getgid32) == sys(getegid32));
    char names[6][65];
    R(sys(uname, names));
    out("%s %s\n", names[0], names[4]);
    R(sys(nice, 0));
    R(sys(getpgrp) == sys(getpgid, 0));
    R(sys(uselib, "x"));
    R(sys6(0x12345, 1, 2, 3, 4, 5, 6));
    R(sys6(0xf07ff, 1, 2, 3, 4, 5, 6));
    long bad = sys(fork);
    if (bad == 0) sys6(0xf0800, 1, 2, 3, 4, 5, 6);
    int how = 0;
    sys(wait4, bad, &how, 0, 0);
    out("ended by %d\n", how & 127);
    long pid = sys(fork);
    if (pid == 0) sys(exit_group, 5);
    int status = 0;
    R(sys(wait4, pid, &status, 0, 0) == pid);
    out("status %x\n", status);
    pid = sys(vfork);
    if (pid == 0) sys(exit, 6);
    R(sys(wait4, pid, &status, 0, 0) == pid);
    out("status %x\n", status);
    pid = sys(fork);
    if (pid == 0) sys(exit_group, 9);
    struct info info = {0};
    R(sys(waitid, 1, pid, &info, 4, 0));
    out("info %d %d %d %d\n", info.signo, info.code, info.pid == pid, info.value);
}

MAIN
{
    sizes();
    vectors();
    times();
    memory();
    others();
    return 0;
}
