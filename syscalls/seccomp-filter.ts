/**
 * Seccomp filters: classic BPF programs over struct seccomp_data, as Documentation/userspace-api/seccomp_filter.rst and kernel/seccomp.c have them.
 *
 *   struct sock_filter    code u16, jt u8, jf u8, k u32
 *   struct seccomp_data   nr 0, arch 4, instruction_pointer 8, args[6] 16
 *
 * What a filter returns for a call that it judges by its number alone is kept, so that such calls are judged once.
 */
import { errno } from './abi/errno.ts'

export const MAX_INSTRUCTIONS = 4096
/** Of all filters of a thread, each with this much on top. */
const MAX_PATH = 32768
const PATH_PENALTY = 4
export const INSTRUCTION_SIZE = 8
export const SECCOMP_DATA_SIZE = 64
const ARCH = 4

export const SECCOMP_RET = {
  KILL_PROCESS: 0x8000_0000,
  KILL_THREAD: 0,
  TRAP: 0x0003_0000,
  ERRNO: 0x0005_0000,
  USER_NOTIF: 0x7fc0_0000,
  TRACE: 0x7ff0_0000,
  LOG: 0x7ffc_0000,
  ALLOW: 0x7fff_0000,
} as const
const ACTION_MASK = 0xffff_0000

// linux/bpf_common.h
const LD = 0x00
const LDX = 0x01
const ST = 0x02
const STX = 0x03
const ALU = 0x04
const JMP = 0x05
const RET = 0x06
const CLASS = 0x07
const W_ABS = 0x20
const W_LEN = 0x80
const IMM = 0x00
const MEM = 0x60
const SOURCE_X = 0x08
const RET_K = RET
const RET_A = RET | 0x10
const TAX = 0x07
const TXA = 0x87
const ALU_OPS = { ADD: 0x00, SUB: 0x10, MUL: 0x20, DIV: 0x30, OR: 0x40, AND: 0x50, LSH: 0x60, RSH: 0x70, NEG: 0x80, XOR: 0xa0 } as const
const JUMPS = { JA: 0x00, JEQ: 0x10, JGT: 0x20, JGE: 0x30, JSET: 0x40 } as const
const OPERATION = 0xf0
const MEMORY_WORDS = 16
const WORD_BITS = 32

export interface Filter {
  readonly code: Uint16Array
  readonly jt: Uint8Array
  readonly jf: Uint8Array
  readonly k: Uint32Array
  /** Set before it; they are asked too. */
  readonly previous: Filter | null
  /** Instructions of all, with the penalty for each filter. */
  readonly total: number
  /** What it returned for calls that it judges by number and architecture. */
  readonly constant: Map<number, number>
}

const codes = new Set<number>([
  LD | W_ABS,
  LD | W_LEN,
  LDX | W_LEN,
  LD | IMM,
  LDX | IMM,
  LD | MEM,
  LDX | MEM,
  ST,
  STX,
  RET_K,
  RET_A,
  TAX,
  TXA,
  JMP | JUMPS.JA,
  ALU | ALU_OPS.NEG,
])
for (const op of Object.values(ALU_OPS)) if (op !== ALU_OPS.NEG) codes.add(ALU | op).add(ALU | op | SOURCE_X)
for (const op of Object.values(JUMPS)) if (op !== JUMPS.JA) codes.add(JMP | op).add(JMP | op | SOURCE_X)

/** A program as the guest gives it, or -errno when the kernel would not take it. */
export function createFilter(bytes: Uint8Array, previous: Filter | null): Filter | number {
  const count = bytes.length / INSTRUCTION_SIZE
  if (count < 1 || count > MAX_INSTRUCTIONS) return -errno.EINVAL
  const total = count + (previous === null ? 0 : previous.total + PATH_PENALTY)
  const filter: Filter = {
    code: new Uint16Array(count),
    jt: new Uint8Array(count),
    jf: new Uint8Array(count),
    k: new Uint32Array(count),
    previous,
    total,
    constant: new Map(),
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let n = 0; n < count; n++) {
    const at = n * INSTRUCTION_SIZE
    filter.code[n] = view.getUint16(at, true)
    filter.jt[n] = view.getUint8(at + 2)
    filter.jf[n] = view.getUint8(at + 3)
    filter.k[n] = view.getUint32(at + 4, true)
  }
  if (!isValid(filter)) return -errno.EINVAL
  return total > MAX_PATH ? -errno.ENOMEM : filter
}

