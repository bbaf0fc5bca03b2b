/* ioctls: terminals with a session, files, devices. */
#include "t.h"
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <linux/loop.h>
#include <linux/random.h>
#include <linux/rtc.h>
#include <linux/sockios.h>
#include <linux/kd.h>
#include <termios.h>
#include <poll.h>

static volatile int winch, hup, ttin;
static void on_winch(int n) { winch++; }
static void on_hup(int n) { hup++; }

int main(void)
{
    int m = open("/dev/ptmx", O_RDWR | O_NOCTTY), n, lock = 0;
    OK(m);
    R(ioctl(m, TIOCGPTN, &n) );
    R(ioctl(m, TIOCSPTLCK, &lock));
    R(ioctl(m, TIOCGPTLCK, &lock));
    char name[50];
    sprintf(name, "/dev/pts/%d", n);
    R(strcmp(ptsname(m), name));
    int peer = ioctl(m, TIOCGPTPEER, O_RDWR | O_NOCTTY);
    OK(peer);
    struct termios t;
    R(tcgetattr(peer, &t));
    printf("%x %x %x %x ispeed %x cc %d %d %d\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, cfgetispeed(&t), t.c_cc[VINTR], t.c_cc[VMIN], t.c_cc[VSUSP]);
    struct winsize w = {24, 80, 1, 2}, w2;
    R(ioctl(m, TIOCSWINSZ, &w));
    R(ioctl(peer, TIOCGWINSZ, &w2));
    printf("%d %d %d %d\n", w2.ws_row, w2.ws_col, w2.ws_xpixel, w2.ws_ypixel);
    write(m, "line\n", 5);
    ms(20);
    R(ioctl(peer, FIONREAD, &n));
    printf("%d\n", n);
    char b[100] = {0};
    R(read(peer, b, 100));
    R(read(m, b, 100));
    cfmakeraw(&t);
    cfsetspeed(&t, B115200);
    R(tcsetattr(peer, TCSANOW, &t));
    R(tcgetattr(peer, &t));
    printf("%x %x %x %x speed %x\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag, cfgetospeed(&t));
    struct { unsigned c_iflag, c_oflag, c_cflag, c_lflag; unsigned char line, cc[19]; unsigned ispeed, ospeed; } t2;
    R(ioctl(peer, 0x802c542a, &t2));
    printf("speeds %d %d\n", t2.ispeed, t2.ospeed);
    t2.c_cflag = (t2.c_cflag & ~0x100f) | 0x1000;
    t2.ispeed = t2.ospeed = 12345;
    R(ioctl(peer, 0x402c542b, &t2));
    R(ioctl(peer, 0x802c542a, &t2));
    printf("speeds %d %d\n", t2.ispeed, t2.ospeed);
    R(tcflush(peer, TCIOFLUSH));
    R(tcdrain(peer));
    R(tcflow(peer, TCOON));
    R(tcsendbreak(peer, 0));
    R(ioctl(peer, TIOCGETD, &n));
    R(ioctl(peer, TIOCEXCL));
    R(ioctl(peer, TIOCNXCL));
    R(ioctl(peer, TIOCOUTQ, &n));
    R(isatty(peer));
    R(ioctl(peer, TIOCGPGRP, &n));
    R(ioctl(peer, TIOCGSID, &n));
    int pkt = 1;
    R(ioctl(m, TIOCPKT, &pkt));
    pkt = 0;
    R(ioctl(m, TIOCPKT, &pkt));

    /* A session with a controlling terminal */
    t.c_lflag |= ISIG | ICANON | ECHO | TOSTOP;
    t.c_cc[VINTR] = 3;
    t.c_cc[VSUSP] = 26;
    tcsetattr(peer, TCSANOW, &t);
    signal(SIGTTOU, SIG_IGN);
    pid_t c = CHILD(
        setsid(); R(ioctl(peer, TIOCSCTTY, 0)); R(tcgetpgrp(peer) == getpid()); R(tcgetsid(peer) == getpid());
        int tty = open("/dev/tty", O_RDWR); OK(tty);
        signal(SIGWINCH, on_winch); signal(SIGHUP, on_hup);
        w.ws_row = 50; ioctl(m, TIOCSWINSZ, &w); ms(30); printf("winch %d\n", winch);
        pid_t g = CHILD(setpgid(0, 0); pause()); setpgid(g, g);
        R(tcsetpgrp(tty, g)); R(tcgetpgrp(tty) == g);
        write(m, "\3", 1); expect_child("Ctrl-C", g);
        g = CHILD(setpgid(0, 0); tcsetpgrp(tty, getpid()); raise(SIGSTOP)); setpgid(g, g);
        int s; waitpid(g, &s, WUNTRACED); puts(status_text(s)); kill(g, SIGCONT); expect_child("continued", g);
        g = CHILD(setpgid(0, 0); tcsetpgrp(tty, getpid()); pause()); ms(50);
        write(m, "\32", 1); waitpid(g, &s, WUNTRACED); puts(status_text(s)); kill(g, SIGKILL); expect_child("killed", g);
        R(tcsetpgrp(tty, getpid()));
        g = CHILD(setpgid(0, 0); char x; read(tty, &x, 1)); setpgid(g, g); waitpid(g, &s, WUNTRACED); puts(status_text(s)); kill(g, SIGKILL); expect_child("killed", g);
        g = CHILD(setpgid(0, 0); signal(SIGTTOU, SIG_DFL); write(tty, "x", 1)); setpgid(g, g); waitpid(g, &s, WUNTRACED); puts(status_text(s)); kill(g, SIGKILL); expect_child("killed", g);
        g = CHILD(setpgid(0, 0); signal(SIGTTIN, SIG_IGN); char x; R(read(tty, &x, 1))); setpgid(g, g); expect_child("ignored", g);
        g = CHILD(signal(SIGHUP, SIG_DFL); pause()); ms(30);
        R(ioctl(tty, TIOCNOTTY)); printf("hup %d\n", hup); expect_child("hung up", g));
    expect_child("session", c);
    c = CHILD(setsid(); ioctl(peer, TIOCSCTTY, 0); signal(SIGHUP, on_hup); close(peer); int tty = open("/dev/tty", O_RDWR); close(m); ms(50); printf("hup %d\n", hup); R(read(tty, b, 1)); R(write(tty, b, 1)));
    close(m);
    expect_child("master closed", c);
    struct pollfd pf = {peer, POLLIN};
    R(poll(&pf, 1, 0));
    printf("%x\n", pf.revents);

    /* Files */
    int f = open("file", O_CREAT | O_RDWR, 0600), flags;
    write(f, b, 100);
    R(fsync(f));
    long r = ioctl(f, FS_IOC_GETFLAGS, &flags);
    printf("GETFLAGS %s\n", r ? strerrorname_np(errno) : "ok");
    struct { struct fiemap m; struct fiemap_extent e[4]; } fm = {{.fm_length = -1, .fm_extent_count = 4}};
    r = ioctl(f, FS_IOC_FIEMAP, &fm);
    printf("FIEMAP %s %d\n", r ? strerrorname_np(errno) : "ok", r ? 0 : fm.m.fm_mapped_extents);
    int g = open("clone", O_CREAT | O_RDWR, 0600);
    r = ioctl(g, FICLONE, f);
    printf("FICLONE %s\n", r ? strerrorname_np(errno) : "ok");
    R(ioctl(g, FICLONE, 1001));
    R(ioctl(f, FIONREAD, &n));
    printf("%d\n", n);
    R(ioctl(f, FIOCLEX));
    R(fcntl(f, F_GETFD));
    R(ioctl(f, FIONCLEX));
    R(fcntl(f, F_GETFD));
    R(ioctl(f, TCGETS, &t));
    int bsz;
    r = ioctl(f, FIGETBSZ, &bsz);
    printf("FIGETBSZ %s %d\n", r ? strerrorname_np(errno) : "ok", bsz);
    r = ioctl(f, FS_IOC_GETVERSION, &n);
    printf("GETVERSION %s\n", r ? strerrorname_np(errno) : "ok");
    struct fsxattr fx;
    r = ioctl(f, FS_IOC_FSGETXATTR, &fx);
    printf("FSGETXATTR %s\n", r ? strerrorname_np(errno) : "ok");
    int rnd = open("/dev/urandom", O_RDONLY), ent;
    R(ioctl(rnd, RNDGETENTCNT, &ent));
    printf("%d\n", ent > 0);
    int rtc = open("/dev/rtc0", O_RDONLY);
    printf("rtc %s\n", rtc < 0 ? strerrorname_np(errno) : "ok");
    if (rtc >= 0) { struct rtc_time rt; R(ioctl(rtc, RTC_RD_TIME, &rt)); printf("%d\n", rt.tm_year > 100); }
    int loop = open("/dev/loop-control", O_RDWR);
    printf("loop %s\n", loop < 0 ? strerrorname_np(errno) : "ok");
    if (loop >= 0) {
        ftruncate(f, 1 << 20);
        char ln[50];
        int free = ioctl(loop, LOOP_CTL_GET_FREE);
        sprintf(ln, "/dev/loop%d", free);
        int l = free < 0 ? -1 : open(ln, O_RDWR);
        if (l >= 0 && R(ioctl(l, LOOP_SET_FD, f)) == 0) {
            uint64_t size; int ss;
            R(ioctl(l, BLKGETSIZE64, &size)); printf("%llu\n", (unsigned long long)size);
            R(ioctl(l, BLKSSZGET, &ss)); printf("%d\n", ss);
            struct loop_info64 li; R(ioctl(l, LOOP_GET_STATUS64, &li)); printf("offset %llu flags %x\n", li.lo_offset, li.lo_flags);
            R(ioctl(l, LOOP_CLR_FD, 0));
        }
    }
    int tun = open("/dev/net/tun", O_RDWR);
    printf("tun %s\n", tun < 0 ? strerrorname_np(errno) : "ok");
    if (tun >= 0) {
        struct ifreq ifr = {.ifr_flags = IFF_TUN | IFF_NO_PI};
        strcpy(ifr.ifr_name, "dmt%d");
        if (R(ioctl(tun, TUNSETIFF, &ifr)) == 0) { printf("%.3s\n", ifr.ifr_name); R(ioctl(tun, TUNGETIFF, &ifr)); R(ioctl(tun, TUNSETPERSIST, 0)); }
    }
    int zero = open("/dev/zero", O_RDWR);
    R(ioctl(zero, 0x12345678, 0));
    R(ioctl(1001, TCGETS, &t));
    R(ioctl(-1, TCGETS, &t));
    int con = open("/dev/console", O_RDWR | O_NOCTTY);
    if (con >= 0) { char kb; r = ioctl(con, KDGKBTYPE, &kb); printf("KDGKBTYPE %s\n", r ? strerrorname_np(errno) : "ok"); }
    return 0;
}
