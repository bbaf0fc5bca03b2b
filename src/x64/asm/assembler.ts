/**
 * The x86-64 assembler. An author names encodings once, at module load, and emits them with operands in the row's (Intel) order:
 *
 *   const ADD = insn('ADD r64, r/m64')
 *   const asm = new Assembler()
 *   asm.reset(hostAddress)                    // the address that byte 0 will have
 *   asm.rm(ADD, RAX, RBP, -16)                // add rax,qword ptr [rbp-0x10]
 *   asm.finish()                              // resolves labels; asm.bytes[0 .. asm.pos) is the code
 *
 * Rows are in integer.ts, sse.ts, avx.ts, avx512.ts and crypto.ts; row.ts explains their notation. A row becomes numbers in columns.ts when
 * it is first emitted, and the disassembler and the tests read the same rows.
 *
 * A method's letters are the operands' kinds: r register, m memory, i immediate. Registers are numbers (registers.ts). Memory is (base, disp)
 * where it stands in the row, and an optional (index, log2 scale) at the end of the arguments: `rrmi(i, a, b, base, disp, imm, index, scale)`.
 * The base may be NONE (absolute disp32), RIP (disp is a label) or HOST (disp is a host address, encoded RIP-relative). Operands that the row
 * fixes (CL, EAX, 1, <XMM0>) are not passed: `r(insn('SHL r/m64, CL'), RAX)`. The row decides the size of an immediate; `aluRI`, `aluMI`,
 * `shiftRI` and `imm64` choose the row. A method throws when the row's operands are of another shape, or an immediate does not fit.
 *
 * Guarantees: an instruction allocates nothing (the buffer grows by doubling); a vector register above 15, `mask`, `broadcast` or `rounding`
 * selects the EVEX twin of a VEX row (VPADDD: '{evex} VPADDD', VPXOR: VPXORQ), or throws when there is none; disp8 is chosen whenever it
 * fits, compressed for EVEX. `lock`, `seg`, `mask`, `broadcast` and `rounding` are called just before the instruction that they change.
 *
 * Labels are numbers, valid until `reset`: jumps to a bound label take rel8 when it reaches; forward jumps take rel32 unless the author says
 * `shortJmp`. `finish` patches them and throws on one that was never bound. `jmpTo`, `jccTo` and `callTo` (host addresses within 2 GiB)
 * always take rel32, so that they can be patched later.
 */
import type { CC } from './cc.ts'
import { ALU_LONG, ALU_SHORT, SHIFT_IMM, SHIFT_ONE, widthIndex } from './choices.ts'
import * as columns from './columns.ts'
import * as encoder from './encoder.ts'
import { type Insn, insn, nameOf, parseInsn } from './encodings.ts'
import { type Label, LabelTable, REL8, REL32, UNBOUND } from './labels.ts'
import * as pendings from './pending.ts'
import * as registers from './registers.ts'

/* V8 folds a module's own constants into the code, but fetches imported ones from their cells: with copies the mean instruction takes 15 ns instead of 22. */
const {
  BROADCAST_SHIFT,
  BYTE_REG,
  BYTE_RM,
  DIGIT_SHIFT,
  DISP8_SHIFT,
  ENCODING_SHIFT,
  EXTRA,
  EXTRA_VSIB,
  FIXED_MODRM,
  FLAGS,
  IMM,
  IMM_BYTES,
  IMM_SHIFT,
  L_SHIFT,
  MEM_OK,
  REG_OK,
  SHAPE,
  SHAPE_NAMES,
  SHAPES,
  TWINS,
} = columns
const { evexPrefix, isInt8, legacyPrefix, modrmBase, NOPS, put32, vexPrefix } = encoder
const { HOST, NONE, RIP, RSP } = registers
const { allowsPending, PENDING_B, PENDING_EVEX, PENDING_MODE, PENDING_ROUNDING, PENDING_Z } = pendings
const MAX_INSN = 16
const EVEX = 2
const TWO_32 = 0x1_0000_0000
const MOV_R32_IMM = insn('MOV r32, imm32')
const MOV_RM64_IMM = insn('MOV r/m64, imm32')
const MOVABS = insn('MOV r64, imm64')
const XOR_32 = insn('XOR r32, r/m32')
const LEA_64 = insn('LEA r64, m')

export class Assembler {
  /** The code; only [0, pos) means anything, and the array is replaced when it grows. */
  bytes: Uint8Array
  /** Bytes emitted so far. */
  pos = 0
  /** Host address of byte 0. */
  origin = 0
  private limit: number
  private pending = 0
  private readonly labels = new LabelTable()

