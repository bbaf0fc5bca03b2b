/* Advanced SIMD by the standard FPSCR beside VFP by FPSCR: denormals, NaNs, rounding, cumulative flags; a fault in the midst of a vector loop, whose handler computes with VFP. */
#include "arm.h"
#include <arm_neon.h>

static float line[2048] __attribute__((aligned(PAGE)));
static volatile float tiny, half = 0.5f;
static volatile u32 faults;

static u32 bits(float f) { u32 u; __builtin_memcpy(&u, &f, 4); return u; }
static float number(u32 u) { float f; __builtin_memcpy(&f, &u, 4); return f; }
static u32 fpscr(void) { u32 v; __asm__ volatile("vmrs %0, fpscr" : "=r"(v)); return v & 0x0fffffff; }
static void set_fpscr(u32 v) { __asm__ volatile("vmsr fpscr, %0" : : "r"(v)); }

/* What faulted may be read from now on. */
static void opens(int signal, struct info *info, struct context *context)
{
    (void)context;
    faults++;
    out("signal %d at +%x: VFP %08x, flags %x\n", signal, info->address - (u32)line, bits(tiny * half), fpscr());
    sys(mprotect, (u32)line + PAGE, PAGE, 3);
}

__attribute__((noinline)) static float32x4_t sum(const float *p, int n)
{
    float32x4_t s = vdupq_n_f32(0), k = vdupq_n_f32(1.0001f);
    for (int i = 0; i < n; i++) s = vmlaq_f32(s, vld1q_f32(p + 4 * i), k);
    return s;
}
/* Both kinds in one loop. */
__attribute__((noinline)) static float mixed(const float *p, int n)
{
    float32x4_t s = vdupq_n_f32(0);
    float d = number(0x00400000);
    for (int i = 0; i < n; i++) {
        s = vaddq_f32(s, vld1q_f32(p + 4 * (i & 7)));
        d = d * number(0x3f7fff00) + tiny;
        if (d > number(0x00600000)) d -= number(0x00100000);
    }
    return d + vgetq_lane_f32(s, 0) * 0;
}
static void show(const char *name, float32x4_t v)
{
    out("%s %08x %08x %08x %08x, flags %x\n", name, bits(vgetq_lane_f32(v, 0)), bits(vgetq_lane_f32(v, 1)), bits(vgetq_lane_f32(v, 2)), bits(vgetq_lane_f32(v, 3)), fpscr());
}

MAIN
{
    for (int i = 0; i < 2048; i++) line[i] = (float)i * 0.25f;
    tiny = number(0x000ae398);
    set_fpscr(0);
    float32x4_t s = sum(line, 64);
    for (int i = 0; i < 3000; i++) s = sum(line, 64);
    show("sum", s);

    static const u32 special[] = {0x00000001, 0x80400000, 0x7fc12345, 0x7f800001, 0x7f800000, 0xff800000, 0x00800000, 0x7f7fffff};
    for (u32 mode = 0; mode < 4; mode++) {
        for (int i = 0; i < 8; i += 4) {
            float32x4_t v = vreinterpretq_f32_u32(vld1q_u32(special + i));
            set_fpscr(mode << 22);
            show("product", vmulq_f32(v, vdupq_n_f32(1.5f)));
            set_fpscr(mode << 22);
            show("third", vmulq_f32(v, vdupq_n_f32(0.333f)));
            set_fpscr(mode << 22 | 3 << 24);
            show("sum", vaddq_f32(v, v));
        }
        set_fpscr(mode << 22);
        volatile float one = 1, three = 3;
        out("VFP %08x %08x, flags %x\n", bits(one / three), bits(tiny / three), fpscr());
    }
    set_fpscr(0);
    out("mixed %08x, flags %x\n", bits(mixed(line, 10000)), fpscr());

    set_fpscr(0);
    R(action(SEGV, opens, SA_SIGINFO, 0));
    for (int k = 0; k < 3; k++) {
        sys(mprotect, (u32)line + PAGE, PAGE, 0);
        s = sum(line, 400);
        show("sum", s);
    }
    out("%d faults\n", faults);
    return 0;
}
