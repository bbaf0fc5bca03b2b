/* calls 200 8: a byte-code interpreter that counts primes; indirect jumps */
#include "kernel.h"
enum { PUSH, LOAD, STORE, ADD, SUB, MUL, MOD, LESS, JUMP, JZ, HALT, DUP };
static u64 run(const s32 *code)
{
    s64 stack[32], vars[8] = {0}, *sp = stack;
    for (const s32 *pc = code;;) {
        switch (*pc++) {
        case PUSH: *sp++ = *pc++; break;
        case LOAD: *sp++ = vars[*pc++]; break;
        case STORE: vars[*pc++] = *--sp; break;
        case ADD: sp--; sp[-1] += *sp; break;
        case SUB: sp--; sp[-1] -= *sp; break;
        case MUL: sp--; sp[-1] *= *sp; break;
        case MOD: sp--; sp[-1] %= *sp; break;
        case LESS: sp--; sp[-1] = sp[-1] < *sp; break;
        case DUP: *sp = sp[-1]; sp++; break;
        case JUMP: pc = code + *pc; break;
        case JZ: pc = *--sp ? pc + 1 : code + *pc; break;
        case HALT: return (u64)vars[0];
        }
    }
}
static u64 kernel(u64 rounds)
{
    /* vars: 0 count, 1 n, 2 d */
    static const s32 code[] = {
        PUSH, 2, STORE, 1,
        /* 4 */ LOAD, 1, PUSH, 3000, LESS, JZ, 52, PUSH, 2, STORE, 2,
        /* 15 */ LOAD, 2, DUP, MUL, LOAD, 1, PUSH, 1, ADD, LESS, JZ, 38, LOAD, 1, LOAD, 2, MOD, JZ, 45, LOAD, 2, JUMP, 54,
        /* 38 */ LOAD, 0, PUSH, 1, ADD, STORE, 0,
        /* 45 */ LOAD, 1, PUSH, 1, ADD, STORE, 1,
        /* 52 */ JUMP, 61,
        /* 54 */ PUSH, 1, ADD, STORE, 2, JUMP, 15,
        /* 61 */ LOAD, 1, PUSH, 3000, LESS, JZ, 70, JUMP, 4,
        /* 70 */ HALT,
    };
    u64 sum = 0;
    while (rounds--) for (int i = 0; i < 15; i++) sum = sum * 7 + run(code);
    return sum;
}
