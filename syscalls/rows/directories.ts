/** Calls that name files: paths, attributes, mounts, watches. */
import {
  accessFlags,
  accessMode,
  atFlags,
  inotifyInitFlags,
  inotifyMask,
  mountFlags,
  openFlags,
  renameFlags,
  statxMask,
  umountFlags,
  unlinkFlags,
  xattrFlags,
} from '../abi/flags/files.ts'
import { fileHandle, mountAttr, openHow, stat, statfs as statfsShape, statx as statxShape } from '../abi/shapes-files.ts'
import {
  bufferIn,
  bufferOut,
  device,
  direntsOut,
  entry,
  entryOrEmpty,
  fd,
  fdOrCwd,
  flags,
  gid,
  hex32,
  hex64,
  int,
  intOut,
  long,
  mode,
  optional,
  path,
  pathIf,
  pathUnless,
  pointer,
  size,
  string,
  structIn,
  structInOut,
  structOut,
  timespecsIn,
  uid,
} from '../args.ts'
import { counted, engine, syscall } from '../row.ts'

const unlessNoFollow = pathUnless('flags', atFlags, 'AT_SYMLINK_NOFOLLOW')
/** Why a change of the root is the engine's. */
const ROOT = 'what names mean is another from then on'

export const openat = syscall('openat', {
  dirfd: fdOrCwd,
  path: pathUnless('flags', openFlags, 'O_NOFOLLOW'),
  flags: flags(openFlags),
  mode: optional(mode, 'flags', openFlags, ['O_CREAT', 'O_TMPFILE']),
})
export const openat2 = syscall(
  'openat2',
  { dirfd: fdOrCwd, path, how: structIn(openHow), size },
  engine('flags inside a structure that may grow'),
)
export const open_by_handle_at = syscall('open_by_handle_at', { mount_fd: fdOrCwd, handle: structIn(fileHandle), flags: flags(openFlags) })
export const name_to_handle_at = syscall('name_to_handle_at', {
  dirfd: fdOrCwd,
  path: pathIf('flags', atFlags, 'AT_SYMLINK_FOLLOW'),
  handle: structInOut(fileHandle),
  mount_id: intOut,
  flags: flags(atFlags),
})
export const newfstatat = syscall('newfstatat', { dirfd: fdOrCwd, path: unlessNoFollow, st: structOut(stat), flags: flags(atFlags) })
export const statx = syscall('statx', {
  dirfd: fdOrCwd,
  path: unlessNoFollow,
  flags: flags(atFlags),
  mask: flags(statxMask),
  buf: structOut(statxShape),
})
export const faccessat = syscall('faccessat', { dirfd: fdOrCwd, path, mode: flags(accessMode) })
export const faccessat2 = syscall('faccessat2', {
  dirfd: fdOrCwd,
  path: pathUnless('flags', accessFlags, 'AT_SYMLINK_NOFOLLOW'),
  mode: flags(accessMode),
  flags: flags(accessFlags),
})
export const readlinkat = syscall('readlinkat', { dirfd: fdOrCwd, path: entryOrEmpty, buf: bufferOut('bufsiz'), bufsiz: size }, counted)
export const getdents64 = syscall('getdents64', { fd, dirp: direntsOut('count'), count: size }, counted)
export const mkdirat = syscall('mkdirat', { dirfd: fdOrCwd, path: entry, mode })
export const mknodat = syscall('mknodat', { dirfd: fdOrCwd, path: entry, mode, dev: device })
export const unlinkat = syscall('unlinkat', { dirfd: fdOrCwd, path: entry, flags: flags(unlinkFlags) })
export const symlinkat = syscall('symlinkat', { target: string, newdirfd: fdOrCwd, path: entry })
export const linkat = syscall('linkat', {
  olddirfd: fdOrCwd,
  oldpath: pathIf('flags', atFlags, 'AT_SYMLINK_FOLLOW'),
  newdirfd: fdOrCwd,
  newpath: entry,
  flags: flags(atFlags),
})
export const renameat = syscall('renameat', { olddirfd: fdOrCwd, oldpath: entry, newdirfd: fdOrCwd, newpath: entry })
export const renameat2 = syscall('renameat2', {
  olddirfd: fdOrCwd,
  oldpath: entry,
  newdirfd: fdOrCwd,
  newpath: entry,
  flags: flags(renameFlags),
})
export const fchmod = syscall('fchmod', { fd, mode })
export const fchmodat = syscall('fchmodat', { dirfd: fdOrCwd, path, mode })
export const fchmodat2 = syscall('fchmodat2', { dirfd: fdOrCwd, path: unlessNoFollow, mode, flags: flags(atFlags) })
export const fchown = syscall('fchown', { fd, owner: uid, group: gid })
export const fchownat = syscall('fchownat', { dirfd: fdOrCwd, path: unlessNoFollow, owner: uid, group: gid, flags: flags(atFlags) })
export const utimensat = syscall('utimensat', { dirfd: fdOrCwd, path: unlessNoFollow, times: timespecsIn, flags: flags(atFlags) })
export const truncate = syscall('truncate', { path, length: long })
export const statfs = syscall('statfs', { path, buf: structOut(statfsShape) })
export const chdir = syscall('chdir', { path })
export const fchdir = syscall('fchdir', { fd })
export const chroot = syscall('chroot', { path }, engine(ROOT))
export const getcwd = syscall('getcwd', { buf: bufferOut('size'), size }, counted)
export const umask = syscall('umask', { mask: mode }, { result: mode })

