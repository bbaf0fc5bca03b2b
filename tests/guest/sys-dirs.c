/* Directories: making, listing (all names once, in getdents64 calls of different sizes), moving in them, removing.
 * levels: O1
 * portable */
#include "kernel.h"

static char buffer[65536];

/* Lists the directory open as fd with a buffer of `size`: the number of entries, and a sum over their names that order does not change. */
static void list(long fd, size_t size)
{
    int count = 0, kinds = 0;
    u64 sum = 0;
    for (;;) {
        long n = sys(getdents64, fd, buffer, size);
        if (n < 0) report("getdents64", n);
        if (n <= 0) break;
        for (long at = 0; at < n;) {
            u16 length;
            memcpy(&length, buffer + at + 16, 2);
            const char *name = buffer + at + 19;
            u64 h = 5381;
            for (const char *c = name; *c; c++) h = h * 33 + (u8)*c;
            sum += h * h;
            count++;
            kinds += buffer[at + 18];
            at += length;
        }
    }
    out("%d entries, kinds %d, sum %016lx\n", count, kinds, sum);
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    R(sys(mkdirat, AT_FDCWD, "d", 0755));
    R(sys(mkdirat, AT_FDCWD, "d", 0755));
    R(sys(mkdirat, AT_FDCWD, "none/d", 0755));
    R(sys(chdir, "d"));
    char name[] = "file000";
    for (int i = 0; i < 300; i++) {
        name[4] = (char)('0' + i / 100), name[5] = (char)('0' + i / 10 % 10), name[6] = (char)('0' + i % 10);
        sys(close, sys(openat, AT_FDCWD, name, O_CREAT | O_WRONLY, 0600));
    }
    R(sys(mkdirat, AT_FDCWD, "sub", 0700));
    R(sys(symlinkat, "sub", AT_FDCWD, "link"));
    long fd = sys(openat, AT_FDCWD, ".", O_RDONLY | O_DIRECTORY);
    list(fd, sizeof buffer);
    R(sys(lseek, fd, 0, 0));
    list(fd, 200);
    R(sys(lseek, fd, 0, 0));
    R(sys(getdents64, fd, buffer, 10));
    R(sys(getdents64, 0, buffer, 100));
    R(sys(fchdir, fd));
    long n;
    R((n = sys(getcwd, buffer, sizeof buffer)) > 2);
    out("  ends in %s, length agrees %d\n", buffer + n - 3, (long)strlen(buffer) + 1 == n);
    R(sys(getcwd, buffer, 3));
    R(sys(chdir, "none"));
    R(sys(chdir, "file000"));
    R(sys(chdir, "link"));
    R(sys(chdir, ".."));
    R(sys(unlinkat, AT_FDCWD, "sub", 0));
    R(sys(unlinkat, AT_FDCWD, "sub", AT_REMOVEDIR));
    R(sys(chdir, ".."));
    R(sys(unlinkat, AT_FDCWD, "d", AT_REMOVEDIR));
    for (int i = 0; i < 300; i++) {
        name[4] = (char)('0' + i / 100), name[5] = (char)('0' + i / 10 % 10), name[6] = (char)('0' + i % 10);
        sys(unlinkat, fd, name, 0);
    }
    R(sys(unlinkat, fd, "link", 0));
    sys(lseek, fd, 0, 0);
    list(fd, 4096);
    R(sys(unlinkat, AT_FDCWD, "d", AT_REMOVEDIR));
    R(sys(openat, fd, "x", O_CREAT, 0600));
    long in;
    R((in = sys(inotify_init1, 0)) > 0);
    R(sys(inotify_add_watch, in, ".", 0x100 /* CREATE */));
    sys(close, sys(openat, AT_FDCWD, "watched", O_CREAT | O_WRONLY, 0600));
    R(sys(read, in, buffer, sizeof buffer));
    out("  event name %s\n", buffer + 16);
    return 0;
}
