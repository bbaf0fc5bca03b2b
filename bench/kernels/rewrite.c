/* process 5000 1000: a page of code that is written anew and run */
#include "process.h"
static u64 kernel(u64 rounds)
{
    u32 *code = (u32 *)sys(mmap, 0, 4096, 7, 0x22, -1, 0);
    u64 sum = 0;
    for (u32 n = 0; rounds--; n++) {
#if defined(__aarch64__)
        for (int i = 0; i < 1022; i++) code[i] = 0xd503201f;
        code[1022] = 0x52800000 | (n & 0xffff) << 5; /* mov w0, #n */
        code[1023] = 0xd65f03c0; /* ret */
        for (int i = 0; i < 1024; i += 16) __asm__ volatile("dc cvau, %0" : : "r"(code + i) : "memory");
        __asm__ volatile("dsb ish");
        for (int i = 0; i < 1024; i += 16) __asm__ volatile("ic ivau, %0" : : "r"(code + i) : "memory");
        __asm__ volatile("dsb ish\nisb");
#else
        for (int i = 0; i < 1022; i++) code[i] = 0x00401f0f; /* nop dword [rax] */
        u8 *end = (u8 *)(code + 1022);
        end[0] = 0xb8; /* mov eax, n */
        *(u32 *)(end + 1) = n & 0xffff;
        end[5] = 0xc3;
#endif
        sum += ((u32(*)(void))code)();
    }
    return sum;
}
