/** AArch32 in user mode (A32 and Thumb) as the translator sees it: all rows, the state, what programs are told about the processor. */
import { Decoder } from '../decoder.ts'
import { disassembleRow, type Formatters } from '../disasm.ts'
import type { Row } from '../insn.ts'
import type { Guest } from '../targets.ts'
import { a32BranchRows } from './a32-branches.ts'
import { a32DataProcessingRows } from './a32-data-processing.ts'
import { A32_FORMATTERS } from './a32-format.ts'
import { a32LoadMultipleRows } from './a32-load-multiple.ts'
import { a32LoadStoreRows } from './a32-load-store.ts'
import { a32MediaRows } from './a32-media.ts'
import { a32MultiplyRows } from './a32-multiply.ts'
import { a32SystemRows } from './a32-system.ts'
import { ALWAYS, type ArmContext } from './context.ts'
import { hwcapsOf, rowsWith } from './features.ts'
import { BASE_FORMATTERS } from './format.ts'
import { FP_FORMATTERS } from './fp-format.ts'
import { fpA32Rows } from './fp-simd.ts'
import { addressOf, isAligned, isSystemCall, isThumb, itStateOf, KERNEL_PAGE, pcBehind, sizeOf, wordOf } from './instruction-set.ts'
import { ARM_MODELS, type ArmModel } from './models.ts'
import { ARM_STATE, SLOT_PC, SLOT_TPIDRURO } from './state.ts'
import { isLiteral, thumbLiteralRows, thumbRows } from './thumb.ts'
import { THUMB_FORMATTERS } from './thumb-format.ts'
import { FPSCR_CHECKED } from './vfp-environment.ts'

const EM_ARM = 40
/** All exceptions masked, round to nearest, no flushing. */
const MXCSR_START = 0x1f80
/** The condition field that is none: instructions that are always executed. */
const NO_CONDITION = 15

const a32Rows: readonly Row<ArmContext>[] = [
  ...a32DataProcessingRows,
  ...a32MultiplyRows,
  ...a32MediaRows,
  ...a32LoadStoreRows,
  ...a32LoadMultipleRows,
  ...a32BranchRows,
  ...a32SystemRows,
  ...fpA32Rows,
]

/** The four sets of rows: within each of them a word has one meaning. */
export const ROW_SETS: Readonly<Record<'conditional' | 'unconditional' | 'thumb' | 'thumbLiteral', readonly Row<ArmContext>[]>> = {
  conditional: a32Rows.filter((row) => !row.text.startsWith('1111')),
  unconditional: a32Rows.filter((row) => row.text.startsWith('1111')),
  thumb: thumbRows,
  thumbLiteral: thumbLiteralRows,
}
/** Their names are disjoint. */
export const FORMATTER_SETS = [BASE_FORMATTERS, A32_FORMATTERS, THUMB_FORMATTERS, FP_FORMATTERS]
const FORMATTERS = Object.assign({}, ...FORMATTER_SETS) as Formatters

type Decode = (pc: number, word: number) => Row<ArmContext> | undefined

/** Finds the row of a word at a pc. */
function decoderOf(of: (rows: readonly Row<ArmContext>[]) => Decoder<ArmContext>): Decode {
  const conditional = of(ROW_SETS.conditional)
  const unconditional = of(ROW_SETS.unconditional)
  const thumb = of(ROW_SETS.thumb)
  const thumbLiteral = of(ROW_SETS.thumbLiteral)
  return (pc, word) => {
    if (isThumb(pc)) return (isLiteral(word) ? thumbLiteral : thumb).decode(word)
    return word >>> 28 === NO_CONDITION ? unconditional.decode(word) : conditional.decode(word)
  }
}

/** The condition under which `word` at `pc` is executed. */
function conditionOf(pc: number, word: number): number {
  if (!isThumb(pc)) return word >>> 28
  const itState = itStateOf(pc)
  return itState === 0 ? ALWAYS : itState >> 4
}

const decodeAll = decoderOf((rows) => new Decoder(rows))

/** Of the rows of a processor; what is in the kernel's page is not the program's, and made for all of them. */
function decoderFor({ features }: ArmModel): Decode {
  if (features === ARM_MODELS.max.features) return decodeAll
  const decodeOwn = decoderOf((rows) => new Decoder(rowsWith(rows, features)))
  return (pc, word) => (addressOf(pc) < KERNEL_PAGE ? decodeOwn : decodeAll)(pc, word)
}

/** AArch32 as `model` has it. */
export function armGuest(model: ArmModel): Guest<ArmContext> {
  const [hwcap, hwcap2] = hwcapsOf(model.features)
  const rowOf = decoderFor(model)
  return {
    name: 'arm',
    machine: EM_ARM,
    rows: [...a32Rows, ...thumbRows, ...thumbLiteralRows],
    state: ARM_STATE,
    pcSlot: SLOT_PC,
    threadSlot: SLOT_TPIDRURO,
    nanModes: FPSCR_CHECKED,
    mxcsr: MXCSR_START,
    hwcap,
    hwcap2,
    shortestInsn: 2,
    longestInsn: 4,
    codeAddress: addressOf,
    isAligned,
    insnWord: wordOf,
    insnSize: sizeOf,
    pcBehind,
    isSystemCall,
    translateInsn(t, word) {
      const row = rowOf(t.pc, word)
      return row === undefined ? t.undefinedInsn() : t.lift(row, word, conditionOf(t.pc, word))
    },
    disassemble(word, pc) {
      const row = rowOf(pc, word)
      if (row !== undefined) return disassembleRow(row, word, pc, FORMATTERS)
      const isShort = sizeOf(pc, word) === 2
      return `.inst 0x${(isShort ? word >>> 16 : word >>> 0).toString(16).padStart(isShort ? 4 : 8, '0')}`
    },
  }
}

/** The processor with every feature. */
export const ARM = armGuest(ARM_MODELS.max)
