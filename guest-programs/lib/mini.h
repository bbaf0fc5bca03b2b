/*
 * A C library in one header for the bundled and the test programs: entry point, system calls, formatted output and what
 * the compiler itself calls. It needs no other object file and works for AArch64, 32-bit ARM (with libgcc) and x86-64, so a program built with
 *
 *     -nostdlib -ffreestanding -static
 *
 * is a few KB. Define `int main(int argc, char **argv, char **envp)` after including it.
 */
#ifndef MINI_H
#define MINI_H
#include <asm/unistd.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

/* The system call as the kernel takes it: results -4095..-1 are -errno. */
static inline long sys6(long number, long a, long b, long c, long d, long e, long f)
{
#if defined(__aarch64__)
    register long x8 __asm__("x8") = number;
    register long x0 __asm__("x0") = a;
    register long x1 __asm__("x1") = b;
    register long x2 __asm__("x2") = c;
    register long x3 __asm__("x3") = d;
    register long x4 __asm__("x4") = e;
    register long x5 __asm__("x5") = f;
    __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
    return x0;
#elif defined(__arm__)
    register long r0 __asm__("r0") = a;
    register long r1 __asm__("r1") = b;
    register long r2 __asm__("r2") = c;
    register long r3 __asm__("r3") = d;
    register long r4 __asm__("r4") = e;
    register long r5 __asm__("r5") = f;
    register long r6 __asm__("r6") = number;
    /* r7 may be the frame pointer. */
    __asm__ volatile("push {r7}\n mov r7, r6\n svc #0\n pop {r7}" : "+r"(r0) : "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5), "r"(r6) : "memory", "cc");
    return r0;
#else
    long result;
    register long r10 __asm__("r10") = d;
    register long r8 __asm__("r8") = e;
    register long r9 __asm__("r9") = f;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory", "cc");
    return result;
#endif
}
#define SYS_PICK(_1, _2, _3, _4, _5, _6, _7, NAME, ...) NAME
#define SYS0(n) sys6(__NR_##n, 0, 0, 0, 0, 0, 0)
#define SYS1(n, a) sys6(__NR_##n, (long)(a), 0, 0, 0, 0, 0)
#define SYS2(n, a, b) sys6(__NR_##n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS3(n, a, b, c) sys6(__NR_##n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS4(n, a, b, c, d) sys6(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYS5(n, a, b, c, d, e) sys6(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYS6(n, a, b, c, d, e, f) sys6(__NR_##n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
/* sys(NAME, arguments…) calls __NR_NAME. */
#define sys(...) SYS_PICK(__VA_ARGS__, SYS6, SYS5, SYS4, SYS3, SYS2, SYS1, SYS0, 0)(__VA_ARGS__)

/* What the compiler calls. `used`: not dropped before it does; no builtin: they must not call themselves. */
#define MINI_RUNTIME __attribute__((used, noinline, optimize("no-tree-loop-distribute-patterns")))
MINI_RUNTIME void *memcpy(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    while (n--) *t++ = *f++;
    return to;
}
MINI_RUNTIME void *memmove(void *to, const void *from, size_t n)
{
    char *t = to;
    const char *f = from;
    if (t <= f) while (n--) *t++ = *f++;
    else while (n--) t[n] = f[n];
    return to;
}
MINI_RUNTIME void *memset(void *to, int c, size_t n)
{
    char *t = to;
    while (n--) *t++ = (char)c;
    return to;
}
MINI_RUNTIME int memcmp(const void *a, const void *b, size_t n)
{
    const u8 *x = a, *y = b;
    for (; n--; x++, y++) if (*x != *y) return *x - *y;
    return 0;
}
MINI_RUNTIME size_t strlen(const char *s)
{
    size_t n = 0;
    while (s[n]) n++;
    return n;
}
MINI_RUNTIME int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return (u8)*a - (u8)*b;
}

#if defined(__arm__)
/* What libgcc's division calls. */
MINI_RUNTIME int raise(int signal) { return (int)sys(kill, sys(getpid), signal); }
#endif

