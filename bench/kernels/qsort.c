/* calls 300 12: the C library's way to sort: records by a comparison that is called, elements of any size; indirect calls */
#include "kernel.h"
#define N 20000
typedef int comparison(const void *, const void *);
struct record { u32 key, tie; u64 value; };
static struct record records[N];
static void swap(char *a, char *b, size_t size)
{
    for (; size >= 8; size -= 8, a += 8, b += 8) {
        u64 x, y;
        __builtin_memcpy(&x, a, 8), __builtin_memcpy(&y, b, 8);
        __builtin_memcpy(a, &y, 8), __builtin_memcpy(b, &x, 8);
    }
}
static __attribute__((noinline)) void sort(char *base, size_t n, size_t size, comparison *compare)
{
    while (n > 8) {
        char *low = base, *high = base + (n - 1) * size, *middle = base + n / 2 * size;
        if (compare(middle, low) < 0) swap(middle, low, size);
        if (compare(high, middle) < 0) swap(high, middle, size);
        if (compare(middle, low) < 0) swap(middle, low, size);
        swap(base, middle, size);
        for (char *i = base, *j = base + n * size;;) {
            do i += size; while (i <= high && compare(i, base) < 0);
            do j -= size; while (compare(base, j) < 0);
            if (i >= j) {
                swap(base, j, size);
                middle = j;
                break;
            }
            swap(i, j, size);
        }
        size_t left = (size_t)(middle - base) / size;
        sort(base, left, size, compare);
        base = middle + size, n -= left + 1;
    }
    for (char *i = base + size; i < base + n * size; i += size)
        for (char *j = i; j > base && compare(j, j - size) < 0; j -= size) swap(j, j - size, size);
}
static int by_key(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return (int)x->tie - (int)y->tie;
}
static int by_value(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}
static u64 kernel(u64 rounds)
{
    u32 state = 43;
    u64 sum = 0;
    while (rounds--) {
        for (u32 i = 0; i < N; i++) records[i] = (struct record){random_next(&state) & 4095, i, (u64)state * 0x9e3779b97f4a7c15u};
        sort((char *)records, N, sizeof *records, by_key);
        sum = sum * 31 + records[N / 3].value;
        sort((char *)records, N, sizeof *records, by_value);
        sum = sum * 31 + records[N / 3].key;
    }
    return sum;
}
