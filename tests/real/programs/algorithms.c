/* A few programs in one: big numbers, regular expressions by backtracking, a heap, hashing, text, matrices, bit tricks, a cellular automaton. */
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void big_factorial(int n)
{
    uint32_t digits[400] = {1};
    int count = 1;
    for (int i = 2; i <= n; i++) {
        uint64_t carry = 0;
        for (int k = 0; k < count; k++) {
            carry += (uint64_t)digits[k] * (uint32_t)i;
            digits[k] = (uint32_t)(carry % 1000000000);
            carry /= 1000000000;
        }
        while (carry) digits[count++] = (uint32_t)(carry % 1000000000), carry /= 1000000000;
    }
    printf("%u", digits[count - 1]);
    for (int k = count - 2; k >= 0; k--) printf("%09u", digits[k]);
    printf("\n");
}

static int matches(const char *p, const char *s)
{
    if (!*p) return 1;
    if (p[1] == '*') {
        do if (matches(p + 2, s)) return 1;
        while (*s && (*s++ == *p || *p == '.'));
        return 0;
    }
    if (p[0] == '$' && !p[1]) return !*s;
    return *s && (*p == '.' || *p == *s) ? matches(p + 1, s + 1) : 0;
}

struct node { struct node *left, *right; int key, priority; };
static struct node *rotate(struct node *t, int key)
{
    if (!t) {
        t = calloc(1, sizeof *t);
        t->key = key;
        t->priority = (int)((uint32_t)key * 2654435761u >> 3);
        return t;
    }
    if (key < t->key) {
        t->left = rotate(t->left, key);
        if (t->left->priority > t->priority) {
            struct node *l = t->left;
            t->left = l->right, l->right = t, t = l;
        }
    } else if (key > t->key) {
        t->right = rotate(t->right, key);
        if (t->right->priority > t->priority) {
            struct node *r = t->right;
            t->right = r->left, r->left = t, t = r;
        }
    }
    return t;
}
static int height(const struct node *t)
{
    if (!t) return 0;
    int l = height(t->left), r = height(t->right);
    return 1 + (l > r ? l : r);
}
static int64_t total(const struct node *t) { return t ? total(t->left) * 3 + t->key + total(t->right) % 1000003 : 1; }

static jmp_buf escape;
static int depth_of(int n)
{
    char frame[64];
    memset(frame, n, sizeof frame);
    if (n == 0) longjmp(escape, 7);
    return depth_of(n - 1) + frame[n & 63];
}

static void automaton(void)
{
    static uint8_t cells[2][80];
    cells[0][40] = 1;
    for (int row = 0; row < 24; row++) {
        uint8_t *from = cells[row & 1], *to = cells[~row & 1];
        for (int i = 0; i < 80; i++) putchar(from[i] ? '#' : '.');
        putchar('\n');
        for (int i = 0; i < 80; i++) to[i] = 110 >> (from[(i + 79) % 80] * 4 + from[i] * 2 + from[(i + 1) % 80]) & 1;
    }
}

static float a[37][37], b[37][37];
static double sums[37];
static void matrices(void)
{
    for (int i = 0; i < 37; i++) for (int k = 0; k < 37; k++) a[i][k] = (float)(i * 3 - k) / 8, b[i][k] = (float)(k % 5 - i % 3);
    for (int i = 0; i < 37; i++) for (int k = 0; k < 37; k++) for (int j = 0; j < 37; j++) sums[i] += (double)a[i][j] * b[j][k];
    for (int i = 0; i < 37; i += 5) printf("%.6f ", sums[i]);
    short s[100];
    unsigned char u[100];
    long long dot = 0;
    for (int i = 0; i < 100; i++) s[i] = (short)(i * 777), u[i] = (unsigned char)(i * 13);
    for (int i = 0; i < 100; i++) dot += s[i] * u[i], u[i] = (unsigned char)(u[i] > 200 ? 255 : u[i] + 55), s[i] = (short)(s[i] < 0 ? -s[i] : s[i]);
    for (int i = 0; i < 100; i++) dot = dot * 3 + s[i] + u[i];
    printf("%lld\n", dot);
}

/* a * b % modulus, of 128 bits in between. */
static uint64_t product(uint64_t a, uint64_t b, uint64_t modulus)
{
#ifdef __SIZEOF_INT128__
    return (uint64_t)((unsigned __int128)a * b % modulus);
#else
    uint64_t result = 0;
    for (a %= modulus, b %= modulus; b; b >>= 1) {
        if (b & 1) result = a >= modulus - result ? a - (modulus - result) : result + a;
        a = a >= modulus - a ? a - (modulus - a) : a + a;
    }
    return result;
#endif
}

static uint64_t modular(uint64_t base, uint64_t exponent, uint64_t modulus)
{
    uint64_t result = 1;
    for (; exponent; exponent >>= 1) {
        if (exponent & 1) result = product(result, base, modulus);
        base = product(base, base, modulus);
    }
    return result;
}

struct bits { unsigned a : 3, b : 7; signed c : 5; unsigned long long d : 40; };

int main(int argc, char **argv)
{
    big_factorial(200);
    printf("%d%d%d%d\n", matches("a.*b*c$", "axxbbbc"), matches("a.*d", "abc"), matches(".*.*.*x$", "aaaaaaaaaaaaaaaaaaaab"), matches("", "x"));
    struct node *root = NULL;
    for (int i = 0; i < 50000; i++) root = rotate(root, (int)((uint32_t)i * 7919u % 65537u));
    printf("%d %lld\n", height(root) < 64, (long long)total(root));
    int r = setjmp(escape);
    printf("escaped %d\n", r ? r : depth_of(5000));
    automaton();
    matrices();
    printf("%llu %llu\n", (unsigned long long)modular(3, 0x123456789abcdefull, 0xfffffffffffffc5full), (unsigned long long)modular(2, 1000003, 1000000007));
    struct bits f = {5, 100, -7, 0x123456789aull};
    f.c += argc, f.d *= 3, f.b ^= 0x55;
    printf("%u %u %d %llu %zu %s\n", f.a, f.b, f.c, (unsigned long long)f.d, sizeof f, argv[0] ? "named" : "nameless");
    abort();
}
