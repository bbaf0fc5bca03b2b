/* integer 4000 160: CRC-32 by eight tables, eight bytes at once, and CRC-64 by bytes; table look-ups, shifts */
#include "kernel.h"
#define N 65536
static u32 table[8][256];
static u64 wide[256];
static u8 data[N];
static __attribute__((noinline)) u32 crc32(u32 crc)
{
    for (int i = 0; i < N; i += 8) {
        u64 w;
        __builtin_memcpy(&w, data + i, 8);
        w ^= crc;
        crc = table[7][w & 255] ^ table[6][w >> 8 & 255] ^ table[5][w >> 16 & 255] ^ table[4][w >> 24 & 255] ^
              table[3][w >> 32 & 255] ^ table[2][w >> 40 & 255] ^ table[1][w >> 48 & 255] ^ table[0][w >> 56];
    }
    return crc;
}
static __attribute__((noinline)) u64 crc64(u64 crc)
{
    for (int i = 0; i < N; i++) crc = wide[(crc ^ data[i]) & 255] ^ crc >> 8;
    return crc;
}
static u64 kernel(u64 rounds)
{
    u32 state = 23, narrow = ~0u;
    u64 crc = ~0ul;
    for (u32 i = 0; i < 256; i++) {
        u64 c = i, w = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1, w = w & 1 ? w >> 1 ^ 0xc96c5795d7870f42u : w >> 1;
        table[0][i] = (u32)c, wide[i] = w;
    }
    for (int t = 1; t < 8; t++) for (int i = 0; i < 256; i++) table[t][i] = table[0][table[t - 1][i] & 255] ^ table[t - 1][i] >> 8;
    for (int i = 0; i < N; i++) data[i] = (u8)random_next(&state);
    while (rounds--) {
        for (int k = 0; k < 4; k++) narrow = crc32(narrow);
        crc = crc64(crc);
    }
    return crc ^ narrow;
}
