/* What the runner changes of the mappings by itself, and what it leaves to the engine: limits, heaps beside other mappings, calls that do half of what they are asked, code, looks from outside. */
#include "t.h"
#include <sys/sendfile.h>
#define PAGE 4096l
#define RW (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* What /proc/PID/maps says; without malloc, for the heap is what is looked at. */
static char text[1 << 16];
static void look(const char *maps)
{
    long size = 0, got;
    int fd = open(maps, O_RDONLY);
    while ((got = read(fd, text + size, sizeof text - 1 - size)) > 0) size += got;
    close(fd);
    text[size] = 0;
}

/* Permissions that were seen for a page, "none" where it had no line. */
static const char *found(void *page)
{
    static char rights[8][5];
    static int n;
    char *r = rights[n++ & 7];
    strcpy(r, "none");
    for (char *line = text; *line; line = strchr(line, '\n') + 1) {
        char *rest;
        unsigned long from = strtoul(line, &rest, 16), to = strtoul(rest + 1, &rest, 16);
        if (from <= (unsigned long)page && to > (unsigned long)page) memcpy(r, rest + 1, 4);
    }
    return r;
}
static const char *seen(const char *maps, void *page) { look(maps); return found(page); }
static const char *own(void *page) { return seen("/proc/self/maps", page); }

static void *fixed(void *at, long bytes, int prot) { return mmap(at, bytes, prot, ANON | MAP_FIXED, -1, 0); }

/* The heap meets what is mapped in its way; one page stays free between them. */
static void heap(void)
{
    char *end = (char *)(((long)sbrk(0) + PAGE - 1) & -PAGE);
    R(brk(end));
    R(fixed(end + 4 * PAGE, PAGE, RW) == end + 4 * PAGE);
    R(brk(end + 4 * PAGE));
    R(brk(end + 3 * PAGE));
    R(brk(end + 3 * PAGE + 1));
    R(brk(end + 5 * PAGE));
    R(munmap(end + 4 * PAGE, PAGE));
    R(brk(end + 5 * PAGE));
    end[5 * PAGE - 1] = 1;
    R(fixed(end + 2 * PAGE, PAGE, PROT_READ) == end + 2 * PAGE);
    R(brk(end + 8 * PAGE));
    end[8 * PAGE - 1] = 1;
    R(munmap(end + 7 * PAGE, PAGE));
    R(brk(end + 9 * PAGE));
    printf("%s %s %s\n", own(end + 2 * PAGE), own(end + 7 * PAGE), own(end + 8 * PAGE));
    R(brk(end));
    printf("%s %s %s\n", own(end), own(end + 2 * PAGE), own(end + 8 * PAGE));
    /* Again in one go, and up to what is mapped. */
    R(fixed(end + 100 * PAGE, PAGE, RW) == end + 100 * PAGE);
    for (int n = 90; n <= 102; n++) if (brk(end + n * PAGE) == 0) printf("%d ", n);
    puts("");
    R(brk(end));
    R(munmap(end + 100 * PAGE, PAGE));
}

/* The same at random: the end of the heap goes to and fro among mappings that come and go. Not with holes in it: newer kernels do not let it shrink to one. */
static void random_heap(void)
{
    enum { PAGES = 64 };
    char *start = (char *)(((long)sbrk(0) + PAGE - 1) & -PAGE);
    unsigned seed = 7, hash = 0;
    R(brk(start));
    for (int n = 1; n <= 3000; n++) {
        seed = seed * 1103515245 + 12345;
        unsigned r = seed >> 8, pages = 1 + r / PAGES % 4;
        char *at = start + r % PAGES * PAGE;
        long result;
        switch (r / PAGES / 4 % 8) {
        case 0: result = (char *)mmap(at, pages * PAGE, RW, ANON | MAP_FIXED, -1, 0) == at; break;
        case 1: result = (long)at > syscall(SYS_brk, 0) ? munmap(at, pages * PAGE) : 1; break;
        case 2: result = mprotect(at, pages * PAGE, r & 0x100000 ? RW : PROT_READ); break;
        default: result = syscall(SYS_brk, at + (r & 0x200000 ? 100 : 0)) - (long)start;
        }
        hash = hash * 31 + (unsigned)result;
        if (n % 50) continue;
        look("/proc/self/maps");
        for (int k = 0; k < PAGES + 5; k++) for (const char *c = found(start + k * PAGE); *c; c++) hash = hash * 31 + *c;
        if (n % 500 == 0) printf("%u ", hash);
    }
    puts("");
    R(munmap(start, (PAGES + 5) * PAGE));
    R(brk(start));
}

