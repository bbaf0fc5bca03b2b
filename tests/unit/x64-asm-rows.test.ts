/**
 * Every encoding row against iced-x86: assembled with several registers, memory operands and immediates, decoded by iced and by our
 * disassembler. Iced's text must be what the row says with those operands, and ours must be iced's.
 */
import { describe, expect, it } from 'vitest'
import { decode } from '../../src/x64/asm/disassembler.ts'
import { allInsns, type Insn, nameOf, rowOf } from '../../src/x64/asm/encodings.ts'
import { Assembler, NONE, R8, R12, R13, R15, RAX, RBP, RBX, RCX, RDX, RSP } from '../../src/x64/asm/index.ts'
import { ENCODING, type Operand, ROLE, type Row } from '../../src/x64/asm/row.ts'
import { IcedReader } from '../lib/iced.ts'
import { emit, type MemoryArgument } from './x64-asm-emit.ts'

const ORIGIN = 0x6000_0000_1000
/** Register numbers by position; taken modulo what the file has. */
const REGISTERS = [
  [0, 1, 2, 3],
  [4, 5, 6, 7],
  [9, 14, 12, 8],
  [7, 8, 15, 10],
  [13, 3, 11, 15],
]
const HIGH_REGISTERS = [
  [16, 1, 2],
  [3, 31, 9],
  [12, 5, 24],
  [27, 19, 23],
]
const MEMORY: MemoryArgument[] = [
  [RBX, 0, NONE, 0],
  [RBP, 0, NONE, 0],
  [RSP, 8, NONE, 0],
  [R12, -128, NONE, 0],
  [R13, 0x12345678, NONE, 0],
  [RAX, 64, RCX, 0],
  [R8, -0x1000, R15, 3],
  [R13, 0, R12, 1],
  [NONE, 0x1234, NONE, 0],
  [NONE, -16, RDX, 2],
  [NONE, 0, R15, 3],
  [NONE, 0x7fffffff, RAX, 0],
  [NONE, -0x80000000, NONE, 0],
  [RDX, 127 * 16, RSP + 1, 0],
  [RDX, -129, NONE, 0],
]
const VSIB_INDICES = [1, 4, 13, 9]
const IMMEDIATES: Readonly<Record<number, readonly number[]>> = {
  8: [0, 9, 0x7f, 0x80, 0xff],
  16: [10, 0x7fff, 0x8000, 0xffff],
  32: [1, 0x1234, -0x80000000, 0x7fffffff, 0xfffffff0],
  64: [5, 0x123456789abc, -0x1234_5678_9abc, 0x8000_0000],
}

const GPR_STEMS = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di']
function gprName(n: number, bits: number): string {
  if (n >= 8) return `r${n}${bits === 64 ? '' : bits === 32 ? 'd' : bits === 16 ? 'w' : 'b'}`
  const stem = GPR_STEMS[n]!
  if (bits === 8) return n < 4 ? `${stem[0]}l` : `${stem}l`
  return (bits === 64 ? 'r' : bits === 32 ? 'e' : '') + stem
}

function hex(n: bigint): string {
  return n <= 9n ? String(n) : `0x${n.toString(16)}`
}

/** What the immediate is after the processor's extension, as many bits as the instruction uses. */
function expectedImmediate(row: Row, operand: Operand, value: number): string {
  let bits = operand.bits
  if (row.signExtends) bits = row.mnemonic === 'PUSH' ? 64 : row.operands[0]!.bits
  else if (bits === 32 && (row.w || row.mnemonic === 'PUSH')) bits = 64
  return hex(BigInt.asUintN(bits, BigInt(value)))
}

const SIZES: Readonly<Record<number, string>> = {
  0: '',
  8: 'byte ptr ',
  16: 'word ptr ',
  32: 'dword ptr ',
  64: 'qword ptr ',
  128: 'xmmword ptr ',
  256: 'ymmword ptr ',
}

function expectedMemory(row: Row, operand: Operand, memory: MemoryArgument, broadcast: boolean): string {
  const [base, disp, index, scale] = memory
  const bits = operand.vsib ? (row.w ? 64 : 32) : broadcast ? row.broadcast : operand.mem
  const parts: string[] = []
  if (base >= 0) parts.push(gprName(base, 64))
  if (index >= 0) parts.push((operand.vsib ? `xmm${index}` : gprName(index, 64)) + (scale > 0 || base < 0 ? `*${1 << scale}` : ''))
  let inside = parts.join('+')
  if (inside === '') inside = hex(BigInt.asUintN(64, BigInt(disp)))
  else if (disp !== 0) inside += disp < 0 ? `-${hex(BigInt(-disp))}` : `+${hex(BigInt(disp))}`
  return `${SIZES[bits]}[${inside}]${broadcast ? `{1to${operand.mem / row.broadcast}}` : ''}`
}

