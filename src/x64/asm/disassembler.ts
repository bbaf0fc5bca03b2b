/**
 * The disassembler: machine code to Intel-syntax text, from the same rows as the assembler. The text is iced-x86's Intel formatter with memory sizes always shown,
 * 0x-prefixed hexadecimal, and no pseudo-mnemonics: `add rax,qword ptr [rbp-0x10]`, `vpaddd xmm17{k3}{z},xmm2,dword ptr [rbp+0x40]{1to4}`.
 * Implicit operands of string instructions and <XMM0> are not printed; EVEX gathers and scatters carry their mask as all others do.
 *
 * Guarantees: decoding never throws and never reads past the end; a byte that starts no known instruction becomes `.byte 0x06`.
 */
import { allInsns, type Insn, rowOf } from './encodings.ts'
import { ENCODING, type Operand, ROLE, type Row } from './row.ts'

/** One decoded instruction. `insn` is -1 when the byte starts none. */
export interface Decoded {
  length: number
  text: string
  insn: Insn | -1
}

/** What the prefixes and the ModRM byte say; extended register numbers are complete. */
interface Fields {
  encoding: number
  map: number
  opcode: number
  /** Legacy: bit 0 = 66, bit 1 = F3, bit 2 = F2. VEX and EVEX: pp. */
  pp: number
  lock: boolean
  segment: string
  hasRex: boolean
  w: boolean
  r: number
  x: number
  b: number
  v: number
  l: number
  mask: number
  zero: boolean
  bcst: boolean
  /** Position of the byte after the opcode. */
  at: number
}

/** Constant bits of EVEX bytes 1 and 2. */
const EVEX_ZERO = 8
const EVEX_ONE = 4

const PP_BITS = [0, 1, 2, 4]
let index: Map<number, Insn[]> | undefined

function keyOf(encoding: number, map: number, opcode: number): number {
  return (encoding << 10) | (map << 8) | opcode
}

/** Rows by encoding, map and opcode byte. */
function rowsByOpcode(): Map<number, Insn[]> {
  if (index !== undefined) return index
  index = new Map()
  for (const i of allInsns()) {
    const row = rowOf(i)
    for (let n = 0; n < (row.plusR ? 8 : 1); n++) {
      const key = keyOf(row.encoding, row.map, row.opcode + n)
      const rows = index.get(key)
      if (rows === undefined) index.set(key, [i])
      else rows.push(i)
    }
  }
  return index
}

/** Reads the prefixes and the opcode at `start`; undefined when the bytes end. */
function decodeOpcode(bytes: Uint8Array, start: number): Fields | undefined {
  const f: Fields = {
    encoding: 0,
    map: 0,
    opcode: 0,
    pp: 0,
    lock: false,
    segment: '',
    hasRex: false,
    w: false,
    r: 0,
    x: 0,
    b: 0,
    v: 0,
    l: 0,
    mask: 0,
    zero: false,
    bcst: false,
    at: start,
  }
  for (; ; f.at++) {
    const byte = bytes[f.at]
    if (byte === 0x66) f.pp |= 1
    else if (byte === 0xf3) f.pp |= 2
    else if (byte === 0xf2) f.pp |= 4
    else if (byte === 0xf0) f.lock = true
    else if (byte === 0x64) f.segment = 'fs:'
    else if (byte === 0x65) f.segment = 'gs:'
    else break
  }
  const first = bytes[f.at] ?? 0
  const vex = first === 0xc5 || first === 0xc4 || first === 0x62
  if (vex && (f.pp !== 0 || f.lock)) return undefined
  if (first === 0xc5) {
    const b1 = bytes[f.at + 1] ?? 0
    f.encoding = ENCODING.VEX
    f.map = 1
    f.r = (~b1 >> 4) & 8
    vexTail(f, b1)
    f.at += 2
  } else if (first === 0xc4) {
    const b1 = bytes[f.at + 1] ?? 0
    const b2 = bytes[f.at + 2] ?? 0
    f.encoding = ENCODING.VEX
    f.map = b1 & 31
    rexBits(f, ~b1 >> 5)
    f.w = b2 > 0x7f
    vexTail(f, b2)
    f.at += 3
  } else if (first === 0x62) {
    const [b1 = 0, b2 = 0, b3 = 0] = bytes.subarray(f.at + 1, f.at + 4)
    if (b1 & EVEX_ZERO || !(b2 & EVEX_ONE)) return undefined
    f.encoding = ENCODING.EVEX
    f.map = b1 & 7
    rexBits(f, ~b1 >> 5)
    f.r |= ~b1 & 16
    f.w = b2 > 0x7f
    vexTail(f, b2)
    f.v |= (~b3 & 8) << 1
    f.l = (b3 >> 5) & 3
    f.mask = b3 & 7
    f.zero = b3 > 0x7f
    f.bcst = (b3 & 0x10) !== 0
    f.at += 4
  } else {
    if ((first & 0xf0) === 0x40) {
      f.hasRex = true
      f.w = (first & 8) !== 0
      rexBits(f, first)
      f.at++
    }
    if (bytes[f.at] === 0x0f) {
      f.at++
      f.map = bytes[f.at] === 0x38 ? 2 : bytes[f.at] === 0x3a ? 3 : 1
      if (f.map > 1) f.at++
    }
  }
  if (f.at >= bytes.length) return undefined
  f.opcode = bytes[f.at++]!
  return f
}

