/* unshare, setns, clone with namespaces: what a process in a new PID namespace sees and does; mounts, pivot_root. */
#include "t.h"
#include <sys/mount.h>
#include <linux/mount.h>

static int in_ns(void *x)
{
    printf("in the namespace: pid %d ppid %d tid %d\n", getpid(), getppid(), gettid());
    fflush(stdout);
    return 7;
}
static void *thread(void *x) { printf("thread: pid %d tid %d\n", getpid(), gettid()); fflush(stdout); return 0; }
static char stack[65536] __attribute__((aligned(16)));
static volatile int usr1;
static void on_usr1(int n) { usr1++; }

int main(int argc, char **argv)
{
    if (argc > 1) { printf("executed: pid %d ppid %d\n", getpid(), getppid()); struct timespec t = {0, 1000000}; nanosleep(&t, 0); return 5; }
    int s;
    pid_t c = CHILD(
        R(unshare(CLONE_NEWPID)); printf("still %d\n", getpid() > 1);
        pid_t g = CHILD(
            printf("first: pid %d ppid %d\n", getpid(), getppid());
            signal(SIGUSR1, on_usr1);
            pid_t h = CHILD(printf("second: pid %d ppid %d\n", getpid(), getppid()); fflush(stdout); kill(getppid(), SIGUSR1); _exit(3));
            printf("the parent sees %d\n", h); expect_child("second", h); printf("usr1 %d\n", usr1);
            pthread_t t; pthread_create(&t, 0, thread, 0); pthread_join(t, 0);
            h = CHILD(execl("/proc/self/exe", "x", "y", (char *)0)); expect_child("executed", h);
            h = vfork(); if (h == 0) execl("/proc/self/exe", "x", "y", (char *)0); printf("vfork %d\n", h); expect_child("vforked", h);
            h = CHILD(*(volatile int *)0 = 0); expect_child("fault", h);
            h = CHILD(pid_t z = CHILD(ms(20)); (void)z); expect_child("parent of an orphan", h);
            printf("orphan %d\n", wait(&s));
            R(kill(5000, 0)); raise(SIGUSR1); printf("usr1 %d\n", usr1);
            CHILD(pause()); _exit(11));
        printf("outside it is more than 100: %d\n", g > 100); expect_child("init", g);
        R(fork()));
    expect_child("unshare", c);
    c = clone(in_ns, stack + sizeof stack, CLONE_NEWPID | SIGCHLD, 0);
    expect_child("clone", c);
    c = CHILD(R(unshare(CLONE_NEWUSER)); printf("uid %d\n", getuid()); R(unshare(CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET)); R(sethostname("inside", 6)); char n[20] = {0}; gethostname(n, 20); puts(n);
              pid_t g = CHILD(printf("pid %d\n", getpid()); execl("/proc/self/exe", "x", "y", (char *)0)); expect_child("g", g));
    expect_child("user namespace", c);
    /* setns */
    c = CHILD(unshare(CLONE_NEWUTS); sethostname("other", 5); pause());
    ms(60);
    char name[60];
    sprintf(name, "/proc/%d/ns/uts", c);
    int fd = open(name, O_RDONLY);
    pid_t d = CHILD(R(setns(fd, CLONE_NEWUTS)); char n[20] = {0}; gethostname(n, 20); puts(n); int pf = syscall(SYS_pidfd_open, c, 0); R(setns(pf, CLONE_NEWUTS | CLONE_NEWNET)); R(setns(0, 0)); R(setns(pf, 0)));
    expect_child("setns", d);
    kill(c, SIGKILL);
    waitpid(c, &s, 0);
    /* setns into a PID namespace */
    c = CHILD(unshare(CLONE_NEWPID); pid_t g = CHILD(pause()); int p = g; ms(400); kill(g, SIGKILL));
    ms(60);
    sprintf(name, "/proc/%d/ns/pid_for_children", c);
    fd = open(name, O_RDONLY);
    d = CHILD(R(setns(fd, CLONE_NEWPID)); pid_t g = CHILD(printf("joined: pid %d ppid %d\n", getpid(), getppid()); fflush(stdout); execl("/proc/self/exe", "x", "y", (char *)0)); expect_child("joined", g));
    expect_child("joins", d);
    waitpid(c, &s, 0);
    /* Mounts */
    c = CHILD(
        R(unshare(CLONE_NEWNS)); R(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0)); mkdir("m", 0700);
        R(mount("tmpfs", "m", "tmpfs", 0, "size=1m")); int f = open("m/file", O_CREAT | O_RDWR, 0600); OK(f); close(f);
        int t = syscall(SYS_open_tree, AT_FDCWD, "m", OPEN_TREE_CLONE | O_CLOEXEC); OK(t); mkdir("m2", 0700); R(syscall(SYS_move_mount, t, "", AT_FDCWD, "m2", MOVE_MOUNT_F_EMPTY_PATH)); R(access("m2/file", R_OK));
        int fs = syscall(SYS_fsopen, "tmpfs", 0); OK(fs); R(syscall(SYS_fsconfig, fs, 6, 0, 0, 0)); int mn = syscall(SYS_fsmount, fs, 0, 0); OK(mn);
        struct mount_attr ma = {.attr_set = MOUNT_ATTR_RDONLY}; R(syscall(SYS_mount_setattr, mn, "", AT_EMPTY_PATH, &ma, sizeof ma));
        R(umount2("m2", MNT_DETACH)); mkdir("m/old", 0700); mkdir("m/bin", 0700);
        R(syscall(SYS_pivot_root, "m", "m/old")); R(chdir("/")); R(access("/file", R_OK)); R(access("/old/proc/self/exe", R_OK)); R(umount2("/old", MNT_DETACH)); R(access("/old/proc", R_OK)); R(open("/proc/self/status", O_RDONLY)); pid_t g = CHILD(printf("still runs %d\n", 1)); expect_child("g", g); R(execl("/bin/nothing", "x", (char *)0)));
    expect_child("mounts", c);
    c = CHILD(R(chroot(".")); R(chdir("/")); pid_t g = CHILD(puts("in the chroot")); expect_child("g", g));
    expect_child("chroot", c);
    /* /proc of the namespace: by numbers */
    c = CHILD(unshare(CLONE_NEWPID | CLONE_NEWNS); mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
        pid_t g = CHILD(R(mount("proc", "/proc", "proc", 0, 0)); pid_t h = CHILD(pause()); ms(30);
            for (int n = 1; n <= 2; n++) { char name[40], b[100000] = {0}, self[500] = {0}, link[500] = {0}; readlink("/proc/self/exe", self, 499); sprintf(name, "/proc/%d/exe", n); readlink(name, link, 499); sprintf(name, "/proc/%d/maps", n); int f = open(name, O_RDONLY), l = 0, r; while ((r = read(f, b + l, sizeof b - 1 - l)) > 0) l += r; printf("%d: exe %d maps %d %d\n", n, !strcmp(self, link), strstr(b, "memfd:demotic") != 0, strstr(b, self) != 0); sprintf(name, "/proc/%d/status", n); f = open(name, O_RDONLY); l = read(f, b, sizeof b - 1); b[l] = 0; printf("caught %.28s pid %d\n", strstr(b, "SigCgt"), atoi(strstr(b, "\nPid:") + 5)); }
            struct rlimit l; R(prlimit(1, RLIMIT_AS, 0, &l)); R(prlimit(h, RLIMIT_NOFILE, 0, &l)); l = (struct rlimit){512l << 20, 512l << 20}; R(prlimit(1, RLIMIT_AS, &l, 0)); R(mmap(0, 1l << 30, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); OK(mmap(0, 256l << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)); kill(h, SIGKILL); expect_child("h", h));
        expect_child("g", g));
    expect_child("proc", c);
    return 0;
}
