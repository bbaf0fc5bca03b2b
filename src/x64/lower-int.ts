/** Integer rows: arithmetic, logic, shifts, extensions, bit counts, flags values, selects. */
import { I64 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import { NONE } from '../ir/region.ts'
import { ALU, type Alu, CC, CMOVCC_32, type Insn, insn, RAX, RBP, RCX, RDX, SHIFT, type Shift } from './asm/index.ts'
import { operandWidth, showCarry, withCarry } from './conditions.ts'
import { type Emitter, HELD_BORROW, HELD_CARRY } from './emitter.ts'
import { fromRbp, SCRATCH_OFFSET } from './layout.ts'
import { lower } from './lowering.ts'
import { NO_HOME } from './registers.ts'

type Pair = { readonly 32: Insn; readonly 64: Insn }
const MOV: Pair = { 32: insn('MOV r32, r/m32'), 64: insn('MOV r64, r/m64') }
const LEA: Pair = { 32: insn('LEA r32, m'), 64: insn('LEA r64, m') }
const NEG: Pair = { 32: insn('NEG r/m32'), 64: insn('NEG r/m64') }
const NOT: Pair = { 32: insn('NOT r/m32'), 64: insn('NOT r/m64') }
const IMUL: Pair = { 32: insn('IMUL r32, r/m32'), 64: insn('IMUL r64, r/m64') }
const IMUL_IMM: Pair = { 32: insn('IMUL r32, r/m32, imm32'), 64: insn('IMUL r64, r/m64, imm32') }
const TEST: Pair = { 32: insn('TEST r/m32, r32'), 64: insn('TEST r/m64, r64') }
const ZEXT8 = insn('MOVZX r32, r/m8')

interface AluRows {
  readonly alu: Alu
  readonly commutative: boolean
  readonly rr: Pair
  /** Flags op that the same host instruction shows. */
  readonly flags: number
  readonly mode: number
}

/** Does a flags row for this very operation follow? Then the host instruction's own flags can serve its readers. */
function flagsWanted(e: Emitter, row: number, alu: AluRows): number {
  const { region } = e
  for (let next = row + 1; next < row + 3 && next < region.rowCount; next++) {
    if (region.op[next] !== alu.flags) continue
    if (alu.flags === OP['flags.logic'] ? region.a[next] === row : region.a[next] === region.a[row] && region.b[next] === region.b[row])
      return next
  }
  return NONE
}

/** Copies operand `v` into a fresh (or taken-over) result register; the other operand is pinned already. */
export function resultFrom(e: Emitter, v: number): number {
  const width = operandWidth(e, e.row)
  if (e.dies(v)) {
    const reg = e.gpr(v)
    return e.define(reg)
  }
  const memory = e.memory(v)
  if (memory !== NO_HOME && !e.usedAgain(v)) {
    const d = e.define()
    e.asm.rm(MOV[width], d, RBP, memory)
    return d
  }
  if (e.isConst(v) && e.where(v) === NONE) {
    const d = e.define()
    e.load(d, e.root(v))
    return d
  }
  const a = e.gpr(v)
  const d = e.define()
  e.asm.rr(MOV[width], d, a)
  return d
}

function emitAlu(e: Emitter, row: number, alu: AluRows): void {
  const { region, asm } = e
  let a = region.a[row]!
  let b = region.b[row]!
  const width = operandWidth(e, row)
  const flags = flagsWanted(e, row, alu)
  if (e.isConst(a) && alu.commutative && !e.isConst(b)) [a, b] = [b, a]
  if (e.isImm32(b)) {
    const imm = e.immOf(b)
    if (flags === NONE && (alu.alu === ALU.ADD || (alu.alu === ALU.SUB && imm !== -0x8000_0000)) && !e.dies(a) && e.where(a) !== NONE) {
      const ra = e.gpr(a)
      asm.rm(LEA[width], e.define(), ra, alu.alu === ALU.ADD ? imm : -imm)
      return
    }
    const d = resultFrom(e, a)
    asm.aluRI(alu.alu, width, d, imm)
    heldBy(e, flags, alu.mode)
    return
  }
  if (alu.commutative && !e.dies(a) && e.dies(b) && e.where(b) !== NONE) [a, b] = [b, a]
  if (alu.alu === ALU.ADD && flags === NONE && !e.dies(a) && e.where(a) !== NONE && e.where(b) !== NONE) {
    const ra = e.gpr(a)
    const rb = e.gpr(b)
    asm.rm(LEA[width], e.define(), ra, 0, rb, 0)
    return
  }
  // A slot is read by a MOV of its own, not by a memory operand: hosts forward a recent store to a plain load for nothing.
  const rb = e.gpr(b)
  const d = resultFrom(e, a)
  asm.rr(alu.rr[width], d, rb)
  heldBy(e, flags, alu.mode)
}

function heldBy(e: Emitter, flags: number, mode: number): void {
  e.flagsHeld = flags
  e.flagsMode = mode
}

function aluRow(
  name: 'add' | 'sub' | 'and' | 'or' | 'xor',
  alu: Alu,
  flags: 'flags.add' | 'flags.sub' | 'flags.logic',
  mode: number,
): void {
  const upper = name.toUpperCase() as 'ADD' | 'SUB' | 'AND' | 'OR' | 'XOR'
  const rows: AluRows = {
    alu,
    commutative: name !== 'sub',
    rr: { 32: insn(`${upper} r32, r/m32`), 64: insn(`${upper} r64, r/m64`) },
    flags: OP[flags],
    mode,
  }
  lower(name, { custom: (e, row) => emitAlu(e, row, rows) })
}
aluRow('add', ALU.ADD, 'flags.add', HELD_CARRY)
aluRow('sub', ALU.SUB, 'flags.sub', HELD_BORROW)
aluRow('and', ALU.AND, 'flags.logic', HELD_CARRY)
aluRow('or', ALU.OR, 'flags.logic', HELD_CARRY)
aluRow('xor', ALU.XOR, 'flags.logic', HELD_CARRY)

const ANDN: Pair = { 32: insn('ANDN r32a, r32b, r/m32'), 64: insn('ANDN r64a, r64b, r/m64') }
const AND: Pair = { 32: insn('AND r32, r/m32'), 64: insn('AND r64, r/m64') }
lower('andn', {
  custom: (e, row) => {
    const width = operandWidth(e, row)
    const a = e.gpr(e.region.a[row]!)
    const b = e.gpr(e.region.b[row]!)
    const d = e.define()
    e.clobberFlags()
    if (e.cpu.bmi1) {
      e.asm.rrr(ANDN[width], d, b, a)
      return
    }
    e.asm.rr(MOV[width], d, b)
    e.asm.r(NOT[width], d)
    e.asm.rr(AND[width], d, a)
  },
})

/** The flags row that the row, a sum with carry, is followed by and whose flags are those of its instruction. */
function carryFlagsWanted({ region }: Emitter, row: number, flags: number): number {
  const { op, a, b, c } = region
  for (let next = row + 1; next < row + 3 && next < region.rowCount; next++)
    if (op[next] === flags && a[next] === a[row] && b[next] === b[row] && c[next] === c[row]) return next
  return NONE
}

function carryRow(name: 'adc' | 'sbc', flags: 'flags.adc' | 'flags.sbc', mode: number): void {
  lower(name, {
    custom: (e, row) => {
      const { region } = e
      const [a, b] = [region.a[row]!, region.b[row]!]
      const rb = e.isImm32(b) ? NONE : e.gpr(b)
      const ra = e.gpr(a)
      showCarry(e, region.c[row]!, mode)
      // A register that other operands are in, too, is not taken over.
      const isShared = e.root(a) === e.root(b) || e.root(a) === e.root(region.c[row]!)
      const width = operandWidth(e, row)
      let d: number
      if (isShared) e.asm.rr(MOV[width], (d = e.define()), ra)
      else d = resultFrom(e, a)
      withCarry(e, name === 'adc', width, d, b, rb)
      heldBy(e, carryFlagsWanted(e, row, OP[flags]), mode)
    },
  })
}
carryRow('adc', 'flags.adc', HELD_CARRY)
carryRow('sbc', 'flags.sbc', HELD_BORROW)

function unary(name: 'not' | 'neg', pair: Pair, flagsKept: boolean): void {
  lower(name, {
    custom: (e, row) => {
      const d = resultFrom(e, e.region.a[row]!)
      e.asm.r(pair[operandWidth(e, row)], d)
      if (!flagsKept) e.clobberFlags()
    },
  })
}
unary('not', NOT, true)
unary('neg', NEG, false)

lower('mul', {
  custom: (e, row) => {
    const { region, asm } = e
    const width = operandWidth(e, row)
    let a = region.a[row]!
    let b = region.b[row]!
    e.clobberFlags()
    if (e.isConst(a)) [a, b] = [b, a]
    if (e.isImm32(b)) {
      const ra = e.gpr(a)
      asm.rri(IMUL_IMM[width], e.define(e.dies(a) ? ra : NONE), ra, e.immOf(b))
      return
    }
    if (!e.dies(a) && e.dies(b)) [a, b] = [b, a]
    const rb = e.gpr(b)
    const d = resultFrom(e, a)
    asm.rr(IMUL[width], d, rb)
  },
})

/** High half of a product: rdx:rax = rax * b. */
function highMultiply(name: 'mulhs' | 'mulhu', multiply: Insn): void {
  lower(name, {
    custom: (e, row) => {
      const b = e.region.b[row]!
      e.takeFixed(RDX)
      e.intoFixed(RAX, e.region.a[row]!)
      const rb = e.gpr(b)
      e.asm.r(multiply, rb)
      e.clobberFlags()
      e.defineIn(RDX)
    },
  })
}
highMultiply('mulhs', insn('IMUL r/m64'))
highMultiply('mulhu', insn('MUL r/m64'))

const DIV = { udiv: { 32: insn('DIV r/m32'), 64: insn('DIV r/m64') }, sdiv: { 32: insn('IDIV r/m32'), 64: insn('IDIV r/m64') } }
const CDQ: Pair = { 32: insn('CDQ'), 64: insn('CQO') }
const XOR_32 = insn('XOR r32, r/m32')

/** Quotient in rax. x/0 gives 0; MIN/-1, which traps on the host, gives MIN: division by -1 is a negation. */
function division(name: 'udiv' | 'sdiv'): void {
  lower(name, {
    custom: (e, row) => {
      const { asm, region } = e
      const width = operandWidth(e, row)
      e.clobberFlags()
      e.takeFixed(RDX)
      e.intoFixed(RAX, region.a[row]!)
      const b = e.gpr(region.b[row]!)
      const zero = asm.label()
      const minusOne = asm.label()
      const done = asm.label()
      asm.rr(TEST[width], b, b)
      asm.shortJcc(CC.E, zero)
      if (name === 'sdiv') {
        asm.aluRI(ALU.CMP, width, b, -1)
        asm.shortJcc(CC.E, minusOne)
        asm.none(CDQ[width])
      } else asm.rr(XOR_32, RDX, RDX)
      asm.r(DIV[name][width], b)
      asm.shortJmp(done)
      asm.bind(zero)
      asm.rr(XOR_32, RAX, RAX)
      if (name === 'sdiv') {
        asm.shortJmp(done)
        asm.bind(minusOne)
        asm.r(NEG[width], RAX)
      } else asm.bind(minusOne)
      asm.bind(done)
      e.defineIn(RAX)
    },
  })
}
division('udiv')
division('sdiv')

const SHIFTX = {
  shl: { 32: insn('SHLX r32a, r/m32, r32b'), 64: insn('SHLX r64a, r/m64, r64b') },
  shr: { 32: insn('SHRX r32a, r/m32, r32b'), 64: insn('SHRX r64a, r/m64, r64b') },
  sar: { 32: insn('SARX r32a, r/m32, r32b'), 64: insn('SARX r64a, r/m64, r64b') },
  ror: null,
}
const SHIFT_CL = {
  shl: { 32: insn('SHL r/m32, CL'), 64: insn('SHL r/m64, CL') },
  shr: { 32: insn('SHR r/m32, CL'), 64: insn('SHR r/m64, CL') },
  sar: { 32: insn('SAR r/m32, CL'), 64: insn('SAR r/m64, CL') },
  ror: { 32: insn('ROR r/m32, CL'), 64: insn('ROR r/m64, CL') },
}

function shift(name: 'shl' | 'shr' | 'sar' | 'ror', kind: Shift): void {
  lower(name, {
    custom: (e, row) => {
      const { asm, region } = e
      const width = operandWidth(e, row)
      const a = region.a[row]!
      const b = region.b[row]!
      if (e.isConst(b)) {
        const count = e.immOf(b) & (width - 1)
        if (name === 'shl' && count >= 1 && count <= 3 && !e.dies(a) && e.where(a) !== NONE) {
          const ra = e.gpr(a)
          asm.rm(LEA[width], e.define(), -1, 0, ra, count)
          return
        }
        const d = resultFrom(e, a)
        if (count !== 0) {
          asm.shiftRI(kind, width, d, count)
          e.clobberFlags()
        }
        return
      }
      const shiftx = SHIFTX[name]
      if (shiftx && e.cpu.bmi2) {
        const ra = e.gpr(a)
        const rb = e.gpr(b)
        asm.rrr(shiftx[width], e.define(), ra, rb)
        return
      }
      e.intoFixed(RCX, b)
      const d = resultFrom(e, a)
      asm.r(SHIFT_CL[name][width], d)
      e.clobberFlags()
    },
  })
}
shift('shl', SHIFT.SHL)
shift('shr', SHIFT.SHR)
shift('sar', SHIFT.SAR)
shift('ror', SHIFT.ROR)

const SHRD: Pair = { 32: insn('SHRD r/m32, r32, imm8'), 64: insn('SHRD r/m64, r64, imm8') }
lower('funnel', {
  custom: (e, row) => {
    const { region, asm } = e
    const width = operandWidth(e, row)
    const high = e.gpr(region.a[row]!)
    const low = region.b[row]!
    const d = e.root(low) === e.root(region.a[row]!) && e.dies(low) ? e.define(high) : resultFrom(e, low)
    asm.rri(SHRD[width], d, d === high ? d : high, region.imm[row]!)
    e.clobberFlags()
  },
})

const LZCNT: Pair = { 32: insn('LZCNT r32, r/m32'), 64: insn('LZCNT r64, r/m64') }
const TZCNT: Pair = { 32: insn('TZCNT r32, r/m32'), 64: insn('TZCNT r64, r/m64') }
const BSR: Pair = { 32: insn('BSR r32, r/m32'), 64: insn('BSR r64, r/m64') }
const BSF: Pair = { 32: insn('BSF r32, r/m32'), 64: insn('BSF r64, r/m64') }
const POPCNT: Pair = { 32: insn('POPCNT r32, r/m32'), 64: insn('POPCNT r64, r/m64') }
const MOV_IMM = insn('MOV r32, imm32')

lower('clz', {
  gprTemps: 1,
  keep: true,
  emit: (e, d, a, _b, _c, row) => {
    const width = operandWidth(e, row)
    if (e.cpu.lzcnt) {
      e.asm.rr(LZCNT[width], d, a)
      return
    }
    // 63 - bsr; for 0: bsr leaves ZF, and 2 * width - 1 xor (width - 1) = width.
    e.asm.ri(MOV_IMM, e.g0, 2 * width - 1)
    e.asm.rr(BSR[width], d, a)
    e.asm.rr(CMOVCC_32[CC.E]!, d, e.g0)
    e.asm.aluRI(ALU.XOR, 32, d, width - 1)
  },
})
lower('ctz', {
  gprTemps: 1,
  keep: true,
  emit: (e, d, a, _b, _c, row) => {
    const width = operandWidth(e, row)
    if (e.cpu.bmi1) {
      e.asm.rr(TZCNT[width], d, a)
      return
    }
    e.asm.ri(MOV_IMM, e.g0, width)
    e.asm.rr(BSF[width], d, a)
    e.asm.rr(CMOVCC_32[CC.E]!, d, e.g0)
  },
})
lower('popcnt', { emit: (e, d, a, _b, _c, row) => e.asm.rr(POPCNT[operandWidth(e, row)], d, a) })

const BSWAP: Pair = { 32: insn('BSWAP r32'), 64: insn('BSWAP r64') }
lower('bswap', {
  custom: (e, row) => {
    const d = resultFrom(e, e.region.a[row]!)
    e.asm.r(BSWAP[operandWidth(e, row)], d)
  },
})

/** Swaps neighbouring groups of bits within bytes, then the bytes. */
lower('rbit', {
  gprTemps: 2,
  emit: (e, d, a, _b, _c, row) => {
    const { asm } = e
    const width = operandWidth(e, row)
    e.movG(d, a)
    const MASKS = [0x5555_5555, 0x3333_3333, 0x0f0f_0f0f]
    for (let i = 0; i < 3; i++) {
      const mask = MASKS[i]!
      asm.imm64(e.g0, mask, width === 64 ? mask : 0)
      asm.rr(MOV[width], e.g1, d)
      asm.shiftRI(SHIFT.SHR, width, e.g1, 1 << i)
      asm.rr(AND[width], e.g1, e.g0)
      asm.rr(AND[width], d, e.g0)
      asm.shiftRI(SHIFT.SHL, width, d, 1 << i)
      asm.rr(insnOr[width], d, e.g1)
    }
    asm.r(BSWAP[width], d)
  },
})
const insnOr: Pair = { 32: insn('OR r32, r/m32'), 64: insn('OR r64, r/m64') }

/** Extensions: result in any register, source a register or memory. */
function extension(name: 'sext8' | 'sext16' | 'zext8' | 'zext16' | 'sext32' | 'zext32', narrow: Insn, wide: Insn): void {
  lower(name, {
    custom: (e, row) => {
      const a = e.region.a[row]!
      const i = e.region.type[row] === I64 ? wide : narrow
      const memory = e.memory(a)
      if (memory !== NO_HOME && !e.usedAgain(a)) {
        e.asm.rm(i, e.define(), RBP, memory)
        return
      }
      const ra = e.gpr(a)
      e.asm.rr(i, e.define(e.dies(a) ? ra : NONE), ra)
    },
  })
}
extension('sext8', insn('MOVSX r32, r/m8'), insn('MOVSX r64, r/m8'))
extension('sext16', insn('MOVSX r32, r/m16'), insn('MOVSX r64, r/m16'))
extension('zext8', ZEXT8, ZEXT8)
extension('zext16', insn('MOVZX r32, r/m16'), insn('MOVZX r32, r/m16'))
extension('sext32', insn('MOVSXD r64, r/m32'), insn('MOVSXD r64, r/m32'))
extension('zext32', MOV[32], MOV[32])

const CRC = { 8: insn('CRC32 r32, r/m8'), 16: insn('CRC32 r32, r/m16'), 32: insn('CRC32 r32, r/m32'), 64: insn('CRC32 r64, r/m64') }
lower('crc32c', {
  emit: (e, d, a, b, _c, row) => {
    // Only the low half of d counts; where a and b are parts of one register, d may be all of it.
    e.movG(d, a)
    e.asm.rr(CRC[e.region.imm[row] as 8 | 16 | 32 | 64], d, b)
  },
})

const STORE_32 = insn('MOV r/m32, r32')
const STORE_64 = insn('MOV r/m64, r64')
const SCRATCH = fromRbp(SCRATCH_OFFSET)
lower('crc32', {
  emit: (e, d, a, b, _c, row) => {
    e.asm.mr(STORE_32, RBP, SCRATCH, a)
    e.asm.mr(STORE_64, RBP, SCRATCH + 8, b)
    e.callRoutine(`crc32.${e.region.imm[row]}`)
    e.asm.rm(MOV[32], d, RBP, SCRATCH)
  },
})
