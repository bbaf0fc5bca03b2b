#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
int counter;
struct point { int x, y; double d; } origin = {1, 2, 3.5};
static int add(int a, int b)
{
    int sum = a + b;
    counter += sum;
    return sum;
}
static int twice(int n)
{
    int r = add(n, n);
    return r;
}
static void on_usr1(int s) { counter = 1000 + s; }
int main(int argc, char **argv)
{
    signal(SIGUSR1, on_usr1);
    int total = 0;
    for (int i = 0; i < 5; i++)
        total += twice(i);
    printf("total %d counter %d\n", total, counter);
    raise(SIGUSR1);
    printf("counter %d\n", counter);
    origin.x = 77;
    fflush(stdout);
    return total & 0x7f;
}
