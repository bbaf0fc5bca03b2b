/* simd 225000 9000: CRC-32C over 32 KB by the processors' CRC instructions: three streams of eight bytes, and one of bytes */
#if defined(__aarch64__)
#pragma GCC target("+crc")
#endif
#include "kernel.h"
#if defined(__aarch64__)
#include <arm_acle.h>
#define CRC(c, w) __crc32cd(c, w)
#define CRC_BYTE(c, b) __crc32cb(c, b)
#else
#include <nmmintrin.h>
#define CRC(c, w) (u32)_mm_crc32_u64(c, w)
#define CRC_BYTE(c, b) _mm_crc32_u8(c, b)
#endif
#define N 4096
static u64 data[N];
static __attribute__((noinline)) u32 streams(u32 crc)
{
    u32 a = crc, b = 0, c = 0;
    for (int i = 0; i < N / 3; i++) a = CRC(a, data[i]), b = CRC(b, data[i + N / 3]), c = CRC(c, data[i + 2 * (N / 3)]);
    return a ^ b << 1 ^ c << 2;
}
static __attribute__((noinline)) u32 bytes(u32 crc)
{
    const u8 *p = (const u8 *)data;
    for (int i = 0; i < N; i++) crc = CRC_BYTE(crc, p[i]);
    return crc;
}
static u64 kernel(u64 rounds)
{
    u32 state = 97, crc = ~0u;
    for (int i = 0; i < N; i++) data[i] = (u64)random_next(&state) << 32 ^ state;
    for (u64 n = 0; n < rounds; n++) {
        crc = bytes(streams(crc));
        data[n % N] ^= n;
    }
    return crc;
}
