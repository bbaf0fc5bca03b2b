/** Guest memory: addresses, loads, stores, atomics, fences; state slots and notes. */
import { I64 } from '../ir/op-row.ts'
import { OP, type OpName } from '../ir/ops.ts'
import {
  FENCE_FULL,
  PREFETCH_L1,
  PREFETCH_L2,
  PREFETCH_L3,
  PREFETCH_STREAM,
  PREFETCH_WRITE,
  RMW_AND,
  RMW_CLR,
  RMW_OR,
  RMW_SMAX,
  RMW_SMIN,
  RMW_UMAX,
  RMW_UMIN,
  RMW_XOR,
} from '../ir/ops-int.ts'
import { NONE } from '../ir/region.ts'
import { CC, CMOVCC_64, type Insn, insn, RAX, RBP, RBX, RCX, RDX, RSP } from './asm/index.ts'
import type { Emitter } from './emitter.ts'
import { FOLD_ADDRESS, FOLD_CONST } from './folds.ts'
import { fromRbp, SCRATCH_OFFSET } from './layout.ts'
import { lower } from './lowering.ts'
import { isXmmType, NO_HOME, XMM } from './registers.ts'

const SCRATCH = fromRbp(SCRATCH_OFFSET)

/** The memory operand made by `address`. */
const at = { base: NONE, disp: 0, index: NONE, scale: 0 }

function fits32(value: number): boolean {
  return value >= -0x8000_0000 && value <= 0x7fff_ffff
}

/** Makes the memory operand for address value `v` plus `disp` bytes; its registers are pinned. */
function address(e: Emitter, v: number, disp: number): void {
  const { region, uses } = e
  at.index = NONE
  at.scale = 0
  at.disp = disp
  const r = e.root(v)
  if (uses.fold[r] === FOLD_ADDRESS && region.op[r] === OP.add) {
    const a = region.a[r]!
    const b = region.b[r]!
    at.base = e.gpr(a)
    if (e.isImm32(b) && fits32(disp + e.immOf(b))) {
      at.disp = disp + e.immOf(b)
      return
    }
    const rb = e.root(b)
    if (uses.fold[rb] === FOLD_ADDRESS && region.op[rb] === OP.shl) {
      at.index = e.gpr(region.a[rb]!)
      at.scale = e.immOf(region.b[rb]!)
      return
    }
    at.index = e.gpr(b)
    return
  }
  // A constant address within the low 2 GiB is an absolute displacement.
  if (
    uses.fold[r] === FOLD_CONST &&
    region.imm2[r] === 0 &&
    region.imm[r]! >= 0 &&
    fits32(region.imm[r]! + disp) &&
    region.imm[r]! + disp >= 0
  ) {
    at.base = NONE
    at.disp = region.imm[r]! + disp
    return
  }
  at.base = e.gpr(v)
}

function load(name: OpName, narrow: Insn, wide: Insn): void {
  lower(name, {
    custom: (e, row) => {
      const { region } = e
      const type = region.type[row]!
      address(e, region.a[row]!, region.imm[row]!)
      const xmm = isXmmType(type)
      const take = !xmm && at.base !== NONE && e.dies(region.a[row]!) && e.regs.value[at.base] === e.root(region.a[row]!) ? at.base : NONE
      // Before the result takes a register: at a fault the arguments are still where they were.
      e.mayFault()
      const d = e.define(take)
      e.asm.rm(type === I64 ? wide : narrow, xmm ? d - XMM : d, at.base, at.disp, at.index, at.scale)
    },
  })
}
const MOVZX8 = insn('MOVZX r32, r/m8')
const MOVZX16 = insn('MOVZX r32, r/m16')
const MOV32 = insn('MOV r32, r/m32')
const MOV64 = insn('MOV r64, r/m64')
load('load8u', MOVZX8, MOVZX8)
load('load8s', insn('MOVSX r32, r/m8'), insn('MOVSX r64, r/m8'))
load('load16u', MOVZX16, MOVZX16)
load('load16s', insn('MOVSX r32, r/m16'), insn('MOVSX r64, r/m16'))
load('load32', MOV32, MOV32)
load('load32s', MOV32, insn('MOVSXD r64, r/m32'))
load('load64', MOV64, MOV64)

