/* A fault in the middle of a hot loop, after memory was written: what was written before it is seen by another mapping.
 * levels: O2
 * portable */
#include "mini.h"
int main(int argc, char **argv, char **envp)
{
    (void)argv, (void)envp;
    long fd = sys(openat, -100, "shared", 0102, 0600);
    sys(ftruncate, fd, 65536);
    u64 *p = (u64 *)sys(mmap, 0, 65536, 3, 1, fd, 0);
    sys(munmap, (char *)p + 61440, 4096);
    out("start\n");
    flush();
    volatile u64 *q = p;
    for (u64 i = 0; i < 8192; i++) q[i] = i * (u64)argc;
    out("not reached\n");
    return 0;
}
