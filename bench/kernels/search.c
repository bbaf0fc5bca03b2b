/* integer 3000 120: words found in 64 KB of text by Horspool, by Knuth, Morris and Pratt, and byte by byte; loads and branches */
#include "kernel.h"
#define N 65536
static u8 text[N];
static int skip[256], back[32];
static __attribute__((noinline)) int horspool(const u8 *word, int n)
{
    int found = 0;
    for (int i = 0; i < 256; i++) skip[i] = n;
    for (int i = 0; i < n - 1; i++) skip[word[i]] = n - 1 - i;
    for (int at = 0; at + n <= N; at += skip[text[at + n - 1]]) {
        int i = n - 1;
        while (i >= 0 && text[at + i] == word[i]) i--;
        found += i < 0;
    }
    return found;
}
static __attribute__((noinline)) int knuth(const u8 *word, int n)
{
    int found = 0, k = back[0] = 0;
    for (int i = 1; i < n; back[i++] = k) {
        while (k && word[i] != word[k]) k = back[k - 1];
        if (word[i] == word[k]) k++;
    }
    k = 0;
    for (int i = 0; i < N; i++) {
        while (k && text[i] != word[k]) k = back[k - 1];
        if (text[i] == word[k]) k++;
        if (k == n) found++, k = back[k - 1];
    }
    return found;
}
static __attribute__((noinline)) int plain(const u8 *word, int n)
{
    int found = 0;
    for (int at = 0; at + n <= N; at++) {
        if (text[at] != word[0]) continue;
        int i = 1;
        while (i < n && text[at + i] == word[i]) i++;
        found += i == n;
    }
    return found;
}
static u64 kernel(u64 rounds)
{
    u32 state = 31;
    u64 sum = 0;
    for (int i = 0; i < N; i++) text[i] = (u8)("eeettaoins"[random_next(&state) % 10]);
    while (rounds--) {
        u8 word[16];
        int n = 4 + (int)(rounds & 7), at = (int)(random_next(&state) % (N - 16));
        for (int i = 0; i < n; i++) word[i] = text[at + i];
        sum = sum * 7 + (u64)(horspool(word, n) + knuth(word, n) * 3 + plain(word, n) * 5);
    }
    return sum;
}
