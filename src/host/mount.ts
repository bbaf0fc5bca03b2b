/** Mounting of the kernel's own file systems. */
import { SYS } from '../runtime/host-kernel.ts'
import { scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

/** 0 or -errno. */
export function mountKernelFileSystem(type: string, target: string): number {
  const s = scratch()
  return hostSyscall(SYS.mount, s.string('none'), s.string(target), s.string(type), 0, 0)
}
