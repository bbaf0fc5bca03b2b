/* string 10000 400: lengths, copies, searches, comparisons, words and numbers in 32 KB of text */
#include "kernel.h"
#define N 32768
static char text[N + 1], copy[N + 1];
static __attribute__((noinline)) size_t length(const char *s)
{
    /* eight bytes at once, as C libraries do */
    const u64 *w = (const u64 *)(const void *)s;
    while (!((*w - 0x0101010101010101u) & ~*w & 0x8080808080808080u)) w++;
    const char *p = (const char *)w;
    while (*p) p++;
    return (size_t)(p - s);
}
static __attribute__((noinline)) const char *find(const char *s, char c)
{
    while (*s && *s != c) s++;
    return *s ? s : 0;
}
static u64 kernel(u64 rounds)
{
    u32 state = 13;
    for (int i = 0; i < N; i++) text[i] = (char)(random_next(&state) % 6 == 0 ? ' ' : state % 11 == 0 ? '0' + state % 10 : 'a' + state % 26);
    u64 sum = 0;
    while (rounds--) {
        sum += length(text);
        for (size_t i = 0; (copy[i] = text[i]); i++);
        for (const char *p = text; (p = find(p, ' ')); p++) sum++;
        u64 number = 0;
        u32 hash = 0;
        for (const char *p = copy; *p; p++) {
            char c = *p >= 'a' && *p <= 'z' ? (char)(*p - 32) : *p;
            if (c >= '0' && c <= '9') number = number * 10 + (u64)(c - '0');
            else if (c == ' ') sum += number ^ hash, number = 0, hash = 0;
            else hash = hash * 33 + (u8)c;
        }
        sum += (u64)(strcmp(text, copy) == 0) + (u64)(memcmp(text, copy, N) == 0);
        text[rounds % N] ^= 1;
    }
    return sum;
}