function loadXmm(name: OpName, sse: Insn, vex: Insn): void {
  lower(name, {
    custom: (e, row) => {
      address(e, e.region.a[row]!, e.region.imm[row]!)
      e.mayFault()
      const d = e.define() - XMM
      e.asm.rm(e.cpu.avx ? vex : sse, d, at.base, at.disp, at.index, at.scale)
    },
  })
}
loadXmm('loadf32', insn('MOVSS xmm1, m32'), insn('VMOVSS xmm1, m32'))
loadXmm('loadf64', insn('MOVSD xmm1, m64'), insn('VMOVSD xmm1, m64'))
loadXmm('loadv', insn('MOVUPS xmm1, xmm2/m128'), insn('VMOVUPS xmm1, xmm2/m128'))
loadXmm('loadva', insn('MOVAPS xmm1, xmm2/m128'), insn('VMOVAPS xmm1, xmm2/m128'))

const STORE_IMM: Record<number, Insn> = {
  8: insn('MOV r/m8, imm8'),
  16: insn('MOV r/m16, imm16'),
  32: insn('MOV r/m32, imm32'),
  64: insn('MOV r/m64, imm32'),
}
function store(name: OpName, width: 8 | 16 | 32 | 64, i: Insn): void {
  lower(name, {
    custom: (e, row) => {
      const { region } = e
      const b = region.b[row]!
      address(e, region.a[row]!, region.imm[row]!)
      const r = e.root(b)
      if (e.isConst(b) && (width < 64 || region.imm2[r] === region.imm[r]! >> 31)) {
        const imm = width === 8 ? (region.imm[r]! << 24) >> 24 : width === 16 ? (region.imm[r]! << 16) >> 16 : region.imm[r]!
        e.mayFault()
        e.asm.mi(STORE_IMM[width]!, at.base, at.disp, imm, at.index, at.scale)
        return
      }
      const { base, disp, index, scale } = at
      const rb = e.gpr(b)
      e.mayFault()
      e.asm.mr(i, base, disp, rb, index, scale)
    },
  })
}
store('store8', 8, insn('MOV r/m8, r8'))
store('store16', 16, insn('MOV r/m16, r16'))
store('store32', 32, insn('MOV r/m32, r32'))
store('store64', 64, insn('MOV r/m64, r64'))

function storeXmm(name: OpName, sse: Insn, vex: Insn): void {
  lower(name, {
    custom: (e, row) => {
      const { region } = e
      address(e, region.a[row]!, region.imm[row]!)
      const { base, disp, index, scale } = at
      const rb = e.xmm(region.b[row]!)
      e.mayFault()
      e.asm.mr(e.cpu.avx ? vex : sse, base, disp, rb, index, scale)
    },
  })
}
storeXmm('storef32', insn('MOVSS xmm2/m32, xmm1'), insn('VMOVSS m32, xmm1'))
storeXmm('storef64', insn('MOVSD xmm2/m64, xmm1'), insn('VMOVSD m64, xmm1'))
const MOVUPS_STORE = insn('MOVUPS xmm2/m128, xmm1')
const VMOVUPS_STORE = insn('VMOVUPS xmm2/m128, xmm1')
storeXmm('storev', MOVUPS_STORE, VMOVUPS_STORE)

// Atomics.