/** The R, X, B bits as a REX byte has them. */
function rexBits(f: Fields, bits: number): void {
  f.r = (bits & 4) << 1
  f.x = (bits & 2) << 2
  f.b = (bits & 1) << 3
}

/** vvvv, L and pp as VEX ends with them. */
function vexTail(f: Fields, byte: number): void {
  f.v = (~byte >> 3) & 15
  f.l = (byte >> 2) & 1
  f.pp = byte & 3
}

/** How well `row` fits: 0 not at all, more is better. */
function fit(row: Row, f: Fields, modrm: number): number {
  if (row.fixedModrm >= 0 && row.fixedModrm !== modrm) return 0
  if (row.digit >= 0) {
    if (row.digit < 8 && row.digit !== ((modrm >> 3) & 7)) return 0
    const rm = row.operands.find((operand) => operand.role === ROLE.RM)!
    if (modrm >= 0xc0 ? rm.file === 'none' : rm.mem < 0) return 0
  }
  if (row.encoding === ENCODING.LEGACY) {
    if (f.pp !== (PP_BITS[row.pp]! | Number(row.o16))) return 0
    if (row.w && !f.w) return 0
    if (row.digit < 0 && !row.plusR && f.b !== 0) return 0
    // REX.W beats a 66 that only sets the operand size.
    if (f.w && !row.w && f.pp & 1 && (row.map === 0 || row.operands[0]?.bits === 16)) return 0
    return 1 + Number(row.w === f.w) * 2 + Number(!row.plusR)
  }
  if (f.pp !== row.pp) return 0
  if (!row.wig && row.w !== f.w) return 0
  const rounds = f.bcst && modrm >= 0xc0
  if (!rounds && (row.lig ? f.l === 3 : row.l !== f.l)) return 0
  for (const { file, role } of row.operands)
    if (file === 'k' && ((role === ROLE.VVVV && f.v > 7) || (role === ROLE.REG && f.r > 0))) return 0
  if (f.v !== 0 && !row.operands.some((operand) => operand.role === ROLE.VVVV || (operand.vsib && f.v === 16))) return 0
  return row.encoding === ENCODING.VEX || decorationFits(row, f, modrm) ? 1 : 0
}

/** Whether `row` may have the mask, zeroing, broadcast and rounding bits of `f`. */
function decorationFits(row: Row, f: Fields, modrm: number): boolean {
  const memory = modrm < 0xc0
  if (f.mask !== 0 ? !row.mask : f.zero) return false
  if (f.zero && (!row.zeroing || (memory && row.operands[0]!.role === ROLE.RM))) return false
  if (!f.bcst) return true
  return memory ? row.broadcast > 0 : row.rounding || row.sae
}

const GPR64 = ['rax', 'rcx', 'rdx', 'rbx', 'rsp', 'rbp', 'rsi', 'rdi', 'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15']
const GPR32 = ['eax', 'ecx', 'edx', 'ebx', 'esp', 'ebp', 'esi', 'edi', 'r8d', 'r9d', 'r10d', 'r11d', 'r12d', 'r13d', 'r14d', 'r15d']
const GPR16 = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di', 'r8w', 'r9w', 'r10w', 'r11w', 'r12w', 'r13w', 'r14w', 'r15w']
const GPR8 = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil', 'r8b', 'r9b', 'r10b', 'r11b', 'r12b', 'r13b', 'r14b', 'r15b']
const HIGH8 = ['ah', 'ch', 'dh', 'bh']

function registerName(operand: Operand, n: number, hasRex: boolean): string {
  if (operand.file !== 'gpr') return `${operand.file}${operand.file === 'k' ? n & 7 : n}`
  if (operand.bits === 8) return !hasRex && n >= 4 && n < 8 ? HIGH8[n - 4]! : GPR8[n & 15]!
  return (operand.bits === 64 ? GPR64 : operand.bits === 32 ? GPR32 : GPR16)[n & 15]!
}

