/* mseal: what a sealed mapping refuses. Kernels before Linux 6.10 have no such call. */
#include "t.h"
#include <sys/ipc.h>
#include <sys/shm.h>
#include <sys/utsname.h>

#define PAGE 4096l
#ifndef SYS_mseal
#define SYS_mseal 462
#endif
#define SEAL(p, n) syscall(SYS_mseal, p, (unsigned long)(n), 0l)

static char *map(int pages, int prot) { return mmap(0, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); }
/* Rights of a page as /proc says. */
static void rights(const char *what, char *p)
{
    FILE *f = fopen("/proc/self/maps", "r");
    char line[400], r[8];
    unsigned long from, to;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "%lx-%lx %5s", &from, &to, r) == 3 && from <= (unsigned long)p && (unsigned long)p < to) printf("  %s: %s\n", what, r);
    fclose(f);
    fflush(stdout);
}

int main(void)
{
    struct utsname u;
    uname(&u);
    int major = 0, minor = 0;
    sscanf(u.release, "%d.%d", &major, &minor);
    if (major < 6 || (major == 6 && minor < 10)) { printf("an old kernel\n"); return 0; }

    char *p = map(8, PROT_READ | PROT_WRITE);
    memset(p, 1, 8 * PAGE);
    R(syscall(SYS_mseal, p, PAGE, 1l));
    R(SEAL(p + 1, PAGE));
    R(SEAL(p, 0));
    R(SEAL(p, -1));
    R(SEAL(p, -PAGE));
    R(SEAL(8 * PAGE, PAGE));
    R(munmap(p + 7 * PAGE, PAGE));
    R(SEAL(p + 6 * PAGE, 2 * PAGE));
    R(mprotect(p + 6 * PAGE, PAGE, PROT_READ));
    R(mprotect(p + 6 * PAGE, PAGE, PROT_READ | PROT_WRITE));

    R(SEAL(p + 2 * PAGE, 2 * PAGE - 1));
    R(SEAL(p + 2 * PAGE, PAGE));
    R(mprotect(p + 2 * PAGE, PAGE, PROT_READ));
    R(mprotect(p + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE));
    R(mprotect(p, 6 * PAGE, PROT_READ));
    rights("before", p);
    rights("sealed", p + 2 * PAGE);
    rights("behind", p + 5 * PAGE);
    R(mprotect(p, 2 * PAGE, PROT_READ | PROT_WRITE));
    R(munmap(p + 3 * PAGE, PAGE));
    R(munmap(p, 6 * PAGE));
    rights("before", p);
    R(munmap(p + 2 * PAGE, 0));
    R(mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    R(mmap(p, 6 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
    R(mmap(p + 2 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
    char *q = map(4, PROT_READ | PROT_WRITE);
    R(mremap(p + 2 * PAGE, 2 * PAGE, PAGE, 0));
    R(mremap(p + 2 * PAGE, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE));
    R(mremap(p + 2 * PAGE, PAGE, PAGE, 0));
    R(mremap(q, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 2 * PAGE));
    R(mremap(p + 2 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q + 2 * PAGE));
    rights("its target", q + 2 * PAGE);
    /* Its contents are its own business as long as it can write */
    R(madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED));
    R(p[2 * PAGE] + p[3 * PAGE]);
    R(madvise(p + 2 * PAGE, PAGE, MADV_WILLNEED));
    R(mlock(p + 2 * PAGE, PAGE));
    R(munlock(p + 2 * PAGE, PAGE));
    p[3 * PAGE] = 9;

    char *r = map(4, PROT_READ);
    R(SEAL(r + PAGE, PAGE));
    R(madvise(r + PAGE, PAGE, MADV_DONTNEED));
    R(madvise(r, 4 * PAGE, MADV_DONTNEED));
    R(madvise(r + PAGE, PAGE, MADV_FREE));
    R(madvise(r + PAGE, PAGE, MADV_DONTFORK));
    R(madvise(r + PAGE, PAGE, MADV_DOFORK));
    R(madvise(r + PAGE, PAGE, MADV_WIPEONFORK));
    R(madvise(r + PAGE, PAGE, MADV_KEEPONFORK));
    R(madvise(r + PAGE, PAGE, MADV_RANDOM));
    R(madvise(r + PAGE, PAGE, MADV_COLD));
    R(madvise(r + PAGE, PAGE, MADV_WILLNEED));

    int fd = open("/proc/self/exe", O_RDONLY);
    char *f = mmap(0, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
    R(SEAL(f, PAGE));
    R(mprotect(f, PAGE, PROT_READ | PROT_WRITE));
    R(munmap(f, 2 * PAGE));
    R(munmap(f + PAGE, PAGE));
    R(madvise(f, PAGE, MADV_DONTNEED));
    f = mmap(0, PAGE, PROT_READ, MAP_SHARED, fd, 0);
    R(SEAL(f, PAGE));
    R(madvise(f, PAGE, MADV_DONTNEED));
    R(f[1] == 'E');

    /* Code: it runs, and is still ours to protect */
    char *c = map(2, PROT_READ | PROT_WRITE | PROT_EXEC);
    write_returning(c, 42);
    __builtin___clear_cache(c, c + PAGE);
    R(SEAL(c, 2 * PAGE));
    R(((int (*)(void))c)());
    c[100] = 1;
    write_returning(c, 43);
    __builtin___clear_cache(c, c + PAGE);
    R(((int (*)(void))c)());
    R(mprotect(c, PAGE, PROT_READ));

    /* A child's mappings are sealed, too */
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        R(munmap(p + 3 * PAGE, PAGE));
        R(p[3 * PAGE]);
        fflush(stdout);
        _exit(0);
    }
    expect_child("child", pid);

    /* The heap's end */
    char *end = sbrk(0);
    char *heap = (char *)(((unsigned long)end + PAGE - 1) & -PAGE);
    R(brk(heap + 4 * PAGE));
    R(SEAL(heap + 2 * PAGE, PAGE));
    R(syscall(SYS_brk, heap) == (long)(heap + 4 * PAGE));
    R(syscall(SYS_brk, heap + 3 * PAGE) == (long)(heap + 3 * PAGE));
    R(syscall(SYS_brk, heap + 5 * PAGE) == (long)(heap + 5 * PAGE));
    heap[4 * PAGE] = 1;
    return 0;
}
