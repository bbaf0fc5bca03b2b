/** Operand formatters that Thumb alone has. */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { signed } from './context.ts'
import { CONDITIONS, field, hex, itCondition, REGISTERS, shiftText } from './format.ts'
import { addressOf, itStateOf } from './instruction-set.ts'
import { BARRIER_OPTIONS } from './system.ts'
import { branchDistance, conditionalDistance, imm12Of, thumbConstant } from './thumb-immediates.ts'

const WORD = 4
const PC_AHEAD = 4

/** An address as objdump prints it; `distance` from PC. */
function label(pc: number, distance: number): string {
  return hex((addressOf(pc) + PC_AHEAD + distance) >>> 0)
}

/** Fields of a T32 instruction that hold a constant in pieces. */
function pieces(f: AnyFields) {
  return { i: field(f, 'i'), imm3: field(f, 'imm3'), imm8: field(f, 'imm8') }
}

function branchPieces(f: AnyFields) {
  return { S: field(f, 'S'), J1: field(f, 'J1'), J2: field(f, 'J2'), imm11: field(f, 'imm11') }
}

const imm5 = (f: AnyFields): number => (field(f, 'imm3') << 2) | field(f, 'imm2')
const condition = (pc: number): string => CONDITIONS[itCondition(pc)]!

export function registerList(list: number): string {
  return `{${REGISTERS.filter((_, n) => (list >> n) & 1).join(', ')}}`
}

/** By number; the others are reserved. */
const HINTS = ['nop', 'yield', 'wfe', 'wfi', 'sev', 'sevl']
const WIDE_HINTS: Readonly<Record<number, string>> = { 16: 'esb', 17: 'psb csync', 18: 'tsb csync', 20: 'csdb' }
const DBG = 0xf0

/** Mnemonic and operand of hint `hint`, with the condition between them; `.w` for the wide form. */
function hintText(hint: number, pc: number, isWide: boolean): string {
  const name = HINTS[hint]
  const width = isWide ? '.w' : ''
  if (name !== undefined) return `${name}${condition(pc)}${width}`
  if (isWide && hint >= DBG) return `dbg${condition(pc)} #${hint - DBG}`
  const wide = isWide ? WIDE_HINTS[hint] : undefined
  return wide !== undefined ? `${wide}${condition(pc)}` : `nop${condition(pc)}${width} {${hint}}`
}

const CPS_EFFECTS = ['', '', 'ie', 'id']

function aif(bits: number): string {
  if (bits === 0) return 'none'
  return `${bits & 4 ? 'a' : ''}${bits & 2 ? 'i' : ''}${bits & 1 ? 'f' : ''}`
}

function cpsText(imod: number, f: AnyFields): string {
  const mode = field(f, 'M') ? `#${field(f, 'mode')}` : ''
  if (imod < 2) return `cps ${mode}`
  return `cps${CPS_EFFECTS[imod]} ${aif(field(f, 'aif'))}${mode === '' ? '' : `, ${mode}`}`
}

/** BFC is BFI of nothing. */
function bfiText(rn: number, f: AnyFields, pc: number): string {
  const lsb = imm5(f)
  const rd = REGISTERS[field(f, 'rd')]!
  const source = rn === 15 ? '' : `${REGISTERS[rn]}, `
  return `bf${rn === 15 ? 'c' : 'i'}${condition(pc)} ${rd}, ${source}#${lsb}, #${(field(f, 'msb') - lsb + 1) >>> 0}`
}

/** `[rn, #-8]!` and so on of the 8-bit offsets, whose field is in units of `scale`; the unprivileged form is an offset. */
function addressText(f: AnyFields, P: number, W: number, amount: number, isUnprivileged = false): string {
  const rn = REGISTERS[field(f, 'rn')]!
  const isUp = field(f, 'U') !== 0
  const offset = `#${isUp ? '' : '-'}${amount}`
  if (!P) return `[${rn}], ${offset}`
  if (!W || isUnprivileged) return amount === 0 && isUp ? `[${rn}]` : `[${rn}, ${offset}]`
  return `[${rn}, ${offset}]!`
}

function isUnprivileged(f: AnyFields): boolean {
  return field(f, 'P') === 1 && field(f, 'U') === 1 && field(f, 'W') === 0
}

