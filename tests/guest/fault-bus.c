/* A load behind the end of a mapped file kills with SIGBUS.
 * levels: O1
 * portable */
#include "mini.h"
int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    long fd = sys(memfd_create, "short", 0);
    sys(ftruncate, fd, 100);
    volatile u8 *p = (volatile u8 *)sys(mmap, 0, 8192, 3, 1, fd, 0);
    p[99] = 5;
    out("within: %d %d\n", p[99], p[4000]);
    flush();
    out("behind: %d\n", p[4096]);
    return 0;
}
