/**
 * The rows as numeric columns, indexed by `Insn`: all that the assembler reads when it emits. A row is parsed and its columns are filled
 * when `insn()` first asks for it (or the disassembler asks for all).
 *
 *   FLAGS  opcode:8 | pp:2 | map:2 | W:1 | L:2 | encoding:2 | regOk:1 | memOk:1 | byteReg:1 | byteRm:1 | o16:1 | digit:4 | immKind:3
 *          bit 0      8      10      12    13    15           17      18       19         20        21     22       26
 */
import { ENCODING, type Operand, parseRow, ROLE, type Role, type Row } from './row.ts'

export const PP_SHIFT = 8
export const MAP_SHIFT = 10
export const W_SHIFT = 12
export const L_SHIFT = 13
export const ENCODING_SHIFT = 15
export const REG_OK = 1 << 17
export const MEM_OK = 1 << 18
export const BYTE_REG = 1 << 19
export const BYTE_RM = 1 << 20
export const O16 = 1 << 21
export const DIGIT_SHIFT = 22
export const IMM_SHIFT = 26

/** Immediate kinds: how many bytes, and which numbers are allowed. */
export const IMM = { NONE: 0, IB: 1, IB_SIGNED: 2, IW: 3, ID: 4, ID_SIGNED: 5, IO: 6 } as const

/** Which operands are passed and where they go, in the row's order: R reg, M r/m, V vvvv, S is4, O opcode, I immediate, D displacement. */
export const SHAPE_NAMES = [
  '',
  'R',
  'M',
  'O',
  'I',
  'D',
  'RM',
  'MR',
  'VM',
  'RVM',
  'RMV',
  'MVR',
  'RVMS',
  'MI',
  'OI',
  'RMI',
  'MRI',
  'VMI',
  'RVMI',
  'unparsed',
] as const
export const SHAPE = {
  NONE: 0,
  R: 1,
  M: 2,
  O: 3,
  I: 4,
  D: 5,
  RM: 6,
  MR: 7,
  VM: 8,
  RVM: 9,
  RMV: 10,
  MVR: 11,
  RVMS: 12,
  MI: 13,
  OI: 14,
  RMI: 15,
  MRI: 16,
  VMI: 17,
  RVMI: 18,
  UNPARSED: 19,
} as const
const SHAPE_NUMBERS = new Map<string, number>(SHAPE_NAMES.map((name, n) => [name, n]))
const ROLE_LETTERS: Readonly<Record<Role, string>> = { 0: '', 1: 'R', 2: 'M', 3: 'V', 4: 'S', 5: 'O', 6: 'I', 7: 'D' }

/** EXTRA: what an EVEX row allows. */
export const EXTRA_MASK = 1
export const EXTRA_ZERO = 2
export const EXTRA_BROADCAST = 4
export const EXTRA_ROUND = 8
export const EXTRA_SAE = 16
/** The index register is an xmm register. */
export const EXTRA_VSIB = 32

const CAPACITY = 8192
export const FLAGS = new Int32Array(CAPACITY)
export const SHAPES = new Uint8Array(CAPACITY).fill(SHAPE.UNPARSED)
/** The row that replaces this one when a register above 15, a mask or a broadcast asks for EVEX; 0 when there is none. */
export const TWINS = new Uint16Array(CAPACITY)
/** log2 of the disp8 scale. */
export const DISP8_SHIFT = new Uint8Array(CAPACITY)
/** log2 of the disp8 scale with broadcast. */
export const BROADCAST_SHIFT = new Uint8Array(CAPACITY)
/** ModRM byte + 1 when it is a constant. */
export const FIXED_MODRM = new Uint16Array(CAPACITY)
export const IMM_BYTES = new Uint8Array(CAPACITY)
export const EXTRA = new Uint8Array(CAPACITY)

function immediateKind(row: Row): number {
  const bytes = row.imms[0] ?? 0
  if (bytes === 0 || row.operands[0]?.role === ROLE.REL) return IMM.NONE
  if (bytes === 1) return row.signExtends ? IMM.IB_SIGNED : IMM.IB
  if (bytes === 2) return IMM.IW
  if (bytes === 8) return IMM.IO
  const wide = row.w || row.mnemonic === 'PUSH'
  return wide ? IMM.ID_SIGNED : IMM.ID
}

/** Parses row `n` into the columns. */
export function fillColumns(n: number, name: string, encoding: string): Row {
  if (n >= CAPACITY) throw new Error(`x64: more than ${CAPACITY} encoding rows`)
  const row = parseRow(name, encoding)
  let rm: Operand | undefined
  let reg: Operand | undefined
  let shape = ''
  for (const operand of row.operands) {
    if (operand.role === ROLE.RM) rm = operand
    else if (operand.role === ROLE.REG || operand.role === ROLE.OPCODE) reg = operand
    shape += ROLE_LETTERS[operand.role]
  }
  const shapeNumber = SHAPE_NUMBERS.get(shape)
  if (shapeNumber === undefined) throw new Error(`x64: '${name}' has operands of the unknown shape ${shape}`)
  SHAPES[n] = shapeNumber
  FLAGS[n] =
    row.opcode |
    (row.pp << PP_SHIFT) |
    (row.map << MAP_SHIFT) |
    (Number(row.w) << W_SHIFT) |
    (row.l << L_SHIFT) |
    (row.encoding << ENCODING_SHIFT) |
    (rm !== undefined && rm.file !== 'none' ? REG_OK : 0) |
    (rm !== undefined && rm.mem >= 0 ? MEM_OK : 0) |
    (reg?.file === 'gpr' && reg.bits === 8 ? BYTE_REG : 0) |
    (rm?.file === 'gpr' && rm.bits === 8 ? BYTE_RM : 0) |
    (row.o16 ? O16 : 0) |
    (Math.max(0, row.digit) << DIGIT_SHIFT) |
    (immediateKind(row) << IMM_SHIFT)
  if (row.encoding === ENCODING.EVEX) DISP8_SHIFT[n] = Math.log2(row.disp8)
  BROADCAST_SHIFT[n] = row.broadcast === 0 ? 0 : Math.log2(row.broadcast / 8)
  FIXED_MODRM[n] = row.fixedModrm + 1
  IMM_BYTES[n] = (row.imms[0] ?? 0) + (shapeNumber === SHAPE.RVMS ? 1 : 0)
  EXTRA[n] =
    (row.mask ? EXTRA_MASK : 0) |
    (row.zeroing ? EXTRA_ZERO : 0) |
    (row.broadcast > 0 ? EXTRA_BROADCAST : 0) |
    (row.rounding ? EXTRA_ROUND : 0) |
    (row.sae ? EXTRA_SAE : 0) |
    (rm?.vsib ? EXTRA_VSIB : 0)
  return row
}
