/* For tests/left-behind.test.ts. `daemon FILE MARK` leaves a process that sleeps, then forks, executes and makes a thread, and writes to FILE what came
 * of it; itself it ends at once. `sleep MARK` leaves two that go on for ever, one in a system call and one in a loop, and waits. `exit CODE` ends.
 * arguments: exit 4 */
#include "signal.h"

enum { VM = 0x100, FS = 0x200, FILES = 0x400, SIGHAND = 0x800, THREAD = 0x10000, PARENT_SETTID = 0x100000, CHILD_CLEARTID = 0x200000, SYSVSEM = 0x40000 };

/* long start(flags, stack, tid, function) */
__asm__(".globl start\nstart: mov x9, x3\nmov x4, x2\nmov x3, xzr\nmov x8, #220\nsvc #0\ncbz x0, 1f\nret\n1: blr x9\nmov x0, xzr\nmov x8, #93\nsvc #0\n");
long start(long flags, void *stack, int *tid, void (*function)(void));

static u8 stack[16384] __attribute__((aligned(16)));
static int tid;
static long result;

static void compute(void) { result = 49; }

static void sleep_(long seconds, long ns)
{
    struct timespec t = {seconds, ns};
    sys(nanosleep, &t, 0);
}

static int wait_(long pid)
{
    int status = -1;
    sys(wait4, pid, &status, 0, 0);
    return status >> 8 & 0xff;
}

static void daemon(char *file, char **envp)
{
    long fd = sys(openat, -100, file, 01101, 0600);
    sys(dup3, fd, 1, 0);
    sleep_(0, 700000000);
    out("awake\n");
    long pid = sys(clone, CHLD, 0, 0, 0, 0);
    if (pid == 0) sys(exit_group, 3);
    out("child %d\n", wait_(pid));
    pid = sys(clone, CHLD, 0, 0, 0, 0);
    if (pid == 0) {
        char *argv[] = {"left-behind", "exit", "5", 0};
        sys(execve, "/proc/self/exe", argv, envp);
        sys(exit_group, 99);
    }
    out("executed %d\n", wait_(pid));
    start(VM | FS | FILES | SIGHAND | THREAD | SYSVSEM | PARENT_SETTID | CHILD_CLEARTID, stack + sizeof stack, &tid, compute);
    for (int t; (t = __atomic_load_n(&tid, __ATOMIC_ACQUIRE)) != 0;) sys(futex, &tid, 0, t, 0, 0, 0);
    out("thread %ld\nend\n", result);
    flush();
    sys(exit_group, 0);
}

int main(int argc, char **argv, char **envp)
{
    if (argc == 3 && argv[1][0] == 'e') return argv[2][0] - '0';
    if (argc == 3 && argv[1][0] == 's') {
        if (sys(clone, CHLD, 0, 0, 0, 0) == 0)
            for (;;) sleep_(1000, 0);
        if (sys(clone, CHLD, 0, 0, 0, 0) == 0)
            for (;;) __asm__ volatile("nop");
        return wait_(-1);
    }
    if (argc < 4) return 1;
    if (sys(clone, CHLD, 0, 0, 0, 0) == 0) daemon(argv[2], envp);
    out("begun\n");
    return 7;
}
