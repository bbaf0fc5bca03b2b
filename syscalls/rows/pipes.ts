/** Pipes and moving data between descriptors without copying. */
import { openFlags, spliceFlags } from '../abi/flags/files.ts'
import { fd, flags, iovecIn, offsetInOut, pairOut, size } from '../args.ts'
import { counted, syscall } from '../row.ts'

export const pipe2 = syscall('pipe2', { pipefd: pairOut, flags: flags(openFlags) })
export const splice = syscall(
  'splice',
  { fd_in: fd, off_in: offsetInOut, fd_out: fd, off_out: offsetInOut, len: size, flags: flags(spliceFlags) },
  counted,
)
export const tee = syscall('tee', { fd_in: fd, fd_out: fd, len: size, flags: flags(spliceFlags) }, counted)
export const vmsplice = syscall('vmsplice', { fd, iov: iovecIn('nr_segs'), nr_segs: size, flags: flags(spliceFlags) }, counted)
