/** Structures of file, directory, polling and ioctl calls (uapi headers: asm/stat.h, linux/stat.h, asm-generic/fcntl.h, ...). */
import { fileType, openFlags, resolveFlags, statxMask } from './flags/files.ts'
import { epollEvents, pollEvents } from './flags/polling.ts'
import { shape } from './shape.ts'

const x64Stat = `unsigned long st_dev; unsigned long st_ino; unsigned long st_nlink; unsigned int st_mode; unsigned int st_uid; unsigned int st_gid;
            unsigned int __pad0; unsigned long st_rdev; long st_size; long st_blksize; long st_blocks;
            unsigned long st_atime; unsigned long st_atime_nsec; unsigned long st_mtime; unsigned long st_mtime_nsec;
            unsigned long st_ctime; unsigned long st_ctime_nsec; long __unused[3]`

/** asm-generic/stat.h; x86-64 has its own order, and 32-bit ABIs their own of before large files. */
export const stat = shape(
  'stat',
  `unsigned long st_dev; unsigned long st_ino; unsigned int st_mode; unsigned int st_nlink; unsigned int st_uid; unsigned int st_gid;
   unsigned long st_rdev; unsigned long __pad1; long st_size; int st_blksize; int __pad2; long st_blocks;
   long st_atime; unsigned long st_atime_nsec; long st_mtime; unsigned long st_mtime_nsec; long st_ctime; unsigned long st_ctime_nsec;
   unsigned int __unused4; unsigned int __unused5`,
  {
    flavours: {
      x64: x64Stat,
      arm: `unsigned long st_dev; unsigned long st_ino; unsigned short st_mode; unsigned short st_nlink; unsigned short st_uid; unsigned short st_gid;
            unsigned long st_rdev; unsigned long st_size; unsigned long st_blksize; unsigned long st_blocks;
            unsigned long st_atime; unsigned long st_atime_nsec; unsigned long st_mtime; unsigned long st_mtime_nsec;
            unsigned long st_ctime; unsigned long st_ctime_nsec; unsigned long __unused4; unsigned long __unused5`,
    },
    formats: { st_mode: 'mode', st_rdev: 'device', st_ino: 'inode' },
    show: ['st_mode', 'st_size'],
    exact: ['st_dev', 'st_nlink', 'st_rdev', 'st_size'],
  },
)

/** Of 32-bit ABIs. ARM: arch/arm/include/uapi/asm/stat.h. */
export const stat64 = shape(
  'stat64',
  `unsigned long long st_dev; unsigned char __pad0[4]; unsigned long __st_ino; unsigned int st_mode; unsigned int st_nlink;
   unsigned long st_uid; unsigned long st_gid; unsigned long long st_rdev; unsigned char __pad3[4]; long long st_size; unsigned long st_blksize;
   unsigned long long st_blocks; unsigned long st_atime; unsigned long st_atime_nsec; unsigned long st_mtime; unsigned long st_mtime_nsec;
   unsigned long st_ctime; unsigned long st_ctime_nsec; unsigned long long st_ino`,
  {
    flavours: { x64: x64Stat },
    formats: { st_mode: 'mode', st_rdev: 'device', st_ino: 'inode' },
    show: ['st_mode', 'st_size'],
    twins: { __st_ino: 'st_ino' },
  },
)

export const statxTimestamp = shape('statx_timestamp', '__s64 tv_sec; __u32 tv_nsec; __s32 __reserved')

export const statx = shape(
  'statx',
  `__u32 stx_mask; __u32 stx_blksize; __u64 stx_attributes; __u32 stx_nlink; __u32 stx_uid; __u32 stx_gid; __u16 stx_mode; __u16 __spare0[1];
   __u64 stx_ino; __u64 stx_size; __u64 stx_blocks; __u64 stx_attributes_mask; struct statx_timestamp stx_atime; struct statx_timestamp stx_btime;
   struct statx_timestamp stx_ctime; struct statx_timestamp stx_mtime; __u32 stx_rdev_major; __u32 stx_rdev_minor; __u32 stx_dev_major; __u32 stx_dev_minor;
   __u64 stx_mnt_id; __u32 stx_dio_mem_align; __u32 stx_dio_offset_align; __u64 __spare3[12]`,
  {
    formats: { stx_mask: statxMask, stx_mode: 'mode', stx_attributes: 'hex', stx_ino: 'inode' },
    show: ['stx_mask', 'stx_attributes', 'stx_mode', 'stx_size'],
  },
)

const statfsText = {
  formats: { f_type: 'hex', f_fsid: 'hex', f_flags: 'hex' },
  show: ['f_type', 'f_bsize', 'f_blocks', 'f_bfree', 'f_bavail', 'f_files', 'f_ffree', 'f_fsid', 'f_namelen', 'f_frsize', 'f_flags'],
} as const

