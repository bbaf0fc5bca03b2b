/* integer 300 12: quicksort of 100,000 numbers; comparisons that cannot be predicted */
#include "kernel.h"
#define N 100000
static s32 list[N];
static void quicksort(s32 *a, long n)
{
    while (n > 1) {
        s32 pivot = a[n / 2];
        long i = 0, j = n - 1;
        for (;; i++, j--) {
            while (a[i] < pivot) i++;
            while (a[j] > pivot) j--;
            if (i >= j) break;
            s32 t = a[i];
            a[i] = a[j], a[j] = t;
        }
        quicksort(a, i);
        a += j + 1, n -= j + 1;
    }
}
static u64 kernel(u64 rounds)
{
    u32 state = 1;
    u64 sum = 0;
    while (rounds--) {
        for (long i = 0; i < N; i++) list[i] = (s32)random_next(&state);
        quicksort(list, N);
        sum = sum * 31 + (u32)list[N / 3];
    }
    return sum;
}
