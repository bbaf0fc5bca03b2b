/* A benchmark kernel: `static u64 kernel(u64 rounds)`; the program prints its result, which must be the same on every machine. */
#ifndef KERNEL_H
#define KERNEL_H
#include "mini.h"

static u64 kernel(u64 rounds);
/* What comes behind the rounds: the emulator, for kernels that execute programs. */
static char **kernel_arguments;

int main(int argc, char **argv, char **envp)
{
    (void)envp;
    u64 rounds = 0;
    kernel_arguments = argv + (argc > 2 ? 2 : argc);
    if (argc > 1) for (const char *c = argv[1]; *c; c++) rounds = rounds * 10 + (u64)(*c - '0');
    out("%016lx\n", kernel(rounds));
    return 0;
}

static inline u32 random_next(u32 *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static inline u64 double_bits(double d)
{
    u64 u;
    __builtin_memcpy(&u, &d, 8);
    return u;
}
#endif