/** Rows by operand size in bytes. */
type BySize = Record<number, Insn>
const CMPXCHG: BySize = {
  1: insn('CMPXCHG r/m8, r8'),
  2: insn('CMPXCHG r/m16, r16'),
  4: insn('CMPXCHG r/m32, r32'),
  8: insn('CMPXCHG r/m64, r64'),
}
const XCHG: BySize = { 1: insn('XCHG r/m8, r8'), 2: insn('XCHG r/m16, r16'), 4: insn('XCHG r/m32, r32'), 8: insn('XCHG r/m64, r64') }
const XADD: BySize = { 1: insn('XADD r/m8, r8'), 2: insn('XADD r/m16, r16'), 4: insn('XADD r/m32, r32'), 8: insn('XADD r/m64, r64') }
const LOAD_ZX: BySize = { 1: MOVZX8, 2: MOVZX16, 4: MOV32, 8: MOV64 }

/** Old memory in `reg` was written at `size` bytes: zero-extend it. */
function zeroExtend(e: Emitter, reg: number, size: number): void {
  if (size < 8) e.asm.rr(LOAD_ZX[size]!, reg, reg)
}

lower('cas', {
  custom: (e, row) => {
    const { region, asm } = e
    const size = region.imm[row]!
    address(e, region.a[row]!, 0)
    const { base, disp, index, scale } = at
    const desired = e.gpr(region.c[row]!)
    const moved = desired === RAX || base === RAX || index === RAX
    // Whatever lay in rax moves aside; registers already read must be looked up again.
    e.intoFixed(RAX, region.b[row]!)
    if (moved) {
      e.regs.pin(RAX)
      address(e, region.a[row]!, 0)
    }
    const rc = moved ? e.gpr(region.c[row]!) : desired
    e.mayFault()
    asm.lock()
    if (moved) asm.mr(CMPXCHG[size]!, at.base, at.disp, rc, at.index, at.scale)
    else asm.mr(CMPXCHG[size]!, base, disp, rc, index, scale)
    e.clobberFlags()
    zeroExtend(e, RAX, size)
    e.defineIn(RAX)
  },
})

const MOVQ_TO = insn('MOVQ r/m64, xmm1')
const PEXTRQ = insn('PEXTRQ r/m64, xmm2, imm8')
const MOVQ_FROM = insn('MOVQ xmm1, r/m64')
const PINSRQ = insn('PINSRQ xmm1, r/m64, imm8')
const CMPXCHG16B = insn('CMPXCHG16B m128')
lower('cas128', {
  custom: (e, row) => {
    const { region, asm } = e
    for (const reg of [RAX, RDX, RBX, RCX]) e.takeFixed(reg)
    e.lowOnly = true
    address(e, region.a[row]!, 0)
    const expected = e.xmm(region.b[row]!)
    const desired = e.xmm(region.c[row]!)
    asm.rr(MOVQ_TO, RAX, expected)
    asm.rri(PEXTRQ, RDX, expected, 1)
    asm.rr(MOVQ_TO, RBX, desired)
    asm.rri(PEXTRQ, RCX, desired, 1)
    e.mayFault()
    asm.lock()
    asm.m(CMPXCHG16B, at.base, at.disp, at.index, at.scale)
    e.clobberFlags()
    const d = e.define() - XMM
    asm.rr(MOVQ_FROM, d, RAX)
    asm.rri(PINSRQ, d, RDX, 1)
  },
})

/**
 * A register with the value of `v` that this row may change, but not before its access has succeeded: `v` is still there at a fault. It is
 * neither `base` nor `index`.
 */
function copyOf(e: Emitter, v: number, base: number, index: number): number {
  if (e.where(v) === NONE && (e.isConst(v) || !e.usedAgain(v))) {
    const t = e.tempGpr()
    e.load(t, e.root(v))
    return t
  }
  const reg = e.gpr(v)
  if (e.dies(v) && reg !== base && reg !== index) return reg
  const t = e.tempGpr()
  e.movG(t, reg)
  return t
}

function exchange(name: 'xchg' | 'xadd', rows: BySize, locked: boolean): void {
  lower(name, {
    custom: (e, row) => {
      const { region, asm } = e
      const size = region.imm[row]!
      address(e, region.a[row]!, 0)
      const { base, disp, index, scale } = at
      const d = copyOf(e, region.b[row]!, base, index)
      e.mayFault()
      if (locked) asm.lock()
      asm.mr(rows[size]!, base, disp, d, index, scale)
      e.clobberFlags()
      zeroExtend(e, d, size)
      e.defineIn(d)
    },
  })
}
exchange('xchg', XCHG, false)
exchange('xadd', XADD, true)

