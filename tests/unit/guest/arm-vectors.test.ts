/** Short vectors of VFP by what the manual says, STRIDE above all, for which the oracle has another idea; and the state that branches keep. */
import { describe, expect, it } from 'vitest'
import { BIG_ENDIAN, isBigEndian, keptOf, lengthStrideOf, pcBehind, withLengthStride } from '../../../src/guest/arm/instruction-set.ts'
import { ArmMachine } from '../../lib/arm-interpreter.ts'

const PC = 0x10000
const LEN = (n: number): number => (n - 1) << 16
const TWO_APART = 3 << 20

/** Single registers, or (`sz` 8) doubles, that `word` changes: they are 1, 2, 3, … before. */
function changed(word: number, fpscr: number, sz: 4 | 8): Record<number, number> {
  const m = new ArmMachine()
  const at = m.offset('q0')
  const read = (n: number): number => (sz === 4 ? m.view.getFloat32(at + 4 * n, true) : m.view.getFloat64(at + 8 * n, true))
  for (let n = 0; n < 32; n++) if (sz === 4) m.view.setFloat32(at + 4 * n, n + 1, true)
  for (let n = 0; n < 32; n++) if (sz === 8) m.view.setFloat64(at + 8 * n, n + 1, true)
  m.step(word | 0, withLengthStride(PC, fpscr))
  return Object.fromEntries(Array.from({ length: 32 }, (_, n) => [n, read(n)] as const).filter(([n, value]) => value !== n + 1))
}

describe('short vectors', () => {
  it('are of LEN registers, STRIDE apart, within a bank', () => {
    // vadd.f32 s8, s16, s24
    expect(changed(0xee384a0c, 0, 4)).toEqual({ 8: 42 })
    expect(changed(0xee384a0c, LEN(3), 4)).toEqual({ 8: 42, 9: 44, 10: 46 })
    expect(changed(0xee384a0c, LEN(4) | TWO_APART, 4)).toEqual({ 8: 42, 10: 46, 12: 50, 14: 54 })
    // vadd.f32 s14, s16, s24: behind s15 comes s8
    expect(changed(0xee387a0c, LEN(3), 4)).toEqual({ 14: 42, 15: 44, 8: 46 })
    // vadd.f64 d4, d8, d12; vmov.f64 d13, d7
    expect(changed(0xee384b0c, LEN(2) | TWO_APART, 8)).toEqual({ 4: 22, 6: 26 })
    expect(changed(0xeeb0db47, LEN(3), 8)).toEqual({ 13: 8, 14: 5, 15: 6 })
  })

  it('have one second operand if that is in the first bank, and are none if the destination is', () => {
    // vadd.f32 s8, s16, s2; vadd.f32 s2, s16, s24; vmov.f64 d12, d1
    expect(changed(0xee384a01, LEN(2), 4)).toEqual({ 8: 20, 9: 21 })
    expect(changed(0xee381a0c, LEN(4), 4)).toEqual({ 2: 42 })
    expect(changed(0xeeb0cb41, LEN(2), 8)).toEqual({ 12: 2, 13: 2 })
  })
})

describe('state that branches keep', () => {
  it('is in the pc', () => {
    const fpscr = LEN(5) | TWO_APART
    const pc = withLengthStride(PC + BIG_ENDIAN, fpscr)
    expect(lengthStrideOf(pc)).toBe(fpscr)
    expect(isBigEndian(pc)).toBe(true)
    expect(pc - keptOf(pc)).toBe(PC)
    expect(withLengthStride(pc, 0)).toBe(PC + BIG_ENDIAN)
    expect(pcBehind(pc, 0xe1a00000 | 0) - pc).toBe(4)
  })

  it('is changed by SETEND', () => {
    const [big, little] = [0xf1010200 | 0, 0xf1010000 | 0]
    expect(pcBehind(PC, big)).toBe(PC + 4 + BIG_ENDIAN)
    expect(pcBehind(PC + BIG_ENDIAN, big)).toBe(PC + 4 + BIG_ENDIAN)
    expect(pcBehind(PC + BIG_ENDIAN, little)).toBe(PC + 4)
    expect(pcBehind(PC + 1, 0xb6580000 | 0)).toBe(PC + 3 + BIG_ENDIAN)
    expect(pcBehind(PC + 1 + BIG_ENDIAN, 0xb6500000 | 0)).toBe(PC + 3)
  })
})
