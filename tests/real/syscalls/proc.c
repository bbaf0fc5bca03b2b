/* /proc of the process itself and of others, as paths, relative names and descriptors. */
#include "t.h"
#include <dirent.h>
#include <elf.h>
#include <sys/auxv.h>
#include <sys/utsname.h>
#include <linux/openat2.h>

static char text[1 << 20];
static char *slurp(const char *name)
{
    int fd = open(name, O_RDONLY), n = 0, r;
    if (fd < 0) { sprintf(text, "%s: %s", name, strerrorname_np(errno)); return text; }
    while ((r = read(fd, text + n, sizeof text - 1 - n)) > 0) n += r;
    text[n] = 0;
    close(fd);
    return text;
}

static void status_lines(const char *file)
{
    static const char *lines[] = {"Umask", "State", "TracerPid", "NStgid_", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "SigCgt", "NoNewPrivs", "Seccomp", "Kthread", "FDSize_", 0};
    char *all = slurp(file);
    for (int n = 0; lines[n]; n++) {
        char key[40];
        sprintf(key, "\n%s:", lines[n]);
        char *at = strstr(all, key);
        if (at) printf("%.*s\n", (int)strcspn(at + 1, "\n"), at + 1);
    }
    char *at = strstr(all, "\nVmSize:");
    printf("VmSize small %d\n", at && atol(at + 8) < 200000);
    at = strstr(all, "\nVmPeak:");
    printf("VmPeak small %d\n", at && atol(at + 8) < 200000);
    at = strstr(all, "\nVmLck:");
    printf("VmLck %ld\n", at ? atol(at + 7) : -1);
    fflush(stdout);
}

static void handler(int n) { (void)n; }
static void *thread(void *x) { prctl(PR_SET_NAME, "a thread"); for (;;) pause(); return x; }

static int count_dir(const char *name, int show)
{
    DIR *d = opendir(name);
    if (!d) { printf("%s: %s\n", name, strerrorname_np(errno)); return -1; }
    int n = 0;
    struct dirent *e;
    while ((e = readdir(d))) if (e->d_name[0] != '.') { n++; if (show && atoi(e->d_name) != dirfd(d) && strcmp(e->d_name, "251")) printf(" %s", e->d_name); }
    closedir(d);
    return n;
}

