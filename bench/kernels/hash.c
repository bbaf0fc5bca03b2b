/* integer 6000 200: CRC by table, FNV and xorshift over 64 KB; shifts, table look-ups, dependent chains */
#include "kernel.h"
static u32 table[256];
static u8 data[65536];
static u64 kernel(u64 rounds)
{
    u32 state = 7, crc = 0;
    u64 fnv = 0xcbf29ce484222325u;
    for (u32 i = 0; i < 256; i++) {
        u32 c = i;
        for (int k = 0; k < 8; k++) c = c & 1 ? c >> 1 ^ 0xedb88320 : c >> 1;
        table[i] = c;
    }
    for (size_t i = 0; i < sizeof data; i++) data[i] = (u8)random_next(&state);
    while (rounds--) {
        for (size_t i = 0; i < sizeof data; i++) {
            crc = table[(crc ^ data[i]) & 255] ^ crc >> 8;
            fnv = (fnv ^ data[i]) * 0x100000001b3u;
        }
        for (int i = 0; i < 65536; i++) fnv += random_next(&state) & crc;
    }
    return fnv ^ crc;
}
