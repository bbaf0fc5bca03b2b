/* Self-modifying code: patched in a loop, a block that modifies itself, code beside data, protections, unmapping, moving,
 * aliases, code the kernel writes, code across pages, chained code that goes away.
 * The two alias lines are what the code must give, computed; QEMU ignores IC IVAU and gives stale results.
 * levels: O1 */
#include <linux/mman.h>
#include "check.h"

typedef u64 (*function)(u64);
#define PAGE 4096
#define RET 0xd65f03c0u
#define MOVZ(reg, imm) (0xd2800000u | (u32)(imm) << 5 | (reg))
#define ADDI(rd, rn, imm) (0x91000000u | (u32)(imm) << 10 | (u32)(rn) << 5 | (rd))
#define B(words) (0x14000000u | ((u32)(words) & 0x3ffffff))
#define AT_FDCWD (-100)

static void synchronise(const void *from, size_t n)
{
    u64 ctr;
    __asm__("mrs %0, ctr_el0" : "=r"(ctr));
    u64 dline = 4u << (ctr >> 16 & 15), iline = 4u << (ctr & 15), end = (u64)from + n;
    for (u64 p = (u64)from & -dline; p < end; p += dline) __asm__ volatile("dc cvau, %0" : : "r"(p) : "memory");
    __asm__ volatile("dsb ish" : : : "memory");
    for (u64 p = (u64)from & -iline; p < end; p += iline) __asm__ volatile("ic ivau, %0" : : "r"(p) : "memory");
    __asm__ volatile("dsb ish\n isb" : : : "memory");
}