  constructor(capacity = 4096) {
    this.bytes = new Uint8Array(Math.max(capacity, 2 * MAX_INSN))
    this.limit = this.bytes.length - MAX_INSN
  }

  /** Starts over at host address `origin`, keeping the buffer. */
  reset(origin: number): void {
    this.pos = 0
    this.origin = origin
    this.pending = 0
    this.labels.clear()
  }

  /** Resolves all labels; returns the length of the code in bytes. Throws when a label that is used was never bound. */
  finish(): number {
    this.labels.resolve(this.bytes)
    return this.pos
  }

  /** A copy of the code. */
  code(): Uint8Array {
    return this.bytes.slice(0, this.pos)
  }

  /** Host address of the next instruction. */
  get address(): number {
    return this.origin + this.pos
  }

  // Registers only.

  none(i: Insn): void {
    if (SHAPES[i] !== SHAPE.NONE) this.learn(i, 'none', SHAPE.NONE)
    this.emitReg(i, 0, 0, 0)
  }

  r(i: Insn, a: number): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.M) this.emitReg(i, this.digit(i), a, 0)
    else if (shape === SHAPE.O) this.emitPlus(i, a)
    else this.r(this.learn(i, 'r'), a)
  }

  rr(i: Insn, a: number, b: number): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.RM) this.emitReg(i, a, b, 0)
    else if (shape === SHAPE.MR) this.emitReg(i, b, a, 0)
    else if (shape === SHAPE.VM) this.emitReg(i, this.digit(i), b, a)
    else this.rr(this.learn(i, 'rr'), a, b)
  }

  rrr(i: Insn, a: number, b: number, c: number): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.RVM) this.emitReg(i, a, c, b)
    else if (shape === SHAPE.RMV) this.emitReg(i, a, b, c)
    else if (shape === SHAPE.MVR) this.emitReg(i, c, a, b)
    else this.rrr(this.learn(i, 'rrr'), a, b, c)
  }

  rrrr(i: Insn, a: number, b: number, c: number, d: number): void {
    if (SHAPES[i] !== SHAPE.RVMS) this.learn(i, 'rrrr', SHAPE.RVMS)
    this.emitReg(i, a, c, b)
    this.bytes[this.pos++] = d << 4
  }

  ri(i: Insn, a: number, imm: number): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.MI) this.emitReg(i, this.digit(i), a, 0)
    else if (shape === SHAPE.OI) this.emitPlus(i, a)
    else {
      this.ri(this.learn(i, 'ri'), a, imm)
      return
    }
    this.immediate(i, imm)
  }

  rri(i: Insn, a: number, b: number, imm: number): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.RMI) this.emitReg(i, a, b, 0)
    else if (shape === SHAPE.MRI) this.emitReg(i, b, a, 0)
    else if (shape === SHAPE.VMI) this.emitReg(i, this.digit(i), b, a)
    else {
      this.rri(this.learn(i, 'rri'), a, b, imm)
      return
    }
    this.immediate(i, imm)
  }

  rrri(i: Insn, a: number, b: number, c: number, imm: number): void {
    if (SHAPES[i] !== SHAPE.RVMI) this.learn(i, 'rrri', SHAPE.RVMI)
    this.emitReg(i, a, c, b)
    this.immediate(i, imm)
  }

  imm(i: Insn, imm: number): void {
    if (SHAPES[i] !== SHAPE.I) this.learn(i, 'imm', SHAPE.I)
    this.emitReg(i, 0, 0, 0)
    this.immediate(i, imm)
  }

  // With a memory operand.

  m(i: Insn, base: number, disp: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.M) this.learn(i, 'm', SHAPE.M)
    this.emitMem(i, this.digit(i), 0, base, disp, index, scale)
  }

  rm(i: Insn, a: number, base: number, disp: number, index: number = NONE, scale = 0): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.RM) this.emitMem(i, a, 0, base, disp, index, scale)
    else if (shape === SHAPE.VM) this.emitMem(i, this.digit(i), a, base, disp, index, scale)
    else this.rm(this.learn(i, 'rm'), a, base, disp, index, scale)
  }

  mr(i: Insn, base: number, disp: number, a: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.MR) this.learn(i, 'mr', SHAPE.MR)
    this.emitMem(i, a, 0, base, disp, index, scale)
  }

  mi(i: Insn, base: number, disp: number, imm: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.MI) this.learn(i, 'mi', SHAPE.MI)
    this.emitMem(i, this.digit(i), 0, base, disp, index, scale)
    this.immediate(i, imm)
  }

  rrm(i: Insn, a: number, b: number, base: number, disp: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.RVM) this.learn(i, 'rrm', SHAPE.RVM)
    this.emitMem(i, a, b, base, disp, index, scale)
  }

  /** BEXTR, SHLX and the gathers, where memory is the middle operand. */
  rmr(i: Insn, a: number, base: number, disp: number, b: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.RMV) this.learn(i, 'rmr', SHAPE.RMV)
    this.emitMem(i, a, b, base, disp, index, scale)
  }

  /** VMASKMOVPS and its like. */
  mrr(i: Insn, base: number, disp: number, a: number, b: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.MVR) this.learn(i, 'mrr', SHAPE.MVR)
    this.emitMem(i, b, a, base, disp, index, scale)
  }

  rrmr(i: Insn, a: number, b: number, base: number, disp: number, c: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.RVMS) this.learn(i, 'rrmr', SHAPE.RVMS)
    this.emitMem(i, a, b, base, disp, index, scale)
    this.bytes[this.pos++] = c << 4
  }

  rmi(i: Insn, a: number, base: number, disp: number, imm: number, index: number = NONE, scale = 0): void {
    const shape = SHAPES[i]
    if (shape === SHAPE.RMI) this.emitMem(i, a, 0, base, disp, index, scale)
    else if (shape === SHAPE.VMI) this.emitMem(i, this.digit(i), a, base, disp, index, scale)
    else {
      this.rmi(this.learn(i, 'rmi'), a, base, disp, imm, index, scale)
      return
    }
    this.immediate(i, imm)
  }

  mri(i: Insn, base: number, disp: number, a: number, imm: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.MRI) this.learn(i, 'mri', SHAPE.MRI)
    this.emitMem(i, a, 0, base, disp, index, scale)
    this.immediate(i, imm)
  }

  rrmi(i: Insn, a: number, b: number, base: number, disp: number, imm: number, index: number = NONE, scale = 0): void {
    if (SHAPES[i] !== SHAPE.RVMI) this.learn(i, 'rrmi', SHAPE.RVMI)
    this.emitMem(i, a, b, base, disp, index, scale)
    this.immediate(i, imm)
  }

  // What the next instruction takes.

  /** The next instruction runs under mask register `k` (1..7); elements outside keep their value, or become zero with `zero`. */
  mask(k: number, zero = false): void {
    this.pending |= k | (zero ? PENDING_Z : 0)
  }

  /** The memory operand of the next instruction is one element for all lanes. */
  broadcast(): void {
    this.pending |= PENDING_B
  }

  /** The next scalar instruction rounds by `mode` (0 nearest, 1 down, 2 up, 3 to zero) and raises no flags; where there is no rounding it only suppresses flags. */
  rounding(mode: number): void {
    this.pending |= PENDING_B | PENDING_ROUNDING | (mode << 5)
  }

  /** LOCK for the next instruction. */
  lock(): void {
    this.byte(0xf0)
  }

  /** Segment prefix FS or GS for the next instruction's memory operand. */
  seg(prefix: number): void {
    this.byte(prefix)
  }

  // Data.

  byte(value: number): void {
    if (this.pos > this.limit) this.grow()
    this.bytes[this.pos++] = value
  }

  dword(value: number): void {
    if (this.pos > this.limit) this.grow()
    this.pos = put32(this.bytes, this.pos, value)
  }

  qword(lo: number, hi: number): void {
    this.dword(lo)
    this.dword(hi)
  }

  /** `size` bytes of the fewest multi-byte NOPs. */
  nop(size: number): void {
    for (let left = size; left > 0; ) {
      const step = Math.min(left, NOPS.length - 1)
      if (this.pos > this.limit) this.grow()
      const row = NOPS[step]!
      for (let n = 0; n < step; n++) this.bytes[this.pos++] = row[n]!
      left -= step
    }
  }

  /** NOPs up to the next host address that is a multiple of `alignment`, a power of two. */
  align(alignment: number): void {
    this.nop(-(this.origin + this.pos) & (alignment - 1))
  }

  /** NOPs so that the displacement of a JMP rel32 emitted next is 4-byte aligned and can be patched with one store. */
  alignJumpDisplacement(): void {
    this.nop(-(this.origin + this.pos + 1) & 3)
  }

  // Conveniences that choose the row.

  /** `op reg, imm` of `width` bits with the short immediate when it fits; imm is an int32 (or uint32 below 64 bits). */
  aluRI(op: registers.Alu, width: number, reg: number, imm: number): void {
    if (width === 32) imm |= 0
    const short = isInt8(imm)
    this.ri((short ? ALU_SHORT : ALU_LONG)[op]![widthIndex(width)]!, reg, imm)
  }

  /** `op [memory], imm`, as `aluRI`. */
  aluMI(op: registers.Alu, width: number, base: number, disp: number, imm: number, index: number = NONE, scale = 0): void {
    if (width === 32) imm |= 0
    const short = isInt8(imm)
    this.mi((short ? ALU_SHORT : ALU_LONG)[op]![widthIndex(width)]!, base, disp, imm, index, scale)
  }

  /** `op reg, count`, by the one-operand form when count is 1. */
  shiftRI(op: registers.Shift, width: number, reg: number, count: number): void {
    if (count === 1) this.r(SHIFT_ONE[op]![widthIndex(width)]!, reg)
    else this.ri(SHIFT_IMM[op]![widthIndex(width)]!, reg, count)
  }

  /** `reg` = hi:lo by the shortest of XOR, MOV r32, MOV sign-extended and MOVABS. XOR changes the flags: `keepFlags` avoids it. */
  imm64(reg: number, lo: number, hi: number, keepFlags = false): void {
    lo |= 0
    hi |= 0
    if (hi === 0) {
      if (lo === 0 && !keepFlags) this.rr(XOR_32, reg, reg)
      else this.ri(MOV_R32_IMM, reg, lo)
    } else if (hi === -1 && lo < 0) {
      this.ri(MOV_RM64_IMM, reg, lo)
    } else {
      if (SHAPES[MOVABS] !== SHAPE.OI) this.learn(MOVABS, 'imm64', SHAPE.OI)
      this.emitPlus(MOVABS, reg)
      this.dword(lo)
      this.dword(hi)
    }
  }

  /** `reg` = a host or guest address, an integer of up to 53 bits; like `imm64`. */
  movAddress(reg: number, address: number, keepFlags = false): void {
    this.imm64(reg, address | 0, Math.floor(address / TWO_32), keepFlags)
  }

  // Labels and jumps.

  label(): Label {
    return this.labels.create()
  }

  bind(label: Label): void {
    this.labels.bind(label, this.pos)
  }

  /** A new label, bound here. */
  here(): Label {
    const label = this.labels.create()
    this.labels.bind(label, this.pos)
    return label
  }

  /** Byte position where `label` is bound, or -1. */
  positionOf(label: Label): number {
    return this.labels.positionOf(label)
  }

  jmp(label: Label): void {
    if (this.backReach(label)) this.shortJmp(label)
    else {
      this.byte(0xe9)
      this.rel32(label)
    }
  }

  jcc(cc: CC, label: Label): void {
    if (this.backReach(label)) this.shortJcc(cc, label)
    else {
      this.byte(0x0f)
      this.byte(0x80 | cc)
      this.rel32(label)
    }
  }

  call(label: Label): void {
    this.byte(0xe8)
    this.rel32(label)
  }

  shortJmp(label: Label): void {
    this.byte(0xeb)
    this.labels.use(label, this.pos++, 1, REL8)
  }

  shortJcc(cc: CC, label: Label): void {
    this.byte(0x70 | cc)
    this.labels.use(label, this.pos++, 1, REL8)
  }

  /** A row with a relative operand (JRCXZ, LOOP, or Jcc when its size is to be chosen). */
  rel(i: Insn, label: Label): void {
    if (SHAPES[i] !== SHAPE.D) this.learn(i, 'rel', SHAPE.D)
    this.emitReg(i, 0, 0, 0)
    if (IMM_BYTES[i] === REL8) this.labels.use(label, this.pos++, 1, REL8)
    else this.rel32(label)
  }

  leaLabel(reg: number, label: Label): void {
    this.rm(LEA_64, reg, RIP, label)
  }

  jmpTo(address: number): void {
    this.byte(0xe9)
    this.relativeTo(address, 4)
  }

  jccTo(cc: CC, address: number): void {
    this.byte(0x0f)
    this.byte(0x80 | cc)
    this.relativeTo(address, 4)
  }

  callTo(address: number): void {
    this.byte(0xe8)
    this.relativeTo(address, 4)
  }

  // Encoding.

  private digit(i: Insn): number {
    return (FLAGS[i]! >>> DIGIT_SHIFT) & 15
  }

  /** An instruction whose operands are registers; also those without ModRM. */
  private emitReg(i: Insn, reg: number, rm: number, v: number): void {
    if (this.pos > this.limit) this.grow()
    const bytes = this.bytes
    let f = FLAGS[i]!
    let p = this.pos
    const high = (reg | rm | v) & ~15
    if ((f >> ENCODING_SHIFT) & 3) {
      if ((high | this.pending) !== 0 || (f >> ENCODING_SHIFT) & EVEX) {
        i = this.evexRow(i, high)
        f = FLAGS[i]!
        p = evexPrefix(bytes, p, f, reg, (rm & 8) >> 3, (rm & 16) >> 4, v, this.takePending(i, f))
      } else {
        p = vexPrefix(bytes, p, f, reg, rm, 0, v)
      }
    } else {
      if (high !== 0 || this.pending !== 0) this.noTwin(i)
      p = legacyPrefix(bytes, p, f, reg, rm, 0, (f & BYTE_REG && reg > 3) || (f & BYTE_RM && rm > 3) ? 0x40 : 0)
    }
    bytes[p++] = f
    if (f & REG_OK) bytes[p++] = 0xc0 | ((reg & 7) << 3) | (rm & 7)
    else if (f & MEM_OK) this.misuse(i, 'with registers only')
    else if (FIXED_MODRM[i] !== 0) bytes[p++] = FIXED_MODRM[i]! - 1
    this.pos = p
  }

  /** Opcode + register. */
  private emitPlus(i: Insn, reg: number): void {
    if (this.pos > this.limit) this.grow()
    if ((reg & ~15) !== 0) this.noTwin(i)
    const bytes = this.bytes
    const f = FLAGS[i]!
    const p = legacyPrefix(bytes, this.pos, f, 0, reg, 0, f & BYTE_REG && reg > 3 ? 0x40 : 0)
    bytes[p] = (f & 0xff) | (reg & 7)
    this.pos = p + 1
  }

  private emitMem(i: Insn, reg: number, v: number, base: number, disp: number, index: number, scale: number): void {
    if (this.pos > this.limit) this.grow()
    const bytes = this.bytes
    let f = FLAGS[i]!
    let p = this.pos
    let shift = 0
    const b = Math.max(base, 0)
    const x = Math.max(index, 0)
    let high = (reg | v) & ~15
    let highIndex = 0
    if (EXTRA[i]! & EXTRA_VSIB) {
      if (index < 0) this.misuse(i, 'without an index')
      highIndex = x & 16
      high |= highIndex
    } else if (index === RSP) this.misuse(i, 'with RSP as index')
    if ((b | (x ^ highIndex)) & ~15) this.misuse(i, `with base ${base} and index ${index}`)
    if (!(f & MEM_OK)) this.misuse(i, 'with a memory operand')
    if ((f >> ENCODING_SHIFT) & 3) {
      if ((high | this.pending) !== 0 || (f >> ENCODING_SHIFT) & EVEX) {
        i = this.evexRow(i, high)
        f = FLAGS[i]!
        shift = this.pending & PENDING_B ? BROADCAST_SHIFT[i]! : DISP8_SHIFT[i]!
        p = evexPrefix(bytes, p, f, reg, b >> 3, (x & 8) >> 3, v | highIndex, this.takePending(i, f))
      } else {
        p = vexPrefix(bytes, p, f, reg, b, x, v)
      }
    } else {
      if (high !== 0 || this.pending !== 0) this.noTwin(i)
      p = legacyPrefix(bytes, p, f, reg, b, x, f & BYTE_REG && reg > 3 ? 0x40 : 0)
    }
    bytes[p++] = f
    const field = (reg & 7) << 3
    if (base >= 0) this.pos = modrmBase(bytes, p, field, base, disp, index, scale, shift)
    else this.baseless(p, field, base, disp, index, scale, IMM_BYTES[i]!)
  }

  /** ModRM, SIB and displacement of an operand whose base is NONE, RIP or HOST; `tail` bytes of the instruction follow. */
  private baseless(p: number, field: number, base: number, disp: number, index: number, scale: number, tail: number): void {
    const bytes = this.bytes
    if (base === NONE) {
      if ((disp | 0) !== disp) throw new Error(`x64: the absolute address ${disp} is no int32`)
      bytes[p++] = field | 4
      bytes[p++] = (scale << 6) | ((index < 0 ? 4 : index & 7) << 3) | 5
      this.pos = put32(bytes, p, disp)
      return
    }
    if (index >= 0) throw new Error('x64: a RIP-relative operand has no index')
    bytes[p++] = field | 5
    this.pos = p
    if (base === RIP) this.rel32(disp as Label, tail)
    else if (base === HOST) this.relativeTo(disp, REL32 + tail)
    else throw new Error(`x64: ${base} is no base register`)
  }

  /** The row that encodes `i` with EVEX; `high` holds the bits above 15 of all register numbers. */
  private evexRow(i: Insn, high: number): Insn {
    if (high & ~31) this.noTwin(i)
    if ((FLAGS[i]! >> ENCODING_SHIFT) & EVEX) return i
    const twin = TWINS[i]!
    if (twin === 0) this.noTwin(i)
    return twin as Insn
  }

  /** The z, L'L, b and aaa bits; what was asked for is then done. */
  private takePending(i: Insn, f: number): number {
    const length = ((f >> L_SHIFT) & 3) << 5
    const pending = this.pending
    if (pending === 0) return length
    this.pending = 0
    if (!allowsPending(EXTRA[i]!, pending)) throw new Error(`x64: '${nameOf(i)}' does not take the mask, broadcast or rounding asked for`)
    return (pending & PENDING_EVEX) | (pending & PENDING_ROUNDING ? pending & PENDING_MODE : length)
  }

  private immediate(i: Insn, imm: number): void {
    const bytes = this.bytes
    const kind = (FLAGS[i]! >> IMM_SHIFT) & 7
    if (kind === IMM.IB || kind === IMM.IB_SIGNED) {
      if (imm < -128 || imm > (kind === IMM.IB ? 0xff : 0x7f)) this.badImmediate(i, imm)
      bytes[this.pos++] = imm
    } else if (kind === IMM.IW) {
      if (imm < -0x8000 || imm > 0xffff) this.badImmediate(i, imm)
      bytes[this.pos++] = imm
      bytes[this.pos++] = imm >> 8
    } else if (kind === IMM.IO) {
      if (!Number.isSafeInteger(imm)) this.badImmediate(i, imm)
      this.pos = put32(bytes, put32(bytes, this.pos, imm | 0), Math.floor(imm / TWO_32))
    } else {
      if ((imm | 0) !== imm && (kind === IMM.ID_SIGNED || imm >>> 0 !== imm)) this.badImmediate(i, imm)
      this.pos = put32(bytes, this.pos, imm)
    }
  }

  /** A 32-bit displacement to `label`; `tail` bytes of the instruction follow it. */
  private rel32(label: Label, tail = 0): void {
    if (this.pos > this.limit) this.grow()
    this.labels.use(label, this.pos, REL32 + tail, REL32)
    this.pos += REL32
  }

  /** A 32-bit displacement to a host address; the instruction ends `tail` bytes from here. */
  private relativeTo(address: number, tail: number): void {
    if (this.pos > this.limit) this.grow()
    const distance = address - (this.origin + this.pos + tail)
    if ((distance | 0) !== distance) throw new Error(`x64: 0x${address.toString(16)} is ${distance} bytes away`)
    this.pos = put32(this.bytes, this.pos, distance)
  }

  /** Whether `label` is bound and a two-byte jump from here reaches it. */
  private backReach(label: Label): boolean {
    const target = this.labels.positionOf(label)
    return target !== UNBOUND && target - (this.pos + 2) >= -128
  }

  private grow(): void {
    const larger = new Uint8Array(this.bytes.length * 2)
    larger.set(this.bytes)
    this.bytes = larger
    this.limit = larger.length - MAX_INSN
  }

  /** The row of `i` has not a shape that the method `how` takes. If that is so because it was never emitted before, it is parsed now and returned. */
  private learn(i: Insn, how: string, shape?: number): Insn {
    if (!parseInsn(i) || (shape !== undefined && SHAPES[i] !== shape)) this.misuse(i, how)
    return i
  }

  private misuse(i: Insn, how: string): never {
    this.pending = 0
    throw new Error(`x64: '${nameOf(i)}' (${SHAPE_NAMES[SHAPES[i]!]}) cannot be emitted ${how}`)
  }

  private noTwin(i: Insn): never {
    this.pending = 0
    throw new Error(`x64: '${nameOf(i)}' has no EVEX form: it takes no register above 15, mask, broadcast or rounding`)
  }

  private badImmediate(i: Insn, imm: number): never {
    throw new Error(`x64: the immediate ${imm} does not fit '${nameOf(i)}'`)
  }
}
