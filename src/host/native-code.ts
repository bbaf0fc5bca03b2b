/** Machine code that the engine itself runs: a few small functions, mapped read-execute and never writable. */
import { MAP_SHARED, PROT_EXEC, PROT_READ, SYS } from '../runtime/host-kernel.ts'
import { closeFd, must, scratch, sharedMemory } from './memory.ts'
import { hostSyscall } from './native.ts'

const PAGE = 0x1000

/** Maps a page with these bytes; returns its address. It stays for the life of the process. */
export function mapNativeCode(bytes: Uint8Array): number {
  const fd = sharedMemory('demotic-native', PAGE)
  const s = scratch()
  const at = s.take(bytes.length)
  s.u8.set(bytes, at)
  must('write to a memfd', hostSyscall(SYS.write, fd, s.address + at, bytes.length))
  const address = must('mmap of native code', hostSyscall(SYS.mmap, 0, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0))
  closeFd(fd)
  return address
}
