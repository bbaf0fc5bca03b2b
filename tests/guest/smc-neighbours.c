/* Functions that share pages with one that is written anew, or whose page goes through the protections of W^X: most of them stay what they were, some come
 * back as what they were before. One of each page goes over its end.
 * levels: O1 */
#include <linux/mman.h>
#include "check.h"

typedef u64 (*function)(u64);
enum { WORDS = 64, FUNCTIONS = 48, BEFORE = 58, SIZE = (BEFORE + FUNCTIONS * WORDS) * 4, ROUNDS = 400 };
#define RET 0xd65f03c0u
#define CBZ(reg, words) (0xb4000000u | (u32)(words) << 5 | (u32)(reg))
#define ADDI(rd, rn, imm) (0x91000000u | (u32)(imm) << 10 | (u32)(rn) << 5 | (rd))
#define B(words) (0x14000000u | ((u32)(words) & 0x3ffffff))

static void synchronise(const void *from, size_t n)
{
    for (u64 p = (u64)from & -16ul; p < (u64)from + n; p += 16) __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0" : : "r"(p) : "memory");
    __asm__ volatile("dsb ish\n isb" : : : "memory");
}

static u32 *code;

/* x0 += immediate; a branch that is never taken, a jump over it; the next function if there is a `link`; ret */
static void write_function(u32 n, u32 immediate, int link)
{
    u32 *at = code + n * WORDS, k = 0;
    for (int i = 0; i < 8; i++) at[k++] = ADDI(0, 0, immediate & 0xfff);
    at[k++] = CBZ(0, 3);
    at[k++] = B(3);
    at[k++] = ADDI(0, 0, 1);
    at[k++] = RET;
    at[k++] = ADDI(0, 0, 3);
    at[k] = link && n + 1 < FUNCTIONS ? B(WORDS - k) : RET;
    synchronise(at, WORDS * 4);
}

static void run_all(void)
{
    for (u32 n = 0; n < FUNCTIONS; n++) mix(((function)(code + n * WORDS))(n + 1));
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    u32 *pages = (u32 *)sys(mmap, 0, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    code = pages + BEFORE;
    for (u32 n = 0; n < FUNCTIONS; n++) write_function(n, n, n % 3 != 2);
    begin();
    run_all();
    end("all");
    begin();
    for (u32 r = 0; r < ROUNDS; r++) {
        write_function(r * 7 % FUNCTIONS, r, r % 3);
        run_all();
    }
    end("one written anew");
    begin();
    for (u32 r = 0; r < ROUNDS; r++) {
        write_function(5, r & 1, 0);
        run_all();
    }
    end("to and fro");
    begin();
    for (u32 r = 0; r < ROUNDS; r++) {
        sys(mprotect, pages, SIZE, PROT_READ | PROT_WRITE);
        if (r % 4 == 0) write_function(r % FUNCTIONS, r, 0);
        sys(mprotect, pages, SIZE, PROT_READ | PROT_EXEC);
        run_all();
    }
    end("protected");
    return 0;
}
