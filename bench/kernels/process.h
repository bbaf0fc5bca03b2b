/* What the kernels about processes share: waiting, actions, executing this program once more. */
#ifndef PROCESS_H
#define PROCESS_H
#include "kernel.h"

enum { SIGCHLD_ = 17, SA_RESTORER_ = 0x04000000, CLONE_VM_ = 0x100, CLONE_VFORK_ = 0x4000 };

#if defined(__aarch64__)
__asm__("kernel_restorer: mov x8, #139\nsvc #0\n");
#else
__asm__("kernel_restorer: mov $15, %eax\nsyscall\n");
#endif
void kernel_restorer(void);

static inline void on_signal(int signal, void (*handler)(int))
{
    struct { void *handler; u64 flags; void *restorer; u64 mask; } a = {handler, SA_RESTORER_, kernel_restorer, 0};
    sys(rt_sigaction, signal, &a, 0, 8);
}

/* The child's status. */
static inline int wait_for(long pid)
{
    int status = -1;
    if (pid < 0 || sys(wait4, pid, &status, 0, 0) != pid) return -1;
    return status;
}

/* Executes this program to end at once: no rounds. Through the emulator when it is named. */
static inline void execute_self(void)
{
    static char path[4096];
    long n = sys(readlinkat, -100, "/proc/self/exe", path, sizeof path - 1);
    if (n > 0) path[n] = 0;
    char *env[] = {0};
    if (kernel_arguments[0]) {
        char *argv[] = {kernel_arguments[0], kernel_arguments[1], 0};
        sys(execve, kernel_arguments[0], argv, env);
    } else {
        char *argv[] = {path, 0};
        sys(execve, path, argv, env);
    }
    sys(exit_group, 127);
}

#endif
