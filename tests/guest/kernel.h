/* What the system-call programs share: constants that are the same on every 64-bit Linux, and printing of results. */
#ifndef KERNEL_H
#define KERNEL_H
#include <asm/stat.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include "check.h"

#define PAGE 4096

static const char *error_name(long r)
{
    static const struct { int number; const char *name; } names[] = {
#define E(n) {n, #n}
        E(EPERM), E(ENOENT), E(EINTR), E(EIO), E(ENXIO), E(E2BIG), E(EBADF), E(ECHILD), E(EAGAIN), E(ENOMEM), E(EACCES), E(EFAULT), E(EBUSY), E(EEXIST), E(EXDEV), E(ENODEV),
        E(ENOTDIR), E(EISDIR), E(EINVAL), E(EMFILE), E(ENOTTY), E(EFBIG), E(ENOSPC), E(ESPIPE), E(EROFS), E(EMLINK), E(EPIPE), E(EDOM), E(ERANGE), E(EDEADLK), E(ENAMETOOLONG),
        E(ENOSYS), E(ENOTEMPTY), E(ELOOP), E(ENODATA), E(EOVERFLOW), E(ENOTSOCK), E(EDESTADDRREQ), E(EMSGSIZE), E(EPROTOTYPE), E(ENOPROTOOPT), E(EPROTONOSUPPORT), E(EOPNOTSUPP),
        E(EAFNOSUPPORT), E(EADDRINUSE), E(EADDRNOTAVAIL), E(ECONNRESET), E(EISCONN), E(ENOTCONN), E(ETIMEDOUT), E(ECONNREFUSED), E(EALREADY), E(EINPROGRESS), E(ESRCH), E(ENOTUNIQ),
#undef E
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) if (names[i].number == -r) return names[i].name;
    return "another error";
}

/* name = result, or the error's name. */
static void report(const char *name, long r)
{
    if (r < 0 && r > -4096) out("%s = -%s\n", name, error_name(r));
    else out("%s = %ld\n", name, r);
}
/* The same for results whose value differs from run to run. */
static void report_ok(const char *name, long r)
{
    if (r < 0 && r > -4096) out("%s = -%s\n", name, error_name(r));
    else out("%s works\n", name);
}
#define R(call) report(#call, call)
#define OK(call) report_ok(#call, call)
#endif
