/**
 * Operand formatters of AArch32 disassembly, in the form that GNU objdump prints (unified syntax), without its comments. Each is used in
 * templates as `{name:field}`; a text after a point is its argument.
 */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { ALWAYS, signed } from './context.ts'
import { addressOf, isThumb, itStateOf } from './instruction-set.ts'
import { ASR, LSL, LSR, ROR, rotated } from './shifter.ts'

export const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', '', ''] as const
export const REGISTERS = ['r0', 'r1', 'r2', 'r3', 'r4', 'r5', 'r6', 'r7', 'r8', 'r9', 'sl', 'fp', 'ip', 'sp', 'lr', 'pc'] as const
export const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'] as const

export function field(f: AnyFields, name: string): number {
  const value = f[name]
  if (value === undefined) throw new Error(`template: no field '${name}'`)
  return value
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** Of an instruction in an IT block, else `ALWAYS`. */
export function itCondition(pc: number): number {
  const itState = itStateOf(pc)
  return isThumb(pc) && itState !== 0 ? itState >> 4 : ALWAYS
}

/** `, lsl #3` of a shift by an immediate as encoded; nothing for none. */
export function shiftText(type: number, imm5: number): string {
  if (imm5 !== 0) return `, ${SHIFTS[type]} #${imm5}`
  if (type === LSL) return ''
  return type === ROR ? ', rrx' : `, ${SHIFTS[type]} #32`
}

/** The imm12 of A32: its value, or, for another than its first encoding, byte and rotation. */
function modifiedImmediate(imm12: number): string {
  const value = rotated(imm12 & 0xff, 2 * (imm12 >> 8))
  for (let rotation = 0; rotation < imm12 >> 8; rotation++) {
    const byte = rotated(value >>> 0, 32 - 2 * rotation)
    if (byte >>> 0 <= 0xff) return `#${imm12 & 0xff}, ${2 * (imm12 >> 8)}`
  }
  return `#${value}`
}

/** `[rn, offset]`, `[rn, offset]!` or `[rn], offset` by P and W; `offset` without its sign if it is a number, '' for none. */
export function addressText(f: AnyFields, sign: string, offset: string): string {
  const base = REGISTERS[field(f, 'rn')]!
  if (!field(f, 'P')) return `[${base}], ${sign}${offset}`
  const inside = offset === '' ? base : `${base}, ${sign}${offset}`
  return `[${inside}]${field(f, 'W') ? '!' : ''}`
}

const minus = (f: AnyFields): string => (field(f, 'U') ? '' : '-')

/** `#-4`; nothing for an offset of +0 that does not change the base. */
export function immediateOffset(f: AnyFields, value: number): string {
  if (value === 0 && field(f, 'U') && field(f, 'P') && !field(f, 'W')) return ''
  return `#${minus(f)}${value}`
}

export const BASE_FORMATTERS: Formatters = {
  r: (n) => REGISTERS[n]!,
  s: (S) => (S ? 's' : ''),
  /** The condition: of the field in A32, of the IT block in Thumb. */
  c: (_cond, f, _arg, pc) => CONDITIONS[f['cond'] ?? itCondition(pc)]!,
  imm: (value) => `#${value}`,
  hex: (value) => hex(value),
  hex8: (value) => `0x${value.toString(16).padStart(8, '0')}`,
  imm12: (value) => modifiedImmediate(value),
  imm16: (imm12, f) => `#${(field(f, 'imm4') << 12) | imm12}`,
  imm12_4: (imm12, f) => `#${(imm12 << 4) | field(f, 'imm4')}`,

  hex12_4: (imm12, f) => `0x${((imm12 << 4) | field(f, 'imm4')).toString(16).padStart(4, '0')}`,

  shift: (imm5, f) => shiftText(field(f, 'type'), imm5),
  shiftname: (type) => SHIFTS[type]!,
  /** MOV of a shifted register is a shift. */
  movshift: (type, f, _arg, pc) => {
    const s = field(f, 'S') ? 's' : ''
    const c = CONDITIONS[f['cond'] ?? itCondition(pc)]!
    const operands = `${REGISTERS[field(f, 'rd')]}, ${REGISTERS[field(f, 'rm')]}`
    const imm5 = field(f, 'imm5')
    if (imm5 === 0 && type === LSL) return `mov${s}${c} ${operands}`
    if (imm5 === 0 && type === ROR) return `rrx${s}${c} ${operands}`
    const amount = imm5 === 0 && (type === LSR || type === ASR) ? 32 : imm5
    return `${SHIFTS[type]}${s}${c} ${operands}, #${amount}`
  },

  /** Branch targets of A32. */
  label24: (imm24, _f, _arg, pc) => hex((addressOf(pc) + 8 + 4 * signed(imm24, 24)) >>> 0),
  label24h: (imm24, f, _arg, pc) => hex((addressOf(pc) + 8 + 4 * signed(imm24, 24) + 2 * field(f, 'H')) >>> 0),

  // addresses by the fields rn, P, U and W
  /** `t` of the unprivileged forms. */
  t: (W, f) => (W && !field(f, 'P') ? 't' : ''),
  addr12: (imm12, f) => addressText(f, '', immediateOffset(f, imm12)),
  addrreg: (rm, f) => addressText(f, minus(f), `${REGISTERS[rm]}${shiftText(field(f, 'type'), field(f, 'imm5'))}`),
}
