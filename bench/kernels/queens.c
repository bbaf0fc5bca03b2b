/* integer 150 6: eleven queens by bit masks; recursion, logic, little memory */
#include "kernel.h"
static u64 place(u32 columns, u32 left, u32 right, u32 full)
{
    if (columns == full) return 1;
    u64 n = 0;
    for (u32 free = full & ~(columns | left | right); free; free &= free - 1) {
        u32 bit = free & -free;
        n += place(columns | bit, (left | bit) << 1, (right | bit) >> 1, full);
    }
    return n;
}
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    while (rounds--) for (int i = 0; i < 12; i++) sum = sum * 3 + place(0, 0, 0, 0x7ff);
    return sum;
}
