/* Sockets between processes: descriptors and credentials, many messages, netlink, options, other families. */
#include "t.h"
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_alg.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/un.h>

static void send_fd(int s, int *fds, int n, int creds)
{
    char control[200] = {0}, b = 'x';
    struct iovec v = {&b, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control};
    struct cmsghdr *c = (void *)control;
    if (n) { c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_RIGHTS; c->cmsg_len = CMSG_LEN(4 * n); memcpy(CMSG_DATA(c), fds, 4 * n); m.msg_controllen += CMSG_SPACE(4 * n); }
    if (creds) { c = (void *)(control + m.msg_controllen); struct ucred u = {getpid(), getuid(), getgid()}; c->cmsg_level = SOL_SOCKET; c->cmsg_type = SCM_CREDENTIALS; c->cmsg_len = CMSG_LEN(sizeof u); memcpy(CMSG_DATA(c), &u, sizeof u); m.msg_controllen += CMSG_SPACE(sizeof u); }
    R(sendmsg(s, &m, 0));
}

static void receive(int s, pid_t from)
{
    char control[400], b[10];
    struct iovec v = {b, sizeof b};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    R(recvmsg(s, &m, MSG_CMSG_CLOEXEC));
    printf("flags %x controllen %zu\n", m.msg_flags, m.msg_controllen);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
        printf("level %d type %d len %zu\n", c->cmsg_level, c->cmsg_type, c->cmsg_len);
        if (c->cmsg_type == SCM_RIGHTS) for (int n = 0; n < (c->cmsg_len - CMSG_LEN(0)) / 4; n++) { int fd = ((int *)CMSG_DATA(c))[n]; char t[20] = {0}; printf("cloexec %d read %ld %s\n", fcntl(fd, F_GETFD), read(fd, t, 19), t); close(fd); }
        if (c->cmsg_type == SCM_CREDENTIALS) { struct ucred *u = (void *)CMSG_DATA(c); printf("pid %d uid %d gid %d\n", u->pid == from, u->uid, u->gid); }
    }
}

/* Numbers that are not open are refused, whichever they are; messages before them are sent. */
static void send_closed(int s, int *fds, int n, int in_second)
{
    char control[2][200] = {{0}}, b[3] = "xyz";
    struct iovec v[3] = {{b, 1}, {b + 1, 1}, {b + 2, 1}};
    struct mmsghdr m[3] = {{{.msg_iov = v, .msg_iovlen = 1}}, {{.msg_iov = v + 1, .msg_iovlen = 1}}, {{.msg_iov = v + 2, .msg_iovlen = 1}}};
    struct cmsghdr *c = (void *)control[0];
    struct msghdr *h = &m[in_second].msg_hdr;
    h->msg_control = control[0];
    h->msg_controllen = CMSG_SPACE(4 * n);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(4 * n);
    memcpy(CMSG_DATA(c), fds, 4 * n);
    if (in_second) R(sendmmsg(s, m, 3, 0));
    else { R(sendmsg(s, h, 0)); R(sendmmsg(s, m, 3, 0)); }
    char t[10];
    int sent = recv(s == 0 ? 0 : s + 1, t, sizeof t, MSG_DONTWAIT);
    printf("came through: %d\n", sent);
}
static void hidden(void)
{
    int s[2];
    do R(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, s)); while (s[1] != s[0] + 1);
    for (int fd = 1000; fd < 1005; fd++) {
        int fds[2] = {0, fd};
        send_closed(s[0], fds, 2, 0);
        send_closed(s[0], fds + 1, 1, 1);
    }
    int good[1] = {1};
    send_closed(s[0], good, 1, 1);
    struct mmsghdr none[2] = {0};
    R(sendmmsg(s[0], none, 0, 0));
    R(sendmmsg(s[0], (void *)8, 1, 0));
    R(sendmsg(s[0], (void *)8, 0));
    struct msghdr unreadable = {.msg_control = (void *)8, .msg_controllen = 24};
    R(sendmsg(s[0], &unreadable, 0));
    pid_t pid = CHILD(pause());
    int pidfd = syscall(SYS_pidfd_open, pid, 0);
    for (int fd = 1000; fd < 1005; fd++) R(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
    OK(close(syscall(SYS_pidfd_getfd, pidfd, 1, 0)));
    kill(pid, SIGKILL);
    expect_child("child", pid);
    close(s[0]);
    close(s[1]);
    close(pidfd);
}

