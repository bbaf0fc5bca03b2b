/* What outlives the first program keeps its seccomp filters and its PID namespace. */
#include "t.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>

int main(void)
{
    int life[2], turn[2];
    char b;
    syscall(SYS_getppid); // natively from now on
    pipe(life);
    pipe(turn);
    CHILD(
        close(life[1]);
        struct sock_filter f[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)}, {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_getppid}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | 77}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
        struct sock_fprog p = {4, f}; R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &p));
        R(syscall(SYS_getppid)); write(turn[1], "x", 1);
        read(life[0], &b, 1); ms(100);
        R(syscall(SYS_getppid)); pid_t c = CHILD(R(syscall(SYS_getppid))); expect_child("child of the one left behind", c); write(turn[1], "y", 1));
    read(turn[0], &b, 1);
    pid_t c = CHILD(
        unshare(CLONE_NEWPID);
        CHILD(ms(60); printf("pid %d\n", getpid()); fflush(stdout); close(life[1]); write(turn[1], "x", 1); read(life[0], &b, 1); read(turn[0], &b, 1); printf("still pid %d\n", getpid());
              for (int n = 0; n < 3; n++) { pid_t c = CHILD(printf("child %d\n", getpid()); fflush(stdout); _exit(n)); printf("made %d\n", c); expect_child("child", c); }
              pid_t v = vfork(); if (v == 0) _exit(5); expect_child("vfork", v)));
    expect_child("maker of the namespace", c);
    read(turn[0], &b, 1);
    puts("the first program ends");
    return 0;
}