/* A call that fails in the middle has changed what comes before. */
static void halves(int file)
{
    char *at = mmap(0, 9 * PAGE, PROT_NONE, ANON, -1, 0);
    munmap(at + 6 * PAGE, 3 * PAGE);
    R(mmap(at + 2 * PAGE, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file, 0) == at + 2 * PAGE);
    R(mprotect(at, 6 * PAGE, RW));
    for (int n = 0; n < 6; n++) printf("%s ", own(at + n * PAGE));
    puts("");
    R(munmap(at + 4 * PAGE, PAGE));
    R(mprotect(at + 3 * PAGE, 3 * PAGE, PROT_READ));
    for (int n = 0; n < 6; n++) printf("%s ", own(at + n * PAGE));
    puts("");
    at[0] = 1;
    R(mmap(at, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, open("/", O_RDONLY), 0));
    R(mmap(at + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, 99, 0));
    R(mmap(at + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 17));
    R(mmap(at + 1, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0));
    R(mmap(at, PAGE, PROT_READ, ANON | MAP_FIXED_NOREPLACE, -1, 0));
    R(mmap(0, 0, PROT_READ, ANON, -1, 0));
    R(mmap(0, 1l << 46, RW, ANON, -1, 0));
    R(mmap(0, PAGE, RW, MAP_PRIVATE, -1, 0));
    R(munmap(at, 0));
    R(munmap(at + 1, PAGE));
    R(munmap(at + 7 * PAGE, PAGE));
    R(mprotect(at + 1, PAGE, RW));
    R(mprotect(at, 0, RW));
    R(mprotect(at, PAGE, 64));
    printf("%s %d\n", own(at), at[0]);
    R(munmap(at, 6 * PAGE));
    printf("%s\n", own(at + 3 * PAGE));
}

static int call(void *code) { return ((int (*)(void))code)(); }
static void write_code(void *at, unsigned value)
{
    write_returning(at, value & 0xffff);
    __builtin___clear_cache(at, (char *)at + 8);
}

#include <setjmp.h>
static sigjmp_buf back;
static void on_fault(int n) { siglongjmp(back, n); }
static const char *tried(void *code)
{
    static char what[32];
    int n = sigsetjmp(back, 1);
    if (n == 0) sprintf(what, "%d", call(code));
    else sprintf(what, "SIG%s", sigabbrev_np(n));
    return what;
}

/* Code goes away, comes back, is another: also in a child that shares all translations. */
static void code(void)
{
    signal(SIGSEGV, on_fault);
    signal(SIGILL, on_fault);
    char *at = mmap(0, 4 * PAGE, RW, ANON, -1, 0);
    for (int n = 0; n < 4; n++) write_code(at + n * PAGE, n);
    R(mprotect(at, 4 * PAGE, PROT_READ | PROT_EXEC));
    for (int n = 0; n < 4; n++) printf("%s ", tried(at + n * PAGE));
    puts("");
    R(fixed(at, PAGE, RW) == at);
    printf("%s ", tried(at));
    R(munmap(at + PAGE, PAGE));
    printf("%s ", tried(at + PAGE));
    R(mprotect(at + 2 * PAGE, PAGE, RW));
    printf("%s\n", tried(at + 2 * PAGE));
    write_code(at, 10);
    write_code(at + 2 * PAGE, 12);
    R(mprotect(at, PAGE, PROT_READ | PROT_EXEC));
    R(mprotect(at + 2 * PAGE, PAGE, PROT_READ | PROT_EXEC));
    printf("%s ", tried(at));
    printf("%s\n", tried(at + 2 * PAGE));
    for (int n = 0; n < 20; n++) {
        pid_t c = CHILD(
            R(mprotect(at + 2 * PAGE, 2 * PAGE, RW)); at[2 * PAGE] = 0; write_code(at + 3 * PAGE, 20 + n);
            R(mprotect(at + 3 * PAGE, PAGE, PROT_READ | PROT_EXEC));
            printf("child %s ", tried(at + 2 * PAGE)); printf("%s\n", tried(at + 3 * PAGE)));
        write_code(fixed(at, PAGE, RW), 30 + n);
        mprotect(at, PAGE, PROT_READ | PROT_EXEC);
        int a = call(at), b = call(at + 2 * PAGE), d = call(at + 3 * PAGE);
        waitpid(c, 0, 0);
        printf("%d %d %d\n", a, b, d);
    }
    R(munmap(at, 4 * PAGE));
}

