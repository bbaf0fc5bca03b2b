/* integer 800 32: a state machine that finds words, numbers, strings and comments in 1 MB of text; unpredictable jumps */
#include "kernel.h"
#define N 1048576
static u8 text[N];
enum state { BETWEEN, WORD, NUMBER, FRACTION, STRING, ESCAPE, SLASH, COMMENT, STAR };
static __attribute__((noinline)) u64 scan(void)
{
    u64 count[9] = {0}, value = 0, sum = 0;
    enum state s = BETWEEN;
    for (int i = 0; i < N; i++) {
        u8 c = text[i];
        switch (s) {
        case BETWEEN:
        again:
            if ((c | 32) >= 'a' && (c | 32) <= 'z') s = WORD, value = c;
            else if (c >= '0' && c <= '9') s = NUMBER, value = c - '0';
            else if (c == '"') s = STRING;
            else if (c == '/') s = SLASH;
            else s = BETWEEN;
            continue;
        case WORD:
            if (((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_') value = value * 31 + c;
            else break;
            continue;
        case NUMBER:
            if (c >= '0' && c <= '9') value = value * 10 + c - '0';
            else if (c == '.') s = FRACTION;
            else break;
            continue;
        case FRACTION:
            if (c >= '0' && c <= '9') value = value * 10 + c - '0';
            else break;
            continue;
        case STRING:
            if (c == '"') break;
            if (c == '\\') s = ESCAPE;
            else value += c;
            continue;
        case ESCAPE:
            value ^= c, s = STRING;
            continue;
        case SLASH:
            if (c != '*') break;
            s = COMMENT;
            continue;
        case COMMENT:
            if (c == '*') s = STAR;
            continue;
        case STAR:
            if (c == '/') break;
            if (c != '*') s = COMMENT;
            continue;
        }
        count[s]++, sum += value;
        if (s == STRING || s == STAR) s = BETWEEN;
        else goto again;
    }
    for (int i = 0; i < 9; i++) sum = sum * 5 + count[i];
    return sum;
}
static u64 kernel(u64 rounds)
{
    static const char pieces[] = "if (value_1 < 20) x = 3.14 * y /* half a turn */ + \"a \\\"text\\\"\" - 7 / n; ";
    u32 state = 29;
    u64 sum = 0;
    for (int i = 0, at = 0; i < N; i++) {
        if (random_next(&state) % 9 == 0) at = (int)(state >> 8) % (int)(sizeof pieces - 1);
        text[i] = (u8)pieces[at];
        at = (at + 1) % (int)(sizeof pieces - 1);
    }
    while (rounds--) {
        sum = sum * 3 + scan();
        text[rounds % N] ^= 1;
    }
    return sum;
}
