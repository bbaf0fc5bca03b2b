/**
 * Short vectors of old VFP (FPSCR.LEN and STRIDE; ARM DDI 0406, appendix "VFP Vector Operation Support"): while LEN is not 0, an operation whose destination is not in the first bank of registers
 * is made for LEN + 1 registers, STRIDE apart, which wrap around within their bank of eight singles or four doubles. A second operand in the first bank is the same for
 * all. Which LEN and STRIDE hold is known where code is translated (instruction-set.ts), so an operation becomes as many.
 */
import type { ArmContext } from './context.ts'
import { type Destination, destinationD, destinationS, type First, firstD, firstS, type ScalarFields, type Second, secondD, secondS } from './vfp-registers.ts' // biome-ignore format: a list

export type Elements = Destination & First & Second & ScalarFields

const FPSCR_LEN_AT = 16
const FPSCR_STRIDE_AT = 20
const LEN_MASK = 7
/** STRIDE 3; 0 is a distance of one. */
const TWO_APART = 3

const BANK = [8, 4] as const
/** Of doubles the first of the upper sixteen, too. */
const isScalar = (n: number, sz: number): boolean => (sz ? (n & 15) < BANK[1] : n < BANK[0])

/** The registers of each operation that `f` stands for; operands that it does not have are 0. */
export function elementsOf(t: ArmContext, f: Destination & ScalarFields & Partial<First & Second>): readonly Elements[] {
  const { sz } = f
  const whole: Elements = { sz, d: f.d, vd: f.vd, n: f.n ?? 0, vn: f.vn ?? 0, m: f.m ?? 0, vm: f.vm ?? 0 }
  const [d, n, m] = sz ? [destinationD(whole), firstD(whole), secondD(whole)] : [destinationS(whole), firstS(whole), secondS(whole)]
  const { lengthStride } = t
  if (lengthStride === 0 || isScalar(d, sz)) return [whole]
  const count = ((lengthStride >> FPSCR_LEN_AT) & LEN_MASK) + 1
  const distance = lengthStride >> FPSCR_STRIDE_AT === TWO_APART ? 2 : 1
  const bank = BANK[sz as 0 | 1]
  const at = (register: number, k: number): number => (register & -bank) | ((register + k * distance) & (bank - 1))
  const split = (register: number): readonly [v: number, x: number] => (sz ? [register & 15, register >> 4] : [register >> 1, register & 1])
  return Array.from({ length: count }, (_, k) => {
    const [vd, xd] = split(at(d, k))
    const [vn, xn] = split(at(n, k))
    const [vm, xm] = split(isScalar(m, sz) ? m : at(m, k))
    return { sz, d: xd, vd, n: xn, vn, m: xm, vm }
  })
}