static void look_at(const char *dir)
{
    char name[100], link[4096] = {0}, self[4096] = {0};
    readlink("/proc/self/exe", self, 4095);
    sprintf(name, "%s/exe", dir);
    int r = readlink(name, link, 4095);
    printf("exe %d\n", r > 0 && !strcmp(link, self));
    struct stat a, b;
    R(stat(name, &a));
    stat(self, &b);
    printf("same file %d\n", a.st_ino == b.st_ino);
    R(lstat(name, &a));
    printf("link %d size %ld\n", S_ISLNK(a.st_mode), a.st_size);
    int fd = open(name, O_RDONLY);
    char magic[5] = {0};
    R(read(fd, magic, 4));
    printf("%s\n", magic + 1);
    close(fd);
    sprintf(name, "%s/comm", dir);
    printf("comm %s", slurp(name));
    sprintf(name, "%s/cmdline", dir);
    slurp(name);
    char *first = text;
    printf("cmdline %s %s\n", strrchr(first, '/') ? "path" : first, first + strlen(first) + 1);
    sprintf(name, "%s/environ", dir);
    printf("environ %d\n", strlen(slurp(name)) > 0);
    sprintf(name, "%s/maps", dir);
    slurp(name);
    int lines = 0, exe = 0, rwx = 0, high = 0, stack = 0, heap = 0, ours = 0;
    for (char *l = text; *l; l = strchr(l, '\n') + 1) {
        lines++;
        char *end = strchr(l, '\n');
        *end = 0;
        if (strstr(l, self)) exe++;
        if (strstr(l, "rwx")) rwx++;
        if (strstr(l, "[stack]")) stack++;
        if (strstr(l, "[heap]")) heap++;
        if (strstr(l, "memfd:demotic")) ours++, puts(l);
        *end = '\n';
    }
    printf("maps: exe %d rwx %d stack %d heap %d ours %d\n", exe > 0, rwx, stack, heap, ours);
    sprintf(name, "%s/smaps", dir);
    printf("smaps ours %d\n", strstr(slurp(name), "memfd:demotic") != 0);
    sprintf(name, "%s/smaps_rollup", dir);
    slurp(name);
    printf("rollup %d ours %d\n", strstr(text, "Rss:") != 0, strstr(text, "memfd:demotic") != 0);
    sprintf(name, "%s/numa_maps", dir);
    printf("numa_maps ours %d\n", strstr(slurp(name), "memfd:demotic") != 0);
    sprintf(name, "%s/status", dir);
    status_lines(name);
    sprintf(name, "%s/statm", dir);
    long size = 0, rss = 0, shared = 0, code = 0, lib, data = 0;
    sscanf(slurp(name), "%ld %ld %ld %ld %ld %ld", &size, &rss, &shared, &code, &lib, &data);
    printf("statm %d %d %d %d\n", size < 50000 && size > 0, rss > 0 && rss <= size, code > 0 && code < size, data < 50000);
    sprintf(name, "%s/stat", dir);
    slurp(name);
    char *p = strrchr(text, ')') + 2;
    long f[60] = {0};
    char state = *p;
    int n = 3;
    for (p++; n < 52 && *p; n++) f[n + 1] = strtoul(p, &p, 10);
    printf("stat state %c ppid %d threads %ld vsize %d startcode %d startstack %d sig %lx blocked %lx ign %lx cgt %lx exit signal %ld\n", state == 'R' ? 'S' : state, f[4] > 0, f[20], f[23] > 0 && f[23] < 200l << 20, f[26] > 0, f[28] > 0, f[31], f[32], f[33], f[34], f[38]);
    sprintf(name, "%s/auxv", dir);
    fd = open(name, O_RDONLY);
    Elf64_auxv_t av[40];
    n = read(fd, av, sizeof av);
    close(fd);
    int pagesz = 0, phdr = 0;
    for (int k = 0; k < n / 16; k++) { if (av[k].a_type == AT_PAGESZ) pagesz = av[k].a_un.a_val; if (av[k].a_type == AT_PHDR) phdr = av[k].a_un.a_val == getauxval(AT_PHDR); }
    printf("auxv %d %d\n", pagesz, phdr);
    sprintf(name, "%s/task", dir);
    printf("tasks %d\n", count_dir(name, 0));
    sprintf(name, "%s/fd", dir);
    printf("fds");
    count_dir(name, 1);
    sprintf(name, "%s/fdinfo", dir);
    printf("\nfdinfo");
    count_dir(name, 1);
    printf("\n");
    sprintf(name, "%s/limits", dir);
    printf("limits %d\n", strstr(slurp(name), "Max open files") != 0);
    sprintf(name, "%s/wchan", dir);
    sprintf(name, "%s/oom_score_adj", dir);
    printf("oom %s", slurp(name));
    sprintf(name, "%s/cwd", dir);
    R(readlink(name, link, 4096) > 0);
    sprintf(name, "%s/root", dir);
    R(readlink(name, link, 4096));
    sprintf(name, "%s/personality", dir);
    printf("personality %s", slurp(name));
    sprintf(name, "%s/coredump_filter", dir);
    printf("coredump_filter %s", slurp(name));
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc == 1) { execl("/proc/self/exe", "proc-test", "an argument", (char *)0); return 1; }
    signal(SIGUSR1, handler);
    signal(SIGSEGV, handler);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGFPE, SIG_IGN);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGBUS);
    sigprocmask(SIG_BLOCK, &set, 0);
    kill(getpid(), SIGTERM);
    kill(getpid(), SIGBUS);
    malloc(100);
    puts("-- self");
    look_at("/proc/self");
    pthread_t t;
    pthread_create(&t, 0, thread, 0);
    ms(60);
    puts("-- thread-self");
    look_at("/proc/thread-self");
    char name[100];
    sprintf(name, "/proc/%d", getpid());
    puts("-- pid");
    look_at(name);
    char link_[1];
    int ready[2];
    pipe(ready);
    pid_t c = CHILD(close(ready[0]); prctl(PR_SET_NAME, "child"); int p = open("/dev/null", O_RDONLY); signal(SIGINT, SIG_IGN); write(ready[1], "r", 1); close(ready[1]); pause());
    read(ready[0], link_, 1);
    close(ready[0]);
    close(ready[1]);
    ms(60);
    sprintf(name, "/proc/%d", c);
    puts("-- child");
    look_at(name);
    kill(c, SIGSTOP);
    ms(20);
    sprintf(name, "/proc/%d/stat", c);
    printf("%c\n", strrchr(slurp(name), ')')[2]);
    kill(c, SIGKILL);
    ms(20);
    printf("%c\n", strrchr(slurp(name), ')')[2]);
    sprintf(name, "/proc/%d/maps", c);
    printf("zombie's maps [%s]\n", slurp(name));
    sprintf(name, "/proc/%d/exe", c);
    char link[4096] = {0};
    R(readlink(name, link, 4095));
    expect_child("child", c);
    sprintf(name, "/proc/%d/maps", c);
    R(open(name, O_RDONLY));

    puts("-- names");
    int proc = open("/proc", O_PATH | O_DIRECTORY), self = open("/proc/self", O_PATH | O_DIRECTORY);
    R(readlinkat(self, "exe", link, 4095) > 0);
    printf("%d\n", strstr(link, "proc.") != 0);
    int fd = openat(self, "maps", O_RDONLY);
    text[read(fd, text, 4000)] = 0;
    printf("openat ours %d\n", strstr(text, "memfd:demotic") != 0);
    fd = openat(proc, "self/maps", O_RDONLY);
    text[read(fd, text, 4000)] = 0;
    printf("openat %d\n", strstr(text, "proc.") != 0);
    struct open_how how = {.flags = O_RDONLY};
    fd = syscall(SYS_openat2, proc, "self/maps", &how, sizeof how);
    text[read(fd, text, 4000)] = 0;
    printf("openat2 %d\n", strstr(text, "proc.") != 0);
    how.resolve = RESOLVE_BENEATH;
    fd = syscall(SYS_openat2, self, "status", &how, sizeof how);
    text[read(fd, text, 4000)] = 0;
    printf("openat2 beneath %d\n", strstr(text, "SigCgt:\t0000000000000600") != 0 || strstr(text, "SigCgt:\t0000000000000a00") != 0);
    how.resolve = RESOLVE_NO_MAGICLINKS;
    R(syscall(SYS_openat2, self, "exe", &how, sizeof how));
    int path = open("/proc/self/exe", O_PATH | O_NOFOLLOW);
    struct stat st;
    fstat(path, &st);
    printf("O_PATH link %d\n", S_ISLNK(st.st_mode));
    memset(link, 0, sizeof link);
    R(readlinkat(path, "", link, 4095) > 0);
    printf("%d\n", strstr(link, "proc.") != 0);
    path = open("/proc/self/exe", O_PATH);
    fstat(path, &st);
    printf("O_PATH %d\n", S_ISREG(st.st_mode) && st.st_size > 1000);
    chdir("/proc/self");
    memset(link, 0, sizeof link);
    R(readlink("exe", link, 4095) > 0);
    printf("%d\n", strstr(link, "proc.") != 0);
    R(access("exe", X_OK));
    R(access("/proc/self/exe", W_OK));
    chdir("..");
    memset(link, 0, sizeof link);
    R(readlink("self/exe", link, 4095) > 0);
    printf("%d\n", strstr(link, "proc.") != 0);
    R(open("/proc/self/maps", O_WRONLY) >= 0);
    R(open("/proc/self/maps", O_RDONLY | O_DIRECTORY));
    R(open("/proc/self/nothing", O_RDONLY));
    fd = open("/proc/self/maps", O_RDONLY);
    R(lseek(fd, 0, SEEK_END) >= -1);
    sprintf(name, "/proc/self/fd/%d", fd);
    memset(link, 0, sizeof link);
    readlink(name, link, 4095);
    printf("the descriptor's name has maps %d\n", strstr(link, "maps") != 0);
    fd = open("/proc/self/mem", O_RDWR);
    static int value = 0x1234;
    int back = 0;
    R(pread(fd, &back, 4, (long)&value));
    printf("%x\n", back);
    back = 0x77;
    R(pwrite(fd, &back, 4, (long)&value));
    printf("%x\n", value);
    printf("ps would see %d\n", count_dir("/proc/self/task", 0));
    struct utsname u;
    uname(&u);
    printf("%s\n", u.sysname);
    slurp("/proc/cpuinfo");
    printf("cpuinfo %d\n", strstr(text, "processor") != 0);
    R(readlink("/proc/self/fd/1001", link, 4095));
    R(open("/proc/self/fd/1001", O_RDONLY));
    R(access("/proc/self/fd/1000", F_OK));
    R(stat("/proc/self/fdinfo/1002", &st));
    R(open("/dev/fd/1003", O_RDONLY));
    return 0;
}
