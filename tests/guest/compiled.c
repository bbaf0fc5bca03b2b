/* What compilers make of ordinary C: switch tables, indirect and recursive calls, structures by value, varargs, strings,
 * non-local jumps, big frames, computed gotos, sorting, a small interpreter.
 * levels: O0 O1 O2 O3
 * portable */
#include "check.h"

static __attribute__((noinline)) u32 table_switch(u32 n, u32 x)
{
    switch (n) {
    case 0: return x + 1;
    case 1: return x * 3;
    case 2: return x ^ 0x55;
    case 3: return x >> 3;
    case 4: return ~x;
    case 5: return x - n;
    case 6: return x / 7;
    case 7: return x % 11;
    case 8: return x << 5;
    case 9: return x | 0x1000;
    case 10: return x & 0xff00;
    case 20: return x + 20;
    case 1000: return x + 1000;
    case 100000: return x - 100000;
    default: return x ^ n;
    }
}
static __attribute__((noinline)) const char *name_of(int c)
{
    switch (c) {
    case 'a' ... 'f': return "a-f";
    case 'x': return "x";
    case '0' ... '9': return "digit";
    case -1: return "end";
    }
    return "other";
}

typedef u64 (*operation)(u64, u64);
static u64 op_add(u64 a, u64 b) { return a + b; }
static u64 op_sub(u64 a, u64 b) { return a - b; }
static u64 op_mul(u64 a, u64 b) { return a * b; }
static u64 op_xor(u64 a, u64 b) { return a ^ b << 1; }
static const operation operations[] = {op_add, op_sub, op_mul, op_xor};

static __attribute__((noinline)) u32 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
static __attribute__((noinline)) u32 ackermann(u32 m, u32 n) { return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1)); }
static int is_odd(u32 n);
static __attribute__((noinline)) int is_even(u32 n) { return n == 0 ? 1 : is_odd(n - 1); }
static __attribute__((noinline)) int is_odd(u32 n) { return n == 0 ? 0 : is_even(n - 1); }

struct small { u8 a; u16 b; };
struct pair { u64 a, b; };
struct floats { double x, y, z; };
struct big { u64 values[13]; char text[11]; };
static __attribute__((noinline)) struct small make_small(int n) { return (struct small){(u8)n, (u16)(n * 300)}; }
static __attribute__((noinline)) struct pair swap_pair(struct pair p) { return (struct pair){p.b, p.a + 1}; }
static __attribute__((noinline)) struct floats turn(struct floats f, float w) { return (struct floats){f.y * w, f.z - 1, f.x + w}; }
static __attribute__((noinline)) struct big grow(struct big b, struct small s, struct pair p)
{
    for (int i = 0; i < 13; i++) b.values[i] += (u64)i * s.b + p.a;
    b.text[s.a % 11] = '!';
    return b;
}
static __attribute__((noinline)) u64 many(u8 a, s16 b, u32 c, u64 d, float e, double f, s8 g, u64 h, u64 i, u8 j, double k, s32 l, struct pair m)
{
    return a + (u64)b * 2 + c * 3 + d * 4 + (u64)e * 5 + (u64)f * 6 + (u64)g * 7 + h * 8 + i * 9 + j * 10 + (u64)k * 11 + (u64)l * 12 + m.a * 13 + m.b;
}
static __attribute__((noinline)) u64 sum_of(const char *kinds, ...)
{
    va_list args, copy;
    va_start(args, kinds);
    va_copy(copy, args);
    u64 sum = 0;
    for (const char *k = kinds; *k; k++) {
        if (*k == 'i') sum = sum * 31 + (u64)va_arg(args, int);
        if (*k == 'l') sum = sum * 31 + va_arg(args, u64);
        if (*k == 'd') sum = sum * 31 + (u64)(s64)(va_arg(args, double) * 16);
        if (*k == 'p') {
            struct pair p = va_arg(args, struct pair);
            sum += p.a ^ p.b;
        }
    }
    sum += *kinds == 'd' ? (u64)va_arg(copy, double) : 1;
    va_end(args);
    va_end(copy);
    return sum;
}

static void *jump_buffer[5];
static __attribute__((noinline)) void throw_at(int depth)
{
    volatile char frame[100];
    frame[depth] = (char)depth;
    if (depth == 0) __builtin_longjmp(jump_buffer, 1);
    throw_at(depth - 1);
    mix((u64)frame[depth]);
}
static __attribute__((noinline)) u64 catch(int depth)
{
    volatile u64 state = 17;
    if (__builtin_setjmp(jump_buffer)) return state + 1000;
    state = 42;
    throw_at(depth);
    return 0;
}

