/** Flags and selectors of file, directory, mount and inotify calls, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

/** As 32-bit ARM has had them, and AArch64 after it. */
const ARM_OPEN = { O_DIRECT: 0o200000, O_LARGEFILE: 0o400000, O_TMPFILE: 0o20040000, O_DIRECTORY: 0o40000, O_NOFOLLOW: 0o100000 }

export const openFlags = flagSet('openFlags', {
  choice: { mask: 3, values: { O_RDONLY: 0, O_WRONLY: 1, O_RDWR: 2 } },
  bits: {
    O_CREAT: 0o100,
    O_EXCL: 0o200,
    O_NOCTTY: 0o400,
    O_TRUNC: 0o1000,
    O_APPEND: 0o2000,
    O_NONBLOCK: 0o4000,
    O_SYNC: 0o4010000,
    O_DSYNC: 0o10000,
    O_ASYNC: 0o20000,
    O_DIRECT: 0o40000,
    O_LARGEFILE: 0o100000,
    O_TMPFILE: 0o20200000,
    O_DIRECTORY: 0o200000,
    O_NOFOLLOW: 0o400000,
    O_NOATIME: 0o1000000,
    O_CLOEXEC: 0o2000000,
    O_PATH: 0o10000000,
  },
  flavours: { aarch64: ARM_OPEN, arm: ARM_OPEN },
})

export const atFlags = flagSet('atFlags', {
  bits: {
    AT_SYMLINK_NOFOLLOW: 0x100,
    AT_REMOVEDIR: 0x200,
    AT_SYMLINK_FOLLOW: 0x400,
    AT_NO_AUTOMOUNT: 0x800,
    AT_EMPTY_PATH: 0x1000,
    AT_STATX_FORCE_SYNC: 0x2000,
    AT_STATX_DONT_SYNC: 0x4000,
    AT_RECURSIVE: 0x8000,
  },
})

export const unlinkFlags = flagSet('unlinkFlags', {
  bits: {
    AT_REMOVEDIR: 0x200,
  },
})

export const accessFlags = flagSet('accessFlags', {
  bits: {
    AT_EACCESS: 0x200,
    AT_SYMLINK_NOFOLLOW: 0x100,
    AT_EMPTY_PATH: 0x1000,
  },
})

export const accessMode = flagSet('accessMode', {
  bits: {
    R_OK: 4,
    W_OK: 2,
    X_OK: 1,
  },
})

export const renameFlags = flagSet('renameFlags', {
  bits: {
    RENAME_NOREPLACE: 1,
    RENAME_EXCHANGE: 2,
    RENAME_WHITEOUT: 4,
  },
})

export const seekWhence = enumSet('seekWhence', {
  SEEK_SET: 0,
  SEEK_CUR: 1,
  SEEK_END: 2,
  SEEK_DATA: 3,
  SEEK_HOLE: 4,
})

export const fcntlCommand = enumSet('fcntlCommand', {
  F_DUPFD: 0,
  F_GETFD: 1,
  F_SETFD: 2,
  F_GETFL: 3,
  F_SETFL: 4,
  F_GETLK: 5,
  F_SETLK: 6,
  F_SETLKW: 7,
  F_SETOWN: 8,
  F_GETOWN: 9,
  F_SETSIG: 10,
  F_GETSIG: 11,
  F_SETOWN_EX: 15,
  F_GETOWN_EX: 16,
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  F_OFD_SETLKW: 38,
  F_SETLEASE: 1024,
  F_GETLEASE: 1025,
  F_NOTIFY: 1026,
  F_DUPFD_CLOEXEC: 1030,
  F_SETPIPE_SZ: 1031,
  F_GETPIPE_SZ: 1032,
  F_ADD_SEALS: 1033,
  F_GET_SEALS: 1034,
  F_GET_RW_HINT: 1035,
  F_SET_RW_HINT: 1036,
  F_GET_FILE_RW_HINT: 1037,
  F_SET_FILE_RW_HINT: 1038,
})

export const fdFlags = flagSet('fdFlags', {
  bits: {
    FD_CLOEXEC: 1,
  },
})

export const sealFlags = flagSet('sealFlags', {
  bits: {
    F_SEAL_SEAL: 1,
    F_SEAL_SHRINK: 2,
    F_SEAL_GROW: 4,
    F_SEAL_WRITE: 8,
    F_SEAL_FUTURE_WRITE: 0x10,
    F_SEAL_EXEC: 0x20,
  },
})

export const lockType = enumSet('lockType', {
  F_RDLCK: 0,
  F_WRLCK: 1,
  F_UNLCK: 2,
})

export const flockOperation = flagSet('flockOperation', {
  bits: {
    LOCK_SH: 1,
    LOCK_EX: 2,
    LOCK_UN: 8,
    LOCK_NB: 4,
  },
})

export const fallocateMode = flagSet('fallocateMode', {
  bits: {
    FALLOC_FL_KEEP_SIZE: 1,
    FALLOC_FL_PUNCH_HOLE: 2,
    FALLOC_FL_NO_HIDE_STALE: 4,
    FALLOC_FL_COLLAPSE_RANGE: 8,
    FALLOC_FL_ZERO_RANGE: 0x10,
    FALLOC_FL_INSERT_RANGE: 0x20,
    FALLOC_FL_UNSHARE_RANGE: 0x40,
  },
})

export const fadvice = enumSet('fadvice', {
  POSIX_FADV_NORMAL: 0,
  POSIX_FADV_RANDOM: 1,
  POSIX_FADV_SEQUENTIAL: 2,
  POSIX_FADV_WILLNEED: 3,
  POSIX_FADV_DONTNEED: 4,
  POSIX_FADV_NOREUSE: 5,
})