export const THUMB_FORMATTERS: Formatters = {
  /** `s` where an instruction of 16 bits sets flags: outside of IT blocks. */
  its: (_value, _f, _arg, pc) => (itStateOf(pc) === 0 ? 's' : ''),
  condition: (cond) => CONDITIONS[cond]!,
  /** The `t`s and `e`s of IT: bits of the mask above its lowest one, compared with bit 0 of the condition. */
  itmask: (mask, f) => {
    let text = ''
    for (let bit = 3; (mask & (2 ** bit - 1)) !== 0; bit--) text += ((mask >> bit) & 1) === (field(f, 'cond') & 1) ? 't' : 'e'
    return text
  },

  // constants
  num: (value) => `${value}`,
  hex4: (value) => `0x${value.toString(16).padStart(4, '0')}`,
  plus1: (value) => `#${value + 1}`,
  words: (value) => `#${WORD * value}`,
  times: (value, _f, size) => `#${value * Number(size)}`,
  constant: (_imm8, f) => `#${thumbConstant(imm12Of(pieces(f))) >>> 0}`,
  imm12w: (_imm8, f) => `#${imm12Of(pieces(f))}`,
  imm16w: (imm4, f) => {
    const rest = f['imm12'] ?? imm12Of(pieces(f))
    return `#${(imm4 << 12) | rest}`
  },
  lsb32: (_imm3, f) => `#${imm5(f)}`,

  // shifts
  /** Amount of LSR and ASR. */
  amount: (value) => `#${value === 0 ? 32 : value}`,
  /** Shift of T32's data processing, in imm3:imm2. */
  shift32: (_imm3, f) => shiftText(field(f, 'type'), imm5(f)),
  satshift: (_imm3, f) => shiftText(field(f, 'sh') ? 2 : 0, imm5(f)),
  pkhshift: (_imm3, f) => shiftText(field(f, 'tb') ? 2 : 0, imm5(f)),
  lsl: (amount) => (amount === 0 ? '' : `, lsl #${amount}`),
  rotate: (rotate) => (rotate === 0 ? '' : `, ror #${8 * rotate}`),

  // parts of mnemonics
  bttb: (tb) => (tb ? 'tb' : 'bt'),
  bt: (top) => (top ? 't' : 'b'),
  x: (M) => (M ? 'x' : ''),
  rounds: (R) => (R ? 'r' : ''),
  n: (isNot) => (isNot ? 'n' : ''),
  bang: (W) => (W ? '!' : ''),
  bfi: (rn, f, _arg, pc) => bfiText(rn, f, pc),

  // registers
  high: (dn, f) => REGISTERS[(dn << 3) | field(f, 'rdn')]!,
  list: (list) => registerList(list),
  pushlist: (list, f) => registerList(list | (field(f, 'M') << 14)),
  poplist: (list, f) => registerList(list | (field(f, 'M') << 15)),
  ldmwb: (list, f) => ((list >> field(f, 'rn')) & 1 ? '' : '!'),
  cr: (n) => `cr${n}`,
  braces: (n) => `{${n}}`,
  cpsrmask: (mask) => `${mask & 8 ? 'f' : ''}${mask & 4 ? 's' : ''}${mask & 2 ? 'x' : ''}${mask & 1 ? 'c' : ''}`,

  // addresses
  offset: (imm) => (imm === 0 ? '' : `, #${imm}`),
  below: (imm8) => (imm8 === 0 ? '' : `, #-${imm8}`),
  offset4: (imm8) => (imm8 === 0 ? '' : `, #${WORD * imm8}`),
  literal: (imm12, f) => `#${field(f, 'U') ? '' : '-'}${imm12}`,
  /** Width or `t` of the forms with an 8-bit offset. */
  byteform: (_P, f, _arg, pc) => (isUnprivileged(f) ? `t${condition(pc)}` : `${condition(pc)}.w`),
  addr8: (imm8, f) => addressText(f, field(f, 'P'), field(f, 'W'), imm8, isUnprivileged(f)),
  pairaddr: (imm8, f, arg) => addressText(f, Number(arg[0]), Number(arg[1]), WORD * imm8),

  // branches
  label: (imm, _f, bits, pc) => label(pc, 2 * signed(imm, Number(bits))),
  cblabel: (low, f, _arg, pc) => label(pc, (field(f, 'i') << 6) | (low << 1)),
  labelcond: (_imm11, f, _arg, pc) => label(pc, conditionalDistance({ ...branchPieces(f), imm6: field(f, 'imm6') })),
  labelwide: (_imm11, f, _arg, pc) => label(pc, branchDistance({ ...branchPieces(f), imm10: field(f, 'imm10') })),
  labelblx: (_imm11, f, _arg, pc) => label(pc - (addressOf(pc) & 2), branchDistance({ ...branchPieces(f), imm10: field(f, 'imm10') })),

  // system
  hint: (hint, _f, arg, pc) => hintText(hint, pc, arg === 'w'),
  iedisable: (im) => (im ? 'id' : 'ie'),
  aif: (bits) => aif(bits),
  cps32: (imod, f) => cpsText(imod, f),
  barrier: (option) => BARRIER_OPTIONS[option] ?? `#${option}`,
}
