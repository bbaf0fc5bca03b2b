/* calls 60 2: an interpreter of a register machine by computed goto, counting steps of Collatz; indirect jumps */
#include "kernel.h"
enum { SET, MOVE, ADD, MULTIPLY_ADD, HALVE, IS_ODD, LESS, JUMP, JUMP_IF, JUMP_UNLESS, END };
struct insn { u8 op, a, b, c; s32 value; };
static u64 run(const struct insn *code)
{
    static const void *const labels[] = {&&set, &&move, &&add, &&multiply_add, &&halve, &&is_odd, &&less, &&jump, &&jump_if, &&jump_unless, &&end};
    u64 r[8] = {0};
    const struct insn *i = code;
#define NEXT goto *labels[i->op]
    NEXT;
set: r[i->a] = (u64)i->value, i++; NEXT;
move: r[i->a] = r[i->b], i++; NEXT;
add: r[i->a] = r[i->b] + r[i->c], i++; NEXT;
multiply_add: r[i->a] = r[i->b] * r[i->c] + (u64)i->value, i++; NEXT;
halve: r[i->a] = r[i->b] >> 1, i++; NEXT;
is_odd: r[i->a] = r[i->b] & 1, i++; NEXT;
less: r[i->a] = r[i->b] < r[i->c], i++; NEXT;
jump: i = code + i->value; NEXT;
jump_if: i = r[i->a] ? code + i->value : i + 1; NEXT;
jump_unless: i = r[i->a] ? i + 1 : code + i->value; NEXT;
end: return r[0];
}
static u64 kernel(u64 rounds)
{
    /* r0 steps, r1 n, r2 x, r3 flag, r4 one, r5 three, r6 limit */
    static const struct insn code[] = {
        {SET, 4, 0, 0, 1}, {SET, 5, 0, 0, 3}, {SET, 6, 0, 0, 3000}, {SET, 1, 0, 0, 1},
        /* 4 */ {LESS, 3, 1, 6, 0}, {JUMP_UNLESS, 3, 0, 0, 18}, {MOVE, 2, 1, 0, 0},
        /* 7 */ {LESS, 3, 4, 2, 0}, {JUMP_UNLESS, 3, 0, 0, 16}, {ADD, 0, 0, 4, 0}, {IS_ODD, 3, 2, 0, 0}, {JUMP_IF, 3, 0, 0, 14},
        /* 12 */ {HALVE, 2, 2, 0, 0}, {JUMP, 0, 0, 0, 7},
        /* 14 */ {MULTIPLY_ADD, 2, 2, 5, 1}, {JUMP, 0, 0, 0, 7},
        /* 16 */ {ADD, 1, 1, 4, 0}, {JUMP, 0, 0, 0, 4},
        /* 18 */ {END, 0, 0, 0, 0},
    };
    u64 sum = 0;
    while (rounds--) for (int i = 0; i < 15; i++) sum = sum * 7 + run(code);
    return sum;
}
