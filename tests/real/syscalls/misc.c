/* Calls that have no family: their results and errors are the kernel's. */
#include "t.h"
#include <linux/keyctl.h>
#include <linux/landlock.h>
#include <linux/membarrier.h>
#include <linux/perf_event.h>
#include <sys/fsuid.h>
#include <sys/quota.h>
#include <sys/sendfile.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/uio.h>
#include <sys/xattr.h>
#include <poll.h>
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447 /* 32-bit ARM has none. */
#endif

static long sc(long n, long a, long b, long c, long d, long e, long f) { return syscall(n, a, b, c, d, e, f); }
static volatile int value = 5;

int main(int argc, char **argv)
{
    if (argc > 1) { puts("executed"); return 0; }
    /* keys */
    long k = sc(SYS_add_key, (long)"user", (long)"demotic", (long)"secret", 6, KEY_SPEC_PROCESS_KEYRING, 0);
    printf("add_key %d\n", k > 0);
    char b[4096] = {0};
    if (k > 0) { R(sc(SYS_keyctl, KEYCTL_READ, k, (long)b, 100, 0, 0)); puts(b); R(sc(SYS_request_key, (long)"user", (long)"demotic", 0, KEY_SPEC_PROCESS_KEYRING, 0, 0) == k); R(sc(SYS_keyctl, KEYCTL_REVOKE, k, 0, 0, 0, 0)); }
    R(sc(SYS_keyctl, 9999, 0, 0, 0, 0, 0));
    /* handles */
    struct { struct file_handle h; char room[128]; } h = {{.handle_bytes = 0}};
    int mount;
    R(name_to_handle_at(AT_FDCWD, ".", &h.h, &mount, 0));
    printf("%d\n", h.h.handle_bytes > 0);
    if (name_to_handle_at(AT_FDCWD, ".", &h.h, &mount, 0) == 0) { int d = open(".", O_RDONLY); int o = open_by_handle_at(d, &h.h, O_RDONLY); printf("open_by_handle_at %d\n", o >= 0); }
    R(open_by_handle_at(AT_FDCWD, (void *)8, O_RDONLY));
    R(quotactl(QCMD(Q_GETQUOTA, USRQUOTA), "/dev/none", 0, b));
    R(sc(SYS_bpf, 0, 0, 0, 0, 0, 0));
    R(sc(SYS_bpf, 99, (long)b, 64, 0, 0, 0));
    R(sc(SYS_perf_event_open, (long)b, 0, -1, -1, 0, 0));
    R(sc(SYS_reboot, 1, 2, 3, 4, 0, 0));
    R(sc(SYS_swapon, (long)"/nowhere", 0, 0, 0, 0, 0));
    R(sc(SYS_acct, (long)"/nowhere", 0, 0, 0, 0, 0));
    R(sc(SYS_syslog, 99, 0, 0, 0, 0, 0));
    R(sc(SYS_init_module, 0, 0, (long)"", 0, 0, 0));
    R(sc(SYS_delete_module, (long)"no-such", 0, 0, 0, 0, 0));
    /* landlock */
    long abi = sc(SYS_landlock_create_ruleset, 0, 0, 1, 0, 0, 0);
    printf("landlock %d\n", abi > 0);
    pid_t c = CHILD(
        struct landlock_ruleset_attr ra = {.handled_access_fs = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE};
        int rs = sc(SYS_landlock_create_ruleset, (long)&ra, sizeof ra, 0, 0, 0, 0); int root = open("/", O_PATH);
        struct landlock_path_beneath_attr pb = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE, .parent_fd = root};
        R(sc(SYS_landlock_add_rule, rs, 1, (long)&pb, 0, 0, 0)); prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); R(sc(SYS_landlock_restrict_self, rs, 0, 0, 0, 0, 0));
        R(open("l", O_CREAT | O_WRONLY, 0600)); R(open("/etc/passwd", O_RDONLY) >= 0); R(open("/etc/passwd", O_RDWR)); R(open("/proc/self/status", O_RDONLY) >= 0); execl("/proc/self/exe", "x", "y", (char *)0));
    expect_child("landlock", c);
    /* membarrier */
    R(sc(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0, 0, 0, 0));
    R(sc(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0));
    R(sc(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0, 0, 0, 0));
    R(sc(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0, 0, 0, 0));
    R(sc(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0, 0, 0, 0));
    R(sc(SYS_membarrier, 1 << 20, 0, 0, 0, 0, 0));
    /* other processes' memory */
    int p[2];
    pipe(p);
    c = CHILD(value = 77; write(p[1], "r", 1); while (value != 99) ms(1); puts("written"));
    read(p[0], b, 1);
    int got = 0;
    struct iovec l = {&got, 4}, r = {(void *)&value, 4};
    R(process_vm_readv(c, &l, 1, &r, 1, 0));
    printf("%d\n", got);
    got = 99;
    R(process_vm_writev(c, &l, 1, &r, 1, 0));
    expect_child("process_vm", c);
    R(process_vm_readv(99999999, &l, 1, &r, 1, 0));
    R(process_vm_readv(getpid(), &l, 1, &(struct iovec){(void *)8, 4}, 1, 0));
    R(sc(SYS_ptrace, 99, 0, 0, 0, 0, 0) == -1);
    /* copying */
    int f = open("f", O_CREAT | O_RDWR | O_TRUNC, 0600), g = open("g", O_CREAT | O_RDWR | O_TRUNC, 0600);
    memset(b, 'x', 4096);
    write(f, b, 4096);
    off64_t from = 100, to = 5;
    R(copy_file_range(f, &from, g, &to, 1000, 0));
    printf("%ld %ld\n", (long)from, (long)to);
    off_t o = 4000;
    R(sendfile(g, f, &o, 1000));
    from = 0;
    R(splice(f, &from, p[1], 0, 500, SPLICE_F_NONBLOCK));
    int q[2];
    pipe(q);
    R(tee(p[0], q[1], 100, 0));
    struct iovec v = {b, 300};
    R(vmsplice(q[1], &v, 1, 0));
    R(fcntl(p[0], F_GETPIPE_SZ));
    R(fallocate(f, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 100));
    R(lseek(f, 0, SEEK_DATA) >= 0);
    R(posix_fadvise(f, 0, 0, POSIX_FADV_DONTNEED));
    R(sync_file_range(f, 0, 100, 1));
    R(readahead(f, 0, 100));
    R(syncfs(f));
    struct { uint64_t off, len; } cr = {0, 4096};
    struct { uint64_t a[5]; } cs;
    R(sc(451, f, (long)&cr, (long)&cs, 0, 0, 0));
    R(sc(452, AT_FDCWD, (long)"f", 0640, AT_SYMLINK_NOFOLLOW, 0, 0));
    struct stat st;
    stat("f", &st);
    printf("%o\n", st.st_mode);
    R(setxattr("f", "user.x", "val", 3, 0) | 1);
    R(getxattr("f", "user.none", b, 10) == -1);
    struct { const char *v; uint32_t s, fl; } xa = {"at", 2, 0};
    R(sc(463, AT_FDCWD, (long)"f", 0, (long)"user.at", (long)&xa, sizeof xa) | 1);
    R(sc(999, 1, 2, 3, 4, 5, 6));
    R(sc(600, 1, 2, 3, 4, 5, 6));
    R(sc(244, 1, 2, 3, 4, 5, 6) == -1);
    struct { uint32_t size, pad; uint64_t id, mask, x[3]; } mr = {32, 0, 0, 1};
    R(sc(458, (long)&mr, (long)b, 10, 0, 0, 0) | 1);
    /* scheduling */
    struct { uint32_t size, policy; uint64_t flags; int32_t nice; uint32_t prio; uint64_t x[3]; uint32_t u[2]; } sa = {0};
    R(sc(SYS_sched_getattr, 0, (long)&sa, sizeof sa, 0, 0, 0));
    printf("%d %d %d\n", sa.size, sa.policy, sa.nice);
    sa.nice = 3;
    R(sc(SYS_sched_setattr, 0, (long)&sa, 0, 0, 0, 0));
    R(getpriority(PRIO_PROCESS, 0));
    cpu_set_t set;
    R(sched_getaffinity(0, sizeof set, &set));
    R(CPU_COUNT(&set) >= 1);
    R(sched_getscheduler(0));
    R(sched_get_priority_max(SCHED_FIFO));
    unsigned cpu, node;
    R(sc(SYS_getcpu, (long)&cpu, (long)&node, 0, 0, 0, 0));
    R(sc(SYS_ioprio_get, 1, 0, 0, 0, 0, 0));
    R(sc(SYS_ioprio_set, 1, 0, (2 << 13) | 4, 0, 0, 0));
    R(sc(SYS_ioprio_get, 1, 0, 0, 0, 0, 0));
    struct sysinfo si;
    R(sysinfo(&si));
    R(setfsuid(-1));
    R(prctl(PR_SET_TIMERSLACK, 1000));
    R(prctl(PR_GET_TIMERSLACK));
    R(prctl(9999));
    R(prctl(PR_SET_NAME, 8));
    R(prctl(PR_CAPBSET_READ, 0));
    R(prctl(PR_SET_VMA, PR_SET_VMA_ANON_NAME, 8, 4096, "x"));
    int m = memfd_create("m", MFD_ALLOW_SEALING);
    R(fcntl(m, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_WRITE));
    R(fcntl(m, F_GET_SEALS));
    R(write(m, "x", 1));
    R(ftruncate(m, 100));
    R(memfd_create("m", 0x4000));
    R(sc(SYS_memfd_secret, 99, 0, 0, 0, 0, 0) == -1);
    int pf = syscall(SYS_pidfd_open, getpid(), 0);
    R(sc(SYS_process_madvise, pf, (long)&v, 1, 20, 0, 0) | 1);
    R(sc(SYS_process_mrelease, pf, 0, 0, 0, 0, 0));
    struct pollfd po = {pf, POLLIN};
    R(poll(&po, 1, 0));
    R(sc(SYS_mlock2, (long)b, 4096, 1, 0, 0, 0));
    R(sc(SYS_munlockall, 0, 0, 0, 0, 0, 0));
    R(sc(SYS_mincore, (long)b & ~4095, 4096, (long)b, 0, 0, 0));
    R(sc(SYS_get_mempolicy, (long)&got, 0, 0, 0, 0, 0));
    R(sc(SYS_vhangup, 0, 0, 0, 0, 0, 0) | 1);
    R(sc(SYS_close_range, 500, 400, 0, 0, 0, 0));
    R(sc(SYS_close_range, 3, ~0u, 4, 0, 0, 0));
    R(fcntl(f, F_GETFD));
    R(sc(SYS_close_range, 3, ~0u, 0, 0, 0, 0));
    R(fcntl(f, F_GETFD));
    struct timex *tx = calloc(1, 300);
    R(sc(SYS_adjtimex, (long)tx, 0, 0, 0, 0, 0) >= 0);
    return 0;
}
