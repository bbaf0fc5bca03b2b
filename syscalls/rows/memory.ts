/** Calls on the address space: the engine keeps the map of a guest's memory, so whatever changes it goes there. */
import {
  madvice,
  mapFlags,
  membarrierCommand,
  memfdFlags,
  mlock2Flags,
  mlockallFlags,
  mremapFlags,
  msyncFlags,
  numaPolicy,
  protection,
  shmatFlags,
} from '../abi/flags/memory.ts'
import { iovec } from '../abi/shapes-files.ts'
import { address, fd, flags, hex32, hexLong, int, iovecIn, iovecOut, long, pid, pointer, size, string, structIn } from '../args.ts'
import { engine, not32, refused, syscall } from '../row.ts'

const MAP = 'changes the address space'

export const brk = syscall('brk', { addr: address }, { ...engine(MAP), result: address })
export const mmap = syscall(
  'mmap',
  { addr: address, length: size, prot: flags(protection), flags: flags(mapFlags), fd: int, offset: long },
  { ...engine(MAP), result: address },
)
export const munmap = syscall('munmap', { addr: address, length: size }, engine(MAP))
export const mremap = syscall(
  'mremap',
  { old_address: address, old_size: size, new_size: size, flags: flags(mremapFlags), new_address: address },
  { ...engine(MAP), result: address },
)
export const mprotect = syscall('mprotect', { addr: address, len: size, prot: flags(protection) }, engine(MAP))
export const madvise = syscall('madvise', { addr: address, length: size, advice: flags(madvice) }, engine(MAP))
export const process_madvise = syscall(
  'process_madvise',
  { pidfd: fd, iovec: iovecIn('vlen'), vlen: long, advice: flags(madvice), flags: hex32 },
  { result: long },
)
export const remap_file_pages = syscall(
  'remap_file_pages',
  { addr: address, size, prot: flags(protection), pgoff: size, flags: flags(mapFlags) },
  engine(MAP),
)
export const shmat = syscall('shmat', { shmid: int, addr: address, flags: flags(shmatFlags) }, { ...engine(MAP), result: address })
export const shmdt = syscall('shmdt', { addr: address }, engine(MAP))
export const pkey_alloc = syscall('pkey_alloc', { flags: hex32, rights: hex32 }, refused('no protection keys: ENOSPC'))
export const pkey_free = syscall('pkey_free', { pkey: int }, refused('no protection keys: EINVAL'))
export const pkey_mprotect = syscall(
  'pkey_mprotect',
  { addr: address, len: size, prot: flags(protection), pkey: int },
  engine('mprotect when the key is -1'),
)
export const mseal = syscall('mseal', { addr: address, len: size, flags: hexLong }, engine('kept beside the list of mappings'))
export const map_shadow_stack = syscall('map_shadow_stack', { addr: address, size, flags: hex32 }, refused('no guarded control stack'))

export const msync = syscall('msync', { addr: address, length: size, flags: flags(msyncFlags) })
export const mincore = syscall('mincore', { addr: address, length: size, vec: pointer('out') })
export const mlock = syscall('mlock', { addr: address, len: size })
export const mlock2 = syscall('mlock2', { addr: address, len: size, flags: flags(mlock2Flags) })
export const munlock = syscall('munlock', { addr: address, len: size })
export const mlockall = syscall('mlockall', { flags: flags(mlockallFlags) }, engine('future mappings of the engine are not to be locked'))
export const munlockall = syscall('munlockall', {})
export const memfd_create = syscall('memfd_create', { name: string, flags: flags(memfdFlags) })
export const memfd_secret = syscall('memfd_secret', { flags: hex32 })
export const membarrier = syscall(
  'membarrier',
  { cmd: flags(membarrierCommand), flags: hex32, cpu_id: int },
  engine('restartable sequences are left out of the answer'),
)
export const userfaultfd = syscall(
  'userfaultfd',
  { flags: hex32 },
  { ...engine('without the events of fork, mremap, madvise and munmap'), partial: true },
)

export const mbind = syscall('mbind', {
  addr: address,
  len: size,
  mode: flags(numaPolicy),
  nodemask: pointer('in'),
  maxnode: size,
  flags: hex32,
})
export const set_mempolicy = syscall('set_mempolicy', { mode: flags(numaPolicy), nodemask: pointer('in'), maxnode: size })
export const get_mempolicy = syscall('get_mempolicy', {
  policy: pointer('out'),
  nodemask: pointer('out'),
  maxnode: size,
  addr: address,
  flags: hex32,
})
export const set_mempolicy_home_node = syscall('set_mempolicy_home_node', { addr: address, len: size, home_node: size, flags: hex32 })
export const migrate_pages = syscall(
  'migrate_pages',
  { pid, maxnode: size, old_nodes: pointer('in'), new_nodes: pointer('in') },
  { result: long },
)
export const move_pages = syscall(
  'move_pages',
  {
    pid,
    count: size,
    pages: pointer('in'),
    nodes: pointer('in'),
    status: pointer('out'),
    flags: hex32,
  },
  not32('an array of addresses'),
)
export const process_vm_readv = syscall(
  'process_vm_readv',
  { pid, local: iovecOut('liovcnt'), liovcnt: size, remote: structIn(iovec, 'riovcnt'), riovcnt: size, flags: hex32 },
  { result: long },
)
export const process_vm_writev = syscall(
  'process_vm_writev',
  { pid, local: iovecIn('liovcnt'), liovcnt: size, remote: structIn(iovec, 'riovcnt'), riovcnt: size, flags: hex32 },
  { result: long },
)
export const process_mrelease = syscall('process_mrelease', { pidfd: fd, flags: hex32 })
