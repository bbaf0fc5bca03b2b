/**
 * Operand formatters of Advanced SIMD disassembly. `vt` is a vector with the arrangement of the row's `size` and `q` (or of a fixed
 * size: `{vt.2:rd}`), `vd` the same with lanes of double width in a whole register, `st` and `sd` scalars likewise.
 */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { FP_FORMATTERS } from './fp-values.ts'

const LETTERS = ['b', 'h', 's', 'd', 'q']

/** `16b`, `4h` … */
export function arrangement(size: number, q: number): string {
  return `${(q ? 16 : 8) >> size}${LETTERS[size]}`
}
/** Size of the immh field of the shifts: the place of its highest one. */
export function sizeOfImmh(immh: number): number {
  return 31 - Math.clz32(immh)
}

function field(f: AnyFields, name: string): number {
  const value = f[name]
  if (value === undefined) throw new Error(`template: no field '${name}'`)
  return value
}
function sizeOf(f: AnyFields, arg: string): number {
  if (arg !== '') return Number(arg)
  const immh = f['immh']
  return immh === undefined ? field(f, 'size') : sizeOfImmh(immh)
}
/** Size and index of an imm5 field. */
export function laneOfImm5(imm5: number): readonly [size: number, index: number] {
  const size = 31 - Math.clz32(imm5 & -imm5)
  return [size, imm5 >> (size + 1)]
}
/** Register and index of a by-element operand: Rm has 4 bits for halfwords. */
export function elementOf(f: AnyFields, size: number): readonly [register: number, index: number] {
  const [l, m, rm, h] = [field(f, 'l'), field(f, 'm'), field(f, 'rm'), field(f, 'h')]
  if (size === 1) return [rm, (h << 2) | (l << 1) | m]
  return [(m << 4) | rm, (h << 1) | l]
}

export const SIMD_FORMATTERS: Formatters = {
  vt: (n, f, arg) => `v${n}.${arrangement(sizeOf(f, arg), field(f, 'q'))}`,
  vd: (n, f, arg) => `v${n}.${arrangement(sizeOf(f, arg) + 1, 1)}`,
  // half as many lanes of double width, as SADDLP writes
  vp: (n, f, arg) => `v${n}.${arrangement(sizeOf(f, arg) + 1, field(f, 'q'))}`,
  st: (n, f, arg) => `${LETTERS[sizeOf(f, arg)]}${n}`,
  sd: (n, f, arg) => `${LETTERS[sizeOf(f, arg) + 1]}${n}`,
  q2: (q) => (q ? '2' : ''),
  lanebits: (size) => `#${8 << size}`,
  // by element
  elem: (_rm, f, arg) => {
    const size = sizeOf(f, arg)
    const [register, index] = elementOf(f, size)
    return `v${register}.${LETTERS[size]}[${index}]`
  },
  elem4b: (_rm, f) => {
    const [register, index] = elementOf(f, 2)
    return `v${register}.4b[${index}]`
  },
  // shift amounts from immh:immb
  shr: (immb, f) => `#${2 * (8 << sizeOf(f, '')) - ((field(f, 'immh') << 3) | immb)}`,
  shl: (immb, f) => `#${((field(f, 'immh') << 3) | immb) - (8 << sizeOf(f, ''))}`,
  // copies
  lane5: (n, f) => {
    const [size, index] = laneOfImm5(field(f, 'imm5'))
    return `v${n}.${LETTERS[size]}[${index}]`
  },
  dup5: (n, f) => `v${n}.${arrangement(laneOfImm5(field(f, 'imm5'))[0], field(f, 'q'))}`,
  scalar5: (n, f) => `${LETTERS[laneOfImm5(field(f, 'imm5'))[0]]}${n}`,
  general5: (n, f) => {
    const isX = laneOfImm5(field(f, 'imm5'))[0] === 3
    return n === 31 ? (isX ? 'xzr' : 'wzr') : `${isX ? 'x' : 'w'}${n}`
  },
  lane4: (n, f) => {
    const [size] = laneOfImm5(field(f, 'imm5'))
    return `v${n}.${LETTERS[size]}[${field(f, 'imm4') >> size}]`
  },
  xq: (n, f) => (n === 31 ? (field(f, 'q') ? 'xzr' : 'wzr') : `${field(f, 'q') ? 'x' : 'w'}${n}`),
  // modified immediates abc:defgh
  imm8: (defgh, f) => `#0x${((field(f, 'abc') << 5) | defgh).toString(16)}`,
  immbytes: (defgh, f) => {
    const bits = ((field(f, 'abc') << 5) | defgh).toString(2).padStart(8, '0')
    return `#0x${BigInt(`0x${bits.replaceAll('1', 'ff').replaceAll('0', '00')}`).toString(16)}`
  },
  fimm8: (defgh, f, arg, pc) => FP_FORMATTERS['fimm']!((field(f, 'abc') << 5) | defgh, f, arg, pc),
  // {v1.16b, v2.16b}: as many as field len says and one more
  table: (n, f) => {
    const count = field(f, 'len') + 1
    return registerList(n, count, '16b')
  },
}

/** `{v0.4s-v2.4s}` as objdump writes it. */
export function registerList(first: number, count: number, type: string): string {
  const name = (k: number) => `v${(first + k) & 31}.${type}`
  if (count === 1) return `{${name(0)}}`
  // A run that wraps around is written out.
  if (count > 2 && first + count <= 32) return `{${name(0)}-${name(count - 1)}}`
  return `{${Array.from({ length: count }, (_, k) => name(k)).join(', ')}}`
}
