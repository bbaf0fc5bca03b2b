/* integer 1500 60: an LZ compressor and decompressor over 256 KB; hash chains, copies, branches */
#include "kernel.h"
#define N 262144
static u8 text[N], packed[2 * N], again[N + 300];
static u32 heads[4096];
static size_t pack(void)
{
    size_t o = 0;
    memset(heads, 0, sizeof heads);
    for (size_t i = 0; i < N;) {
        u32 h = ((u32)text[i] * 2654435761u ^ (u32)text[i + 1 < N ? i + 1 : i] * 40503u ^ (u32)text[i + 2 < N ? i + 2 : i] * 97u) >> 4 & 4095;
        size_t at = heads[h], n = 0;
        heads[h] = (u32)i;
        if (i && at < i && i - at < 65535) while (n < 130 && i + n < N && text[at + n] == text[i + n]) n++;
        if (n >= 4) {
            packed[o++] = (u8)(128 + n - 4), packed[o++] = (u8)(i - at), packed[o++] = (u8)((i - at) >> 8);
            i += n;
        } else {
            packed[o++] = text[i++] & 127;
        }
    }
    return o;
}
static size_t unpack(size_t n)
{
    size_t o = 0;
    for (size_t i = 0; i < n;) {
        if (packed[i] < 128) {
            again[o++] = packed[i++];
            continue;
        }
        size_t length = packed[i] - 128u + 4, back = packed[i + 1] | (size_t)packed[i + 2] << 8;
        for (i += 3; length--; o++) again[o] = again[o - back];
    }
    return o;
}
static u64 kernel(u64 rounds)
{
    static const char *const words[] = {"the ", "translator ", "runs ", "foreign ", "programs ", "on ", "this ", "machine, ", "block ", "by ", "block.\n", "and ", "a ", "of "};
    u32 state = 3;
    for (size_t i = 0; i < N;) {
        const char *w = words[random_next(&state) % 14];
        while (*w && i < N) text[i++] = (u8)*w++;
        if (random_next(&state) % 5 == 0 && i < N) text[i++] = (u8)('a' + random_next(&state) % 26);
    }
    u64 sum = 0;
    while (rounds--) {
        text[rounds % N] ^= 1;
        size_t n = pack();
        sum = sum * 31 + n + unpack(n) + again[rounds % N];
    }
    return sum;
}
