/* Exclusive loads and stores by hand: success, a lost reservation, pairs, a store between, CASP and the LSE forms the
 * compiler does not use.
 * levels: O1
 * flags: -march=armv8.1-a */
#include "check.h"

static u64 cells[4] __attribute__((aligned(16))) = {0x1122334455667788, 0x99aabbccddeeff00, 3, 4};

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    u64 v, w;
    u32 failed;
    __asm__ volatile("ldxr %0, [%2]\n add %0, %0, #1\n stxr %w1, %0, [%2]" : "=&r"(v), "=&r"(failed) : "r"(cells) : "memory");
    out("ldxr stxr: %u %016lx\n", failed, cells[0]);
    __asm__ volatile("stxr %w0, %1, [%2]" : "=&r"(failed) : "r"(v), "r"(cells) : "memory");
    out("second stxr: %u %016lx\n", failed, cells[0]);
    __asm__ volatile("ldxr %0, [%2]\n clrex\n stxr %w1, xzr, [%2]" : "=&r"(v), "=&r"(failed) : "r"(cells) : "memory");
    out("after clrex: %u %016lx\n", failed, cells[0]);
    __asm__ volatile("ldaxrb %w0, [%2]\n add %w0, %w0, #1\n stlxrb %w1, %w0, [%2]" : "=&r"(v), "=&r"(failed) : "r"((u8 *)cells + 3) : "memory");
    out("bytes: %u %016lx\n", failed, cells[0]);
    __asm__ volatile("ldxrh %w0, [%2]\n mvn %w0, %w0\n stlxrh %w1, %w0, [%2]" : "=&r"(v), "=&r"(failed) : "r"((u8 *)cells + 6) : "memory");
    out("halves: %u %016lx\n", failed, cells[0]);
    __asm__ volatile("ldxp %0, %1, [%3]\n stxp %w2, %1, %0, [%3]" : "=&r"(v), "=&r"(w), "=&r"(failed) : "r"(cells) : "memory");
    out("pairs: %u %016lx %016lx\n", failed, cells[0], cells[1]);
    __asm__ volatile("ldaxp %w0, %w1, [%3]\n stlxp %w2, %w1, %w0, [%3]" : "=&r"(v), "=&r"(w), "=&r"(failed) : "r"(cells) : "memory");
    out("word pairs: %u %016lx %016lx\n", failed, cells[0], cells[1]);
    /* the value changes and changes back: a compare-and-swap cannot see it, and neither answer is wrong, but memory must be whole */
    unsigned done = 0;
    for (int i = 0; i < 1000; i++) {
        do __asm__ volatile("ldaxr %0, [%2]\n add %0, %0, %3\n stlxr %w1, %0, [%2]" : "=&r"(v), "=&r"(failed) : "r"(cells + 2), "r"((u64)i) : "memory");
        while (failed);
        done++;
    }
    out("loop: %u %lu\n", done, cells[2]);

    register u64 x0 __asm__("x0") = cells[0], x1 __asm__("x1") = cells[1], x2 __asm__("x2") = 10, x3 __asm__("x3") = 11;
    __asm__ volatile("caspal x0, x1, x2, x3, [%4]" : "+r"(x0), "+r"(x1) : "r"(x2), "r"(x3), "r"(cells) : "memory");
    out("casp equal: %016lx %016lx -> %lu %lu\n", (u64)x0, (u64)x1, cells[0], cells[1]);
    x0 = 1, x1 = 2, x2 = 12, x3 = 13;
    __asm__ volatile("casp x0, x1, x2, x3, [%4]" : "+r"(x0), "+r"(x1) : "r"(x2), "r"(x3), "r"(cells) : "memory");
    out("casp different: %lu %lu -> %lu %lu\n", (u64)x0, (u64)x1, cells[0], cells[1]);
    begin();
    FOR_PAIRS(a, b) {
#define LSE(insn, w) \
    cells[3] = a; \
    __asm__ volatile(insn " %" w "1, %" w "0, [%2]" : "=&r"(v) : "r"(b), "r"(cells + 3) : "memory"); \
    mix(v); \
    mix(cells[3])
        LSE("ldadd", ""); LSE("ldaddalb", "w"); LSE("ldclrah", "w"); LSE("ldeorl", "w"); LSE("ldset", ""); LSE("ldsmax", ""); LSE("ldsmaxb", "w"); LSE("ldsminh", "w");
        LSE("ldsmin", "w"); LSE("ldumaxal", ""); LSE("ldumaxb", "w"); LSE("lduminh", "w"); LSE("ldumin", ""); LSE("swp", ""); LSE("swpalb", "w"); LSE("swph", "w");
#define ST(insn, w) \
    cells[3] = a; \
    __asm__ volatile(insn " %" w "0, [%1]" : : "r"(b), "r"(cells + 3) : "memory"); \
    mix(cells[3])
        ST("stadd", ""); ST("stclrl", "w"); ST("steorb", "w"); ST("stsmax", ""); ST("stuminh", "w");
        ST("stlr", ""); ST("stlrb", "w"); ST("stlrh", "w");
    }
    end("ld<op> st<op> swp");
    return 0;
}
