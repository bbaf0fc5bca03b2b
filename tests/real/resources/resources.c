/*
 * For tests/real/resources.test.ts: what programs see when something runs out, and that they can go on afterwards. The first argument chooses; each
 * line is the same on any machine, so counts that depend on it are not printed.
 */
#include "../syscalls/t.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile int got;
static void on_fault(int n) { siglongjmp(back, n); }
static void on(int n) { got = n; }
/* Until the pipe's other end is closed. */
static void *wait_for(void *fds) { char c; read(*(int *)fds, &c, 1); return 0; }
static void *sleep_forever(void *x) { for (;;) pause(); return x; }

/* The folder is a file system of a few hundred KiB. */
static void disk(const char *folder)
{
    chdir(folder);
    int f = open("full", O_CREAT | O_RDWR, 0600), hole = open("hole", O_CREAT | O_RDWR, 0600);
    static char block[4096];
    R(ftruncate(hole, 1 << 20));
    char *m = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, hole, 0);
    m[0] = 1;
    long r;
    while ((r = write(f, block, sizeof block)) > 0);
    report("write", r);
    R(pwrite(hole, block, sizeof block, 1 << 19));
    R(posix_fallocate(hole, 0, 1 << 20));
    R(mkdir("folder", 0700));
    R(symlink("a long name of a link, which needs a page of its own; a long name of a link, which needs a page of its own; a long name of a link", "link"));
    /* A store needs a page that is not there. */
    signal(SIGBUS, on_fault);
    int n = sigsetjmp(back, 1);
    if (n == 0) for (long at = 0; at < 1 << 20; at += 4096) m[at] = 2;
    printf("store: %s\n", n ? sigabbrev_np(n) : "works");
    /* So does the kernel's. */
    int p[2];
    pipe(p);
    write(p[1], "x", 1);
    R(read(p[0], m + (1 << 19), 1));
    R(read(p[0], block, 1));
    signal(SIGBUS, SIG_DFL);
    expect_child("child that stores", CHILD(setrlimit(RLIMIT_CORE, &(struct rlimit){0}); for (long at = 0; at < 1 << 20; at += 4096) m[at] = 2));
    /* There is room again. */
    R(unlink("full"));
    R(close(f));
    R(pwrite(hole, block, sizeof block, 1 << 19));
    m[1 << 19] = 3;
    char c;
    R(pread(hole, &c, 1, 1 << 19));
    printf("%d\n", c);
    expect_child("another program", CHILD(execl("/proc/self/exe", "resources", "nothing", (char *)0)));
}

/* Standard output is what the caller has made it. */
static void output(void)
{
    errno = 0;
    long r = write(1, "text\n", 5);
    fprintf(stderr, "write: %s\n", r < 0 ? strerrorname_np(errno) : "works");
    setvbuf(stdout, 0, _IOFBF, 4096);
    printf("more text\n");
    r = fflush(stdout);
    fprintf(stderr, "flush: %s\n", r < 0 ? strerrorname_np(errno) : "works");
    fprintf(stderr, "close: %s\n", fclose(stdout) < 0 ? strerrorname_np(errno) : "works");
}

static void pipe_(void)
{
    signal(SIGPIPE, on);
    errno = 0;
    long r = write(1, "text\n", 5);
    fprintf(stderr, "write: %ld %s, signal %s\n", r, strerrorname_np(errno), sigabbrev_np(got));
    signal(SIGPIPE, SIG_IGN);
    r = write(1, "text\n", 5);
    fprintf(stderr, "write: %ld %s\n", r, strerrorname_np(errno));
    signal(SIGPIPE, SIG_DFL);
    write(1, "text\n", 5);
}

/* As many as there may be; then they end, and it all works again. */
static void processes(void)
{
    static pid_t made[1 << 16];
    for (int round = 0; round < 3; round++) {
        int n = 0, s, killed = 0;
        pid_t c;
        errno = 0;
        while (n < 1 << 16 && (c = fork()) >= 0) {
            if (c == 0) sleep_forever(0);
            made[n++] = c;
        }
        printf("fork: %s after %s\n", strerrorname_np(errno), n > 3 ? "many" : "few");
        R(vfork());
        pid_t spawned;
        printf("posix_spawn: %s\n", strerrorname_np(posix_spawn(&spawned, "/proc/self/exe", 0, 0, (char *[]){"resources", "nothing", 0}, 0)));
        pthread_t t;
        int closed = -1, e = pthread_create(&t, 0, wait_for, &closed);
        printf("pthread_create: %s\n", strerrorname_np(e));
        for (int i = 0; i < n; i++) kill(made[i], i & 1 ? SIGKILL : SIGTERM);
        while (wait(&s) > 0) killed += WIFSIGNALED(s);
        printf("ended: %d\n", killed == n);
        expect_child("child", CHILD());
        fflush(stdout);
    }
}

static void threads(void)
{
    static pthread_t made[1 << 16];
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 65536);
    for (int round = 0; round < 3; round++) {
        int n = 0, fds[2], e = 0;
        pipe(fds);
        while (n < 1 << 16 && (e = pthread_create(made + n, &small, wait_for, fds)) == 0) n++;
        printf("pthread_create: %s after %s\n", strerrorname_np(e), n > 3 ? "many" : "few");
        R(fork());
        close(fds[1]);
        for (int i = 0; i < n; i++) pthread_join(made[i], 0);
        /* A thread counts for a moment longer than it can be waited for. */
        for (int i = 0; i < 1000 && (e = pthread_create(made, &small, wait_for, fds)) != 0; i++) ms(1);
        printf("pthread_create: %s\n", strerrorname_np(e));
        pthread_join(made[0], 0);
        close(fds[0]);
        fflush(stdout);
    }
}

