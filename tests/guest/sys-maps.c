/* Random mmap, munmap, mprotect, brk and mremap, code among them: after each few, /proc/self/maps and the memory itself are what the calls have made of them, in a child as well.
 * levels: O1
 * portable
 * oracle: host */
#include "kernel.h"

#define PAGES 96
#define ROUNDS 3000
#define NONE 0xff
#define EXEC 4
#define PRIVATE_ANONYMOUS 0x22
#define FIXED 0x10
#define SIGCHLD 17

static u64 seed = 88172645463325252u;
static unsigned below(unsigned n)
{
    seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
    return (unsigned)(seed >> 20) % n;
}

static u8 *arena;
static u8 prot[PAGES];
static u8 tag[PAGES];
static u8 *heap;
static long heap_size;
static u8 *placed[8];
static unsigned placed_pages[8];
static char text[1 << 16];
static int pipes[2];
static unsigned wrong, looked, ran;

static int in_maps(u64 address)
{
    for (char *s = text; *s;) {
        u64 from = 0, to = 0;
        for (; *s != '-'; s++) from = from * 16 + (u64)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
        for (s++; *s != ' '; s++) to = to * 16 + (u64)(*s <= '9' ? *s - '0' : *s - 'a' + 10);
        if (address >= from && address < to) return (s[1] == 'r') | (s[2] == 'w') << 1 | (s[3] == 'x') << 2;
        while (*s && *s++ != '\n');
    }
    return NONE;
}

static void read_maps(void)
{
    long fd = sys(openat, AT_FDCWD, "/proc/self/maps", 0, 0), n, at = 0;
    while ((n = sys(read, fd, text + at, sizeof text - 1 - (u64)at)) > 0) at += n;
    text[at] = 0;
    sys(close, fd);
}

/* What the kernel may do there: copy from, copy to. */
static void check_page(u8 *page, unsigned p, unsigned t)
{
    u8 b = 0;
    looked++;
    int can_read = sys(write, pipes[1], page, 1) == 1;
    if (can_read) sys(read, pipes[0], &b, 1);
    b = (u8)(can_read ? b : t);
    sys(write, pipes[1], &b, 1);
    int can_write = sys(read, pipes[0], page, 1) == 1;
    if (!can_write) sys(read, pipes[0], &b, 1);
    int reads = p != NONE && p & 7, writes = p != NONE && p & 2;
    if (can_read != reads || can_write != writes || (reads && b != t) || in_maps((u64)page) != (int)p) {
        if (wrong++ < 5) out("page %ld: %x %x, reads %d writes %d maps %x\n", (long)(page - arena) / PAGE, p, t, can_read, can_write, in_maps((u64)page));
    }
}

static void check(void)
{
    read_maps();
    for (unsigned i = 0; i < PAGES; i++) check_page(arena + i * PAGE, prot[i], tag[i]);
    for (unsigned i = 0; i < 8; i++)
        for (unsigned k = 0; k < placed_pages[i]; k++) check_page(placed[i] + k * PAGE, 3, i + 1);
    for (long at = 0; at < heap_size; at += PAGE) check_page(heap + at, 3, 0x55);
    if (in_maps((u64)heap + (u64)heap_size) != NONE) wrong++;
}

static void set(unsigned from, unsigned n, unsigned p, int t)
{
    for (unsigned i = from; i < from + n; i++) {
        prot[i] = (u8)p;
        if (t < 0) continue;
        tag[i] = 0;
        if (p == NONE || !(p & 2)) continue;
        arena[i * PAGE] = tag[i] = (u8)t;
    }
}

/* A function at the beginning of a page: 1 + its argument. */
static void run_code(unsigned i)
{
    u8 *at = arena + i * PAGE;
#ifdef __aarch64__
    static const u8 code[] = {0x00, 0x04, 0x00, 0x91, 0xc0, 0x03, 0x5f, 0xd6};
#else
    static const u8 code[] = {0x48, 0x8d, 0x47, 0x01, 0xc3};
#endif
    if (sys(mmap, at, PAGE, 3, PRIVATE_ANONYMOUS | FIXED, -1, 0) != (long)at) wrong++;
    for (unsigned k = 0; k < sizeof code; k++) at[k] = code[k];
    sys(mprotect, at, PAGE, 1 | EXEC);
#ifdef __aarch64__
    __asm__ volatile("dc cvau, %0\n dsb ish\n ic ivau, %0\n dsb ish\n isb" : : "r"(at) : "memory");
#endif
    for (long k = 0; k < 3; k++) ran += ((long (*)(long))(void *)at)(k) == k + 1;
    prot[i] = 1 | EXEC, tag[i] = at[0];
}

