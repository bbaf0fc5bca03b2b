/** Flags and selectors of memory and System V IPC calls, as the kernel headers name them; a flavour lists only what differs from asm-generic. */
import { enumSet, flagSet } from '../flag-set.ts'

export const protection = flagSet('protection', {
  bits: {
    PROT_READ: 1,
    PROT_WRITE: 2,
    PROT_EXEC: 4,
    PROT_SEM: 8,
    PROT_GROWSDOWN: 0x1000000,
    PROT_GROWSUP: 0x2000000,
  },
})

export const mapFlags = flagSet('mapFlags', {
  choice: { mask: 0xf, values: { MAP_SHARED: 1, MAP_PRIVATE: 2, MAP_SHARED_VALIDATE: 3 } },
  bits: {
    MAP_FIXED: 0x10,
    MAP_ANONYMOUS: 0x20,
    MAP_GROWSDOWN: 0x100,
    MAP_DENYWRITE: 0x800,
    MAP_EXECUTABLE: 0x1000,
    MAP_LOCKED: 0x2000,
    MAP_NORESERVE: 0x4000,
    MAP_POPULATE: 0x8000,
    MAP_NONBLOCK: 0x10000,
    MAP_STACK: 0x20000,
    MAP_HUGETLB: 0x40000,
    MAP_SYNC: 0x80000,
    MAP_FIXED_NOREPLACE: 0x100000,
  },
})

export const mremapFlags = flagSet('mremapFlags', {
  bits: {
    MREMAP_MAYMOVE: 1,
    MREMAP_FIXED: 2,
    MREMAP_DONTUNMAP: 4,
  },
})

export const madvice = enumSet('madvice', {
  MADV_NORMAL: 0,
  MADV_RANDOM: 1,
  MADV_SEQUENTIAL: 2,
  MADV_WILLNEED: 3,
  MADV_DONTNEED: 4,
  MADV_FREE: 8,
  MADV_REMOVE: 9,
  MADV_DONTFORK: 10,
  MADV_DOFORK: 11,
  MADV_MERGEABLE: 12,
  MADV_UNMERGEABLE: 13,
  MADV_HUGEPAGE: 14,
  MADV_NOHUGEPAGE: 15,
  MADV_DONTDUMP: 16,
  MADV_DODUMP: 17,
  MADV_WIPEONFORK: 18,
  MADV_KEEPONFORK: 19,
  MADV_COLD: 20,
  MADV_PAGEOUT: 21,
  MADV_POPULATE_READ: 22,
  MADV_POPULATE_WRITE: 23,
  MADV_DONTNEED_LOCKED: 24,
  MADV_COLLAPSE: 25,
  MADV_HWPOISON: 100,
  MADV_SOFT_OFFLINE: 101,
})

export const msyncFlags = flagSet('msyncFlags', {
  bits: {
    MS_ASYNC: 1,
    MS_INVALIDATE: 2,
    MS_SYNC: 4,
  },
})

export const mlockallFlags = flagSet('mlockallFlags', {
  bits: {
    MCL_CURRENT: 1,
    MCL_FUTURE: 2,
    MCL_ONFAULT: 4,
  },
})

export const mlock2Flags = flagSet('mlock2Flags', {
  bits: {
    MLOCK_ONFAULT: 1,
  },
})

export const memfdFlags = flagSet('memfdFlags', {
  bits: {
    MFD_CLOEXEC: 1,
    MFD_ALLOW_SEALING: 2,
    MFD_HUGETLB: 4,
    MFD_NOEXEC_SEAL: 8,
    MFD_EXEC: 0x10,
  },
})

export const numaPolicy = enumSet('numaPolicy', {
  MPOL_DEFAULT: 0,
  MPOL_PREFERRED: 1,
  MPOL_BIND: 2,
  MPOL_INTERLEAVE: 3,
  MPOL_LOCAL: 4,
  MPOL_PREFERRED_MANY: 5,
})

export const membarrierCommand = enumSet('membarrierCommand', {
  MEMBARRIER_CMD_QUERY: 0,
  MEMBARRIER_CMD_GLOBAL: 1,
  MEMBARRIER_CMD_GLOBAL_EXPEDITED: 2,
  MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED: 4,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED: 8,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED: 16,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE: 32,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE: 64,
  MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ: 128,
  MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ: 256,
})

export const shmGetFlags = flagSet('shmGetFlags', {
  bits: {
    IPC_CREAT: 0x200,
    IPC_EXCL: 0x400,
    SHM_HUGETLB: 0x800,
    SHM_NORESERVE: 0x1000,
  },
})

export const shmatFlags = flagSet('shmatFlags', {
  bits: {
    SHM_RDONLY: 0x1000,
    SHM_RND: 0x2000,
    SHM_REMAP: 0x4000,
    SHM_EXEC: 0x8000,
  },
})

export const ipcGetFlags = flagSet('ipcGetFlags', {
  bits: {
    IPC_CREAT: 0x200,
    IPC_EXCL: 0x400,
  },
})

export const ipcOperationFlags = flagSet('ipcOperationFlags', {
  bits: {
    IPC_NOWAIT: 0x800,
    MSG_NOERROR: 0x1000,
    MSG_EXCEPT: 0x2000,
    MSG_COPY: 0x4000,
  },
})

export const semCommand = enumSet('semCommand', {
  IPC_RMID: 0,
  IPC_SET: 1,
  IPC_STAT: 2,
  IPC_INFO: 3,
  GETPID: 11,
  GETVAL: 12,
  GETALL: 13,
  GETNCNT: 14,
  GETZCNT: 15,
  SETVAL: 16,
  SETALL: 17,
  SEM_STAT: 18,
  SEM_INFO: 19,
  SEM_STAT_ANY: 20,
})

export const shmCommand = enumSet('shmCommand', {
  IPC_RMID: 0,
  IPC_SET: 1,
  IPC_STAT: 2,
  IPC_INFO: 3,
  SHM_LOCK: 11,
  SHM_UNLOCK: 12,
  SHM_STAT: 13,
  SHM_INFO: 14,
  SHM_STAT_ANY: 15,
})

export const msgCommand = enumSet('msgCommand', {
  IPC_RMID: 0,
  IPC_SET: 1,
  IPC_STAT: 2,
  IPC_INFO: 3,
  MSG_STAT: 11,
  MSG_INFO: 12,
  MSG_STAT_ANY: 13,
})