const OPERATE: Record<number, { readonly 32: Insn; readonly 64: Insn }> = {
  [RMW_AND]: { 32: insn('AND r32, r/m32'), 64: insn('AND r64, r/m64') },
  [RMW_OR]: { 32: insn('OR r32, r/m32'), 64: insn('OR r64, r/m64') },
  [RMW_XOR]: { 32: insn('XOR r32, r/m32'), 64: insn('XOR r64, r/m64') },
  [RMW_CLR]: { 32: insn('AND r32, r/m32'), 64: insn('AND r64, r/m64') },
}
const NOT = { 32: insn('NOT r/m32'), 64: insn('NOT r/m64') }
const CMP = { 32: insn('CMP r32, r/m32'), 64: insn('CMP r64, r/m64') }
const MOV = { 32: MOV32, 64: MOV64 }
/** Keep the old value when it CCs the operand. */
const KEEP: Record<number, CC> = { [RMW_SMAX]: CC.GE, [RMW_SMIN]: CC.LE, [RMW_UMAX]: CC.AE, [RMW_UMIN]: CC.BE }
const SIGN_EXTEND: BySize = { 1: insn('MOVSX r64, r/m8'), 2: insn('MOVSX r64, r/m16'), 4: insn('MOVSXD r64, r/m32'), 8: MOV64 }

/** mov eax, [m]; retry: t = eax OP b; lock cmpxchg [m], t; jne retry */
lower('rmw', {
  custom: (e, row) => {
    const { region, asm } = e
    const size = region.imm[row]!
    const kind = region.imm2[row]!
    const width = size === 8 ? 64 : 32
    e.takeFixed(RAX)
    address(e, region.a[row]!, 0)
    const { base, disp, index, scale } = at
    const b = e.gpr(region.b[row]!)
    const t = e.tempGpr()
    e.mayFault()
    asm.rm(LOAD_ZX[size]!, RAX, base, disp, index, scale)
    const retry = asm.here()
    const keep = KEEP[kind]
    if (keep === undefined) {
      asm.rr(MOV[width], t, b)
      if (kind === RMW_CLR) asm.r(NOT[width], t)
      asm.rr(OPERATE[kind]![width], t, RAX)
    } else {
      const old = e.tempGpr()
      const extend = kind === RMW_SMAX || kind === RMW_SMIN ? SIGN_EXTEND : LOAD_ZX
      asm.rr(extend[size]!, old, RAX)
      asm.rr(extend[size]!, t, b)
      asm.rr(CMP[64], old, t)
      asm.rr(CMOVCC_64[keep]!, t, old)
      e.regs.unpin(old)
    }
    e.mayFault()
    asm.lock()
    asm.mr(CMPXCHG[size]!, base, disp, t, index, scale)
    asm.jcc(CC.NE, retry)
    e.clobberFlags()
    zeroExtend(e, RAX, size)
    e.defineIn(RAX)
  },
})

const PREFETCHES: Insn[] = [] // by PREFETCH_*
PREFETCHES[PREFETCH_L1] = insn('PREFETCHT0 m8')
PREFETCHES[PREFETCH_L2] = insn('PREFETCHT1 m8')
PREFETCHES[PREFETCH_L3] = insn('PREFETCHT2 m8')
PREFETCHES[PREFETCH_STREAM] = insn('PREFETCHNTA m8')
PREFETCHES[PREFETCH_WRITE] = insn('PREFETCHW m8')
lower('prefetch', {
  custom: (e, row) => {
    const { region } = e
    address(e, region.a[row]!, region.imm[row]!)
    e.asm.m(PREFETCHES[region.imm2[row]!]!, at.base, at.disp, at.index, at.scale)
  },
})

