/** Operand formatters that A32 alone has. */
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { PC, SP } from './context.ts'
import { addressText, CONDITIONS, field, immediateOffset, REGISTERS, shiftText } from './format.ts'
import { ASR, LSL } from './shifter.ts'
import { registerList } from './thumb-format.ts'

const DBG = 0xf0
/** By number; the others do nothing. */
const HINTS: Readonly<Record<number, string>> = { 0: 'nop', 1: 'yield', 2: 'wfe', 3: 'wfi', 4: 'sev', 5: 'sevl', 16: 'esb', 20: 'csdb' }
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
  const mode = U ? (P ? 'ib' : '') : P ? 'db' : 'da'
  return `${name}${mode}${condition(f)} ${register(f, 'rn')}${W ? '!' : ''}, ${registers}`
}

export const A32_FORMATTERS: Formatters = {
  /** The register behind the field's. */
  next: (rt) => REGISTERS[(rt + 1) & 15]!,
  addrsplit: (imm4h, f) => addressText(f, '', immediateOffset(f, (imm4h << 4) | field(f, 'imm4l'))),
  addrplain: (rm, f) => addressText(f, field(f, 'U') ? '' : '-', REGISTERS[rm]!),
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
  satshift5: (imm5, f) => shiftText(field(f, 'sh') ? ASR : LSL, imm5),
  /** BFC is BFI of nothing. */
  bfi5: (rn, f) => {
    const lsb = field(f, 'lsb')
    const source = rn === PC ? '' : `${REGISTERS[rn]}, `
    return `bf${rn === PC ? 'c' : 'i'}${condition(f)} ${register(f, 'rd')}, ${source}#${lsb}, #${field(f, 'msb') - lsb + 1}`
  },
  endianness: (E) => (E ? 'be' : 'le'),
}
