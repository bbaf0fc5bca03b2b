/* Files: open, read, write, seek, vectors, sizes, links, names, times, locks, copies, descriptors.
 * levels: O1
 * portable
 * oracle: host */
#include "kernel.h"

struct iovec_ { const void *base; size_t length; };
struct timespec_ { long s, ns; };
static char buffer[8192];
static struct stat st;

static void show(const char *what, long r)
{
    report(what, r);
    if (r == 0) out("  size %ld links %u mtime>0 %d\n", (long)st.st_size, (unsigned)st.st_nlink, st.st_mtime > 0);
}
#define SHOW(call) show(#call, call)

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    long fd, fd2;
    R(fd = sys(openat, AT_FDCWD, "a", O_RDWR | O_CREAT | O_EXCL, 0640));
    R(sys(openat, AT_FDCWD, "a", O_RDWR | O_CREAT | O_EXCL, 0640));
    R(sys(openat, AT_FDCWD, "none", O_RDONLY));
    R(sys(openat, AT_FDCWD, "a/b", O_RDONLY));
    R(sys(openat, AT_FDCWD, ".", O_WRONLY));
    R(sys(openat, AT_FDCWD, "a", O_RDONLY | O_DIRECTORY));
    R(sys(openat, AT_FDCWD, "", O_RDONLY));
    R(sys(write, fd, "hello, world\n", 13));
    R(sys(pwrite64, fd, "HELLO", 5, 100));
    R(sys(lseek, fd, 0, 0));
    R(sys(lseek, fd, -3, 2));
    R(sys(lseek, fd, -1000, 1));
    R(sys(lseek, fd, 0, 3 /* SEEK_DATA */));
    R(sys(lseek, fd, 0, 99));
    R(sys(lseek, fd, 5, 0));
    R(sys(read, fd, buffer, 8));
    out("  '%s'\n", buffer);
    R(sys(pread64, fd, buffer, 100, 95));
    mix_bytes(buffer, 10);
    struct iovec_ v[3] = {{"one ", 4}, {"two ", 4}, {"three", 5}};
    R(sys(pwritev, fd, v, 3, 200, 0));
    R(sys(writev, fd, v, 2));
    struct iovec_ w[2] = {{buffer, 3}, {buffer + 100, 20}};
    R(sys(preadv, fd, w, 2, 200, 0));
    out("  '%s' '%s'\n", buffer, buffer + 100);
    R(sys(preadv2, fd, w, 2, 200, 0, 0));
    R(sys(pwritev2, fd, v, 1, -1, 0, 0));
    R(sys(readv, fd, w, -1));
    R(sys(ftruncate, fd, 5000));
    R(sys(truncate, "a", 4999));
    R(sys(truncate, "a", -1));
    SHOW(sys(fstat, fd, &st));
    SHOW(sys(newfstatat, AT_FDCWD, "a", &st, 0));
    out("  mode %x\n", st.st_mode);
    struct statx sx;
    R(sys(statx, AT_FDCWD, "a", 0, 0x7ff, &sx));
    out("  statx size %lu mode %x nlink %u blksize %d\n", (u64)sx.stx_size, sx.stx_mode, sx.stx_nlink, sx.stx_blksize > 0);
    R(sys(statx, fd, "", AT_EMPTY_PATH, 0x7ff, &sx));
    R(sys(fchmod, fd, 0604));
    R(sys(fchmodat, AT_FDCWD, "a", 0755));
    R(sys(fchownat, AT_FDCWD, "a", -1, -1, 0));
    sys(fstat, fd, &st);
    out("  mode %x\n", st.st_mode);
    R(sys(umask, 027));
    R(sys(umask, 022));
    R(sys(faccessat, AT_FDCWD, "a", 4));
    R(sys(faccessat, AT_FDCWD, "zz", 0));
    struct timespec_ times[2] = {{1000000000, 123456789}, {1234567890, 987654321}};
    R(sys(utimensat, AT_FDCWD, "a", times, 0));
    sys(newfstatat, AT_FDCWD, "a", &st, 0);
    out("  atime %ld.%lu mtime %ld.%lu\n", (long)st.st_atime, (u64)st.st_atime_nsec, (long)st.st_mtime, (u64)st.st_mtime_nsec);
    R(sys(linkat, AT_FDCWD, "a", AT_FDCWD, "b", 0));
    R(sys(symlinkat, "a", AT_FDCWD, "link"));
    R(sys(symlinkat, "loop", AT_FDCWD, "loop"));
    R(sys(openat, AT_FDCWD, "loop", O_RDONLY));
    R(sys(readlinkat, AT_FDCWD, "link", buffer, 100));
    R(sys(readlinkat, AT_FDCWD, "a", buffer, 100));
    SHOW(sys(newfstatat, AT_FDCWD, "b", &st, 0));
    R(sys(newfstatat, AT_FDCWD, "link", &st, AT_SYMLINK_NOFOLLOW));
    out("  mode %x size %ld\n", st.st_mode, (long)st.st_size);
    R(sys(renameat2, AT_FDCWD, "b", AT_FDCWD, "c", 0));
    R(sys(renameat2, AT_FDCWD, "a", AT_FDCWD, "c", 1 /* NOREPLACE */));
    R(sys(renameat2, AT_FDCWD, "none", AT_FDCWD, "c", 0));
    R(sys(unlinkat, AT_FDCWD, "c", 0));
    R(sys(unlinkat, AT_FDCWD, "c", 0));
    R(fd2 = sys(dup, fd));
    R(sys(dup3, fd, 50, O_CLOEXEC));
    R(sys(fcntl, 50, F_GETFD, 0));
    R(sys(fcntl, fd2, F_GETFD, 0));
    R(sys(fcntl, fd2, F_SETFD, 1));
    R(sys(fcntl, fd2, F_GETFD, 0));
    R(sys(fcntl, fd, F_DUPFD, 60));
    R(sys(fcntl, fd, F_DUPFD_CLOEXEC, 60));
    R(sys(fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK));
    out("  flags %d %d %d\n", (int)(sys(fcntl, fd, F_GETFL, 0) & 3), (sys(fcntl, fd, F_GETFL, 0) & O_APPEND) != 0, (sys(fcntl, fd2, F_GETFL, 0) & O_NONBLOCK) != 0);
    struct { s16 type, whence; s64 start, length; s32 pid; } lock = {1, 0, 10, 20, 0};
    R(sys(fcntl, fd, F_SETLK, &lock));
    R(sys(fcntl, fd, F_GETLK, &lock));
    out("  lock %d %ld %ld\n", lock.type, lock.start, lock.length);
    R(sys(flock, fd, 2));
    R(sys(flock, fd, 8));
    R(sys(close, 50));
    R(sys(close, 50));
    R(sys(close_range, 60, 61, 0));
    R(sys(fcntl, 60, F_GETFD, 0));
    R(sys(fsync, fd));
    R(sys(fdatasync, fd));
    R(sys(fallocate, fd, 0, 0, 10000));
    R(sys(fadvise64, fd, 0, 0, 1));
    R(sys(readahead, fd, 0, 100));
    sys(fstat, fd, &st);
    out("  size %ld\n", (long)st.st_size);
    long to = sys(openat, AT_FDCWD, "copy", O_RDWR | O_CREAT | O_TRUNC, 0600);
    s64 offset = 0;
    R(sys(sendfile, to, fd, &offset, 5000));
    out("  offset %ld\n", offset);
    sys(fcntl, fd, F_SETFL, 0);
    offset = 100;
    s64 target = 7;
    R(sys(copy_file_range, to, &offset, to, &target, 60, 0));
    out("  offsets %ld %ld\n", offset, target);
    R(sys(pread64, to, buffer, 300, 0));
    begin();
    mix_bytes(buffer, 300);
    end("contents");
    u32 wanted[4] = {0};
    R(sys(ioctl, to, 0x541b /* FIONREAD */, wanted));
    R(sys(ioctl, to, 0x5401 /* TCGETS */, buffer));
    R(sys(ioctl, -1, 0x5401, buffer));
    R(sys(mknodat, AT_FDCWD, "fifo", 0010644, 0));
    sys(newfstatat, AT_FDCWD, "fifo", &st, 0);
    out("  mode %x\n", st.st_mode);
    struct { u64 flags, mode, resolve; } how = {O_RDONLY, 0, 0};
    R(sys(openat2, AT_FDCWD, "a", &how, 24) > 2);
    how.resolve = 0x08; /* BENEATH */
    R(sys(openat2, AT_FDCWD, "/etc", &how, 24));
    static char longname[300];
    memset(longname, 'x', 299);
    R(sys(openat, AT_FDCWD, longname, O_RDONLY));
    R(sys(read, -1, buffer, 1));
    R(sys(read, to, buffer, 0));
    R(sys(write, 1000, buffer, 1));
    return 0;
}
