/* system 50 2: memory that is mapped, touched, protected, moved and unmapped */
#include "kernel.h"
enum { READ = 1, WRITE = 2, PRIVATE = 2, ANONYMOUS = 0x20, MAYMOVE = 1, PAGE = 4096, PAGES = 16 };
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    for (rounds *= 1000; rounds--;) {
        u8 *p = (u8 *)sys(mmap, 0, PAGES * PAGE, READ | WRITE, PRIVATE | ANONYMOUS, -1, 0);
        for (int i = 0; i < PAGES; i += 4) p[i * PAGE] = (u8)rounds;
        sys(mprotect, p, PAGES * PAGE, READ);
        p = (u8 *)sys(mremap, p, PAGES * PAGE, 2 * PAGES * PAGE, MAYMOVE);
        for (int i = 0; i < PAGES; i++) sum = sum * 3 + p[i * PAGE];
        sys(munmap, p, 2 * PAGES * PAGE);
    }
    return sum;
}
