/*
 * userfaultfd: missing pages, write protection, code in pages that come so, calls whose arguments lie there, what is refused. The handler is a thread; what it
 * runs for the first time and its calls are no different from others'.
 */
#include "t.h"
#include <linux/userfaultfd.h>
#include <poll.h>

#define PAGE 4096l
static int fd;
static volatile long faults, writes, protected_writes;
static char *source;
static int answers_zero;

static void *handle(void *arg)
{
    for (;;) {
        struct uffd_msg m;
        if (read(fd, &m, sizeof m) != sizeof m) return 0;
        if (m.event != UFFD_EVENT_PAGEFAULT) { printf("event %d\n", m.event); continue; }
        unsigned long page = m.arg.pagefault.address & -PAGE;
        if (m.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP) {
            protected_writes++;
            struct uffdio_writeprotect w = {.range = {page, PAGE}, .mode = 0};
            ioctl(fd, UFFDIO_WRITEPROTECT, &w);
            continue;
        }
        faults++;
        if (m.arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WRITE) writes++;
        /* Calls that the engine makes, too */
        void *p = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (answers_zero) {
            struct uffdio_zeropage z = {.range = {page, PAGE}};
            ioctl(fd, UFFDIO_ZEROPAGE, &z);
        } else {
            struct uffdio_copy c = {.dst = page, .src = (unsigned long)source, .len = PAGE};
            ioctl(fd, UFFDIO_COPY, &c);
        }
        munmap(p, PAGE);
    }
}
static int is_device;
static int new_fd(int flags)
{
    return is_device ? ioctl(open("/dev/userfaultfd", O_RDWR | O_CLOEXEC), USERFAULTFD_IOC_NEW, flags) : syscall(SYS_userfaultfd, flags);
}
static char *fresh(int pages, int prot, int mode)
{
    char *p = mmap(0, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct uffdio_register r = {.range = {(unsigned long)p, pages * PAGE}, .mode = mode};
    if (ioctl(fd, UFFDIO_REGISTER, &r)) printf("register: %s\n", strerrorname_np(errno));
    return p;
}
static void counted(const char *what)
{
    printf("%s: %ld faults, %ld of writes, %ld of protected\n", what, faults, writes, protected_writes);
    fflush(stdout);
    faults = writes = protected_writes = 0;
}
static int api(int f, unsigned long features)
{
    struct uffdio_api a = {.api = UFFD_API, .features = features};
    int r = ioctl(f, UFFDIO_API, &a);
    if (r == 0) printf("  asked %d, has pagefault flags %d\n", (a.features & features) == features, (a.features & UFFD_FEATURE_PAGEFAULT_FLAG_WP) != 0);
    return r;
}

/* By the call, then, if there is the device, by that. */
int main(int argc, char **argv)
{
    is_device = argc > 1;
    R(new_fd(0x1000));
    int other = new_fd(O_CLOEXEC | O_NONBLOCK);
    struct uffd_msg m;
    R(read(other, &m, sizeof m));
    struct uffdio_api bad = {.api = 0x55};
    R(ioctl(other, UFFDIO_API, &bad));
    R(api(other, 1ull << 62));
    R(api(other, 0));
    R(read(other, &m, sizeof m));
    R(fcntl(other, F_GETFD));
    close(other);
    fd = new_fd(O_CLOEXEC);
    R(api(fd, UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_THREAD_ID));
    source = mmap(0, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memset(source, 'x', PAGE);
    pthread_t t;
    pthread_create(&t, 0, handle, 0);

    char *p = fresh(8, PROT_READ | PROT_WRITE, UFFDIO_REGISTER_MODE_MISSING);
    int sum = 0;
    for (int n = 0; n < 8; n++) sum += p[n * PAGE + n] == 'x';
    R(sum);
    counted("read");
    R(madvise(p, 4 * PAGE, MADV_DONTNEED));
    for (int n = 0; n < 8; n++) p[n * PAGE + 1] = n;
    sum = 0;
    for (int n = 0; n < 8; n++) sum += p[n * PAGE] == 'x' && p[n * PAGE + 1] == n;
    R(sum);
    counted("written");
    answers_zero = 1;
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(p[5 * PAGE]);
    counted("zero");
    answers_zero = 0;

    /* The kernel touches it */
    int q[2];
    pipe(q);
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(write(q[1], p + 100, 2 * PAGE));
    counted("write");
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(read(q[0], p + PAGE + 1, 5));
    R(p[PAGE] == 'x' && p[PAGE + 1] == 'x');
    counted("read(2)");
    /* Names, structures and lists */
    strcpy(source, "/dev/null");
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    OK(close(open(p, O_RDONLY)));
    counted("name");
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(execl(p, p, (char *)0));
    counted("name of a program");
    memset(source, 0, PAGE);
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(sigaction(SIGUSR1, (void *)p, (void *)(p + PAGE)));
    R(sigprocmask(SIG_SETMASK, (void *)(p + 2 * PAGE), (void *)(p + 3 * PAGE)));
    counted("signals");

    /* Code */
    write_returning(source, 42);
    __builtin___clear_cache(source, source + PAGE);
    char *c = fresh(4, PROT_READ | PROT_WRITE | PROT_EXEC, UFFDIO_REGISTER_MODE_MISSING);
    R(((int (*)(void))(c + PAGE))());
    counted("code");
    R(((int (*)(void))(c + PAGE))());
    counted("code again");
    R(madvise(c, 4 * PAGE, MADV_DONTNEED));
    write_returning(source, 43);
    R(((int (*)(void))(c + PAGE))());
    counted("other code");

    /* Code that moves away: UFFDIO_MOVE, of Linux 6.8 */
    char *moved = fresh(4, PROT_READ | PROT_WRITE | PROT_EXEC, UFFDIO_REGISTER_MODE_MISSING);
    struct { unsigned long dst, src, len, mode; long moved; } move = {(unsigned long)moved, (unsigned long)c + PAGE, PAGE};
    R(ioctl(fd, _IOWR(0xaa, 5, move), &move));
    R(move.moved);
    R(((int (*)(void))moved)());
    counted("moved");
    write_returning(source, 44);
    R(((int (*)(void))(c + PAGE))());
    counted("where it was");

    /* Write protection, also of code */
    char *w = fresh(4, PROT_READ | PROT_WRITE | PROT_EXEC, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
    R(((int (*)(void))(w + PAGE))());
    w[0] = 1;
    counted("both modes");
    struct uffdio_writeprotect wp = {.range = {(unsigned long)w, 4 * PAGE}, .mode = UFFDIO_WRITEPROTECT_MODE_WP};
    R(ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
    R(w[0]);
    w[1] = 2;
    w[PAGE + 200] = 3;
    w[PAGE + 201] = 4;
    R(w[0] + w[1] + w[PAGE + 200] + w[PAGE + 201]);
    R(((int (*)(void))(w + PAGE))());
    counted("protected");
    R(ioctl(fd, UFFDIO_WRITEPROTECT, &wp));
    R(pread(open("/dev/zero", O_RDONLY), w + PAGE + 300, 10, 0));
    counted("protected, kernel");

    /* Pages that move away and come back */
    struct uffdio_copy copy = {.dst = (unsigned long)p, .src = (unsigned long)source, .len = PAGE};
    R(ioctl(fd, UFFDIO_COPY, &copy));
    struct uffdio_range range = {(unsigned long)p, 8 * PAGE};
    R(ioctl(fd, UFFDIO_WAKE, &range));
    R(ioctl(fd, UFFDIO_UNREGISTER, &range));
    R(madvise(p, 8 * PAGE, MADV_DONTNEED));
    R(p[3 * PAGE]);
    counted("unregistered");
    struct uffdio_register reg = {.range = {(unsigned long)p + 1, PAGE}, .mode = UFFDIO_REGISTER_MODE_MISSING};
    R(ioctl(fd, UFFDIO_REGISTER, &reg));
    reg.range.start = (unsigned long)p;
    reg.mode = 0;
    R(ioctl(fd, UFFDIO_REGISTER, &reg));
    /* A child has the memory without the descriptor's watch */
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) _exit(c[3 * PAGE] == 0 ? 7 : 8);
    int s;
    waitpid(pid, &s, 0);
    printf("child %s\n", status_text(s));
    struct pollfd pf = {fd, POLLIN};
    R(poll(&pf, 1, 0));
    if (argc == 1 && access("/dev/userfaultfd", R_OK | W_OK) == 0) execl("/proc/self/exe", argv[0], "device", (char *)0);
    return 0;
}
