/* process 3000000 600000: a system call */
#include "process.h"
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    while (rounds--) sum += sys(getppid) > 0;
    return sum;
}