function isValid(filter: Filter): boolean {
  const { code, k } = filter
  const count = code.length
  for (let n = 0; n < count; n++) if (!codes.has(code[n]!) || !isInstructionValid(filter, n)) return false
  const last = code[count - 1]!
  if (last !== RET_K && last !== RET_A) return false
  // Every word of memory that is read has been written, whichever way led there.
  const written = new Uint16Array(count).fill(0xffff)
  let have = 0
  for (let n = 0; n < count; n++) {
    have &= written[n]!
    const op = code[n]!
    const flow = (target: number): void => {
      written[target]! &= have
    }
    if (op === ST || op === STX) have |= 1 << k[n]!
    else if ((op === (LD | MEM) || op === (LDX | MEM)) && ((have >> k[n]!) & 1) === 0) return false
    else if ((op & CLASS) === JMP) {
      if (op === (JMP | JUMPS.JA)) flow(n + 1 + k[n]!)
      else {
        flow(n + 1 + filter.jt[n]!)
        flow(n + 1 + filter.jf[n]!)
      }
      have = 0xffff
    } else if ((op & CLASS) === RET && op !== TAX && op !== TXA) have = 0xffff
  }
  return true
}

function isInstructionValid({ code, jt, jf, k }: Filter, n: number): boolean {
  const op = code[n]!
  const value = k[n]!
  const rest = code.length - n - 1
  switch (op) {
    case LD | W_ABS:
      return value < SECCOMP_DATA_SIZE && value % 4 === 0
    case LD | MEM:
    case LDX | MEM:
    case ST:
    case STX:
      return value < MEMORY_WORDS
    case ALU | ALU_OPS.DIV:
      return value !== 0
    case ALU | ALU_OPS.LSH:
    case ALU | ALU_OPS.RSH:
      return value < WORD_BITS
    case JMP | JUMPS.JA:
      return value < rest
    default:
      return (op & CLASS) !== JMP || (jt[n]! < rest && jf[n]! < rest)
  }
}

/** `data`: the words of struct seccomp_data. The value of the filter that decides, with its data. */
export function judge(filter: Filter, data: Uint32Array): number {
  let least: number = SECCOMP_RET.ALLOW
  for (let one: Filter | null = filter; one !== null; one = one.previous) {
    const value = answerOf(one, data)
    // Signed: KILL_PROCESS is the least.
    if (((value & ACTION_MASK) | 0) < ((least & ACTION_MASK) | 0)) least = value
  }
  return least
}

export function actionOf(value: number): number {
  return (value & ACTION_MASK) >>> 0
}

function answerOf(filter: Filter, data: Uint32Array): number {
  const number = data[0]!
  const known = filter.constant.get(number)
  if (known !== undefined) return known
  const { value, isConstant } = run(filter, data)
  if (isConstant) filter.constant.set(number, value)
  return value
}

function run({ code, jt, jf, k }: Filter, data: Uint32Array): { value: number; isConstant: boolean } {
  const memory = new Uint32Array(MEMORY_WORDS)
  let isConstant = true
  let a = 0
  let x = 0
  for (let n = 0; ; n++) {
    const op = code[n]!
    const value = k[n]!
    const operand = (op & SOURCE_X) !== 0 ? x : value
    switch (op & CLASS) {
      case LD:
        if (op === (LD | W_ABS)) {
          a = data[value >> 2]!
          if (value > ARCH) isConstant = false
        } else a = op === (LD | W_LEN) ? SECCOMP_DATA_SIZE : op === (LD | MEM) ? memory[value]! : value
        break
      case LDX:
        x = op === (LDX | W_LEN) ? SECCOMP_DATA_SIZE : op === (LDX | MEM) ? memory[value]! : value
        break
      case ST:
        memory[value] = a
        break
      case STX:
        memory[value] = x
        break
      case ALU:
        if ((op & OPERATION) === ALU_OPS.DIV && operand === 0) return { value: 0, isConstant }
        a = compute(op & OPERATION, a, operand)
        break
      case JMP:
        if (op === (JMP | JUMPS.JA)) n += value
        else n += isTrue(op & OPERATION, a, operand) ? jt[n]! : jf[n]!
        break
      case RET:
        return { value: op === RET_A ? a : value, isConstant }
      default:
        if (op === TAX) x = a
        else a = x
    }
  }
}

function compute(operation: number, a: number, b: number): number {
  switch (operation) {
    case ALU_OPS.ADD:
      return (a + b) >>> 0
    case ALU_OPS.SUB:
      return (a - b) >>> 0
    case ALU_OPS.MUL:
      return Math.imul(a, b) >>> 0
    case ALU_OPS.DIV:
      return Math.floor(a / b)
    case ALU_OPS.OR:
      return (a | b) >>> 0
    case ALU_OPS.AND:
      return (a & b) >>> 0
    case ALU_OPS.LSH:
      return (a << (b & (WORD_BITS - 1))) >>> 0
    case ALU_OPS.RSH:
      return a >>> (b & (WORD_BITS - 1))
    case ALU_OPS.XOR:
      return (a ^ b) >>> 0
    default:
      return -a >>> 0
  }
}

function isTrue(operation: number, a: number, b: number): boolean {
  switch (operation) {
    case JUMPS.JEQ:
      return a === b
    case JUMPS.JGT:
      return a > b
    case JUMPS.JGE:
      return a >= b
    default:
      return (a & b) !== 0
  }
}
