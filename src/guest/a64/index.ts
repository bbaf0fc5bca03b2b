/** AArch64 (EL0) as the translator sees it: all rows, the state, what programs are told about the processor. */
import { Decoder } from '../decoder.ts'
import { disassembleRow, type Formatters } from '../disasm.ts'
import type { Row } from '../insn.ts'
import type { Guest } from '../targets.ts'
import { atomicRows } from './atomics.ts'
import { branchRows } from './branches.ts'
import type { A64Context } from './context.ts'
import { crcFlagRows } from './crc-flagm.ts'
import { cryptoRows } from './crypto.ts'
import { dpImmediateRows } from './dp-immediate.ts'
import { dpRegisterRows } from './dp-register.ts'
import { exclusiveRows } from './exclusives.ts'
import { announcedFeatures, hwcaps } from './features.ts'
import { BASE_FORMATTERS } from './format.ts'
import { fpRows } from './fp.ts'
import { fpConvertRows } from './fp-convert.ts'
import { FPCR_CHECKED } from './fp-environment.ts'
import { FP_FORMATTERS } from './fp-values.ts'
import { loadPairRows } from './load-pair.ts'
import { loadStoreRows } from './load-store.ts'
import { missingBaseRows } from './missing.ts'
import { pauthRows } from './pauth.ts'
import { simdCopyRows } from './simd-copy.ts'
import { SIMD_FORMATTERS } from './simd-format.ts'
import { simdFpRows } from './simd-fp.ts'
import { bf16Rows } from './simd-fp-bf16.ts'
import { simdFpConvertRows } from './simd-fp-convert.ts'
import { simdFpElementRows } from './simd-fp-element.ts'
import { simdFpScalarRows } from './simd-fp-scalar.ts'
import { simdLoadStoreRows } from './simd-load-store.ts'
import { simdLongRows } from './simd-long.ts'
import { simdShiftRows } from './simd-shift.ts'
import { simdThreeRows } from './simd-three.ts'
import { simdTwoRows } from './simd-two.ts'
import { A64_STATE, SLOT_PC, SLOT_TPIDR } from './state.ts'
import { systemRows } from './system.ts'
import { identify } from './system-registers.ts'

const EM_AARCH64 = 183
/** All exceptions masked, round to nearest, no flushing. */
const MXCSR_START = 0x1f80

const INSN_BYTES = 4
/** `SVC #imm16` */
const SVC_MASK = 0xffe0_001f
const SVC = 0xd400_0001

const rows: readonly Row<A64Context>[] = [
  ...dpImmediateRows,
  ...dpRegisterRows,
  ...branchRows,
  ...systemRows,
  ...loadStoreRows,
  ...loadPairRows,
  ...exclusiveRows,
  ...atomicRows,
  ...crcFlagRows,
  ...pauthRows,
  ...missingBaseRows,
  ...simdThreeRows,
  ...simdLongRows,
  ...simdTwoRows,
  ...simdShiftRows,
  ...simdCopyRows,
  ...simdLoadStoreRows,
  ...cryptoRows,
  ...fpRows,
  ...fpConvertRows,
  ...simdFpRows,
  ...simdFpConvertRows,
  ...simdFpElementRows,
  ...simdFpScalarRows,
  ...bf16Rows,
]

/** Their names are disjoint. */
export const FORMATTER_SETS = [BASE_FORMATTERS, FP_FORMATTERS, SIMD_FORMATTERS]
const FORMATTERS = Object.assign({}, ...FORMATTER_SETS) as Formatters
const decoder = new Decoder(rows)
const announced = announcedFeatures(rows)
const [hwcap, hwcap2] = hwcaps(announced)
identify(announced)

export const A64: Guest<A64Context> = {
  name: 'aarch64',
  machine: EM_AARCH64,
  rows,
  state: A64_STATE,
  pcSlot: SLOT_PC,
  threadSlot: SLOT_TPIDR,
  nanModes: FPCR_CHECKED,
  mxcsr: MXCSR_START,
  hwcap,
  hwcap2,
  shortestInsn: INSN_BYTES,
  longestInsn: INSN_BYTES,
  codeAddress: (pc) => pc,
  isAligned: (pc) => pc % INSN_BYTES === 0,
  insnWord: (_pc, raw) => raw,
  insnSize: () => INSN_BYTES,
  pcBehind: (pc) => pc + INSN_BYTES,
  isSystemCall: (_pc, word) => (word & SVC_MASK) >>> 0 === SVC,
  translateInsn(t, word) {
    const row = decoder.decode(word)
    return row === undefined ? t.undefinedInsn() : row.run(t, word)
  },
  disassemble(word, pc) {
    const row = decoder.decode(word)
    return row === undefined ? `.inst 0x${(word >>> 0).toString(16).padStart(8, '0')}` : disassembleRow(row, word, pc, FORMATTERS)
  },
}
