#include <pthread.h>
#include <stdio.h>
#include <unistd.h>
#include <stdatomic.h>
atomic_int ready, go;
volatile long work[4];
static void busy(int n) { for (;;) { work[n]++; if (go) break; } }
static void *run(void *arg)
{
    int n = (int)(long)arg;
    ready++;
    if (n == 3) { pause(); }
    busy(n);
    return arg;
}
static void all_ready(void) { }
int main(void)
{
    pthread_t t[4];
    for (long n = 0; n < 4; n++) pthread_create(&t[n], 0, run, (void *)n);
    while (ready < 4) usleep(1000);
    usleep(20000);
    all_ready();
    sleep(1);
    puts("slept");
    fflush(stdout);
    go = 1;
    for (int n = 0; n < 3; n++) pthread_join(t[n], 0);
    puts("done");
    return 0;
}
