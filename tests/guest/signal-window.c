/* A signal that comes just before a call blocks is handled before it: the handler feeds what the call waits for. A lost one hangs.
 * levels: O2
 * oracle: host
 * portable */
#include "signal.h"

static int pipe_[2];
static volatile long count;
static volatile u32 word;
struct interval { long isec, iusec, sec, usec; };
static void timer(long usec)
{
    struct interval v = {0, 0, 0, usec};
    sys(setitimer, 0, &v, 0);
}
static void feed(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    count++;
    sys(write, pipe_[1], "x", 1);
}
static void raise_word(int signal, struct info *info, struct context *c)
{
    (void)signal, (void)info, (void)c;
    word = 1;
}

MAIN
{
    enum { ROUNDS = 2000 };
    char byte;
    long ended = 0;
    sys(pipe2, pipe_, 0);
    action(ALRM, feed, SA_RESTART, 0);
    for (int i = 0; i < ROUNDS; i++) {
        timer(1 + i % 97);
        for (volatile int spin = 0; spin < i % 331; spin++) {}
        if (sys(read, pipe_[0], &byte, 1) != 1) out("read failed\n");
    }
    out("read: %ld\n", count);

    /* Without SA_RESTART the call ends, before it blocks or while it does; the word says which. */
    action(ALRM, raise_word, 0, 0);
    for (int i = 0; i < ROUNDS; i++) {
        word = 0;
        timer(1 + i % 97);
        for (volatile int spin = 0; spin < i % 331; spin++) {}
        long r = sys(futex, &word, 0, 0, 0);
        if (r == -EINTR || r == -EAGAIN) ended++;
        while (!word) {}
    }
    out("futex: %ld\n", ended);
    return 0;
}