export const syncRangeFlags = flagSet('syncRangeFlags', {
  bits: {
    SYNC_FILE_RANGE_WAIT_BEFORE: 1,
    SYNC_FILE_RANGE_WRITE: 2,
    SYNC_FILE_RANGE_WAIT_AFTER: 4,
  },
})

export const rwfFlags = flagSet('rwfFlags', {
  bits: {
    RWF_HIPRI: 1,
    RWF_DSYNC: 2,
    RWF_SYNC: 4,
    RWF_NOWAIT: 8,
    RWF_APPEND: 0x10,
    RWF_NOAPPEND: 0x20,
    RWF_ATOMIC: 0x40,
  },
})

export const spliceFlags = flagSet('spliceFlags', {
  bits: {
    SPLICE_F_MOVE: 1,
    SPLICE_F_NONBLOCK: 2,
    SPLICE_F_MORE: 4,
    SPLICE_F_GIFT: 8,
  },
})

export const statxMask = flagSet('statxMask', {
  bits: {
    STATX_ALL: 0xfff,
    STATX_BASIC_STATS: 0x7ff,
    STATX_TYPE: 1,
    STATX_MODE: 2,
    STATX_NLINK: 4,
    STATX_UID: 8,
    STATX_GID: 0x10,
    STATX_ATIME: 0x20,
    STATX_MTIME: 0x40,
    STATX_CTIME: 0x80,
    STATX_INO: 0x100,
    STATX_SIZE: 0x200,
    STATX_BLOCKS: 0x400,
    STATX_BTIME: 0x800,
    STATX_MNT_ID: 0x1000,
    STATX_DIOALIGN: 0x2000,
    STATX_MNT_ID_UNIQUE: 0x4000,
    STATX_SUBVOL: 0x8000,
  },
})

export const xattrFlags = flagSet('xattrFlags', {
  bits: {
    XATTR_CREATE: 1,
    XATTR_REPLACE: 2,
  },
})

export const closeRangeFlags = flagSet('closeRangeFlags', {
  bits: {
    CLOSE_RANGE_UNSHARE: 2,
    CLOSE_RANGE_CLOEXEC: 4,
  },
})

export const resolveFlags = flagSet('resolveFlags', {
  bits: {
    RESOLVE_NO_XDEV: 1,
    RESOLVE_NO_MAGICLINKS: 2,
    RESOLVE_NO_SYMLINKS: 4,
    RESOLVE_BENEATH: 8,
    RESOLVE_IN_ROOT: 0x10,
    RESOLVE_CACHED: 0x20,
  },
})

export const fileType = enumSet('fileType', {
  S_IFSOCK: 0o140000,
  S_IFLNK: 0o120000,
  S_IFREG: 0o100000,
  S_IFBLK: 0o60000,
  S_IFDIR: 0o40000,
  S_IFCHR: 0o20000,
  S_IFIFO: 0o10000,
})

export const mountFlags = flagSet('mountFlags', {
  bits: {
    MS_RDONLY: 1,
    MS_NOSUID: 2,
    MS_NODEV: 4,
    MS_NOEXEC: 8,
    MS_SYNCHRONOUS: 0x10,
    MS_REMOUNT: 0x20,
    MS_MANDLOCK: 0x40,
    MS_DIRSYNC: 0x80,
    MS_NOSYMFOLLOW: 0x100,
    MS_NOATIME: 0x400,
    MS_NODIRATIME: 0x800,
    MS_BIND: 0x1000,
    MS_MOVE: 0x2000,
    MS_REC: 0x4000,
    MS_SILENT: 0x8000,
    MS_POSIXACL: 0x10000,
    MS_UNBINDABLE: 0x20000,
    MS_PRIVATE: 0x40000,
    MS_SLAVE: 0x80000,
    MS_SHARED: 0x100000,
    MS_RELATIME: 0x200000,
    MS_KERNMOUNT: 0x400000,
    MS_I_VERSION: 0x800000,
    MS_STRICTATIME: 0x1000000,
    MS_LAZYTIME: 0x2000000,
  },
})

export const umountFlags = flagSet('umountFlags', {
  bits: {
    MNT_FORCE: 1,
    MNT_DETACH: 2,
    MNT_EXPIRE: 4,
    UMOUNT_NOFOLLOW: 8,
  },
})

export const inotifyMask = flagSet('inotifyMask', {
  bits: {
    IN_ACCESS: 1,
    IN_MODIFY: 2,
    IN_ATTRIB: 4,
    IN_CLOSE_WRITE: 8,
    IN_CLOSE_NOWRITE: 0x10,
    IN_OPEN: 0x20,
    IN_MOVED_FROM: 0x40,
    IN_MOVED_TO: 0x80,
    IN_CREATE: 0x100,
    IN_DELETE: 0x200,
    IN_DELETE_SELF: 0x400,
    IN_MOVE_SELF: 0x800,
    IN_UNMOUNT: 0x2000,
    IN_Q_OVERFLOW: 0x4000,
    IN_IGNORED: 0x8000,
    IN_ONLYDIR: 0x1000000,
    IN_DONT_FOLLOW: 0x2000000,
    IN_EXCL_UNLINK: 0x4000000,
    IN_MASK_CREATE: 0x10000000,
    IN_MASK_ADD: 0x20000000,
    IN_ISDIR: 0x40000000,
    IN_ONESHOT: 0x80000000,
  },
})

export const inotifyInitFlags = flagSet('inotifyInitFlags', {
  bits: {
    IN_CLOEXEC: 0x80000,
    IN_NONBLOCK: 0x800,
  },
})
