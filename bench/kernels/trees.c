/* calls 1250 50: building and summing binary trees of depth 15; recursion with memory */
#include "kernel.h"
struct tree { struct tree *left, *right; u64 value; };
static struct tree pool[1 << 17];
static size_t used;
static __attribute__((noinline)) struct tree *build(int depth)
{
    struct tree *t = &pool[used++];
    t->value = used;
    t->left = depth ? build(depth - 1) : 0;
    t->right = depth ? build(depth - 1) : 0;
    return t;
}
static __attribute__((noinline)) u64 sum_of(const struct tree *t)
{
    return t ? t->value + sum_of(t->left) * 3 - sum_of(t->right) : 0;
}
static u64 kernel(u64 rounds)
{
    u64 sum = 0;
    while (rounds--) {
        used = 0;
        struct tree *t = build(15);
        for (int i = 0; i < 8; i++) sum += sum_of(t);
    }
    return sum;
}