const SIZE_NAMES: Readonly<Record<number, string>> = {
  8: 'byte ptr ',
  16: 'word ptr ',
  32: 'dword ptr ',
  64: 'qword ptr ',
  80: 'tbyte ptr ',
  128: 'xmmword ptr ',
  256: 'ymmword ptr ',
}

/** 0..9 in decimal, the rest in hexadecimal. */
function hex(n: number): string {
  return n <= 9 ? String(n) : `0x${n.toString(16)}`
}

const WORD_32 = 0x1_0000_0000
/** An int32 sign-extended to 64 bits, as an unsigned number. */
function hexExtended(n: number): string {
  if (n >= 0) return hex(n)
  return `0xffffffff${(n + WORD_32).toString(16).padStart(8, '0')}`
}

function int32(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
}

/** One instruction on its way to text: `at` is the reading position. */
interface Cursor {
  bytes: Uint8Array
  at: number
  /** Address of bytes[0]. */
  origin: number
}

interface MemoryText {
  /** Between the brackets; for RIP-relative operands filled when the instruction's end is known. */
  inside: string
  relative: number | undefined
}

/** Reads ModRM's memory operand behind the ModRM byte. */
function decodeMemory(c: Cursor, f: Fields, modrm: number, row: Row, vsib: boolean): MemoryText {
  const mod = modrm >> 6
  let base = modrm & 7
  let text = ''
  const hasSib = base === 4
  let indexText = ''
  if (hasSib) {
    const sib = c.bytes[c.at++] ?? 0
    base = sib & 7
    const scale = 1 << (sib >> 6)
    const n = ((sib >> 3) & 7) | f.x | (vsib ? f.v & 16 : 0)
    if (vsib || n !== 4) indexText = (vsib ? `xmm${n}` : GPR64[n]!) + (scale > 1 || (mod === 0 && base === 5) ? `*${scale}` : '')
  }
  if (mod === 0 && base === 5) {
    const disp = int32(c.bytes, c.at)
    c.at += 4
    if (!hasSib) return { inside: '', relative: disp }
    if (indexText === '') return { inside: hexExtended(disp), relative: undefined }
    return { inside: indexText + signed(disp), relative: undefined }
  }
  text = GPR64[base | f.b]!
  if (indexText !== '') text += `+${indexText}`
  if (mod === 1) {
    const scale = f.encoding === ENCODING.EVEX ? (f.bcst ? row.broadcast / 8 : row.disp8) : 1
    text += signed((((c.bytes[c.at] ?? 0) << 24) >> 24) * scale)
    c.at++
  } else if (mod === 2) {
    text += signed(int32(c.bytes, c.at))
    c.at += 4
  }
  return { inside: text, relative: undefined }
}

function signed(disp: number): string {
  if (disp === 0) return ''
  return disp < 0 ? `-${hex(-disp)}` : `+${hex(disp)}`
}

/** An immediate as its operand's width shows it. */
function immediateText(c: Cursor, bytes: number, row: Row): string {
  const at = c.at
  c.at += bytes
  if (bytes === 8) {
    const lo = int32(c.bytes, at) >>> 0
    const hi = int32(c.bytes, at + 4) >>> 0
    return hi === 0 ? hex(lo) : `0x${hi.toString(16)}${lo.toString(16).padStart(8, '0')}`
  }
  const value = int32(c.bytes, at)
  if (bytes === 2) return hex(value & 0xffff)
  if (bytes === 4) return row.w || row.mnemonic === 'PUSH' ? hexExtended(value) : hex(value >>> 0)
  if (!row.signExtends) return hex(value & 0xff)
  const extended = (value << 24) >> 24
  const width = row.operands[0]!.bits
  return width === 16 ? hex(extended & 0xffff) : width === 32 ? hex(extended >>> 0) : hexExtended(extended)
}

const ROUNDING_NAMES = ['{rne-sae}', '{rd-sae}', '{ru-sae}', '{rz-sae}']
const HIDDEN = new Set(['<XMM0>'])

