/** Random bytes of the kernel's, taken in larger pieces. */
import { SYS } from '../runtime/host-kernel.ts'
import { must, Scratch } from './memory.ts'
import { hostSyscall } from './native.ts'

/** getrandom gives so many at once, whole, whatever signals come. */
const POOL = 256

let pool: Scratch | undefined
let used = POOL

/** `length` of them, at most POOL. */
export function randomBytes(length: number): Uint8Array {
  pool ??= new Scratch(POOL)
  if (used + length > POOL) {
    must('getrandom', hostSyscall(SYS.getrandom, pool.address, POOL, 0))
    used = 0
  }
  const bytes = pool.u8.slice(used, used + length)
  pool.u8.fill(0, used, used + length)
  used += length
  return bytes
}
