/* Memory calls: mmap in its forms, mprotect, mremap, brk, madvise, msync, mincore, mlock, shared memory.
 * levels: O1
 * portable
 * oracle: host */
#include "kernel.h"

#define MAP(at, size, prot, flags, fd, offset) sys(mmap, at, size, prot, flags, fd, offset)
#define SHARED 1
#define PRIVATE 2
#define FIXED 0x10
#define ANONYMOUS 0x20
#define NOREPLACE 0x100000
#define RW 3

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    char *p;
    OK((long)(p = (char *)MAP(0, 8 * PAGE, RW, PRIVATE | ANONYMOUS, -1, 0)));
    out("  aligned %d zero %d\n", ((u64)p & 4095) == 0, p[0] + p[8 * PAGE - 1]);
    memset(p, 7, 8 * PAGE);
    R(MAP(p + 1, PAGE, RW, PRIVATE | ANONYMOUS | FIXED, -1, 0));
    R(MAP(0, 0, RW, PRIVATE | ANONYMOUS, -1, 0));
    R(MAP(0, PAGE, RW, ANONYMOUS, -1, 0));
    R(MAP(0, PAGE, RW, PRIVATE, -1, 0));
    R(MAP(0, PAGE, RW, PRIVATE, 0, 100));
    R(MAP(0, 1l << 62, RW, PRIVATE | ANONYMOUS, -1, 0));
    R(MAP(p, PAGE, RW, PRIVATE | ANONYMOUS | NOREPLACE, -1, 0));
    R(MAP(p + 2 * PAGE, PAGE, RW, PRIVATE | ANONYMOUS | FIXED, -1, 0) == (long)p + 2 * PAGE);
    out("  %d %d %d\n", p[2 * PAGE - 1], p[2 * PAGE], p[3 * PAGE]);
    R(sys(munmap, p + 4 * PAGE, PAGE));
    R(sys(munmap, p + 4 * PAGE, PAGE));
    R(sys(munmap, p + 1, PAGE));
    R(sys(munmap, p, 0));
    R(sys(mprotect, p, PAGE, 1));
    R(sys(mprotect, p, 8 * PAGE, RW));
    R(sys(mprotect, p + 1, PAGE, RW));
    R(MAP(p + 4 * PAGE, PAGE, RW, PRIVATE | ANONYMOUS | NOREPLACE, -1, 0) == (long)p + 4 * PAGE);
    R(sys(write, -1, p, 1));
    char *q;
    OK((long)(q = (char *)sys(mremap, p, 8 * PAGE, 16 * PAGE, 1)));
    R(q[PAGE - 1] + q[8 * PAGE - 1] + q[15 * PAGE]);
    R(sys(mremap, q, 16 * PAGE, 4 * PAGE, 0) == (long)q);
    R(sys(mremap, q + 4 * PAGE, PAGE, PAGE, 1));
    R(sys(mremap, q, 0, PAGE, 1));
    R(sys(madvise, q, PAGE, 4));
    out("  dropped %d\n", q[0]);
    R(sys(madvise, q, PAGE, 999));
    R(sys(madvise, q + 1, PAGE, 4));
    u8 in[8] = {0};
    R(sys(mincore, q, 4 * PAGE, in));
    R(sys(mincore, q + 1, PAGE, in));
    R(sys(msync, q, PAGE, 4));
    R(sys(mlock, q, PAGE) <= 0);
    R(sys(munlock, q, PAGE) <= 0);

    long fd = sys(openat, AT_FDCWD, "mapped", 0102, 0600);
    sys(ftruncate, fd, 3 * PAGE + 100);
    char *s = (char *)MAP(0, 4 * PAGE, RW, SHARED, fd, 0), *r = (char *)MAP(0, 2 * PAGE, 1, SHARED, fd, PAGE), *c = (char *)MAP(0, PAGE, RW, PRIVATE, fd, PAGE);
    s[PAGE] = 'S', s[PAGE + 1] = 'T';
    c[1] = 'C';
    s[PAGE + 1] = 'U';
    out("shared %c%c private %c%c\n", r[0], r[1], c[0], c[1]);
    char b[4];
    R(sys(pread64, fd, b, 2, PAGE));
    out("  file %c%c\n", b[0], b[1]);
    R(sys(pwrite64, fd, "xyz", 3, PAGE + 10));
    out("  seen %c%c%c\n", r[10], r[11], r[12]);
    R(sys(msync, s, PAGE, 4));
    long ro = sys(openat, AT_FDCWD, "mapped", 0, 0);
    R(MAP(0, PAGE, RW, SHARED, ro, 0));
    R(sys(mprotect, (char *)MAP(0, PAGE, 1, SHARED, ro, 0), PAGE, RW));
    R(MAP(0, PAGE, RW, SHARED, 77, 0));

    u64 start = (u64)sys(brk, 0);
    R((u64)sys(brk, start + 10000) == start + 10000);
    memset((char *)start, 1, 10000);
    R((u64)sys(brk, start + 1000000) == start + 1000000);
    out("  kept %d new %d\n", ((char *)start)[9999], ((char *)start)[999999]);
    R((u64)sys(brk, start) == start);
    R((u64)sys(brk, start + 20000) == start + 20000);
    out("  fresh %d\n", ((char *)start)[9999]);
    R((u64)sys(brk, 1l << 60) == start + 20000);
    R((u64)sys(brk, 4096) == start + 20000);

    long id = sys(shmget, 0 /* PRIVATE */, 2 * PAGE, 01600);
    OK(id);
    char *m = (char *)sys(shmat, id, 0, 0), *n = (char *)sys(shmat, id, 0, 010000 /* RDONLY */);
    m[5] = 55;
    out("  shared memory %d\n", n[5]);
    R(sys(shmctl, id, 0, 0));
    R(sys(shmdt, m));
    R(sys(shmdt, n));
    R(sys(shmdt, n));
    long mf = sys(memfd_create, "m", 2 /* ALLOW_SEALING */);
    R(sys(ftruncate, mf, PAGE));
    R(sys(fcntl, mf, 1033, 2 /* SHRINK */));
    R(sys(ftruncate, mf, 0));
    R(sys(fcntl, mf, 1034, 0));
    R(sys(membarrier, 0, 0, 0) >= 0);
    return 0;
}
