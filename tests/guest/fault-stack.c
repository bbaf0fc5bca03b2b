/* Endless recursion kills with SIGSEGV.
 * levels: O1
 * portable */
#include "mini.h"
static __attribute__((noinline)) int deeper(volatile int *p)
{
    volatile int frame[512];
    frame[*p & 511] = *p + 1;
    int r = deeper(frame + (*p & 511));
    return r + frame[3];
}
int main(int argc, char **argv, char **envp)
{
    (void)argv, (void)envp;
    out("start\n");
    flush();
    volatile int n = argc;
    return deeper(&n);
}