/* A place may be a hole of the arena. */
static int is_beside(u8 *at, unsigned pages)
{
    if (at + pages * PAGE <= arena || at >= arena + PAGES * PAGE) return 1;
    if (sys(munmap, at, pages * PAGE) != 0) wrong++;
    return 0;
}

static int all_mapped(unsigned from, unsigned n)
{
    for (unsigned i = from; i < from + n; i++)
        if (prot[i] == NONE) return 0;
    return 1;
}

static void step(void)
{
    unsigned from = below(PAGES), n = 1 + below(PAGES - from < 12 ? PAGES - from : 12), p = below(4);
    u8 *at = arena + from * PAGE;
    if (p == 2) p = 3;
    switch (below(11)) {
    case 0:
    case 1:
        if (sys(mmap, at, n * PAGE - below(PAGE), p, PRIVATE_ANONYMOUS | FIXED, -1, 0) != (long)at) wrong++;
        set(from, n, p, 1 + (int)below(200));
        break;
    case 2:
    case 3:
        if (sys(munmap, at, n * PAGE) != 0) wrong++;
        set(from, n, NONE, 0);
        break;
    case 4:
    case 5:
    case 6: {
        long r = sys(mprotect, at, n * PAGE, p);
        if (r != (all_mapped(from, n) ? 0 : -ENOMEM)) wrong++;
        if (r == 0) set(from, n, p, -1);
        else for (unsigned i = from; i < from + n && prot[i] != NONE; i++) prot[i] = (u8)p;
        break;
    }
    case 7: {
        unsigned i = below(8);
        if (placed_pages[i]) {
            if (sys(munmap, placed[i], placed_pages[i] * PAGE) != 0) wrong++;
            placed_pages[i] = 0;
            break;
        }
        unsigned pages = 1 + below(5);
        placed[i] = (u8 *)sys(mmap, 0, pages * PAGE, 3, PRIVATE_ANONYMOUS, -1, 0);
        if (!is_beside(placed[i], pages)) break;
        placed_pages[i] = pages;
        for (unsigned k = 0; k < placed_pages[i]; k++) {
            if (placed[i][k * PAGE] != 0) wrong++;
            placed[i][k * PAGE] = (u8)(i + 1);
        }
        break;
    }
    case 8: {
        long to = below(9) * PAGE;
        if (sys(brk, heap + to) != (long)heap + to) wrong++;
        for (; heap_size < to; heap_size += PAGE) {
            if (heap[heap_size] != 0) wrong++;
            heap[heap_size] = 0x55;
        }
        heap_size = to;
        break;
    }
    case 9:
        run_code(from);
        break;
    case 10: {
        unsigned i = below(8);
        if (!placed_pages[i]) break;
        placed[i] = (u8 *)sys(mremap, placed[i], placed_pages[i] * PAGE, (placed_pages[i] + 1) * PAGE, 1);
        if (!is_beside(placed[i], placed_pages[i] + 1)) {
            placed_pages[i] = 0;
            break;
        }
        if (placed[i][placed_pages[i] * PAGE] != 0) wrong++;
        placed[i][placed_pages[i]++ * PAGE] = (u8)(i + 1);
        if (placed_pages[i] > 7) {
            if (sys(munmap, placed[i] + PAGE, (placed_pages[i] - 1) * PAGE) != 0) wrong++;
            placed_pages[i] = 1;
        }
    }
    }
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    sys(pipe2, pipes, 0);
    arena = (u8 *)sys(mmap, 0, PAGES * PAGE, 0, PRIVATE_ANONYMOUS, -1, 0);
    heap = (u8 *)((sys(brk, 0) + PAGE - 1) & -PAGE);
    sys(brk, heap);
    for (unsigned i = 1; i <= ROUNDS; i++) {
        step();
        if (i % 37 == 0) check();
        if (i % 500) continue;
        long child = sys(clone, SIGCHLD, 0, 0, 0, 0);
        if (child == 0) {
            for (unsigned k = 0; k < 40; k++) step();
            check();
            sys(exit_group, wrong != 0);
        }
        int status = -1;
        sys(wait4, child, &status, 0, 0);
        if (status != 0) wrong++, out("child %x\n", (unsigned)status);
        check();
    }
    out("%s, ran %u times, %u wrong\n", looked > 5000 ? "looked at thousands of pages" : "looked too seldom", ran, wrong);
    return 0;
}