interface Case {
  registers: readonly number[]
  memory: MemoryArgument | undefined
  immediate: number
  mask: number
  zero: boolean
  broadcast: boolean
  /** -1 for none. */
  rounding: number
}

const ROUNDING = ['{rne-sae}', '{rd-sae}', '{ru-sae}', '{rz-sae}']

/** The number the operand gets: positions count register operands in the row's order. */
function registerOf(operand: Operand, position: number, registers: readonly number[], encoding: number): number {
  const n = registers[position % registers.length]!
  return operand.file === 'k' ? n & 7 : operand.file === 'gpr' || encoding !== ENCODING.EVEX ? n & 15 : n
}

function expectedText(row: Row, c: Case): string {
  const texts: string[] = []
  let position = 0
  for (const operand of row.operands) {
    if (operand.role === ROLE.FIXED) {
      if (operand.text !== '<XMM0>') texts.push(operand.text.toLowerCase())
    } else if (operand.role === ROLE.IMM) texts.push(expectedImmediate(row, operand, c.immediate))
    else if (operand.role === ROLE.RM && c.memory !== undefined) texts.push(expectedMemory(row, operand, c.memory, c.broadcast))
    else {
      const n = registerOf(operand, position++, c.registers, row.encoding)
      texts.push(operand.file === 'gpr' ? gprName(n, operand.bits) : `${operand.file}${n}`)
    }
  }
  if (c.mask > 0) texts[0] += `{k${c.mask}}${c.zero ? '{z}' : ''}`
  if (c.rounding >= 0) texts[0] += row.rounding ? ROUNDING[c.rounding] : '{sae}'
  const mnemonic = row.mnemonic.toLowerCase()
  return texts.length === 0 ? mnemonic : `${mnemonic} ${texts.join(',')}`
}

const PLAIN: Case = { registers: REGISTERS[0]!, memory: undefined, immediate: 5, mask: 0, zero: false, broadcast: false, rounding: -1 }

/** The operand combinations that `row` is tried with. */
function casesOf(row: Row): Case[] {
  const rm = row.operands.find((operand) => operand.role === ROLE.RM)
  const vsib = rm?.vsib === true
  const immediate = row.operands.find((operand) => operand.role === ROLE.IMM)
  const sets = row.encoding === ENCODING.EVEX ? [...REGISTERS, ...HIGH_REGISTERS] : REGISTERS
  const plain = vsib && row.encoding === ENCODING.EVEX ? { ...PLAIN, mask: 1 } : PLAIN
  const cases: Case[] = []
  // 90 is NOP, whatever register the manual's formula gives.
  if (row.name === 'XCHG r32, EAX') return REGISTERS.slice(1).map((registers) => ({ ...PLAIN, registers }))
  if (rm === undefined || rm.file !== 'none') for (const registers of sets) cases.push({ ...plain, registers })
  if (rm !== undefined && rm.mem >= 0) {
    const places = vsib ? MEMORY.map(([base, disp, , scale], n): MemoryArgument => [base, disp, VSIB_INDICES[n % 4]!, scale]) : MEMORY
    for (const [n, memory] of places.entries()) cases.push({ ...plain, memory, registers: sets[n % sets.length]! })
    for (const disp of [row.disp8, row.disp8 * 127, row.disp8 * -128, row.disp8 * 128]) {
      if (!vsib) cases.push({ ...plain, memory: [RBX, disp, NONE, 0] })
    }
    if (row.broadcast > 0) {
      for (const disp of [0, row.broadcast / 8, row.broadcast * 16, 3])
        cases.push({ ...plain, memory: [R12, disp, RCX, 1], broadcast: true })
    }
  }
  const usual = cases[0]!
  if (immediate !== undefined) {
    for (const value of IMMEDIATES[immediate.bits]!) {
      if (row.signExtends && value > 0x7f) cases.push({ ...usual, immediate: value - 0x100 })
      else if (immediate.bits === 32 && (row.w || row.mnemonic === 'PUSH') && value > 0x7fffffff)
        cases.push({ ...usual, immediate: value | 0 })
      else cases.push({ ...usual, immediate: value })
    }
  }
  if (row.mask && !vsib) for (const mask of [1, 7]) cases.push({ ...usual, mask })
  if (row.zeroing && usual.memory === undefined) cases.push({ ...usual, mask: 5, zero: true, registers: [17, 3, 29] })
  if (row.rounding) for (const rounding of [0, 1, 2, 3]) cases.push({ ...plain, rounding })
  if (row.sae) cases.push({ ...plain, rounding: 0 })
  // VGATHER requires destination, index and mask to be three registers; SPL.. etc. are all right everywhere.
  return vsib ? cases.map((c) => ({ ...c, registers: [20 - 5 * (2 - row.encoding), 2] })) : cases
}

