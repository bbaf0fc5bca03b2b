/* What the test programs share: a running hash of results, printed per section, so that a wrong one is found quickly. */
#ifndef CHECK_H
#define CHECK_H
#include "mini.h"

static u64 check_hash;
static unsigned check_count;

static inline void begin(void)
{
    check_hash = 0xcbf29ce484222325u;
    check_count = 0;
}

static inline void mix(u64 v)
{
    check_hash = (check_hash ^ v) * 0x100000001b3u;
    check_hash ^= check_hash >> 29;
    check_count++;
}

static inline void mix_bytes(const void *p, size_t n)
{
    const u8 *b = p;
    for (size_t i = 0; i < n; i++) mix(b[i]);
}

/* Ends a section: its name, how many results and their hash. */
static inline void end(const char *name)
{
    out("%-24s %6u %016llx\n", name, check_count, (unsigned long long)check_hash);
}

/* Keeps the compiler from knowing a value. */
#define HIDE(v) __asm__ volatile("" : "+r"(v))

/* Operands where integer instructions go wrong. */
static const u64 specials[] = {
    0, 1, 2, 3, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff,
    0x100000000, 0x123456789abcdef0, 0x7fffffffffffffff, 0x8000000000000000, 0x8000000000000001, 0xaaaaaaaaaaaaaaaa, 0x5555555555555555,
    0xfffffffffffffffe, 0xffffffffffffffff,
};
#define SPECIALS (sizeof specials / sizeof *specials)
#define FOR_PAIRS(a, b) \
    for (size_t i_ = 0; i_ < SPECIALS; i_++) \
        for (size_t j_ = 0; j_ < SPECIALS; j_++) \
            for (u64 once_ = 1, a = specials[i_], b = specials[j_]; once_; once_ = 0)
#define FOR_EACH(a) \
    for (size_t i_ = 0; i_ < SPECIALS; i_++) \
        for (u64 once_ = 1, a = specials[i_]; once_; once_ = 0)
#endif