static __attribute__((noinline)) u64 interpret(const u8 *code)
{
    static const void *const labels[] = {&&do_push, &&do_add, &&do_mul, &&do_dup, &&do_jnz, &&do_dec, &&do_swap, &&do_end};
    u64 stack[16], *top = stack;
    *top = 0;
    goto *labels[*code];
do_push: *++top = code[1]; code += 2; goto *labels[*code];
do_add: top[-1] += *top; top--; code++; goto *labels[*code];
do_mul: top[-1] = top[-1] * *top + 1; top--; code++; goto *labels[*code];
do_dup: top[1] = *top; top++; code++; goto *labels[*code];
do_jnz: code = *top ? code - code[1] : code + 2; goto *labels[*code];
do_dec: --*top; code++; goto *labels[*code];
do_swap: { u64 t = *top; *top = top[-1]; top[-1] = t; } code++; goto *labels[*code];
do_end: return top[-1];
}

static __attribute__((noinline)) void quicksort(s32 *a, int n)
{
    if (n < 2) return;
    s32 pivot = a[n / 2];
    int i = 0, j = n - 1;
    for (;; i++, j--) {
        while (a[i] < pivot) i++;
        while (a[j] > pivot) j--;
        if (i >= j) break;
        s32 t = a[i];
        a[i] = a[j], a[j] = t;
    }
    quicksort(a, i);
    quicksort(a + j + 1, n - j - 1);
}

static __attribute__((noinline)) u64 big_frame(int n)
{
    u8 bytes[70000];
    for (size_t i = 0; i < sizeof bytes; i += 977) bytes[i] = (u8)(i * (size_t)n);
    u64 sum = 0;
    for (size_t i = 0; i < sizeof bytes; i += 977) sum = sum * 3 + bytes[i];
    return n ? sum + big_frame(n - 1) : sum;
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    begin();
    for (u32 n = 0; n < 30; n++) mix(table_switch(n, n * 0x12345 + 7));
    mix(table_switch(1000, 1)), mix(table_switch(100000, 2)), mix(table_switch(0xffffffff, 3));
    for (int c = -2; c < 128; c++) mix((u64)name_of(c)[0]);
    end("switch");
    begin();
    u64 v = 1;
    for (u32 i = 0; i < 1000; i++) mix(v = operations[(v ^ i) & 3](v, i * 77 + 1));
    mix(fibonacci(20)), mix(ackermann(2, 30)), mix((u64)is_even(1001));
    end("calls");
    begin();
    struct big b = {{1, 2, 3}, "structure"};
    struct floats f = {1.5, -2.25, 1e10};
    struct pair p = {3, 9};
    for (int n = 0; n < 20; n++) {
        p = swap_pair(p);
        struct small s = make_small(n);
        b = grow(b, s, p);
        f = turn(f, (float)n * 0.5f - 3);
        mix_bytes(b.values, sizeof b.values);
        mix_bytes(b.text, sizeof b.text);
        mix_bytes(&f, sizeof f);
        mix(many((u8)n, -3, 4, p.a, 5.5f, 6.75, -7, 8, 9, 10, 11.9, -12, p));
    }
    end("structures");
    begin();
    mix(sum_of("iiiiiiiiiiii", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, -12));
    mix(sum_of("dddddddddddd", 1.5, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.25, 10.0, -11.0, 12.0));
    mix(sum_of("ildpildpildp", 1, (u64)2 << 40, 3.5, p, 4, (u64)5, 6.5, p, 7, ~(u64)0, -8.5, p));
    end("varargs");
    begin();
    for (int n = 0; n < 50; n++) mix(catch(n));
    end("non-local jumps");
    begin();
    static const u8 code[] = {0, 1, 0, 50, 6, 3, 1, 6, 5, 4, 5, 7};
    mix(interpret(code));
    static const u8 loop[] = {0, 3, 0, 200, 6, 0, 5, 2, 6, 5, 4, 6, 7};
    mix(interpret(loop));
    end("computed goto");
    begin();
    static s32 list[1000];
    for (int n = 0; n < 1000; n++) list[n] = (s32)((u32)n * 2654435761u);
    quicksort(list, 1000);
    for (int n = 1; n < 1000; n++) mix((u64)(list[n - 1] <= list[n]) + (u64)list[n]);
    mix(big_frame(3));
    end("sort, frames");
    begin();
    char text[200];
    for (int n = 0; n < 180; n++) {
        memset(text, 'a' + n % 26, (size_t)n);
        text[n] = 0;
        mix(strlen(text));
        memmove(text + 7, text + n % 9, (size_t)n / 2);
        mix((u64)(s64)strcmp(text, text + n / 3));
        mix((u64)(memcmp(text, text + 1, (size_t)n) < 0));
        mix_bytes(text, (size_t)n);
    }
    end("strings");
    return 0;
}
