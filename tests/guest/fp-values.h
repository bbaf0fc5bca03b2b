/* Operands where floating-point instructions go wrong, and access to FPCR and FPSR. */
#ifndef FP_VALUES_H
#define FP_VALUES_H
#include "check.h"

static const u64 doubles[] = {
    0x0000000000000000, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x3ff8000000000000, 0x4004000000000000, 0xc00c000000000000,
    0x3fd5555555555555, 0x400921fb54442d18, 0x4330000000000000, 0x4330000000000001, 0x432fffffffffffff, 0xc1e0000000000000, 0x41dfffffffc00000,
    0x41e0000000000000, 0x41efffffffe00000, 0x41f0000000000000, 0x43e0000000000000, 0xc3e0000000000000, 0x43dfffffffffffff, 0x43f0000000000000,
    0x7fefffffffffffff, 0xffefffffffffffff, 0x0010000000000000, 0x8010000000000000, 0x000fffffffffffff, 0x0000000000000001, 0x8000000000000001,
    0x7ff0000000000000, 0xfff0000000000000, 0x7ff8000000000000, 0xfff8000000012345, 0x7ff0000000000001, 0xfff4000000000000, 0x3e50000000000000,
    0x37e0000000000001, 0x47efffffe0000000, 0x47efffffefffffff, 0x3810000000000000, 0x380fffffffffffff, 0x3f10000000000000, 0x40effc0000000000,
    0x40f0000000000000, 0x1ff0000000000000, 0x5ff0000000000003, 0x3fe0000000000000, 0xbfe0000000000001, 0x3fdfffffffffffff,
};
#define DOUBLES (sizeof doubles / sizeof *doubles)

static const u32 floats[] = {
    0x00000000, 0x80000000, 0x3f800000, 0xbf800000, 0x3fc00000, 0x40200000, 0xc0600000, 0x3eaaaaab, 0x40490fdb, 0x4b000000, 0x4b000001, 0x4affffff,
    0xcf000000, 0x4effffff, 0x4f000000, 0x4f7fffff, 0x4f800000, 0x5f000000, 0xdf000000, 0x5effffff, 0x5f800000, 0x7f7fffff, 0xff7fffff, 0x00800000,
    0x80800000, 0x007fffff, 0x00000001, 0x80000001, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc12345, 0x7f800001, 0xffa00000, 0x477fe000, 0x477ff000,
    0x38800000, 0x387fc000, 0x33000000, 0x33000001, 0x20000000, 0x5f800003, 0x3f000000, 0xbf000001, 0x3effffff,
};
#define FLOATS (sizeof floats / sizeof *floats)

static const u16 halves[] = {
    0x0000, 0x8000, 0x3c00, 0xbc00, 0x3e00, 0x4100, 0xc700, 0x3555, 0x4248, 0x6400, 0x6401, 0x63ff, 0x7bff, 0xfbff, 0x0400, 0x8400, 0x03ff, 0x0001,
    0x8001, 0x7c00, 0xfc00, 0x7e00, 0xfe12, 0x7c01, 0xfd00, 0x3800, 0xb801, 0x37ff, 0x7800, 0x1400,
};
#define HALVES (sizeof halves / sizeof *halves)

static inline void set_fpcr(u64 v)
{
    __asm__ volatile("msr fpcr, %0" : : "r"(v) : "memory");
}
static inline u64 take_fpsr(void)
{
    u64 v;
    __asm__ volatile("mrs %0, fpsr\n msr fpsr, xzr" : "=r"(v) : : "memory");
    return v & 0x0800009f;
}

/* Is some lane of these bytes, of whatever width, the smallest normal number of its format? */
static inline int has_smallest_normal(const void *result, size_t n)
{
    const unsigned char *b = result;
    for (size_t i = 0; i < n; i += 2) {
        if (i + 2 <= n && (*(const u16 *)(b + i) & 0x7fff) == 0x0400) return 1;
        if (i % 4 == 0 && i + 4 <= n && (*(const u32 *)(b + i) & 0x7fffffff) == 0x00800000) return 1;
        if (i % 8 == 0 && i + 8 <= n && (*(const u64 *)(b + i) & 0x7fffffffffffffff) == 0x0010000000000000) return 1;
    }
    return 0;
}
/* The flags of an operation that gave `result`. UFC of a result that was rounded up to the smallest normal number is left out: Arm
 * looks for underflow before rounding, the host after it; README says so. */
static inline u64 flags_of(const void *result, size_t n)
{
    u64 v = take_fpsr();
    return has_smallest_normal(result, n) ? v & ~8ul : v;
}
static inline void clear_fpsr(void)
{
    __asm__ volatile("msr fpsr, xzr" : : : "memory");
}

/* The modes under test: the four roundings, default NaN, flush of halves, all of it. Flush to zero (FZ) is tested by tests/diff: a result
 * that rounds up to the smallest normal number is flushed by Arm and kept by the host. */
static const u32 modes[] = {0, 1 << 22, 2 << 22, 3 << 22, 1 << 25, 1 << 19, 1 << 25 | 1 << 19 | 3 << 22};
static const char *const mode_names[] = {"RN", "RP", "RM", "RZ", "DN", "FZ16", "RZ DN FZ16"};
#define MODES (sizeof modes / sizeof *modes)
#endif
