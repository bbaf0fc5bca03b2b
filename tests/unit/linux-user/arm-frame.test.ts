/** Signal frames of 32-bit ARM: where things are, and that what goes in comes out. */
import { expect, test } from 'vitest'
import { armFrames, cpsrOf, pcOf } from '../../../linux-user/arch/arm-frame.ts'
import { KERNEL_PAGE } from '../../../src/guest/arm/instruction-set.ts'
import { ARM_STATE, SLOT_C, SLOT_GE, SLOT_NZ, SLOT_PC, SLOT_Q_FLAG, SLOT_Q0, SLOT_R0, SLOT_SP } from '../../../src/guest/arm/state.ts'
import { PACKED_C, PACKED_N } from '../../../src/ir/ops-int.ts'
import { STATE_OFFSET, STATE_SIZE } from '../../../src/runtime/layout.ts'

const MXCSR = 0x1f80
const TOP = 0xbe00_0004
const at = (slot: number): number => STATE_OFFSET + ARM_STATE[slot]!.offset

function thread() {
  const i32 = new Int32Array((STATE_OFFSET + STATE_SIZE) >> 2)
  return { i32, u8: new Uint8Array(i32.buffer), mxcsr: MXCSR }
}

const info = new Uint8Array(128)
new DataView(info.buffer).setInt32(0, 10, true)
const content = {
  info,
  mask: { lo: 0x1234, hi: 0x5678 },
  stack: { address: 0x1000, flags: 1, size: 0x2000 },
  faultAddress: 0xdead_0000,
  faultSyndrome: 0x9200_0047,
  handler: 0x8001,
}

test.each([true, false])('with siginfo_t: %s', (withInfo) => {
  const before = thread()
  for (let n = 0; n < 15; n++) before.i32[(at(SLOT_R0) >> 2) + n] = 0x100 + n
  before.i32[at(SLOT_PC) >> 2] = 0x9001
  before.i32[(at(SLOT_PC) >> 2) + 1] = 0x0c
  before.i32[at(SLOT_NZ) >> 2] = PACKED_N
  before.i32[at(SLOT_C) >> 2] = PACKED_C
  before.i32[at(SLOT_Q_FLAG) >> 2] = 1
  before.i32[at(SLOT_GE) >> 2] = 5
  before.u8.fill(0x77, at(SLOT_Q0), at(SLOT_Q0) + 256)
  const frame = armFrames.build(before, TOP, { ...content, withInfo })
  expect(frame.address % 8).toBe(0)
  expect(TOP - frame.address).toBeGreaterThanOrEqual(withInfo ? 888 : 760)
  const head = withInfo ? 128 : 0
  const words = new DataView(frame.bytes.buffer, frame.bytes.byteOffset + head)
  // r0, pc, cpsr, the fault's address, the mask, the record.
  expect([words.getUint32(32, true), words.getUint32(92, true)]).toEqual([0x100, 0x9000])
  // N C Q, GE = 5, ITSTATE = 0x0c in bits 15..10, T, user mode.
  expect(words.getUint32(96, true)).toBe(0xa800_0000 + 0x5_0000 + 0x0c00 + 0x30)
  expect([words.getUint32(20, true), words.getUint32(24, true), words.getUint32(100, true)]).toEqual([14, 0x807, 0xdead_0000])
  expect([words.getUint32(104, true), words.getUint32(108, true)]).toEqual([0x1234, 0x5678])
  expect([words.getUint32(232, true), words.getUint32(236, true)]).toEqual([0x5646_5001, 288])

  const inside = thread()
  inside.u8.set(before.u8)
  armFrames.enter(inside, frame, { handler: 0x8001, signal: 10, restorer: 0x7000, withInfo })
  expect([inside.i32[at(SLOT_R0) >> 2], inside.i32[at(SLOT_PC) >> 2], inside.i32[(at(SLOT_PC) >> 2) + 1]]).toEqual([10, 0x8001, 0])
  expect(inside.i32[at(SLOT_SP) >> 2]! >>> 0).toBe(frame.address)
  expect(cpsrOf(inside.i32, 0x8001) & 0xf800_0000).toBe(0)

  const returned = armFrames.parse(frame.address, frame.bytes, !withInfo)!
  expect(returned.mask).toEqual(content.mask)
  expect(returned.stack).toEqual(withInfo ? content.stack : null)
  const after = thread()
  returned.restore(after)
  expect(cpsrOf(after.i32, 0x8001)).toBe(cpsrOf(before.i32, 0x8001))
  for (const slot of [SLOT_R0, SLOT_SP, SLOT_PC, SLOT_Q_FLAG, SLOT_GE])
    expect(after.i32[at(slot) >> 2], ARM_STATE[slot]!.name).toBe(before.i32[at(slot) >> 2])
  expect(after.i32[(at(SLOT_PC) >> 2) + 1]).toBe(0x0c)
  expect(after.u8.subarray(at(SLOT_Q0), at(SLOT_Q0) + 256)).toEqual(before.u8.subarray(at(SLOT_Q0), at(SLOT_Q0) + 256))
})

test('what is no frame', () => {
  const frame = armFrames.build(thread(), TOP, { ...content, withInfo: true })
  expect(armFrames.parse(frame.address + 4, frame.bytes, false)).toBeNull()
  expect(armFrames.parse(frame.address, frame.bytes.subarray(0, 600), false)).toBeNull()
  const kernels = frame.bytes.slice()
  kernels[128 + 96] = 0x13
  expect(armFrames.parse(frame.address, kernels, false)).toBeNull()
  const without = frame.bytes.slice()
  without[128 + 232] = 0
  expect(armFrames.parse(frame.address, without, false)).toBeNull()
})

test('the translation state in a pc and in CPSR', () => {
  const { i32 } = thread()
  for (const pc of [0x8000, 0x8003, 0xffff_fff1, 0xab * 2 ** 32 + 0x8001])
    expect(pcOf((pc % 2 ** 32) & ~1, cpsrOf(i32, pc)) % 2 ** 40).toBe(pc)
  expect(pcOf(0x8003, 0x10)).toBe(0x8000)
})

test('handlers without a restorer return to the page of the kernel', () => {
  const where = (handler: number, withInfo: boolean): number => armFrames.returnAddress({ handler, withInfo }) - KERNEL_PAGE
  expect([where(0x8000, false), where(0x8001, false), where(0x8000, true), where(0x8001, true)]).toEqual([0x500, 0x509, 0x50c, 0x515])
})
