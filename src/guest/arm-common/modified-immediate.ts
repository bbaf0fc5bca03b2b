/** AdvSIMDExpandImm: the constants of eight bits that vector instructions have (manual J1.1.4). */

/** The constant's low and high word; the register is both again. */
export type Expand = (imm8: number) => readonly [lo: number, hi: number]
export const twice = (word: number): readonly [number, number] => [word | 0, word | 0]
export const shifted32 =
  (shift: number): Expand =>
  (imm8) =>
    twice(imm8 << shift)
export const shifted16 =
  (shift: number): Expand =>
  (imm8) =>
    twice(Math.imul(imm8 << shift, 0x1_0001))
export const ones32 =
  (shift: number): Expand =>
  (imm8) =>
    twice((imm8 << shift) | ((1 << shift) - 1))
/** Each bit becomes a byte. */
export const bytesOfBits: Expand = (imm8) => {
  const word = (bits: number) => {
    let value = 0
    for (let k = 0; k < 4; k++) if ((bits >> k) & 1) value |= 0xff << (8 * k)
    return value
  }
  return [word(imm8), word(imm8 >> 4)]
}