/* A process that does nothing but change its mappings, looked at from outside. */
static void from_outside(void)
{
    volatile int *step = mmap(0, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char *at = mmap(0, 64 * PAGE, PROT_NONE, ANON, -1, 0), maps[64];
    fflush(stdout);
    pid_t c = fork();
    if (c == 0) {
        for (int n = 0; n < 60; n++) {
            while (*step != 2 * n) sched_yield();
            if (n % 3 == 0) fixed(at + n * PAGE, PAGE, RW);
            else if (n % 3 == 1) munmap(at + n * PAGE, PAGE);
            else mprotect(at + n * PAGE, PAGE, PROT_READ);
            *step = 2 * n + 1;
        }
        for (;;) sched_yield();
    }
    sprintf(maps, "/proc/%d/maps", c);
    for (int n = 0; n < 60; n++) {
        if (n > 0) *step = 2 * n;
        while (*step != 2 * n + 1) sched_yield();
        printf("%s%s", seen(maps, at + n * PAGE), n % 15 == 14 ? "\n" : " ");
    }
    kill(c, SIGKILL);
    expect_child("looked at", c);
    munmap(at, 64 * PAGE);
    munmap((void *)step, PAGE);
}

static int executed(char **argv)
{
    long bytes = atol(argv[1]);
    R(mmap(0, bytes, PROT_READ, ANON, -1, 0) == MAP_FAILED);
    OK(mmap(0, bytes / 8, PROT_READ, ANON, -1, 0));
    return 0;
}

/* Limits count from when they are set, whoever sets them. */
static void limits(void)
{
    struct rlimit l = {512l << 20, 512l << 20}, o;
    pid_t c = CHILD(
        OK(mmap(0, 1l << 30, PROT_READ, ANON, -1, 0));
        R(setrlimit(RLIMIT_AS, &l));
        R(mmap(0, 1l << 30, PROT_READ, ANON, -1, 0));
        R(mmap(0, PAGE, PROT_READ, ANON, -1, 0));
        R(brk((char *)sbrk(0) + PAGE)));
    expect_child("own limit", c);
    c = CHILD(R(setrlimit(RLIMIT_AS, &l)); execl("/proc/self/exe", "maps", "1073741824", (char *)0));
    expect_child("over an exec", c);
    c = CHILD(R(setrlimit(RLIMIT_AS, &l)); pid_t g = CHILD(R(mmap(0, 1l << 30, PROT_READ, ANON, -1, 0)); OK(mmap(0, 1l << 20, PROT_READ, ANON, -1, 0))); expect_child("grandchild", g));
    expect_child("over a fork", c);
    int go[2], done[2];
    pipe(go), pipe(done);
    c = CHILD(char b; void *m = mmap(0, 1l << 30, PROT_READ, ANON, -1, 0); munmap(m, 1l << 30); write(done[1], "", 1); read(go[0], &b, 1);
        getrlimit(RLIMIT_AS, &o); printf("limit %ld %ld\n", (long)o.rlim_cur, (long)o.rlim_max);
        R(mmap(0, 1l << 30, PROT_READ, ANON, -1, 0)); OK(mmap(0, 256l << 20, PROT_READ, ANON, -1, 0)); R(mmap(0, 256l << 20, PROT_READ, ANON, -1, 0)););
    char b;
    read(done[0], &b, 1);
    R(prlimit(c, RLIMIT_AS, &l, &o));
    printf("was %d\n", o.rlim_cur == RLIM_INFINITY);
    R(prlimit(c, RLIMIT_AS, 0, &o));
    printf("is %ld\n", (long)o.rlim_cur);
    write(go[1], "", 1);
    expect_child("set from outside", c);
    R(prlimit(c, RLIMIT_AS, 0, &o));
    getrlimit(RLIMIT_AS, &o);
    printf("parent %d\n", o.rlim_cur == RLIM_INFINITY);
}

/* Mappings made by a process with the same memory, and by threads, beside one's own. */
static char child_stack[65536];
static int shares(void *x)
{
    char **m = x;
    for (int n = 0; n < 100; n++) m[n] = mmap(0, PAGE, RW, ANON, -1, 0), m[n][0] = n;
    return 0;
}
static void *maps_too(void *x)
{
    long wrong = 0;
    for (int n = 0; n < 100; n++) {
        char *m = mmap(0, (1 + n % 7) * PAGE, RW, ANON, -1, 0);
        m[0] = (long)x, m[n % 7 * PAGE] = (long)x;
        if (n % 3) mprotect(m, PAGE, PROT_READ);
        wrong += m[0] != (char)(long)x || m[n % 7 * PAGE] != (char)(long)x;
        munmap(m, (1 + n % 7) * PAGE);
    }
    return (void *)wrong;
}
static void together(void)
{
    char *theirs[100], *mine[100];
    for (int flags = 0; flags < 2; flags++) {
        for (int n = 0; n < 40; n++) mine[n] = mmap(0, PAGE, RW, ANON, -1, 0), mine[n][0] = 1;
        pid_t c = clone(shares, child_stack + sizeof child_stack, CLONE_VM | SIGCHLD | (flags ? CLONE_VFORK : 0), theirs);
        for (int n = 40; n < 100; n++) mine[n] = mmap(0, PAGE, RW, ANON, -1, 0), mine[n][0] = 1;
        expect_child("shares", c);
        int wrong = 0;
        look("/proc/self/maps");
        for (int n = 0; n < 100; n++) wrong += mine[n][0] != 1 || theirs[n][0] != n || strcmp(found(mine[n]), "rw-p") || strcmp(found(theirs[n]), "rw-p");
        printf("%d wrong\n", wrong);
        for (int n = 0; n < 100; n++) munmap(mine[n], PAGE), munmap(theirs[n], PAGE);
    }
    long wrong = 0;
    for (int n = 0; n < 10; n++) {
        pthread_t t[3];
        for (long k = 0; k < 3; k++) maps_too((void *)k), pthread_create(&t[k], 0, maps_too, (void *)(k + 1));
        wrong += (long)maps_too((void *)9);
        for (int k = 0; k < 3; k++) { void *w; pthread_join(t[k], &w); wrong += (long)w; }
        wrong += (long)maps_too((void *)9);
    }
    printf("%ld wrong\n", wrong);
}

/* One of two processes with the same memory cannot execute a program: too many processes have its user. */
static volatile int is_over;
static int program;
static int executes(void *x)
{
    long *wrong = x;
    setrlimit(RLIMIT_NPROC, &(struct rlimit){0, 0});
    syscall(SYS_setresuid, 54321, 54321, 54321);
    for (int n = 0; n < 200; n++) {
        *wrong += fexecve(program, (char *[]){"maps", "1", 0}, (char *[]){0}) != -1 || errno != EAGAIN;
        *wrong += (long)maps_too((void *)3);
    }
    is_over = 1;
    return 0;
}
static void beside_exec(void)
{
    long theirs = 0, mine = 0;
    int ready[2];
    pipe(ready);
    /* Wherever the file is, the other user can execute a copy in memory. */
    char name[40];
    int own = open("/proc/self/exe", O_RDONLY), copy = memfd_create("maps", 0);
    while (sendfile(copy, own, 0, 1 << 20) > 0);
    sprintf(name, "/proc/self/fd/%d", copy);
    program = open(name, O_RDONLY);
    close(copy), close(own);
    pid_t other = fork();
    if (other == 0) { setresuid(54321, 54321, 54321); write(ready[1], "", 1); pause(); }
    read(ready[0], name, 1);
    pid_t c = clone(executes, child_stack + sizeof child_stack, CLONE_VM | SIGCHLD, &theirs);
    while (!is_over) mine += (long)maps_too((void *)4);
    expect_child("executes", c);
    printf("%ld %ld wrong\n", theirs, mine);
    kill(other, SIGKILL);
    expect_child("other", other);
}

/* Handlers change mappings, too, wherever they come between. */
static volatile int ticks;
static void on_tick(int n)
{
    char *m = mmap(0, 3 * PAGE, RW, ANON, -1, 0);
    m[PAGE] = 1;
    mprotect(m, PAGE, PROT_NONE);
    munmap(m, 3 * PAGE);
    ticks++;
}
static void signals(void)
{
    struct itimerval often = {{0, 300}, {0, 300}}, never = {0};
    signal(SIGALRM, on_tick);
    setitimer(ITIMER_REAL, &often, 0);
    long wrong = 0;
    for (long n = 0; ticks < 200; n++) {
        wrong += (long)maps_too((void *)5);
        if (n % 16 == 0) { pid_t c = fork(); if (c == 0) _exit(maps_too((void *)6) != 0); int s; while (waitpid(c, &s, 0) < 0); wrong += s; }
    }
    setitimer(ITIMER_REAL, &never, 0);
    printf("%ld wrong\n", wrong);
}

int main(int argc, char **argv)
{
    if (argc > 1) return executed(argv);
    setbuf(stdout, 0);
    heap();
    heap();
    random_heap();
    int file = open("/proc/self/exe", O_RDONLY);
    halves(file);
    code();
    from_outside();
    limits();
    together();
    beside_exec();
    signals();
    return 0;
}