const OR_MEM = insn('OR r/m32, imm8')
lower('fence', {
  custom: (e, row) => {
    if (e.region.imm[row] !== FENCE_FULL) return
    // A locked read-modify-write of the stack orders like MFENCE and is several times faster.
    e.asm.lock()
    e.asm.mi(OR_MEM, RSP, 0, 0)
    e.clobberFlags()
  },
})

const ZERO_CHUNK = 16
lower('zero', {
  custom: (e, row) => {
    const { region, asm } = e
    const size = region.imm[row]!
    address(e, region.a[row]!, 0)
    const { base, disp, index, scale } = at
    const t = e.tempXmm()
    e.loadConst(t, 0, 0, 0, 0)
    e.mayFault()
    for (let i = 0; i < size; i += ZERO_CHUNK) asm.mr(e.cpu.avx ? VMOVUPS_STORE : MOVUPS_STORE, base, disp + i, t, index, scale)
  },
})

// State.

/** A `get` emits nothing: the slot is the value's home until it is overwritten. */
lower('get', {
  custom: (e, row) => {
    const slot = e.region.imm[row]!
    if (e.region.state[slot]!.volatile) {
      const reg = e.define()
      e.regs.home[row] = e.slotDisp(slot)
      e.load(reg, row)
      e.regs.home[row] = NO_HOME
      return
    }
    e.regs.home[row] = e.slotDisp(slot)
    e.homeSlot[row] = slot
    const earlier = e.slotValue[slot]!
    // Two values with one home: the earlier one keeps its register or gets one when the slot changes.
    if (earlier !== NONE && earlier !== row) e.overwriteSlot(slot)
    e.regs.home[row] = e.slotDisp(slot)
    e.homeSlot[row] = slot
    e.slotValue[slot] = row
  },
})

lower('put', {
  custom: (e, row) => {
    const { region, asm } = e
    const slot = region.imm[row]!
    const disp = e.slotDisp(slot)
    const v = region.a[row]!
    const r = e.root(v)
    e.notes.drop(slot)
    if (e.slotValue[slot] === r && e.homeSlot[r] === slot) return
    const type = region.state[slot]!.type
    if (e.isConst(v) && e.where(v) === NONE && (type !== I64 || e.isImm32(v))) {
      e.overwriteSlot(slot)
      asm.mi(STORE_IMM[type === I64 ? 64 : 32]!, RBP, disp, e.immOf(v))
      return
    }
    const reg = isXmmType(type) ? e.xmm(v) + XMM : e.gpr(v)
    e.overwriteSlot(slot)
    if (reg >= XMM) e.storeTo(reg, type, disp)
    else asm.mr(type === I64 ? STORE64 : STORE32, RBP, disp, reg)
    e.slotHolds(slot, r)
  },
})
const STORE64 = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')

lower('note', {
  custom: (e, row) => {
    const slot = e.region.imm[row]!
    e.notes.set(slot, e.root(e.region.a[row]!))
  },
})

// Host FP environment: through the scratch area, LDMXCSR and STMXCSR take memory only.
const STMXCSR = insn('STMXCSR m32')
const LDMXCSR = insn('LDMXCSR m32')
const MOV32_STORE = insn('MOV r/m32, r32')
lower('fenv.get', {
  custom: (e) => {
    const d = e.define()
    e.asm.m(STMXCSR, RBP, SCRATCH)
    e.asm.rm(MOV32, d, RBP, SCRATCH)
  },
})
lower('fenv.set', {
  custom: (e, row) => {
    e.asm.mr(MOV32_STORE, RBP, SCRATCH, e.gpr(e.region.a[row]!))
    e.asm.m(LDMXCSR, RBP, SCRATCH)
  },
})

lower('cycles', {
  custom: (e) => {
    e.takeFixed(RAX)
    e.callRoutine('cycles')
    e.clobberFlags()
    e.defineIn(RAX)
  },
})
