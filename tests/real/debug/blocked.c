#include <stdio.h>
#include <unistd.h>
#include <string.h>
#include <errno.h>
#include <time.h>
#include <poll.h>
#include <signal.h>
volatile int spin = 1, turns;
int helper(int x) { return x * 3; }
int main(int argc, char **argv)
{
    char buf[100];
    puts("begin"); fflush(stdout);
    if (!strcmp(argv[1], "read")) { int p[2]; pipe(p); long r = read(p[0], buf, sizeof buf); printf("read %ld %s\n", r, strerror(errno)); }
    if (!strcmp(argv[1], "sleep")) { struct timespec t = {2, 0}, rem = {0,0}; int r = nanosleep(&t, &rem); printf("sleep %d %s\n", r, r ? strerror(errno) : ""); }
    if (!strcmp(argv[1], "poll")) { int r = poll(0, 0, 2000); printf("poll %d %s\n", r, r ? strerror(errno) : ""); }
    if (!strcmp(argv[1], "pause")) { pause(); puts("paused"); }
    if (!strcmp(argv[1], "spin")) { while (spin) turns++; puts("spun"); }
    if (!strcmp(argv[1], "segv")) { *(volatile int *)8 = 1; }
    if (!strcmp(argv[1], "abort")) { raise(SIGABRT); }
    return 0;
}