/* Memory without end, in a control group with a limit: whoever takes it is killed, and nobody else. */
static void memory(const char *group)
{
    int p[2], q[2];
    char c = 0;
    pipe(p);
    pipe(q);
    pid_t other = CHILD(close(p[1]); close(q[0]); write(q[1], "a", 1); read(p[0], &c, 1); printf("the other one goes on\n"));
    read(q[0], &c, 1);
    for (int round = 0; round < 3; round++)
        expect_child("hungry", CHILD(
            if (group) { int f = open(group, O_WRONLY); char text[16]; write(f, text, sprintf(text, "%d", getpid())); close(f); }
            for (;;) { char *m = mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); if (m == MAP_FAILED) break; for (int at = 0; at < 1 << 20; at += 4096) m[at] = 1; }));
    close(p[0]);
    close(p[1]);
    expect_child("other", other);
    void *m = malloc(10 << 20);
    memset(m, 1, 10 << 20);
    printf("malloc: %d\n", m != 0);
}

/* Addresses, and mappings. */
static void addresses(void)
{
    unsigned long taken = 0, size = 1ul << 46;
    static void *all[1 << 14];
    int n = 0;
    for (; size >= 1 << 30; size >>= 1) {
        void *m;
        while (n < 1 << 14 && (m = mmap(0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)) != MAP_FAILED) all[n++] = m, taken += size;
        if (errno != ENOMEM) printf("%s\n", strerrorname_np(errno));
    }
    printf("addresses: %d\n", taken > 1ul << 45);
    R(mmap(0, 1ul << 40, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
    expect_child("child", CHILD(printf("malloc: %d\n", malloc(1000) != 0)));
    expect_child("another program", CHILD(execl("/proc/self/exe", "resources", "nothing", (char *)0)));
    for (; n > 0; n--) munmap(all[n - 1], 1 << 30);
    OK(mmap(0, 1 << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
}

static void mappings(void)
{
    long pages = 100000, at = 0;
    char *m = mmap(0, pages * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    for (errno = 0; at < pages && mprotect(m + at * 4096, 4096, PROT_READ) == 0; at += 2);
    printf("mprotect: %s after %s\n", strerrorname_np(errno), at > 50000 ? "many" : "few");
    R(munmap(m, pages * 4096));
    OK(mmap(0, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    expect_child("child", CHILD(printf("malloc: %d\n", malloc(1 << 20) != 0)));
}

/* Each process of a family, threaded ones among them, is killed; the parent sees it, and the others answer. */
static void family(void)
{
    enum { MEMBERS = 6 };
    pid_t member[MEMBERS];
    int ask[MEMBERS][2], answer[MEMBERS][2];
    for (int i = 0; i < MEMBERS; i++) {
        pipe(ask[i]);
        pipe(answer[i]);
        member[i] = CHILD(
            pthread_t t; if (i & 1) for (int n = 0; n < 3; n++) pthread_create(&t, 0, sleep_forever, 0);
            if (i & 2) for (int n = 0; n < 2; n++) CHILD(prctl(PR_SET_PDEATHSIG, SIGTERM); sleep_forever(0));
            char c; volatile int busy = i == 4;
            if (i == 5) { write(answer[i][1], "r", 1); for (;;) busy++; }
            write(answer[i][1], "r", 1);
            while (read(ask[i][0], &c, 1) == 1) write(answer[i][1], &c, 1));
        char c;
        read(answer[i][0], &c, 1);
    }
    for (int i = 0; i < MEMBERS; i++) {
        kill(member[i], SIGKILL);
        expect_child("member", member[i]);
        int answers = 0;
        for (int j = i + 1; j < MEMBERS - 1; j++) {
            char c = 'q';
            write(ask[j][1], &c, 1);
            answers += read(answer[j][0], &c, 1) == 1 && c == 'q';
        }
        printf("answers: %d\n", answers);
        expect_child("new child", CHILD());
    }
}

/* Each of many processes writes a function of its own, and all of them live at once. */
static void code(int many)
{
    int go[2], done[2], right = 0, ended = 0, s;
    pipe(go);
    pipe(done);
    for (int i = 0; i < many; i++)
        CHILD(
            unsigned *m = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef __aarch64__
            m[0] = 0x52800000 | i << 5; m[1] = 0xd65f03c0; // mov w0, i; ret
#else
            memcpy(m, "\xb8\0\0\0\0\xc3", 6); memcpy((char *)m + 1, &i, 4); // mov eax, i; ret
#endif
            __builtin___clear_cache((char *)m, (char *)(m + 2));
            char c = ((int (*)(void))m)() == i; close(go[1]); write(done[1], &c, 1); read(go[0], &c, 1));
    for (int i = 0; i < many; i++) { char c = 0; read(done[0], &c, 1); right += c; }
    close(go[1]);
    while (wait(&s) > 0) ended += s == 0;
    printf("%d right, %d ended\n", right, ended);
}

int main(int argc, char **argv)
{
    const char *what = argv[1];
    if (!strcmp(what, "disk")) disk(argv[2]);
    if (!strcmp(what, "output")) output();
    if (!strcmp(what, "pipe")) pipe_();
    if (!strcmp(what, "processes")) processes();
    if (!strcmp(what, "threads")) threads();
    if (!strcmp(what, "memory")) memory(argv[2]);
    if (!strcmp(what, "addresses")) addresses();
    if (!strcmp(what, "mappings")) mappings();
    if (!strcmp(what, "family")) family();
    if (!strcmp(what, "code")) code(atoi(argv[2]));
    return 0;
}