/* Buffered standard output; flushed when full, by flush() and by leave(). */
static char mini_buffer[4096];
static size_t mini_fill;

static void flush(void)
{
    size_t done = 0;
    while (done < mini_fill) {
        long n = sys(write, 1, mini_buffer + done, mini_fill - done);
        if (n <= 0) break;
        done += (size_t)n;
    }
    mini_fill = 0;
}

__attribute__((noreturn)) static void leave(int status)
{
    flush();
    for (;;) sys(exit_group, status);
}

static void put_char(char c)
{
    if (mini_fill == sizeof mini_buffer) flush();
    mini_buffer[mini_fill++] = c;
}

static void put_text(const char *s)
{
    while (*s) put_char(*s++);
}

/* `v` in `base`, at least `width` wide, padded with `pad`; is_left: padded behind. */
static void put_number(u64 v, unsigned base, int is_negative, int width, char pad, int is_left)
{
    char digits[24];
    int n = 0;
    do digits[n++] = "0123456789abcdef"[v % base];
    while (v /= base);
    int length = n + is_negative;
    if (is_negative && pad == '0') put_char('-');
    if (!is_left) for (int i = length; i < width; i++) put_char(pad);
    if (is_negative && pad != '0') put_char('-');
    while (n) put_char(digits[--n]);
    if (is_left) for (int i = length; i < width; i++) put_char(' ');
}

/* The printf of a small world: %d %u %x %c %s %p %% with -, 0, width, l and ll. */
__attribute__((format(printf, 1, 2), unused)) static void out(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (; *format; format++) {
        if (*format != '%') {
            put_char(*format);
            continue;
        }
        int width = 0, is_left = 0, is_long = 0;
        char pad = ' ';
        for (format++; *format == '-' || *format == '0'; format++) {
            if (*format == '-') is_left = 1;
            else pad = '0';
        }
        if (*format == '*') {
            width = va_arg(args, int);
            format++;
        }
        for (; *format >= '0' && *format <= '9'; format++) width = width * 10 + *format - '0';
        for (; *format == 'l' || *format == 'z'; format++) is_long++;
        switch (*format) {
        case 'd': {
            s64 v = is_long > 1 ? va_arg(args, s64) : is_long ? va_arg(args, long) : va_arg(args, int);
            put_number(v < 0 ? -(u64)v : (u64)v, 10, v < 0, width, pad, is_left);
            break;
        }
        case 'u':
            put_number(is_long > 1 ? va_arg(args, u64) : is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned), 10, 0, width, pad, is_left);
            break;
        case 'x':
            put_number(is_long > 1 ? va_arg(args, u64) : is_long ? va_arg(args, unsigned long) : va_arg(args, unsigned), 16, 0, width, pad, is_left);
            break;
        case 'p':
            put_text("0x");
            put_number((uintptr_t)va_arg(args, void *), 16, 0, width, pad, is_left);
            break;
        case 'c':
            put_char((char)va_arg(args, int));
            break;
        case 's': {
            const char *s = va_arg(args, const char *);
            int n = (int)strlen(s);
            if (!is_left) for (int i = n; i < width; i++) put_char(' ');
            put_text(s);
            if (is_left) for (int i = n; i < width; i++) put_char(' ');
            break;
        }
        default:
            put_char(*format);
        }
    }
    va_end(args);
}

int main(int argc, char **argv, char **envp);

__attribute__((noreturn, used)) static void mini_start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    leave(main(argc, argv, argv + argc + 1));
}

#if defined(__aarch64__)
__asm__(".globl _start\n_start: mov x29, #0\n mov x30, #0\n mov x0, sp\n b mini_start\n");
#elif defined(__arm__)
__asm__(".globl _start\n.arm\n.type _start, %function\n_start: mov fp, #0\n mov lr, #0\n mov r0, sp\n bl mini_start\n");
#else
__asm__(".globl _start\n_start: xor %ebp, %ebp\n mov %rsp, %rdi\n and $-16, %rsp\n call mini_start\n");
#endif
#endif
