/* For gdb-arm.test.ts: instructions that are executed under a condition, in IT blocks of Thumb code. */
#include <stdio.h>

int pick(int which, int a, int b);
__asm__(".syntax unified\n.text\n.globl pick, choose, chosen\n.type pick, %function\n.type choose, %function\n.type chosen, %function\n"
#ifdef __thumb__
        ".thumb\n.thumb_func\npick:\n.thumb_func\nchoose:\n"
#else
        ".arm\npick:\nchoose:\n"
#endif
        "cmp r0, #0\nitte eq\nmoveq r2, r1\nmoveq r3, #1\nmovne r3, #2\n"
#ifdef __thumb__
        ".thumb_func\n"
#endif
        "chosen:\nmov r0, r2\nbx lr\n");

int main(void)
{
    int first = pick(0, 17, 34);
    int second = pick(1, 17, 34);
    printf("%d %d\n", first, second);
    return 0;
}