export const statfs = shape(
  'statfs',
  `long f_type; long f_bsize; long f_blocks; long f_bfree; long f_bavail; long f_files; long f_ffree; int f_fsid[2];
   long f_namelen; long f_frsize; long f_flags; long f_spare[4]`,
  {
    flavours: {
      arm: `unsigned f_type; unsigned f_bsize; unsigned f_blocks; unsigned f_bfree; unsigned f_bavail; unsigned f_files; unsigned f_ffree; int f_fsid[2];
            unsigned f_namelen; unsigned f_frsize; unsigned f_flags; unsigned f_spare[4]`,
    },
    ...statfsText,
    exact: ['f_blocks', 'f_bfree', 'f_bavail', 'f_bsize', 'f_frsize'],
  },
)

/** Of 32-bit ABIs; ARM's is packed (ARCH_PACK_STATFS64). */
export const statfs64 = shape(
  'statfs64',
  `unsigned f_type; unsigned f_bsize; unsigned long long f_blocks; unsigned long long f_bfree; unsigned long long f_bavail;
   unsigned long long f_files; unsigned long long f_ffree; int f_fsid[2]; unsigned f_namelen; unsigned f_frsize; unsigned f_flags; unsigned f_spare[4]`,
  { flavours: { x64: statfs.declaration }, packed: ['arm'], ...statfsText },
)

export const openHow = shape('open_how', '__u64 flags; __u64 mode; __u64 resolve', {
  formats: { flags: openFlags, mode: 'octal', resolve: resolveFlags },
})

export const flock = shape('flock', 'short l_type; short l_whence; long l_start; long l_len; int l_pid', { exact: ['l_start', 'l_len'] })
export const flock64 = shape('flock64', 'short l_type; short l_whence; long long l_start; long long l_len; int l_pid')

export const fOwnerEx = shape('f_owner_ex', 'int type; int pid')

/** struct linux_dirent64 without its name. */
export const dirent64 = shape('linux_dirent64', '__u64 d_ino; __s64 d_off; unsigned short d_reclen; unsigned char d_type')

export const iovec = shape('iovec', 'void *iov_base; unsigned long iov_len')

export const pollfd = shape('pollfd', 'int fd; short events; short revents', { formats: { events: pollEvents, revents: pollEvents } })

/** Packed on x86-64 only, for the sake of its 32-bit twin. */
export const epollEvent = shape('epoll_event', '__u32 events; __u64 data', {
  packed: ['x64'],
  formats: { events: epollEvents, data: 'hex' },
})

export const fileHandle = shape('file_handle', 'unsigned int handle_bytes; int handle_type', { formats: { handle_type: 'hex' } })

export const mountAttr = shape('mount_attr', '__u64 attr_set; __u64 attr_clr; __u64 propagation; __u64 userns_fd', {
  formats: { attr_set: 'hex', attr_clr: 'hex', propagation: 'hex' },
})

export const termios = shape(
  'termios',
  'unsigned int c_iflag; unsigned int c_oflag; unsigned int c_cflag; unsigned int c_lflag; unsigned char c_line; unsigned char c_cc[19]',
  { formats: { c_iflag: 'hex', c_oflag: 'hex', c_cflag: 'hex', c_lflag: 'hex' }, show: ['c_iflag', 'c_oflag', 'c_cflag', 'c_lflag'] },
)

export const termios2 = shape(
  'termios2',
  `unsigned int c_iflag; unsigned int c_oflag; unsigned int c_cflag; unsigned int c_lflag; unsigned char c_line; unsigned char c_cc[19];
   unsigned int c_ispeed; unsigned int c_ospeed`,
  {
    formats: { c_iflag: 'hex', c_oflag: 'hex', c_cflag: 'hex', c_lflag: 'hex' },
    show: ['c_iflag', 'c_oflag', 'c_cflag', 'c_lflag', 'c_ispeed', 'c_ospeed'],
  },
)

export const winsize = shape('winsize', 'unsigned short ws_row; unsigned short ws_col; unsigned short ws_xpixel; unsigned short ws_ypixel')

/** net/if.h: a name and a union, of which the largest member has longs. */
export const ifreq = shape('ifreq', 'unsigned char ifr_name[16]; unsigned char ifr_ifru[24]', {
  flavours: { arm: 'unsigned char ifr_name[16]; unsigned char ifr_ifru[16]' },
  formats: { ifr_name: 'string', ifr_ifru: 'hex' },
})

export const ustat = shape('ustat', 'int f_tfree; unsigned long f_tinode; unsigned char f_fname[6]; unsigned char f_fpack[6]')

export const cachestatRange = shape('cachestat_range', '__u64 off; __u64 len')
export const cachestat = shape(
  'cachestat',
  '__u64 nr_cache; __u64 nr_dirty; __u64 nr_writeback; __u64 nr_evicted; __u64 nr_recently_evicted',
)

/** Scalars that a call passes by address. */
export const intCell = shape('(int)', 'int value')
export const uintCell = shape('(unsigned)', 'unsigned int value')
export const longCell = shape('(long)', 'long value')
export const ulongCell = shape('(unsigned long)', 'unsigned long value')
export const offsetCell = shape('(loff_t)', 'long long value')
export const pointerCell = shape('(pointer)', 'void *value')
export const intPair = shape('(int[2])', 'int value[2]')

/** The bits of st_mode that name a file's type. */
export const S_IFMT = 0o170000
export { fileType }
