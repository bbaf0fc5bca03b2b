/** Operand formatters that A32 alone has. */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { PC, SP } from './context.ts'
import { addressText, CONDITIONS, field, immediateOffset, itCondition, REGISTERS, shiftText } from './format.ts'
import { ASR, LSL } from './shifter.ts'
import { BARRIER_OPTIONS } from './system.ts'
import { registerList } from './thumb-format.ts'

/** Options of DSB that have names of their own. */
const DSB_NAMES: Readonly<Record<number, string>> = { 0: 'ssbb', 4: 'pssbb', 12: 'dfb' }
const DBG = 0xf0
/** By number; the others do nothing. */
const HINTS: Readonly<Record<number, string>> = { 1: 'yield', 2: 'wfe', 3: 'wfi', 4: 'sev', 5: 'sevl', 16: 'esb', 20: 'csdb' }
const condition = (f: AnyFields): string => CONDITIONS[field(f, 'cond')]!
const register = (f: AnyFields, name: string): string => REGISTERS[field(f, name)]!

/** Address of a prefetch: its base does not change. */
function prefetched(f: AnyFields, sign: string, offset: string): string {
  const base = register(f, 'rn')
  return offset === '' ? `[${base}]` : `[${base}, ${sign}${offset}]`
}

/** LDM and STM by P and U; those that work on the stack as programs do are POP and PUSH. */
function multipleText(name: string, list: number, f: AnyFields): string {
  const [P, U, W] = [field(f, 'P'), field(f, 'U'), field(f, 'W')]
  const registers = registerList(list)
  const isStack = field(f, 'rn') === SP && W !== 0 && (name === 'ldm' ? !P && U : P && !U)
  const isSeveral = (list & (list - 1)) !== 0
  if (isStack)
    return isSeveral ? `${name === 'ldm' ? 'pop' : 'push'}${condition(f)} ${registers}` : `${name}fd${condition(f)} sp!, ${registers}`
  const mode = U ? (P ? 'ib' : name === 'stm' && W ? 'ia' : '') : P ? 'db' : 'da'
  return `${name}${mode}${condition(f)} ${register(f, 'rn')}${W ? '!' : ''}, ${registers}`
}

export const A32_FORMATTERS: Formatters = {
  /** A register without its other name. */
  number: (rt) => `r${rt}`,
  /** What MRC writes; r15 stands for the flags. */
  mrcrt: (rt) => (rt === PC ? 'APSR_nzcv' : REGISTERS[rt]!),
  dsb: (option, _f, _arg, pc) => DSB_NAMES[option] ?? `dsb${CONDITIONS[itCondition(pc)]} ${BARRIER_OPTIONS[option] ?? `#${option}`}`,
  addrsplit: (imm4h, f) => addressText(f, '', immediateOffset(f, (imm4h << 4) | field(f, 'imm4l'))),
  addrplain: (rm, f) => addressText(f, field(f, 'U') ? '' : '-', REGISTERS[rm]!),
  /** The register behind the field's. */
  next: (rt) => REGISTERS[(rt + 1) & 15]!,
  isb: (option) => (option === 15 ? 'sy' : `#${option}`),
  pld: (R) => (R ? 'pld' : 'pldw'),
  prefetch12: (imm12, f) => prefetched(f, '', imm12 === 0 && field(f, 'U') ? '' : `#${field(f, 'U') ? '' : '-'}${imm12}`),
  prefetchreg: (rm, f) => prefetched(f, field(f, 'U') ? '' : '-', `${REGISTERS[rm]}${shiftText(field(f, 'type'), field(f, 'imm5'))}`),
  multiple: (list, f, name) => multipleText(name, list, f),
  pkh: (tb, f) => {
    const shift = shiftText(tb ? ASR : LSL, field(f, 'imm5'))
    return `pkh${tb ? 'tb' : 'bt'}${condition(f)} ${register(f, 'rd')}, ${register(f, 'rn')}, ${register(f, 'rm')}${shift}`
  },
  hint8: (hint, f) => {
    if (hint >= DBG) return `dbg${condition(f)} #${hint - DBG}`
    const name = HINTS[hint]
    return name === undefined ? `nop${condition(f)} {${hint}}` : `${name}${condition(f)}`
  },
  /** A shift by 32 is printed as it is encoded. */
  satshift5: (imm5, f) => (field(f, 'sh') ? `, asr #${imm5}` : shiftText(LSL, imm5)),
  /** BFC is BFI of nothing. */
  bfi5: (rn, f) => {
    const [lsb, msb] = [field(f, 'lsb'), field(f, 'msb')]
    const place = msb < lsb ? `(invalid: ${lsb}:${msb})` : `#${lsb}, #${msb - lsb + 1}`
    const source = rn === PC ? '' : `${REGISTERS[rn]}, `
    return `bf${rn === PC ? 'c' : 'i'}${condition(f)} ${register(f, 'rd')}, ${source}${place}`
  },
  endianness: (E) => (E ? 'be' : 'le'),
}
