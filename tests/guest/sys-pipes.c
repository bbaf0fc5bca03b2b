/* Pipes, sockets (unix pairs, loopback TCP and UDP), descriptors in messages, poll, epoll, select, eventfd, timerfd.
 * levels: O1
 * portable */
#include "kernel.h"

struct pollfd_ { int fd; s16 events, revents; };
struct iovec_ { void *base; size_t length; };
struct message { void *name; u32 name_length; struct iovec_ *v; size_t count; void *control; size_t control_length; int flags; };
struct timespec_ { long s, ns; };
static char buffer[70000];

static void pipes(void)
{
    int p[2], q[2];
    R(sys(pipe2, p, 0));
    R(sys(pipe2, q, O_NONBLOCK | O_CLOEXEC));
    R(sys(pipe2, p + 1000000, 0) < 0);
    R(sys(write, p[1], "through the pipe", 16));
    int waiting = 0;
    R(sys(ioctl, p[0], 0x541b, &waiting));
    out("  waiting %d\n", waiting);
    R(sys(read, p[0], buffer, 100));
    R(sys(read, q[0], buffer, 100));
    long total = 0, n;
    while ((n = sys(write, q[1], buffer, 10000)) > 0) total += n;
    report("filled until", n);
    out("  %d\n", total >= 65536);
    R(sys(fcntl, p[1], 1032 /* GETPIPE_SZ */, 0) > 0);
    R(sys(write, p[1], "abcdefghij", 10));
    R(sys(tee, p[0], q[1], 4, 2));
    while (sys(read, q[0], buffer, sizeof buffer) > 0);
    R(sys(tee, p[0], q[1], 4, 0));
    R(sys(splice, p[0], 0, q[1], 0, 6, 0));
    R(sys(read, q[0], buffer, 100));
    out("  %c%c%c%c%c\n", buffer[0], buffer[3], buffer[4], buffer[5], buffer[9]);
    struct iovec_ v = {"vmsplice", 8};
    R(sys(vmsplice, p[1], &v, 1, 0));
    sys(close, p[1]);
    R(sys(read, p[0], buffer, 100));
    R(sys(read, p[0], buffer, 100));
    struct pollfd_ f = {p[0], 1, 0};
    struct timespec_ zero = {0, 0};
    R(sys(ppoll, &f, 1, &zero, 0, 8));
    out("  revents %x\n", f.revents);
}

static void unix_sockets(void)
{
    int s[2];
    R(sys(socketpair, 1, 2 /* DGRAM */, 0, s));
    R(sys(sendto, s[0], "datagram one", 12, 0, 0, 0));
    R(sys(sendto, s[0], "two", 3, 0, 0, 0));
    R(sys(recvfrom, s[1], buffer, 5, 0, 0, 0));
    R(sys(recvfrom, s[1], buffer, 50, 0x40 /* DONTWAIT */, 0, 0));
    R(sys(recvfrom, s[1], buffer, 50, 0x40, 0, 0));
    /* a descriptor in a message */
    int p[2];
    sys(pipe2, p, 0);
    struct iovec_ v = {"fd", 2};
    struct { u64 length; int level, type, fd, pad; } control = {20, 1, 1, p[1], 0};
    struct message m = {0, 0, &v, 1, &control, 24, 0};
    R(sys(sendmsg, s[0], &m, 0));
    char received[64] = {0};
    struct iovec_ w = {buffer, 100};
    struct message got = {0, 0, &w, 1, received, sizeof received, 0};
    R(sys(recvmsg, s[1], &got, 0));
    memcpy(&control, received, sizeof control);
    out("  control length %zu level %d type %d flags %x\n", (u64)got.control_length, control.level, control.type, got.flags);
    R(sys(write, control.fd, "sent", 4));
    R(sys(read, p[0], buffer, 10));
    struct { struct message m; u32 n; } two[2] = {{{0, 0, &v, 1, 0, 0, 0}, 0}, {{0, 0, &v, 1, 0, 0, 0}, 0}};
    R(sys(sendmmsg, s[0], two, 2, 0));
    two[0].m.v = two[1].m.v = &w;
    R(sys(recvmmsg, s[1], two, 2, 0x40, 0));
    out("  lengths %u %u\n", two[0].n, two[1].n);
    R(sys(shutdown, s[0], 1));
    R(sys(sendto, s[0], "x", 1, 0x4000 /* NOSIGNAL */, 0, 0));
    int value = 0;
    u32 size = 4;
    R(sys(getsockopt, s[0], 1, 3 /* TYPE */, &value, &size));
    out("  type %d size %u\n", value, size);
    /* a named one */
    struct { u16 family; char path[108]; } name = {1, "socket"};
    long l = sys(socket, 1, 1, 0), c = sys(socket, 1, 1, 0), a;
    R(sys(connect, c, &name, sizeof name));
    R(sys(bind, l, &name, 2 + 7));
    R(sys(bind, c, &name, 2 + 7));
    R(sys(listen, l, 5));
    R(sys(connect, c, &name, 2 + 7));
    R((a = sys(accept4, l, 0, 0, O_CLOEXEC)) > 0);
    R(sys(write, c, "stream", 6));
    R(sys(read, a, buffer, 100));
    struct { u16 family; char path[108]; } peer = {0};
    size = sizeof peer;
    R(sys(getpeername, c, &peer, &size));
    out("  %u %s\n", size, peer.path);
}

