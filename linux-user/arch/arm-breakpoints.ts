/** Undefined instructions that debuggers write into code, as the kernel takes them (arch/arm/kernel/ptrace.c): SIGTRAP instead of SIGILL, debugger or not. */
import { isThumb, sizeOf } from '../../src/guest/arm/instruction-set.ts'

const A32 = 0x07f0_01f0
/** Whatever the condition. */
const A32_MASK = 0x0fff_ffff
const THUMB = 0xde01
const THUMB_WIDE = 0xf7f0_a000

/** `word` as the rows have it. */
export function isBreakpoint(pc: number, word: number): boolean {
  if (!isThumb(pc)) return (word & A32_MASK) === A32
  return sizeOf(pc, word) === 2 ? word >>> 16 === THUMB : word >>> 0 === THUMB_WIDE
}