/** The operands' texts; moves `c` to the instruction's end. */
function operandTexts(row: Row, f: Fields, c: Cursor): string[] {
  const modrm = row.digit >= 0 ? (c.bytes[c.at++] ?? 0) : 0
  if (row.fixedModrm >= 0) c.at++
  const memory = row.digit >= 0 && modrm < 0xc0
  const vsib = row.operands.some((operand) => operand.vsib)
  const inside = memory ? decodeMemory(c, f, modrm, row, vsib) : undefined
  const texts: string[] = []
  let rmAt = -1
  for (const operand of row.operands) {
    switch (operand.role) {
      case ROLE.FIXED:
        if (!HIDDEN.has(operand.text)) texts.push(operand.text.toLowerCase())
        break
      case ROLE.REG:
        texts.push(registerName(operand, ((modrm >> 3) & 7) | f.r, f.hasRex))
        break
      case ROLE.VVVV:
        texts.push(registerName(operand, f.v, true))
        break
      case ROLE.OPCODE:
        texts.push(registerName(operand, (f.opcode & 7) | f.b, f.hasRex))
        break
      case ROLE.IS4:
        texts.push(`xmm${(c.bytes[c.at++] ?? 0) >> 4}`)
        break
      case ROLE.RM:
        rmAt = texts.length
        if (memory) texts.push('')
        else {
          const wide = operand.file === 'gpr' ? 0 : f.x << 1
          texts.push(registerName(operand, (modrm & 7) | f.b | (f.encoding === ENCODING.EVEX ? wide : 0), f.hasRex))
        }
        break
      case ROLE.IMM:
        texts.push(immediateText(c, row.imms[0]!, row))
        break
      default: {
        const size = row.imms[0]!
        const distance = size === 1 ? ((c.bytes[c.at] ?? 0) << 24) >> 24 : int32(c.bytes, c.at)
        c.at += size
        texts.push(hex(c.origin + c.at + distance))
      }
    }
  }
  if (inside !== undefined) texts[rmAt] = memoryText(row, f, inside, c, rmAt)
  if (f.encoding === ENCODING.EVEX) decorate(texts, row, f, memory)
  return texts
}

function memoryText(row: Row, f: Fields, memory: MemoryText, c: Cursor, at: number): string {
  const inside = memory.relative === undefined ? memory.inside : hex(c.origin + c.at + memory.relative)
  const operand = row.operands[at]!
  const broadcast = f.bcst && row.broadcast > 0
  const bits = operand.vsib ? (row.w ? 64 : 32) : broadcast ? row.broadcast : operand.mem
  const lanes = broadcast ? `{1to${operand.mem / row.broadcast}}` : ''
  return `${SIZE_NAMES[bits] ?? ''}${f.segment}[${inside}]${lanes}`
}

/** Mask and rounding behind the first operand. */
function decorate(texts: string[], row: Row, f: Fields, memory: boolean): void {
  if (f.mask !== 0) texts[0] += `{k${f.mask}}`
  if (f.zero) texts[0] += '{z}'
  if (f.bcst && !memory) texts[0] += row.rounding ? ROUNDING_NAMES[f.l]! : '{sae}'
}

/** Decodes the instruction at `bytes[start]`; `origin` is the address of bytes[0]. */
export function decode(bytes: Uint8Array, start: number, origin: number): Decoded {
  const f = decodeOpcode(bytes, start)
  const candidates = f === undefined ? undefined : rowsByOpcode().get(keyOf(f.encoding, f.map, f.opcode))
  let best: Insn | -1 = -1
  let bestFit = 0
  if (f !== undefined && candidates !== undefined) {
    for (const candidate of candidates) {
      const score = fit(rowOf(candidate), f, bytes[f.at] ?? 0)
      if (score > bestFit) {
        best = candidate
        bestFit = score
      }
    }
  }
  if (best === -1 || f === undefined) return { length: 1, text: `.byte ${hexByte(bytes[start]!)}`, insn: -1 }
  const row = rowOf(best)
  const cursor: Cursor = { bytes, at: f.at, origin }
  const operands = operandTexts(row, f, cursor).join(',')
  if (cursor.at > bytes.length) return { length: 1, text: `.byte ${hexByte(bytes[start]!)}`, insn: -1 }
  const mnemonic = (f.lock ? 'lock ' : '') + row.mnemonic.toLowerCase()
  return { length: cursor.at - start, text: operands === '' ? mnemonic : `${mnemonic} ${operands}`, insn: best }
}

function hexByte(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`
}

/** The texts of all instructions in `bytes`; `address` is where byte 0 runs. */
export function disassemble(bytes: Uint8Array, address: number): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const { length, text } = decode(bytes, at, address)
    lines.push(text)
    at += length
  }
  return lines
}

const BYTES_COLUMN = 31

/** Lines of address, bytes and text, as objdump prints them. */
export function listing(bytes: Uint8Array, address: number): string[] {
  const lines: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const { length, text } = decode(bytes, at, address)
    const column = Array.from(bytes.subarray(at, at + length), (byte) => byte.toString(16).padStart(2, '0')).join(' ')
    lines.push(`${(address + at).toString(16)}:  ${column.padEnd(BYTES_COLUMN)} ${text}`)
    at += length
  }
  return lines
}
