/* Atomic operations of every size and order, by exclusives.
 * levels: O0 O2
 * flags: -march=armv8-a -mno-outline-atomics
 * portable */
#include "check.h"

#define SIZES(X) X(u8) X(u16) X(u32) X(u64)
#define ORDERS(X, T, name) X(T, name, __ATOMIC_RELAXED) X(T, name, __ATOMIC_ACQUIRE) X(T, name, __ATOMIC_RELEASE) X(T, name, __ATOMIC_SEQ_CST)

#define FETCH(T, name, order) \
    cell[1] = (T)x; \
    mix(__atomic_fetch_##name(&cell[1], (T)y, order)); \
    mix(__atomic_##name##_fetch(&cell[1], (T)y, order)); \
    mix(cell[1]);

#define TEST(T) \
    static __attribute__((noinline)) void atomics_##T(void) \
    { \
        begin(); \
        FOR_PAIRS(x, y) { \
            T cell[3] = {(T)0xa5a5a5a5a5a5a5a5, 0, (T)0x5a5a5a5a5a5a5a5a}; \
            ORDERS(FETCH, T, add) ORDERS(FETCH, T, sub) ORDERS(FETCH, T, and) ORDERS(FETCH, T, or) ORDERS(FETCH, T, xor) FETCH(T, nand, __ATOMIC_ACQ_REL) \
            mix(__atomic_exchange_n(&cell[1], (T)x, __ATOMIC_SEQ_CST)); \
            T expected = (T)y; \
            mix(__atomic_compare_exchange_n(&cell[1], &expected, (T)(x + y), 0, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)); \
            mix(expected); \
            expected = cell[1]; \
            mix(__atomic_compare_exchange_n(&cell[1], &expected, (T)(x ^ y), 0, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)); \
            mix(__atomic_load_n(&cell[1], __ATOMIC_ACQUIRE)); \
            __atomic_store_n(&cell[1], (T)(x - y), __ATOMIC_RELEASE); \
            mix(__atomic_load_n(&cell[1], __ATOMIC_SEQ_CST)); \
            mix(cell[0]); \
            mix(cell[2]); \
            __atomic_thread_fence(__ATOMIC_SEQ_CST); \
        } \
        end(#T); \
    }
SIZES(TEST)

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    atomics_u8(), atomics_u16(), atomics_u32(), atomics_u64();
    return 0;
}