export const setxattr = syscall('setxattr', { path, name: string, value: bufferIn('size'), size, flags: flags(xattrFlags) })
export const lsetxattr = syscall('lsetxattr', { path: entry, name: string, value: bufferIn('size'), size, flags: flags(xattrFlags) })
export const fsetxattr = syscall('fsetxattr', { fd, name: string, value: bufferIn('size'), size, flags: flags(xattrFlags) })
export const getxattr = syscall('getxattr', { path, name: string, value: bufferOut('size'), size }, counted)
export const lgetxattr = syscall('lgetxattr', { path: entry, name: string, value: bufferOut('size'), size }, counted)
export const fgetxattr = syscall('fgetxattr', { fd, name: string, value: bufferOut('size'), size }, counted)
export const listxattr = syscall('listxattr', { path, list: bufferOut('size'), size }, counted)
export const llistxattr = syscall('llistxattr', { path: entry, list: bufferOut('size'), size }, counted)
export const flistxattr = syscall('flistxattr', { fd, list: bufferOut('size'), size }, counted)
export const removexattr = syscall('removexattr', { path, name: string })
export const lremovexattr = syscall('lremovexattr', { path: entry, name: string })
export const fremovexattr = syscall('fremovexattr', { fd, name: string })
export const setxattrat = syscall('setxattrat', {
  dirfd: fdOrCwd,
  path: unlessNoFollow,
  flags: flags(atFlags),
  name: string,
  args: pointer('in'),
  size,
})
export const getxattrat = syscall(
  'getxattrat',
  { dirfd: fdOrCwd, path: unlessNoFollow, flags: flags(atFlags), name: string, args: pointer(), size },
  counted,
)
export const listxattrat = syscall(
  'listxattrat',
  { dirfd: fdOrCwd, path: unlessNoFollow, flags: flags(atFlags), list: bufferOut('size'), size },
  counted,
)
export const removexattrat = syscall('removexattrat', { dirfd: fdOrCwd, path: unlessNoFollow, flags: flags(atFlags), name: string })
export const file_getattr = syscall('file_getattr', {
  dirfd: fdOrCwd,
  path: unlessNoFollow,
  attr: pointer('out'),
  size,
  flags: flags(atFlags),
})
export const file_setattr = syscall('file_setattr', {
  dirfd: fdOrCwd,
  path: unlessNoFollow,
  attr: pointer('in'),
  size,
  flags: flags(atFlags),
})

export const mount = syscall('mount', { source: path, target: path, type: string, flags: flags(mountFlags), data: pointer('in') })
export const umount2 = syscall('umount2', { target: path, flags: flags(umountFlags) })
export const pivot_root = syscall('pivot_root', { new_root: path, put_old: path }, engine(ROOT))
export const open_tree = syscall('open_tree', { dirfd: fdOrCwd, path, flags: hex32 })
export const open_tree_attr = syscall('open_tree_attr', { dirfd: fdOrCwd, path, flags: hex32, attr: structIn(mountAttr), size })
export const move_mount = syscall('move_mount', { from_dirfd: fdOrCwd, from_path: path, to_dirfd: fdOrCwd, to_path: path, flags: hex32 })
export const fsopen = syscall('fsopen', { type: string, flags: hex32 })
export const fsconfig = syscall('fsconfig', { fd, cmd: int, key: string, value: pointer('in'), aux: int })
export const fsmount = syscall('fsmount', { fs_fd: fd, flags: hex32, attr_flags: hex32 })
export const fspick = syscall('fspick', { dirfd: fdOrCwd, path, flags: hex32 })
export const mount_setattr = syscall('mount_setattr', {
  dirfd: fdOrCwd,
  path: unlessNoFollow,
  flags: flags(atFlags),
  attr: structIn(mountAttr),
  size,
})
export const statmount = syscall('statmount', { req: pointer('in'), buf: pointer('out'), size, flags: hex32 })
export const listmount = syscall('listmount', { req: pointer('in'), ids: pointer('out'), count: size, flags: hex32 }, counted)
export const quotactl = syscall('quotactl', { cmd: hex32, special: path, id: int, addr: pointer() })
export const quotactl_fd = syscall('quotactl_fd', { fd, cmd: hex32, id: int, addr: pointer() })

export const inotify_init1 = syscall('inotify_init1', { flags: flags(inotifyInitFlags) })
export const inotify_add_watch = syscall('inotify_add_watch', { fd, path, mask: flags(inotifyMask) })
export const inotify_rm_watch = syscall('inotify_rm_watch', { fd, wd: int })
export const fanotify_init = syscall('fanotify_init', { flags: hex32, event_f_flags: flags(openFlags) })
export const fanotify_mark = syscall('fanotify_mark', { fd, flags: hex32, mask: hex64, dirfd: fdOrCwd, path })
