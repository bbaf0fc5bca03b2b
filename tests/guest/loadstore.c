/* Loads and stores: every addressing mode, size and extension, unaligned and across pages.
 * levels: O1 */
#include "check.h"

static u8 memory[3 * 4096] __attribute__((aligned(4096)));

static void fill(void)
{
    for (size_t i = 0; i < sizeof memory; i++) memory[i] = (u8)(i * 7 + (i >> 8) * 13 + 1);
}

#define LOAD(text) \
    ({ \
        u64 v_ = 0, p_ = (u64)base; \
        __asm__ volatile(text : "=&r"(v_), "+r"(p_) : "r"(index) : "memory"); \
        mix(v_); \
        mix(p_ - (u64)memory); \
    })
#define LOAD2(text) \
    ({ \
        u64 v_ = 0, w_ = 0, p_ = (u64)base; \
        __asm__ volatile(text : "=&r"(v_), "=&r"(w_), "+r"(p_) : "r"(index) : "memory"); \
        mix(v_); \
        mix(w_); \
        mix(p_ - (u64)memory); \
    })
#define STORE(text) \
    ({ \
        u64 p_ = (u64)base; \
        __asm__ volatile(text : "+r"(p_) : "r"(value), "r"(index), "r"(~value) : "memory"); \
        mix(p_ - (u64)memory); \
        mix_bytes(base - 300, 600); \
    })
#define VLOAD(text) \
    ({ \
        u64 p_ = (u64)base; \
        u64 q_[4]; \
        __asm__ volatile("movi v0.16b, #0x77\n movi v1.16b, #0x99\n" text "\n stp q0, q1, [%1]" : "+r"(p_) : "r"(q_), "r"(index) : "memory", "v0", "v1"); \
        mix_bytes(q_, 32); \
        mix(p_ - (u64)memory); \
    })
#define VSTORE(text) \
    ({ \
        u64 p_ = (u64)base; \
        __asm__ volatile("dup v0.2d, %1\n dup v1.2d, %3\n" text : "+r"(p_) : "r"(value), "r"(index), "r"(~value) : "memory", "v0", "v1"); \
        mix(p_ - (u64)memory); \
        mix_bytes(base - 300, 600); \
    })

