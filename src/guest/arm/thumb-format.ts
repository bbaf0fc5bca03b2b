/** Operand formatters that Thumb alone has. */
import type { Formatters } from '../disasm.ts'
import { CONDITIONS, field, shiftText } from './format.ts'
import { itStateOf } from './instruction-set.ts'

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
  /** Shift of T32's data processing, in imm3:imm2. */
  shift32: (imm3, f) => shiftText(field(f, 'type'), (imm3 << 2) | field(f, 'imm2')),
}
