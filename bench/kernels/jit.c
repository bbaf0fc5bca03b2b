/* jit 40000 8000: functions in pages that four share, one written anew each round, then it and four others are run */
#include "kernel.h"
enum { FUNCTIONS = 64, SIZE = 1024, STEPS = 12, LOOPS = 400 };

#if defined(__aarch64__)
/* x0 = f(x0, x1): x1 rounds of { x0 = x0 * multiplier + x1; STEPS times x0 = (x0 + immediate) ^ x1; x0 ^= x0 >> shift } */
static void write_function(u8 *at, u32 multiplier, u32 immediate, u32 shift)
{
    u32 *code = (u32 *)at;
    u32 n = 0;
    code[n++] = 0x52800002 | (multiplier & 0xffff) << 5; /* mov w2, #low */
    code[n++] = 0x72a00002 | (multiplier >> 16) << 5; /* movk w2, #high, lsl #16 */
    u32 loop = n;
    code[n++] = 0x9b020400; /* madd x0, x0, x2, x1 */
    for (int i = 0; i < STEPS; i++) {
        code[n++] = 0x91000000 | ((immediate + (u32)i) & 0xfff) << 10; /* add x0, x0, #immediate */
        code[n++] = 0xca010000; /* eor x0, x0, x1 */
    }
    code[n++] = 0xca400000 | shift << 10; /* eor x0, x0, x0, lsr #shift */
    code[n++] = 0xf1000421; /* subs x1, x1, #1 */
    code[n] = 0x54000001 | ((loop - n) & 0x7ffff) << 5; /* b.ne loop */
    n++;
    code[n++] = 0xd65f03c0; /* ret */
    for (u32 i = 0; i < n; i += 16) __asm__ volatile("dc cvau, %0" : : "r"(code + i) : "memory");
    __asm__ volatile("dsb ish");
    for (u32 i = 0; i < n; i += 16) __asm__ volatile("ic ivau, %0" : : "r"(code + i) : "memory");
    __asm__ volatile("dsb ish\nisb");
}
#else
static u8 *put(u8 *at, const char *bytes, int count)
{
    while (count--) *at++ = (u8)*bytes++;
    return at;
}
static u8 *put32(u8 *at, u32 value)
{
    __builtin_memcpy(at, &value, 4);
    return at + 4;
}
static void write_function(u8 *at, u32 multiplier, u32 immediate, u32 shift)
{
    at = put(at, "\x48\x89\xf8\xba", 4); /* mov rax, rdi; mov edx, multiplier */
    at = put32(at, multiplier);
    u8 *loop = at;
    at = put(at, "\x48\x0f\xaf\xc2\x48\x01\xf0", 7); /* imul rax, rdx; add rax, rsi */
    for (int i = 0; i < STEPS; i++) {
        at = put(at, "\x48\x05", 2); /* add rax, immediate */
        at = put32(at, (immediate + (u32)i) & 0xfff);
        at = put(at, "\x48\x31\xf0", 3); /* xor rax, rsi */
    }
    at = put(at, "\x48\x89\xc1\x48\xc1\xe9", 6); /* mov rcx, rax; shr rcx, shift */
    *at++ = (u8)shift;
    at = put(at, "\x48\x31\xc8\x48\xff\xce\x0f\x85", 8); /* xor rax, rcx; dec rsi; jne loop */
    at = put32(at, (u32)(loop - (at + 4)));
    *at = 0xc3;
}
#endif

static u64 kernel(u64 rounds)
{
    u8 *code = (u8 *)sys(mmap, 0, FUNCTIONS * SIZE, 7, 0x22, -1, 0);
    u32 random = 1;
    u64 sum = 0;
    for (u32 n = 0; n < FUNCTIONS; n++) write_function(code + n * SIZE, n | 1, n, 7);
    for (u64 n = 0; n < rounds; n++) {
        u32 written = random_next(&random) % FUNCTIONS;
        u32 multiplier = random_next(&random) | 1;
        write_function(code + written * SIZE, multiplier, random_next(&random), 5 + n % 20);
        for (u32 k = 0; k < 5; k++) {
            u64 (*f)(u64, u64) = (u64(*)(u64, u64))(code + (written + k * k * 3) % FUNCTIONS * SIZE);
            sum = f(sum, LOOPS);
        }
    }
    return sum;
}
