/* For ptrace-arm.test.ts: what a tracer of a 32-bit ARM program sees by the requests that only ARM has. */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { GET_THREAD_AREA = 22, SET_SYSCALL = 23, GETVFPREGS = 27, SETVFPREGS = 28 };
enum { IP = 12, SP = 13, PC = 15, CPSR = 16, ORIG_R0 = 17 };
struct vfp { unsigned long long d[32]; unsigned long fpscr; };

static void child(void)
{
    ptrace(PTRACE_TRACEME, 0, 0, 0);
    raise(SIGSTOP);
    syscall(SYS_getppid, 1, 2, 3);
    /* What debuggers write into code. */
    __asm__ volatile(".arch armv7-a\n.fpu vfpv3\nvmov.f64 d9, #1.0\n"
#ifdef __thumb__
                     ".inst.n 0xde01\n.inst.w 0xf7f0a000\n"
#else
                     ".inst 0xe7f001f0\n.inst 0xe7f001f0\n"
#endif
                     ::: "d9");
    int skipped = syscall(SYS_getpgid, 0);
    _exit(skipped == 77 ? 5 : 6);
}

static int next(int how, pid_t pid)
{
    int status = -1;
    struct rusage usage[2];
    memset(usage, 0x55, sizeof usage);
    ptrace(how, pid, 0, 0);
    wait4(pid, &status, 0, usage);
    if (*(unsigned char *)&usage[1] != 0x55) printf("wait4 has written too much\n");
    return status;
}

int main(void)
{
    long r[18];
    int status;
    pid_t pid = fork();
    if (pid == 0) child();
    waitpid(pid, &status, 0);
    printf("stop %x\n", status);
    ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);

    printf("entry %x", next(PTRACE_SYSCALL, pid));
    printf(", registers %ld:", ptrace(PTRACE_GETREGS, pid, 0, r));
    printf(" r7 %d r0 %ld r1 %ld r2 %ld ip %ld first %ld cpsr %lx\n", r[7] == SYS_getppid, r[0], r[1], r[2], r[IP], r[ORIG_R0], r[CPSR] & 0x1f);
    printf("words %ld %ld", ptrace(PTRACE_PEEKUSER, pid, 4, 0), ptrace(PTRACE_PEEKUSER, pid, 200, 0));
    errno = 0;
    ptrace(PTRACE_PEEKUSER, pid, 6, 0);
    printf(" %s", strerror(errno));
    errno = 0;
    ptrace(PTRACE_PEEKUSER, pid, 300, 0);
    printf(" %s\n", strerror(errno));
    struct __ptrace_syscall_info info;
    long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info);
    printf("info %ld: op %d arch %x at %d %d number %d arguments %d %d\n", size, info.op, info.arch, info.instruction_pointer == (unsigned long)r[PC], info.stack_pointer == (unsigned long)r[SP],
           info.entry.nr == SYS_getppid, (int)info.entry.args[0], (int)info.entry.args[2]);

    printf("exit %x ip %ld first %ld", next(PTRACE_SYSCALL, pid), ptrace(PTRACE_PEEKUSER, pid, 4 * IP, 0), ptrace(PTRACE_PEEKUSER, pid, 4 * ORIG_R0, 0));
    printf(" result %d\n", ptrace(PTRACE_PEEKUSER, pid, 0, 0) == getpid());

    for (int n = 0; n < 2; n++) {
        printf("breakpoint %x", next(PTRACE_CONT, pid));
        siginfo_t what;
        ptrace(PTRACE_GETSIGINFO, pid, 0, &what);
        ptrace(PTRACE_GETREGS, pid, 0, r);
        printf(" signal %d code %d at %d\n", what.si_signo, what.si_code, (unsigned long)what.si_addr == r[PC]);
#ifdef __thumb__
        r[PC] += n ? 4 : 2;
#else
        r[PC] += 4;
#endif
        ptrace(PTRACE_SETREGS, pid, 0, r);
    }
    struct vfp f, g;
    printf("vfp %ld", ptrace(GETVFPREGS, pid, 0, &f));
    printf(" d9 %llx", f.d[9]);
    f.d[31] = 31;
    printf(" set %ld", ptrace(SETVFPREGS, pid, 0, &f));
    struct iovec io = {&g, sizeof g};
    printf(" regset %ld", ptrace(PTRACE_GETREGSET, pid, NT_ARM_VFP, &io));
    printf(" %d d31 %llu\n", (int)io.iov_len, g.d[31]);
    io.iov_base = r, io.iov_len = sizeof r;
    printf("general %ld", ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
    printf(" %d\n", (int)io.iov_len);
    void *area = 0;
    printf("thread area %ld", ptrace(GET_THREAD_AREA, pid, 0, &area));
    printf(" %d\n", area == __builtin_thread_pointer());

    next(PTRACE_SYSCALL, pid);
    printf("skipped %ld", ptrace(SET_SYSCALL, pid, 0, -1));
    next(PTRACE_SYSCALL, pid);
    printf(" %ld", ptrace(PTRACE_POKEUSER, pid, 0, 77));
    printf(" steps %s\n", ptrace(PTRACE_SINGLESTEP, pid, 0, 0) ? strerror(errno) : "are made");
    printf("end %x\n", next(PTRACE_CONT, pid));
    return 0;
}
