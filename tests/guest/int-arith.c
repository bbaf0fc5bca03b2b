/* Integer arithmetic of every width and sign, as the compiler makes it.
 * levels: O0 O1 O2 O3
 * portable */
#include "check.h"

#define OPS(T, U, BITS) \
    static __attribute__((noinline)) void arith_##T(void) \
    { \
        begin(); \
        FOR_PAIRS(x, y) { \
            T a = (T)x, b = (T)y; \
            HIDE(a); \
            HIDE(b); \
            mix((u64)(T)((U)a + (U)b)); \
            mix((u64)(T)((U)a - (U)b)); \
            mix((u64)(T)((U)(u64)a * (u64)b)); \
            mix((u64)(T)(a & b)); \
            mix((u64)(T)(a | b)); \
            mix((u64)(T)(a ^ b)); \
            mix((u64)(T)~a); \
            mix((u64)(T)-(U)a); \
            mix((u64)(T)((U)a << (y % BITS))); \
            mix((u64)(T)(a >> (y % BITS))); \
            mix((u64)((a < b) | (a <= b) << 1 | (a == b) << 2 | (a != b) << 3 | (a > b) << 4 | (a >= b) << 5)); \
            if (b != 0 && !((T)-1 < 0 && b == (T)-1)) { \
                mix((u64)(T)(a / b)); \
                mix((u64)(T)(a % b)); \
            } \
            T r; \
            mix((u64)__builtin_add_overflow(a, b, &r)); \
            mix((u64)r); \
            mix((u64)__builtin_sub_overflow(a, b, &r)); \
            mix((u64)r); \
            mix((u64)__builtin_mul_overflow(a, b, &r)); \
            mix((u64)r); \
        } \
        end(#T); \
    }
OPS(u8, u8, 8)
OPS(s8, u8, 8)
OPS(u16, u16, 16)
OPS(s16, u16, 16)
OPS(u32, u32, 32)
OPS(s32, u32, 32)
OPS(u64, u64, 64)
OPS(s64, u64, 64)

typedef unsigned __int128 u128;
typedef __int128 s128;

static __attribute__((noinline)) void wide(void)
{
    begin();
    FOR_PAIRS(x, y) {
        u128 a = (u128)x << 64 | y, b = (u128)y << 64 | x;
        u128 results[] = {a + b, a - b, a * b, a << (x & 127), a >> (y & 127), (u128)((s128)a >> (y & 127)), (u128)x * y, (u128)((s128)(s64)x * (s64)y)};
        for (size_t i = 0; i < sizeof results / sizeof *results; i++) {
            mix((u64)results[i]);
            mix((u64)(results[i] >> 64));
        }
        mix(a < b);
        mix((s128)a < (s128)b);
    }
    end("128 bits");
}

static __attribute__((noinline)) void counting(void)
{
    begin();
    FOR_EACH(x) {
        u64 a = x;
        HIDE(a);
        mix((u64)__builtin_popcountll(a));
        mix((u64)__builtin_parityll(a));
        if (a) mix((u64)(__builtin_clzll(a) * 100 + __builtin_ctzll(a)));
        if ((u32)a) mix((u64)(__builtin_clz((u32)a) * 100 + __builtin_ctz((u32)a)));
        mix((u64)__builtin_clrsbll((s64)a));
        mix((u64)__builtin_ffsll((s64)a));
        mix(__builtin_bswap64(a));
        mix(__builtin_bswap32((u32)a));
        mix(__builtin_bswap16((u16)a));
        for (unsigned n = 0; n < 64; n += 7) {
            mix(a << n | a >> (-n & 63));
            mix((u32)a << (n & 31) | (u32)a >> (-n & 31));
        }
    }
    end("bits");
}

/* Division by constants, which the compiler turns into multiplications. */
static __attribute__((noinline)) void by_constants(void)
{
    begin();
    FOR_EACH(x) {
        u64 a = x;
        HIDE(a);
#define BY(n) mix(a / n), mix(a % n), mix((u64)((s64)a / n)), mix((u64)((s64)a % n)), mix((u32)a / n), mix((u64)((s32)a % n))
        BY(3); BY(5); BY(7); BY(10); BY(11); BY(13); BY(16); BY(60); BY(100); BY(641); BY(1000); BY(3600); BY(10007); BY(65536); BY(1000000007);
    }
    end("constants");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    arith_u8(), arith_s8(), arith_u16(), arith_s16(), arith_u32(), arith_s32(), arith_u64(), arith_s64();
    wide();
    counting();
    by_constants();
    return 0;
}
