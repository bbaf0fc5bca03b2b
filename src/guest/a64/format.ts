/**
 * Operand formatters of A64 disassembly, in the form that GNU objdump prints without aliases. Each is used in templates
 * as `{name:field}`; a text after a point (`{v.4s:rd}`) is its argument.
 */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { bitmaskText } from './bitmask.ts'
import { signed } from './context.ts'
import { SYSTEM_REGISTERS, systemRegisterKey } from './system-registers.ts'

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

const PREFETCH_TYPES = ['pld', 'pli', 'pst']
const BARRIERS: Readonly<Record<number, string>> = {
  1: 'oshld',
  2: 'oshst',
  3: 'osh',
  5: 'nshld',
  6: 'nshst',
  7: 'nsh',
  9: 'ishld',
  10: 'ishst',
  11: 'ish',
  13: 'ld',
  14: 'st',
  15: 'sy',
}
/** By CRm:op2. */
const HINTS: Readonly<Record<number, string>> = {
  0: 'nop',
  1: 'yield',
  2: 'wfe',
  3: 'wfi',
  4: 'sev',
  5: 'sevl',
  6: 'dgh',
  7: 'xpaclri',
  8: 'pacia1716',
  10: 'pacib1716',
  12: 'autia1716',
  14: 'autib1716',
  16: 'esb',
  17: 'psb csync',
  18: 'tsb csync',
  20: 'csdb',
  24: 'paciaz',
  25: 'paciasp',
  26: 'pacibz',
  27: 'pacibsp',
  28: 'autiaz',
  29: 'autiasp',
  30: 'autibz',
  31: 'autibsp',
  32: 'bti',
  34: 'bti c',
  36: 'bti j',
  38: 'bti jc',
}

function systemRegisterName(f: AnyFields): string {
  const [o0, op1, crn, crm, op2] = [field(f, 'o0') + 2, field(f, 'op1'), field(f, 'CRn'), field(f, 'CRm'), field(f, 'op2')]
  return SYSTEM_REGISTERS.get(systemRegisterKey(o0, op1, crn, crm, op2))?.name ?? `s${o0}_${op1}_c${crn}_c${crm}_${op2}`
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

  // data processing
  adr: (immhi, f, _arg, pc) => hex(pc + signed((immhi << 2) | field(f, 'immlo'), 21)),
  adrp: (immhi, f, _arg, pc) => hex(pc - (pc % 4096) + 4096 * signed((immhi << 2) | field(f, 'immlo'), 21)),
  lsl12: (sh) => (sh ? ', lsl #12' : ''),
  lslhw: (hw) => (hw ? `, lsl #${16 * hw}` : ''),
  bitmask: (_imms, f) => bitmaskText(f),
  extended: (rm, f, arg) => {
    const option = field(f, 'option')
    const amount = field(f, 'imm3')
    const sf = field(f, 'sf')
    const register = sf && (option & 3) === 3 ? xName(rm) : wName(rm)
    // With the stack pointer, the extension that changes nothing is a shift; `arg` says that Rd may be it.
    const isShift = option === (sf ? 3 : 2) && (field(f, 'rn') === 31 || (arg === 'sp' && field(f, 'rd') === 31))
    if (isShift) return amount === 0 ? register : `${register}, lsl #${amount}`
    return `${register}, ${EXTENDS[option]}${amount ? ` #${amount}` : ''}`
  },

  // branches
  tbx: (n, f) => (field(f, 'b5') ? xName(n) : wName(n)),
  bit: (b40, f) => `#${(field(f, 'b5') << 5) | b40}`,
  ret: (n) => (n === 30 ? '' : xName(n)),

  // addresses: a scaled unsigned, a signed, a scaled signed offset (`arg` is log2 of the scale, for `offset` the width)
  scaled: (imm, _f, arg) => (imm === 0 ? '' : `, #${imm * 2 ** Number(arg)}`),
  offset: (imm, _f, arg) => (imm === 0 ? '' : `, #${signed(imm, Number(arg))}`),
  offset7: (imm7, _f, arg) => (imm7 === 0 ? '' : `, #${signed(imm7, 7) * 2 ** Number(arg)}`),
  index7: (imm7, _f, arg) => `#${signed(imm7, 7) * 2 ** Number(arg)}`,
  index: (rm, f, arg) => {
    const option = field(f, 'option')
    const amount = field(f, 'S') ? ` #${arg}` : ''
    if (option === 3) return xName(rm) + (amount === '' ? '' : `, lsl${amount}`)
    return `${(option & 1) === 1 ? xName(rm) : wName(rm)}, ${EXTENDS[option]}${amount}`
  },
  prfop: (rt) => {
    const type = PREFETCH_TYPES[rt >> 3]
    const level = (rt >> 1) & 3
    return type === undefined || level === 3 ? `#${hex(rt)}` : `${type}l${level + 1}${rt & 1 ? 'strm' : 'keep'}`
  },

  // ordered, exclusive, atomic: the mnemonic's size suffix, registers by size or sz
  bh: (size) => ['b', 'h', '', ''][size]!,
  xw: (n, f) => (field(f, 'size') === 3 ? xName(n) : wName(n)),
  sz: (n, f) => (field(f, 'sz') ? xName(n) : wName(n)),
  sznext: (n, f) => (field(f, 'sz') ? xName(n + 1) : wName(n + 1)),

  // pointer authentication
  ab: (m) => (m ? 'b' : 'a'),
  ldra: (imm9, f) => {
    const offset = signed((field(f, 'S') << 9) | imm9, 10) * 8
    if (field(f, 'W')) return `, #${offset}]!`
    return offset === 0 ? ']' : `, #${offset}]`
  },

  // system
  hint: (crm, f) => HINTS[(crm << 3) | field(f, 'op2')] ?? `hint #${hex((crm << 3) | field(f, 'op2'))}`,
  barrier: (crm) => BARRIERS[crm] ?? `#${hex(crm)}`,
  crm15: (crm) => (crm === 15 ? '' : ` #${hex(crm)}`),
  sysreg: (_crn, f) => systemRegisterName(f),
}