static void dump(int type)
{
    int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    struct { struct nlmsghdr h; struct rtgenmsg g; } q = {{sizeof q, type, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
    struct sockaddr_nl a = {AF_NETLINK};
    R(bind(s, (void *)&a, sizeof a));
    socklen_t l = sizeof a;
    R(getsockname(s, (void *)&a, &l));
    printf("port is the pid %d\n", a.nl_pid == getpid());
    R(sendto(s, &q, q.h.nlmsg_len, 0, 0, 0));
    static char b[32768];
    int links = 0, lo = 0, done = 0;
    while (!done) {
        int n = recv(s, b, sizeof b, 0);
        if (n <= 0) break;
        for (struct nlmsghdr *h = (void *)b; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
            if (h->nlmsg_type == NLMSG_DONE) { done = 1; break; }
            links++;
            int len = h->nlmsg_len - NLMSG_LENGTH(type == RTM_GETLINK ? sizeof(struct ifinfomsg) : type == RTM_GETADDR ? sizeof(struct ifaddrmsg) : sizeof(struct rtmsg));
            char *at = (char *)h + h->nlmsg_len - len;
            for (struct rtattr *r = (void *)at; RTA_OK(r, len); r = RTA_NEXT(r, len)) if (type == RTM_GETLINK && r->rta_type == IFLA_IFNAME && !strcmp(RTA_DATA(r), "lo")) lo = 1;
        }
    }
    printf("netlink %d: %d messages, lo %d\n", type, links, lo);
    close(s);
}

static void option(int s, const char *name, int level, int opt, int value)
{
    int r = setsockopt(s, level, opt, &value, sizeof value), e = errno, v = 0;
    socklen_t l = sizeof v;
    int g = getsockopt(s, level, opt, &v, &l);
    printf("%s set %s get %s %d %d\n", name, r ? strerrorname_np(e) : "ok", g ? strerrorname_np(errno) : "ok", v, l);
}

int main(void)
{
    hidden();
    int sp[2], p[2];
    R(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sp));
    pipe(p);
    fcntl(p[0], F_SETFL, O_NONBLOCK);
    write(p[1], "in the pipe", 11);
    int one = 1;
    pid_t c = CHILD(send_fd(sp[1], (int[]){p[0], p[0]}, 2, 0); ms(400); send_fd(sp[1], &p[0], 1, 1); send_fd(sp[1], 0, 0, 0));
    ms(150);
    receive(sp[0], c);
    setsockopt(sp[0], SOL_SOCKET, SO_PASSCRED, &one, 4);
    write(p[1], "again", 5);
    ms(600);
    receive(sp[0], c);
    receive(sp[0], c);
    expect_child("sender", c);
    struct ucred u;
    socklen_t l = sizeof u;
    R(getsockopt(sp[0], SOL_SOCKET, SO_PEERCRED, &u, &l));
    printf("peer %d %d\n", u.pid == getpid(), l);
    l = 4;
    int pfd;
    R(getsockopt(sp[0], SOL_SOCKET, 77 /* SO_PEERPIDFD */, &pfd, &l) >= 0);
    send_fd(sp[1], (int[]){777}, 1, 0);

    /* recvmmsg, sendmmsg */
    R(socketpair(AF_UNIX, SOCK_DGRAM, 0, sp));
    struct mmsghdr mm[3] = {0};
    struct iovec iv[3] = {{"one", 3}, {"three", 5}, {"fifteen", 7}};
    for (int n = 0; n < 3; n++) mm[n].msg_hdr.msg_iov = iv + n, mm[n].msg_hdr.msg_iovlen = 1;
    R(sendmmsg(sp[0], mm, 3, 0));
    printf("%d %d %d\n", mm[0].msg_len, mm[1].msg_len, mm[2].msg_len);
    char bufs[3][10] = {0};
    for (int n = 0; n < 3; n++) iv[n] = (struct iovec){bufs[n], 9};
    R(recvmmsg(sp[1], mm, 2, MSG_DONTWAIT, 0));
    printf("%d %s %d %s\n", mm[0].msg_len, bufs[0], mm[1].msg_len, bufs[1]);
    R(recvmmsg(sp[1], mm, 3, MSG_WAITFORONE, &((struct timespec){0, 20000000})));
    R(recvmmsg(sp[1], mm, 3, MSG_DONTWAIT, 0));

    /* TCP with a child */
    int ls = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in a = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
    R(bind(ls, (void *)&a, sizeof a));
    R(listen(ls, 5));
    l = sizeof a;
    R(getsockname(ls, (void *)&a, &l));
    c = CHILD(int s = socket(AF_INET, SOCK_STREAM, 0); R(connect(s, (void *)&a, sizeof a)); write(s, "hello", 5); char b[20] = {0}; int got = read(s, b, 20); /* The sender says so first */ ms(50); R(got); puts(b); R(shutdown(s, SHUT_RDWR)));
    struct sockaddr_in from;
    l = sizeof from;
    ms(50);
    int s = accept4(ls, (void *)&from, &l, SOCK_CLOEXEC | SOCK_NONBLOCK);
    printf("accept %d %x len %d flags %x\n", s >= 0, ntohl(from.sin_addr.s_addr), l, fcntl(s, F_GETFL));
    ms(20);
    char b[20] = {0};
    R(recv(s, b, 20, MSG_PEEK));
    int n;
    R(ioctl(s, FIONREAD, &n));
    printf("%d\n", n);
    R(read(s, b, 20));
    R(send(s, "answer", 6, MSG_NOSIGNAL));
    expect_child("client", c);
    ms(10);
    R(read(s, b, 20));
    R(accept4(ls, 0, 0, 0x40000000));
    int nb = 1;
    R(ioctl(ls, FIONBIO, &nb));
    R(accept(ls, 0, 0));
    option(s, "SO_REUSEADDR", SOL_SOCKET, SO_REUSEADDR, 1);
    option(s, "SO_KEEPALIVE", SOL_SOCKET, SO_KEEPALIVE, 1);
    option(s, "SO_SNDBUF", SOL_SOCKET, SO_SNDBUF, 20000);
    option(s, "SO_RCVBUF", SOL_SOCKET, SO_RCVBUF, 20000);
    option(s, "SO_ERROR", SOL_SOCKET, SO_ERROR, 1);
    option(s, "SO_TYPE", SOL_SOCKET, SO_TYPE, 1);
    option(s, "SO_DOMAIN", SOL_SOCKET, SO_DOMAIN, 1);
    option(s, "SO_PROTOCOL", SOL_SOCKET, SO_PROTOCOL, 1);
    option(s, "SO_ACCEPTCONN", SOL_SOCKET, SO_ACCEPTCONN, 1);
    option(s, "SO_PRIORITY", SOL_SOCKET, SO_PRIORITY, 3);
    option(s, "SO_REUSEPORT", SOL_SOCKET, SO_REUSEPORT, 1);
    option(s, "SO_TIMESTAMP", SOL_SOCKET, SO_TIMESTAMP, 1);
    option(s, "SO_BUSY_POLL", SOL_SOCKET, SO_BUSY_POLL, 1);
    option(s, "TCP_NODELAY", IPPROTO_TCP, TCP_NODELAY, 1);
    option(s, "TCP_KEEPIDLE", IPPROTO_TCP, TCP_KEEPIDLE, 33);
    option(s, "TCP_CORK", IPPROTO_TCP, TCP_CORK, 1);
    option(s, "TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG, 1000);
    option(s, "TCP_USER_TIMEOUT", IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
    option(s, "IP_TTL", IPPROTO_IP, IP_TTL, 33);
    option(s, "IP_TOS", IPPROTO_IP, IP_TOS, 16);
    option(s, "unknown", 777, 1, 1);
    struct linger lg = {1, 5};
    R(setsockopt(s, SOL_SOCKET, SO_LINGER, &lg, sizeof lg));
    struct timeval tv = {0, 20000}, tvo;
    R(setsockopt(sp[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
    l = sizeof tvo;
    R(getsockopt(sp[0], SOL_SOCKET, SO_RCVTIMEO, &tvo, &l));
    printf("%ld %ld\n", tvo.tv_sec, (long)tvo.tv_usec);
    R(read(sp[0], b, 1));
    struct tcp_info ti;
    l = sizeof ti;
    R(getsockopt(s, IPPROTO_TCP, TCP_INFO, &ti, &l));
    printf("state %d\n", ti.tcpi_state);
    int u6 = socket(AF_INET6, SOCK_DGRAM, 0);
    if (u6 >= 0) option(u6, "IPV6_V6ONLY", IPPROTO_IPV6, IPV6_V6ONLY, 1);

    dump(RTM_GETLINK);
    dump(RTM_GETADDR);
    dump(RTM_GETROUTE);
    struct ifreq ifr = {0};
    strcpy(ifr.ifr_name, "lo");
    R(ioctl(ls, SIOCGIFFLAGS, &ifr));
    printf("lo up %d loopback %d\n", ifr.ifr_flags & IFF_UP, !!(ifr.ifr_flags & IFF_LOOPBACK));
    R(ioctl(ls, SIOCGIFMTU, &ifr));
    printf("mtu %d\n", ifr.ifr_mtu);
    R(ioctl(ls, SIOCGIFADDR, &ifr));
    R(ioctl(ls, SIOCGIFINDEX, &ifr));
    R(ioctl(ls, SIOCGIFHWADDR, &ifr));
    struct ifreq many[16];
    struct ifconf ic = {sizeof many, {(void *)many}};
    R(ioctl(ls, SIOCGIFCONF, &ic));
    printf("%d interfaces %s\n", ic.ifc_len / (int)sizeof *many, many[0].ifr_name);
    R(ioctl(ls, 0x5678, 0));
    R(if_nametoindex("lo"));

    int raw = socket(AF_PACKET, SOCK_RAW, htons(3));
    printf("packet %s\n", raw >= 0 ? "works" : strerrorname_np(errno));
    if (raw >= 0) { struct sockaddr_ll ll = {AF_PACKET, htons(3), 1}; R(bind(raw, (void *)&ll, sizeof ll)); }
    int alg = socket(AF_ALG, SOCK_SEQPACKET, 0);
    printf("alg %s\n", alg >= 0 ? "works" : strerrorname_np(errno));
    if (alg >= 0) {
        struct sockaddr_alg sa = {.salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256"};
        if (R(bind(alg, (void *)&sa, sizeof sa)) == 0) { int o = accept(alg, 0, 0); write(o, "abc", 3); unsigned char h[32]; R(read(o, h, 32)); printf("%02x%02x%02x\n", h[0], h[1], h[31]); }
    }
    int vs = socket(AF_VSOCK, SOCK_STREAM, 0);
    printf("vsock %s\n", vs >= 0 ? "works" : strerrorname_np(errno));
    R(socket(99, 1, 0));
    R(socket(AF_INET, 99, 0));
    struct sockaddr_un un = {AF_UNIX, "\0demotic-abstract"};
    int us = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    R(bind(us, (void *)&un, sizeof(sa_family_t) + 17));
    R(listen(us, 1));
    c = CHILD(int k = socket(AF_UNIX, SOCK_STREAM, 0); R(connect(k, (void *)&un, sizeof(sa_family_t) + 17)));
    expect_child("abstract", c);
    int k = accept(us, (void *)&un, (l = sizeof un, &l));
    printf("%d %d\n", l, un.sun_family);
    /* a bad address: the connection stays */
    c = CHILD(int k = socket(AF_INET, SOCK_STREAM, 0); R(connect(k, (void *)&a, sizeof a)); ms(100));
    ms(60);
    R(accept(ls, (void *)8, &l));
    R(accept(ls, 0, 0) >= 0);
    expect_child("c", c);
    return 0;
}