static u32 *map(u32 *at, int pages, int protection)
{
    long r = sys(mmap, at, pages * PAGE, protection, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
    if (r < 0 && r > -4096) out("mmap: %ld\n", r), leave(1);
    return (u32 *)r;
}
#define RWX (PROT_READ | PROT_WRITE | PROT_EXEC)

static void put(u32 *at, u32 a, u32 b)
{
    at[0] = a, at[1] = b;
    synchronise(at, 8);
}

static void patched_in_a_loop(void)
{
    u32 *code = map(0, 1, RWX);
    u64 wrong = 0;
    for (u64 i = 0; i < 2000; i++) {
        put(code, MOVZ(0, i), RET);
        wrong += ((function)code)(0) != i;
    }
    out("patched in a loop: %lu wrong\n", wrong);
    /* only one word of a longer function */
    for (int i = 0; i < 20; i++) code[i] = ADDI(0, 0, 1);
    code[20] = RET;
    synchronise(code, 100);
    for (u64 i = 0; i < 500; i++) {
        code[i % 20] = ADDI(0, 0, i);
        synchronise(code + i % 20, 4);
        mix(((function)code)(i));
    }
    end("one word of many");
    sys(munmap, code, PAGE);
}

/* x0 = address of the word to overwrite, w1 = the new word; the word comes right behind in the same block. */
extern u32 self_block[], self_patch[], self_end[];
__asm__(
    "self_block:\n"
    " adr x2, self_patch\n str w0, [x2]\n dc cvau, x2\n dsb ish\n ic ivau, x2\n dsb ish\n isb\n mov x0, #0\n"
    "self_patch:\n add x0, x0, #1\n add x0, x0, #16\n ret\n"
    "self_end:\n");
static void modifies_itself(void)
{
    u32 *code = map(0, 1, RWX);
    memcpy(code, self_block, (size_t)((u8 *)self_end - (u8 *)self_block));
    synchronise(code, 64);
    begin();
    for (u32 i = 0; i < 300; i++) {
        u64 r = ((function)code)(ADDI(0, 0, i * 2));
        mix(r);
        if (r != i * 2 + 16) out("modifies itself: %lu for %u\n", r, i);
    }
    end("modifies itself");
}

/* A loop that decrements the immediate of its own add until it is 0. */
extern u32 loop_code[], loop_end[];
__asm__(
    "loop_code:\n adr x3, 2f\n mov x1, #0\n"
    "1: ldr w4, [x3]\n sub w4, w4, #0x400\n str w4, [x3]\n dc cvau, x3\n dsb ish\n ic ivau, x3\n dsb ish\n isb\n"
    "2: add x1, x1, #100\n ubfx w4, w4, #10, #12\n cbnz w4, 1b\n mov x0, x1\n ret\n"
    "loop_end:\n");
static void loops_over_itself(void)
{
    u32 *code = map(0, 1, RWX);
    memcpy(code, loop_code, (size_t)((u8 *)loop_end - (u8 *)loop_code));
    synchronise(code, 64);
    out("loops over itself: %lu\n", ((function)code)(0));
}

/* ldr x1, [x2], add, str beside the code; the page faults over and over. */
extern u32 counter_code[], counter_end[];
__asm__("counter_code:\n adr x2, 1f\n ldr x1, [x2]\n add x1, x1, x0\n str x1, [x2]\n mov x0, x1\n ret\n .balign 8\n1: .quad 0\ncounter_end:\n");
static void beside_data(void)
{
    u32 *code = map(0, 1, RWX);
    memcpy(code, counter_code, (size_t)((u8 *)counter_end - (u8 *)counter_code));
    synchronise(code, 64);
    u64 last = 0;
    for (u64 i = 0; i < 20000; i++) last = ((function)code)(i);
    out("code beside data: %lu\n", last);
    /* data writes from outside, code rewritten now and then */
    volatile u64 *data = (u64 *)(code + 512);
    begin();
    for (u64 i = 0; i < 3000; i++) {
        data[i % 64] = i;
        if (i % 100 == 0) put(code + 256, MOVZ(0, i), RET);
        mix(((function)(code + 256))(0) + data[i % 64]);
    }
    end("written from outside");
}

static void protections(void)
{
    u32 *code = map(0, 2, PROT_READ | PROT_WRITE);
    begin();
    for (u64 i = 0; i < 50; i++) {
        put(code, MOVZ(0, i), RET);
        put(code + 1024, ADDI(0, 0, i), RET);
        long r = sys(mprotect, code, 2 * PAGE, PROT_READ | PROT_EXEC);
        mix(((function)code)(0) + ((function)(code + 1024))(1000) + (u64)r);
        r = sys(mprotect, code, PAGE + PAGE * (i & 1), PROT_READ | PROT_WRITE);
        if (!(i & 1)) sys(mprotect, code + 1024, PAGE, RWX);
        mix((u64)r);
    }
    end("mprotect");
    begin();
    for (u64 i = 0; i < 50; i++) {
        sys(munmap, code, PAGE);
        map(code, 1, RWX);
        put(code, MOVZ(0, 1000 + i), RET);
        mix(((function)code)(0));
        map(code, 1, RWX); /* over the old one */
        put(code, MOVZ(0, 3000 + i), RET);
        mix(((function)code)(0));
    }
    end("munmap, mmap over");
    begin();
    u32 *other = map(0, 4, RWX);
    for (u64 i = 0; i < 20; i++) {
        map(code, 1, RWX);
        put(code, MOVZ(0, 10 + i), RET);
        put(other, MOVZ(0, 20 + i), RET);
        mix(((function)code)(0) + ((function)other)(0));
        long r = sys(mremap, code, PAGE, PAGE, 3 /* MAYMOVE | FIXED */, other);
        mix((u64)(r == (long)other));
        mix(((function)other)(0));
        map(code, 1, RWX);
        put(code, MOVZ(0, 30 + i), RET);
        mix(((function)code)(0));
    }
    end("mremap");
    /* pages dropped by madvise read as zero; code put there anew must be seen */
    begin();
    for (u64 i = 0; i < 20; i++) {
        put(code, MOVZ(0, i), RET);
        mix(((function)code)(0));
        sys(madvise, code, PAGE, 4 /* DONTNEED */);
        mix(code[0]);
        put(code, MOVZ(0, i + 100), RET);
        mix(((function)code)(0));
    }
    end("madvise");
}

static void aliases(void)
{
    long fd = sys(memfd_create, "code", 0);
    sys(ftruncate, fd, 2 * PAGE);
    u32 *writable = (u32 *)sys(mmap, 0, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    u32 *executable = (u32 *)sys(mmap, 0, 2 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    begin();
    for (u64 i = 0; i < 300; i++) {
        writable[i % 8 * 2] = MOVZ(0, i);
        writable[i % 8 * 2 + 1] = RET;
        __asm__ volatile("dc cvau, %0\n dsb ish" : : "r"(writable + i % 8 * 2) : "memory");
        synchronise(executable + i % 8 * 2, 8);
        mix(((function)(executable + i % 8 * 2))(0));
    }
    end("alias by memfd");
    begin();
    for (u64 i = 0; i < 30; i++) {
        u32 words[2] = {MOVZ(0, 500 + i), RET};
        mix((u64)sys(pwrite64, fd, words, 8, 128));
        synchronise(executable + 32, 8);
        mix(((function)(executable + 32))(0));
    }
    end("alias by write()");
    sys(close, fd);
}

/* The kernel writes into a page that holds translated code. */
static void kernel_writes(void)
{
    u32 *code = map(0, 2, RWX);
    int pipe[2];
    sys(pipe2, pipe, 0);
    begin();
    for (u64 i = 0; i < 100; i++) {
        u32 words[2] = {MOVZ(0, i), RET};
        mix((u64)sys(write, pipe[1], words, 8));
        mix((u64)sys(read, pipe[0], code + 2 * (i & 7), 8));
        synchronise(code + 2 * (i & 7), 8);
        mix(((function)(code + 2 * (i & 7)))(0));
        u64 when[2];
        mix((u64)sys(clock_gettime, 1, code + 128)); /* a result beside the code */
        memcpy(when, code + 128, 16);
        mix(when[1] < 1000000000);
        mix((u64)sys(getrandom, code + 200, 64, 0));
        mix((u64)sys(getcwd, code + 256, 512) > 1);
    }
    end("read() over code");
    /* across a page boundary into a page with code */
    u32 words[300];
    for (int i = 0; i < 300; i++) words[i] = i == 299 ? RET : ADDI(0, 0, i & 7);
    begin();
    for (u64 i = 0; i < 20; i++) {
        words[i + 150] = ADDI(0, 0, 100 + i);
        sys(write, pipe[1], words, sizeof words);
        mix((u64)sys(read, pipe[0], code + 1024 - 150, sizeof words));
        synchronise(code + 1024 - 150, sizeof words);
        mix(((function)(code + 1024 - 150))(i));
    }
    end("read() across pages");
}

static void across_pages(void)
{
    u32 *code = map(0, 3, RWX);
    u32 *f = code + 1024 - 3;
    begin();
    for (u64 i = 0; i < 200; i++) {
        for (int k = 0; k < 6; k++) f[k] = ADDI(0, 0, k + 1);
        f[6] = RET;
        if (i % 3 == 0) f[4] = ADDI(0, 0, i);
        if (i % 3 == 1) f[1] = ADDI(0, 0, i);
        synchronise(f, 28);
        mix(((function)f)(0));
    }
    end("code across pages");
    /* a function whose second page goes and comes back changed */
    begin();
    for (u64 i = 0; i < 30; i++) {
        mix(((function)f)(i));
        sys(munmap, code + 1024, PAGE);
        map(code + 1024, 1, RWX);
        for (int k = 3; k < 6; k++) f[k] = ADDI(0, 0, i + (u64)k);
        f[6] = RET;
        synchronise(f, 28);
        mix(((function)f)(i));
    }
    end("second page replaced");
}

/* Three pages of code that jump to one another; the last is changed, protected, replaced while the others stay. */
static void chains(void)
{
    u32 *a = map(0, 3, RWX), *b = a + 1024, *c = a + 2048;
    put(a, ADDI(0, 0, 1), B(1023));
    put(b, ADDI(0, 0, 2), B(1023));
    begin();
    for (u64 i = 0; i < 200; i++) {
        if (i % 5 == 4) {
            sys(munmap, c, PAGE);
            map(c, 1, RWX);
        }
        put(c, ADDI(0, 0, i), RET);
        if (i % 7 == 6) sys(mprotect, c, PAGE, PROT_READ | PROT_EXEC);
        for (int k = 0; k < 5; k++) mix(((function)a)(100));
        if (i % 7 == 6) sys(mprotect, c, PAGE, RWX);
        if (i % 11 == 10) put(b, ADDI(0, 0, i), B(1023));
    }
    end("chained code");
}

/* A function in a file, mapped, then the file rewritten and mapped over it. */
static void files(void)
{
    begin();
    u32 *code = map(0, 1, PROT_READ);
    for (u64 i = 0; i < 20; i++) {
        long fd = sys(openat, AT_FDCWD, "code", 0102 /* O_RDWR | O_CREAT */, 0600);
        u32 words[2] = {MOVZ(0, i), RET};
        sys(pwrite64, fd, words, 8, 0);
        sys(ftruncate, fd, PAGE);
        mix((u64)(sys(mmap, code, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED, fd, 0) == (long)code));
        synchronise(code, 8);
        mix(((function)code)(0));
        sys(close, fd);
    }
    sys(unlinkat, AT_FDCWD, "code", 0);
    end("mapped files");
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    begin();
    patched_in_a_loop();
    modifies_itself();
    loops_over_itself();
    beside_data();
    protections();
    aliases();
    kernel_writes();
    across_pages();
    chains();
    files();
    return 0;
}
