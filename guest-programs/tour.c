/* What `npm start` runs: a page of text that took integer, floating-point, vector and system-call work to make. */
#include <arm_neon.h>
#include <linux/utsname.h>
#include "mini.h"

static int is_prime(unsigned n)
{
    for (unsigned d = 2; d * d <= n; d++) if (n % d == 0) return 0;
    return n >= 2;
}

/* Steps of the Collatz sequence from n to 1. */
static unsigned collatz(u64 n)
{
    unsigned steps = 0;
    for (; n != 1; steps++) n = n & 1 ? 3 * n + 1 : n / 2;
    return steps;
}

/* x with four decimals, in a column of `width`. */
static void put_decimal(double x, int width)
{
    u64 scaled = (u64)(x * 10000.0 + 0.5);
    put_number(scaled / 10000, 10, 0, width - 5, ' ', 0);
    put_char('.');
    put_number(scaled % 10000, 10, 0, 4, '0', 0);
}

/* How many steps z = z * z + c stays small, for four neighbouring points at once. */
static uint32x4_t mandelbrot(float32x4_t cx, float cy, unsigned limit)
{
    float32x4_t x = vdupq_n_f32(0), y = x, ci = vdupq_n_f32(cy);
    uint32x4_t count = vdupq_n_u32(0);
    for (unsigned i = 0; i < limit; i++) {
        float32x4_t xx = vmulq_f32(x, x), yy = vmulq_f32(y, y);
        uint32x4_t is_small = vcleq_f32(vaddq_f32(xx, yy), vdupq_n_f32(4));
        count = vsubq_u32(count, is_small);
        if (vmaxvq_u32(is_small) == 0) break;
        float32x4_t xy = vmulq_f32(x, y);
        x = vaddq_f32(vsubq_f32(xx, yy), cx);
        y = vaddq_f32(vaddq_f32(xy, xy), ci);
    }
    return count;
}

static void put_mandelbrot(void)
{
    static const char shades[] = " .:-=+*#%@";
    for (int row = 0; row < 17; row++) {
        put_text("  ");
        for (int column = 0; column < 64; column += 4) {
            static const float steps[4] = {0, 1, 2, 3};
            float32x4_t at = vaddq_f32(vdupq_n_f32((float)column), vld1q_f32(steps));
            float32x4_t cx = vsubq_f32(vmulq_n_f32(at, 3.0f / 64), vdupq_n_f32(2.25f));
            u32 counts[4];
            vst1q_u32(counts, mandelbrot(cx, ((float)row - 8) * 2.4f / 17, 40));
            for (int i = 0; i < 4; i++) put_char(counts[i] == 40 ? '@' : shades[counts[i] * 8 / 40 + (counts[i] > 3)]);
        }
        put_char('\n');
    }
}

int main(int argc, char **argv, char **envp)
{
    (void)envp;
    struct new_utsname name;
    memset(&name, 0, sizeof name);
    sys(uname, &name);
    out("Hello from an AArch64 program: uname says this machine is %s.\n\n", name.machine);
    put_text("     n  prime    square           n!  collatz   sqrt(n)\n");
    u64 factorial = 1;
    for (unsigned n = 1; n <= 12; n++) {
        factorial *= n;
        out("  %4u  %5s  %8u %12lu %8u", n, is_prime(n) ? "yes" : "", n * n, factorial, collatz(n));
        put_decimal(__builtin_sqrt((double)n), 10);
        put_char('\n');
    }
    put_char('\n');
    put_mandelbrot();
    out("\n  %d argument%s", argc - 1, argc == 2 ? "" : "s");
    for (int i = 1; i < argc; i++) out("%s %s", i == 1 ? ":" : "", argv[i]);
    put_char('\n');
    return 0;
}
