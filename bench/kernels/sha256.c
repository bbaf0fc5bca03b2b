/* integer 9000 360: SHA-256 in plain C over 32 KB; rotations, logic, many values alive at once */
#include "kernel.h"
static u32 constants[64];
static u8 data[32768];
static inline u32 turn(u32 x, int n) { return x >> n | x << (32 - n); }
static __attribute__((noinline)) void block(u32 *state, const u8 *p)
{
    u32 w[64], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
    for (int i = 0; i < 16; i++) {
        u32 v;
        __builtin_memcpy(&v, p + 4 * i, 4);
        w[i] = __builtin_bswap32(v);
    }
    for (int i = 16; i < 64; i++) {
        u32 x = w[i - 15], y = w[i - 2];
        w[i] = w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ y >> 10);
    }
    for (int i = 0; i < 64; i++) {
        u32 t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
        u32 s = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
        h = g, g = f, f = e, e = d + t, d = c, c = b, b = a, a = t + s;
    }
    state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e, state[5] += f, state[6] += g, state[7] += h;
}
static u64 kernel(u64 rounds)
{
    u32 random = 37, state[8];
    for (int i = 0; i < 64; i++) constants[i] = random_next(&random);
    for (int i = 0; i < 8; i++) state[i] = random_next(&random);
    for (size_t i = 0; i < sizeof data; i++) data[i] = (u8)random_next(&random);
    while (rounds--) for (size_t i = 0; i < sizeof data; i += 64) block(state, data + i);
    return (u64)state[0] << 32 | state[7];
}