const reader = new IcedReader()
const assembler = new Assembler()

/** Undefined when all agree, else a sentence. */
function check(i: Insn, row: Row, c: Case): string | undefined {
  assembler.reset(ORIGIN)
  if (c.mask > 0) assembler.mask(c.mask, c.zero)
  if (c.broadcast) assembler.broadcast()
  if (c.rounding >= 0) assembler.rounding(c.rounding)
  let position = 0
  const args: number[] = []
  for (const operand of row.operands) {
    if (operand.role === ROLE.FIXED) continue
    if (operand.role === ROLE.IMM) args.push(c.immediate)
    else if (operand.role === ROLE.RM && c.memory !== undefined) args.push(c.memory[0], c.memory[1])
    else args.push(registerOf(operand, position++, c.registers, row.encoding))
  }
  emit(assembler, i, args, c.memory)
  const code = assembler.bytes.subarray(0, assembler.finish())
  const expected = expectedText(row, c)
  const theirs = reader.read(code, ORIGIN)
  const ours = decode(code, 0, ORIGIN)
  const bytes = Buffer.from(code).toString('hex')
  if (theirs.length !== code.length)
    return `${bytes} has ${code.length} bytes, iced reads ${theirs.length}: ${theirs.text}, wanted ${expected}`
  let theirText = theirs.text
  if (row.operands.length === 0) theirText = theirText.replace(/ \w+ ptr .*/, '') // string instructions: iced prints the implicit operands
  if (c.mask > 0) theirText = theirText.replace(/,k(\d),/, '{k$1},') // gathers and scatters: iced prints the mask as an operand
  if (theirText !== expected) return `${bytes} is to iced ${theirs.text}, wanted ${expected}`
  if (ours.text !== expected || ours.length !== code.length)
    return `${bytes} is to us ${ours.text} of ${ours.length} bytes, to iced ${theirs.text}`
  if (ours.insn !== i) return `${bytes} is decoded as the row '${nameOf(ours.insn)}'`
  return undefined
}

/** A row with a relative operand, leading 100 bytes back and 20 forwards. */
function checkRelative(i: Insn, row: Row): string | undefined {
  assembler.reset(ORIGIN)
  const back = assembler.here()
  assembler.nop(100)
  assembler.rel(i, back)
  const forward = assembler.label()
  const second = assembler.pos
  assembler.rel(i, forward)
  assembler.nop(20)
  assembler.bind(forward)
  const code = assembler.bytes.subarray(0, assembler.finish())
  for (const [at, target] of [
    [100, ORIGIN],
    [second, ORIGIN + code.length],
  ] as const) {
    const theirs = reader.read(code.subarray(at), ORIGIN + at)
    const ours = decode(code, at, ORIGIN)
    const expected = `${row.mnemonic.toLowerCase()} 0x${target.toString(16)}`
    if (theirs.text !== expected || ours.text !== expected || ours.insn !== i || ours.length !== theirs.length) {
      return `is to us ${ours.text}, to iced ${theirs.text}, wanted ${expected}`
    }
  }
  return undefined
}

describe('encoding rows agree with iced-x86', () => {
  const families = new Map<string, Insn[]>()
  for (const i of allInsns()) {
    const row = rowOf(i)
    const family = `${['legacy', 'VEX', 'EVEX'][row.encoding]} map ${row.map}`
    families.set(family, [...(families.get(family) ?? []), i])
  }
  for (const [family, insns] of families) {
    it(`${family}: ${insns.length} rows`, () => {
      const wrong: string[] = []
      for (const i of insns) {
        const row = rowOf(i)
        if (row.operands.some((operand) => operand.role === ROLE.REL)) {
          const sentence = checkRelative(i, row)
          if (sentence !== undefined) wrong.push(`${row.name}: ${sentence}`)
          continue
        }
        for (const c of casesOf(row)) {
          const sentence = check(i, row, c)
          if (sentence !== undefined) {
            wrong.push(`${row.name}: ${sentence}`)
            break
          }
        }
      }
      expect(wrong).toEqual([])
    })
  }
})
