/**
 * Operand formatters of A64 disassembly, in the form that GNU objdump prints without aliases. Each is used in templates
 * as `{name:field}`; a text after a point (`{v.4s:rd}`) is its argument.
 */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { signed } from './context.ts'

export const CONDITIONS = ['eq', 'ne', 'cs', 'cc', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls', 'ge', 'lt', 'gt', 'le', 'al', 'nv'] as const
const SHIFTS = ['lsl', 'lsr', 'asr', 'ror'] as const
const EXTENDS = ['uxtb', 'uxth', 'uxtw', 'uxtx', 'sxtb', 'sxth', 'sxtw', 'sxtx'] as const

export function xName(n: number): string {
  return n === 31 ? 'xzr' : `x${n}`
}
export function wName(n: number): string {
  return n === 31 ? 'wzr' : `w${n}`
}
export function xspName(n: number): string {
  return n === 31 ? 'sp' : `x${n}`
}
export function wspName(n: number): string {
  return n === 31 ? 'wsp' : `w${n}`
}
/** `0x…` of an exact integer, negative ones as 64 bits. */
export function hex(value: number): string {
  return value < 0 ? `0x${BigInt.asUintN(64, BigInt(value)).toString(16)}` : `0x${value.toString(16)}`
}
function field(f: AnyFields, name: string): number {
  const value = f[name]
  if (value === undefined) throw new Error(`template: no field '${name}'`)
  return value
}

export const BASE_FORMATTERS: Formatters = {
  x: xName,
  w: wName,
  xsp: xspName,
  wsp: wspName,
  // by the row's field sf
  sf: (n, f) => (field(f, 'sf') ? xName(n) : wName(n)),
  sfsp: (n, f) => (field(f, 'sf') ? xspName(n) : wspName(n)),
  // vector and scalar FP registers; {v.16b:rd}
  v: (n, _f, arg) => (arg === '' ? `v${n}` : `v${n}.${arg}`),
  b: (n) => `b${n}`,
  h: (n) => `h${n}`,
  s: (n) => `s${n}`,
  d: (n) => `d${n}`,
  q: (n) => `q${n}`,
  // immediates: hexadecimal, decimal, signed decimal of `arg` bits, without '#'
  imm: (value) => `#${hex(value)}`,
  dec: (value) => `#${value}`,
  num: (value) => `${value}`,
  simm: (value, _f, arg) => `#${signed(value, Number(arg))}`,
  cc: (value) => CONDITIONS[value]!,
  /** Operand shift of the shifted-register forms. */
  shift: (amount, f) => (amount === 0 && field(f, 'shift') === 0 ? '' : `, ${SHIFTS[field(f, 'shift')]} #${amount}`),
  extend: (option) => EXTENDS[option]!,
  /** Branch target: a signed count of instructions of `arg` bits. */
  label: (value, _f, arg, pc) => hex(pc + 4 * signed(value, Number(arg))),
}