struct inet { u16 family, port; u32 address; u8 zero[8]; };

static void internet(void)
{
    struct inet any = {2, 0, 0x0100007f, {0}}, local, from;
    u32 size = sizeof local;
    long l = sys(socket, 2, 1, 0);
    int one = 1;
    R(sys(setsockopt, l, 1, 2 /* REUSEADDR */, &one, 4));
    R(sys(bind, l, &any, sizeof any));
    R(sys(listen, l, 10));
    R(sys(getsockname, l, &local, &size));
    out("  family %d size %u address %x\n", local.family, size, local.address);
    long c = sys(socket, 2, 1 | O_NONBLOCK, 0);
    long r = sys(connect, c, &local, sizeof local);
    out("connect: %d\n", r == 0 || r == -EINPROGRESS);
    size = sizeof from;
    long a;
    R((a = sys(accept, l, &from, &size)) > 0);
    out("  from %x size %u\n", from.address, size);
    R(sys(setsockopt, a, 6, 1 /* NODELAY */, &one, 4));
    int value = 0;
    size = 4;
    R(sys(getsockopt, a, 6, 1, &value, &size));
    out("  nodelay %d\n", value);
    struct pollfd_ f[2] = {{(int)c, 4, 0}, {(int)a, 1, 0}};
    struct timespec_ second = {1, 0};
    R(sys(ppoll, f, 2, &second, 0, 8));
    out("  %x %x\n", f[0].revents, f[1].revents);
    R(sys(write, c, "request", 7));
    R(sys(recvfrom, a, buffer, 100, 2 /* PEEK */, 0, 0));
    R(sys(read, a, buffer, 100));
    for (int i = 0; i < 60000; i++) buffer[i] = (char)i;
    R(sys(write, a, buffer, 60000));
    long total = 0;
    begin();
    while (total < 60000) {
        long n = sys(read, c, buffer, 7777);
        if (n == -EAGAIN) continue;
        if (n <= 0) break;
        for (long i = 0; i < n; i++) mix((u8)buffer[i]);
        total += n;
    }
    end("stream");
    R(sys(shutdown, a, 2));
    R(sys(write, a, "x", 0));
    long u = sys(socket, 2, 2, 0), w = sys(socket, 2, 2, 0);
    R(sys(bind, u, &any, sizeof any));
    size = sizeof local;
    sys(getsockname, u, &local, &size);
    R(sys(sendto, w, "udp", 3, 0, &local, sizeof local));
    size = sizeof from;
    R(sys(recvfrom, u, buffer, 100, 0, &from, &size));
    out("  from %x size %u\n", from.address, size);
    R(sys(socket, 99, 1, 0));
    R(sys(socket, 2, 99, 0));
    R(sys(bind, 0, &any, sizeof any));
    R(sys(connect, u, &any, 3));
}

#if defined(__x86_64__)
struct __attribute__((packed)) event { u32 events; u64 data; };
#else
struct event { u32 events; u64 data; };
#endif

static void waiting(void)
{
    int p[2];
    sys(pipe2, p, 0);
    long e = sys(epoll_create1, 0), v = sys(eventfd2, 3, O_NONBLOCK), t = sys(timerfd_create, 1, 0);
    struct event add = {1, 0x1122334455667788}, list[4] = {{0, 0}};
    R(sys(epoll_ctl, e, 1, p[0], &add));
    R(sys(epoll_ctl, e, 1, p[0], &add));
    add.data = 7;
    R(sys(epoll_ctl, e, 1, v, &add));
    R(sys(epoll_pwait, e, list, 4, 0, 0, 8));
    out("  %x %lu\n", list[0].events, (u64)list[0].data);
    sys(write, p[1], "x", 1);
    R(sys(epoll_pwait, e, list, 4, -1, 0, 8));
    u64 sum = list[0].data + list[1].data;
    out("  %016lx\n", sum);
    R(sys(epoll_ctl, e, 2, v, 0));
    R(sys(epoll_ctl, e, 3, v, &add));
    u64 count = 0;
    R(sys(read, v, &count, 8));
    out("  count %lu\n", count);
    R(sys(read, v, &count, 8));
    count = 5;
    R(sys(write, v, &count, 8));
    R(sys(write, v, &count, 4));
    struct { struct timespec_ interval, value; } when = {{0, 0}, {0, 2000000}}, left;
    R(sys(timerfd_settime, t, 0, &when, 0));
    R(sys(timerfd_gettime, t, &left));
    R(sys(read, t, &count, 8));
    out("  expired %lu\n", count);
    u64 readable[2] = {1ull << p[0] | 1ull << t, 0};
    struct timespec_ zero = {0, 1000000};
    R(sys(pselect6, 20, readable, 0, 0, &zero, 0));
    out("  %d\n", readable[0] == 1ull << p[0]);
    struct pollfd_ f[3] = {{p[0], 1, 0}, {999, 1, 0}, {-1, 1, 0}};
    R(sys(ppoll, f, 3, &zero, 0, 8));
    out("  %x %x %x\n", f[0].revents, f[1].revents, f[2].revents);
    R(sys(ppoll, f, 0, &zero, 0, 8));
    u64 mask = 1 << 9;
    long g = sys(signalfd4, -1, &mask, 8, 0);
    R(g > 0);
}

int main(int argc, char **argv, char **envp)
{
    (void)argc, (void)argv, (void)envp;
    pipes();
    unix_sockets();
    internet();
    waiting();
    return 0;
}
