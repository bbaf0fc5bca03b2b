/* process 1000 200: vfork, exec of a small static program, wait: what posix_spawn does */
#include "process.h"
static u64 kernel(u64 rounds)
{
    if (rounds == 0) sys(exit_group, 3);
    u64 sum = 0;
    while (rounds--) {
        long pid = sys(clone, CLONE_VM_ | CLONE_VFORK_ | SIGCHLD_, 0, 0, 0, 0);
        if (pid == 0) execute_self();
        sum += (u64)wait_for(pid);
    }
    return sum;
}
