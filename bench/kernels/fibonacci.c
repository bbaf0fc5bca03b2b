/* calls 42 36: the doubly recursive Fibonacci number of the argument; direct calls and returns */
#include "kernel.h"
static __attribute__((noinline, optimize("no-inline-functions,no-optimize-sibling-calls"))) u64 fibonacci(u64 n)
{
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}
static u64 kernel(u64 rounds)
{
    return fibonacci(rounds);
}
