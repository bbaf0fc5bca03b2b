/** Instructions that debuggers put into code for 32-bit ARM (arch/arm/kernel/ptrace.c). */
import { expect, it } from 'vitest'
import { isBreakpoint } from '../../../linux-user/arch/arm-breakpoints.ts'
import { wordOf } from '../../../src/guest/arm/instruction-set.ts'

const A32 = 0x1000
const THUMB = 0x1001

it.each([
  ['A32', A32, 0xe7f001f0, true],
  ['A32, under a condition', A32, 0x07f001f0, true],
  ['another UDF', A32, 0xe7f000f0, false],
  ['BKPT', A32, 0xe1200070, false],
  ['Thumb', THUMB, 0x0000_de01, true],
  ['Thumb, whatever is behind it', THUMB, 0xbf00_de01, true],
  ['another UDF of Thumb', THUMB, 0x0000_de00, false],
  // The first halfword of a wide one is the lower in memory.
  ['wide Thumb', THUMB, 0xa000_f7f0, true],
  ['another wide UDF', THUMB, 0xa001_f7f0, false],
] as const)('%s', (_name, pc, raw, expected) => {
  expect(isBreakpoint(pc, wordOf(pc, raw))).toBe(expected)
})
