/* Functions that one thread writes anew, with cache maintenance, while two others run them and their neighbours: who has seen that one is written runs it, or a later one.
 * levels: O1
 * flags: -mno-outline-atomics */
#include <linux/mman.h>
#include "check.h"

typedef u64 (*function)(void);
enum { WORDS = 16, FUNCTIONS = 192, SIZE = FUNCTIONS * WORDS * 4, ROUNDS = 20000, READERS = 2, STACK = 16384 };
/* CLONE_ VM, FS, FILES, SIGHAND, THREAD, SYSVSEM, PARENT_SETTID, CHILD_CLEARTID */
#define THREAD_FLAGS (0x100 | 0x200 | 0x400 | 0x800 | 0x10000 | 0x40000 | 0x100000 | 0x200000)
#define RET 0xd65f03c0u
#define MOVZ(reg, imm) (0xd2800000u | (u32)(imm) << 5 | (reg))

static u32 *code;
/* The round that has written each function last, when it is there to be run. */
static u32 written[FUNCTIONS];
static u32 is_over, wrong, calls;
static volatile u32 tids[READERS];
static char stacks[READERS][STACK] __attribute__((aligned(16)));

static void synchronise(const void *at)
{
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" : : "r"(at) : "memory");
}

__attribute__((used)) static void reader(void)
{
    u32 random = 1 + (u32)((u64)__builtin_frame_address(0) >> 14);
    while (!__atomic_load_n(&is_over, __ATOMIC_ACQUIRE)) {
        random = random * 1103515245 + 12345;
        u32 n = (random >> 16) % FUNCTIONS;
        u32 least = __atomic_load_n(&written[n], __ATOMIC_ACQUIRE);
        __asm__ volatile("isb" : : : "memory");
        if (((function)(code + n * WORDS))() < least) __atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
        __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED);
    }
    for (;;) sys(exit, 0);
}

static __attribute__((noinline)) void start(char *top, volatile u32 *tid)
{
    register long x8 __asm__("x8") = __NR_clone;
    register long x0 __asm__("x0") = THREAD_FLAGS;
    register char *x1 __asm__("x1") = top;
    register volatile u32 *x2 __asm__("x2") = tid;
    register long x3 __asm__("x3") = 0;
    register volatile u32 *x4 __asm__("x4") = tid;
    __asm__ volatile("svc #0\ncbnz x0, 1f\nbr %6\n1:" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(reader) : "memory", "cc");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    code = (u32 *)sys(mmap, 0, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (u32 n = 0; n < FUNCTIONS; n++) {
        code[n * WORDS] = MOVZ(0, 0), code[n * WORDS + 1] = RET;
        synchronise(code + n * WORDS);
    }
    for (u32 n = 0; n < READERS; n++) start(stacks[n] + STACK, &tids[n]);
    u32 random = 1, own = 0;
    for (u32 round = 1; round <= ROUNDS; round++) {
        random = random * 1103515245 + 12345;
        u32 n = (random >> 16) % FUNCTIONS;
        u32 *at = code + n * WORDS;
        __atomic_store_n(at, MOVZ(0, round), __ATOMIC_RELAXED);
        synchronise(at);
        __atomic_store_n(&written[n], round, __ATOMIC_RELEASE);
        /* Sometimes nothing has changed. */
        if (round % 3 == 0) synchronise(at);
        if (round % 4 == 0) own += ((function)at)() != round;
    }
    while (__atomic_load_n(&calls, __ATOMIC_RELAXED) < FUNCTIONS) {}
    __atomic_store_n(&is_over, 1, __ATOMIC_RELEASE);
    for (u32 n = 0; n < READERS; n++)
        for (u32 now; (now = tids[n]) != 0;) sys(futex, &tids[n], 0, now, 0, 0, 0);
    for (u32 n = 0; n < FUNCTIONS; n++) own += ((function)(code + n * WORDS))() != written[n];
    out("wrong: %u of the writer's, %u of the readers'\n", own, wrong);
    return 0;
}