static void at(u8 *base, u64 index, u64 value)
{
    LOAD("ldrb %w0, [%1]"), LOAD("ldrb %w0, [%1, #77]"), LOAD("ldrb %w0, [%1], #-3"), LOAD("ldrb %w0, [%1, #17]!"), LOAD("ldrb %w0, [%1, %2]");
    LOAD("ldrh %w0, [%1, #100]"), LOAD("ldrh %w0, [%1], #255"), LOAD("ldrh %w0, [%1, #-256]!"), LOAD("ldrh %w0, [%1, %2, lsl #1]"), LOAD("ldrh %w0, [%1, %w2, uxtw #1]");
    LOAD("ldr %w0, [%1, #4]"), LOAD("ldr %w0, [%1], #4"), LOAD("ldr %w0, [%1, #-4]!"), LOAD("ldr %w0, [%1, %w2, sxtw #2]"), LOAD("ldr %w0, [%1, %2, sxtx]");
    LOAD("ldr %0, [%1, #8]"), LOAD("ldr %0, [%1], #-8"), LOAD("ldr %0, [%1, #24]!"), LOAD("ldr %0, [%1, %2, lsl #3]"), LOAD("ldr %0, [%1, %w2, uxtw]");
    LOAD("ldrsb %w0, [%1, #5]"), LOAD("ldrsb %0, [%1, #5]"), LOAD("ldrsb %0, [%1], #1"), LOAD("ldrsh %w0, [%1, #6]"), LOAD("ldrsh %0, [%1, #6]!"), LOAD("ldrsw %0, [%1, #12]");
    LOAD("ldrsw %0, [%1, %2, lsl #2]"), LOAD("ldrsb %w0, [%1, %w2, sxtw]"), LOAD("ldrsw %0, [%1], #100");
    LOAD("ldur %0, [%1, #-1]"), LOAD("ldur %w0, [%1, #3]"), LOAD("ldurb %w0, [%1, #-256]"), LOAD("ldurh %w0, [%1, #255]"), LOAD("ldursw %0, [%1, #-7]"), LOAD("ldursb %0, [%1, #-9]"), LOAD("ldursh %w0, [%1, #-11]");
    LOAD("ldtr %0, [%1, #16]"), LOAD("ldtrsb %w0, [%1, #1]"), LOAD("prfm pldl1keep, [%1]\n ldr %0, [%1]");
    LOAD2("ldp %0, %1, [%2]"), LOAD2("ldp %0, %1, [%2, #-64]"), LOAD2("ldp %0, %1, [%2], #32"), LOAD2("ldp %0, %1, [%2, #48]!"), LOAD2("ldp %w0, %w1, [%2, #-4]!"), LOAD2("ldpsw %0, %1, [%2, #40]"), LOAD2("ldpsw %0, %1, [%2], #-40"), LOAD2("ldnp %0, %1, [%2, #16]");
    STORE("strb %w1, [%0]"), STORE("strb %w1, [%0], #-9"), STORE("strb %w1, [%0, %2]"), STORE("strh %w1, [%0, #30]!"), STORE("strh %w1, [%0, %2, lsl #1]"), STORE("str %w1, [%0, #40]"), STORE("str %w1, [%0, %w2, sxtw #2]");
    STORE("str %1, [%0, #64]"), STORE("str %1, [%0], #16"), STORE("str %1, [%0, #-24]!"), STORE("str %1, [%0, %2, lsl #3]"), STORE("stur %1, [%0, #-33]"), STORE("sturb %w1, [%0, #-1]"), STORE("sturh %w1, [%0, #-2]"), STORE("stur %w1, [%0, #111]");
    STORE("stp %1, %3, [%0]"), STORE("stp %1, %3, [%0, #-48]!"), STORE("stp %w1, %w3, [%0], #200"), STORE("stnp %1, %3, [%0, #32]"), STORE("str xzr, [%0]"), STORE("stp xzr, %1, [%0, #16]"), STORE("sttr %1, [%0, #-8]");
    VLOAD("ldr b0, [%0]"), VLOAD("ldr h0, [%0, #2]"), VLOAD("ldr s0, [%0], #3"), VLOAD("ldr d0, [%0, #-5]!"), VLOAD("ldr q0, [%0, #16]"), VLOAD("ldr q0, [%0, %2, lsl #4]"), VLOAD("ldur q0, [%0, #-17]"), VLOAD("ldp q0, q1, [%0, #-32]!");
    VLOAD("ldp d0, d1, [%0], #24"), VLOAD("ldp s0, s1, [%0, #4]"), VLOAD("ldnp q0, q1, [%0]"), VLOAD("ld1 {v0.16b, v1.16b}, [%0], #32"), VLOAD("ld2 {v0.8h, v1.8h}, [%0]"), VLOAD("ld2 {v0.2s, v1.2s}, [%0], %2"), VLOAD("ld1r {v0.4s}, [%0]");
    VLOAD("ld2r {v0.8b, v1.8b}, [%0], #2"), VLOAD("ld1 {v0.b}[13], [%0]"), VLOAD("ld2 {v0.d, v1.d}[1], [%0], #16"), VLOAD("ld1 {v0.h}[5], [%0], #2");
    VSTORE("str b0, [%0]"), VSTORE("str h0, [%0, #2]!"), VSTORE("str s0, [%0], #7"), VSTORE("str d0, [%0, %2]"), VSTORE("str q0, [%0, #32]"), VSTORE("stur q0, [%0, #-3]"), VSTORE("stp q0, q1, [%0], #64"), VSTORE("stp d0, d1, [%0, #-16]!");
    VSTORE("st1 {v0.8h, v1.8h}, [%0]"), VSTORE("st2 {v0.4s, v1.4s}, [%0], #32"), VSTORE("st2 {v0.b, v1.b}[7], [%0]"), VSTORE("st1 {v0.d}[1], [%0], %2");
}

/* The stack pointer as base. */
static void stack(void)
{
    u64 v, w;
    __asm__ volatile("mov %0, sp\n str %0, [sp, #-16]!\n ldr %1, [sp], #16\n sub sp, sp, #64\n stp %0, %1, [sp, #16]\n ldp %1, %0, [sp, #16]\n add sp, sp, #64\n" : "=&r"(v), "=&r"(w) : : "memory");
    mix(v == w);
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    static const u16 offsets[] = {1024, 1025, 1027, 1031, 4096, 4090, 4093, 4095, 8190, 8191};
    for (size_t i = 0; i < sizeof offsets / sizeof *offsets; i++) {
        begin();
        fill();
        at(memory + offsets[i], i * 3, specials[i + 15]);
        stack();
        end(i < 4 ? "inside a page" : "across pages");
    }
    return 0;
}
