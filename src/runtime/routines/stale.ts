/**
 * `stale`: jumped to by a barrier behind cache maintenance, with the lines [~stale_from, stale_to) of the state that may have changed, the barrier's guest pc in
 * rcx and the id of its exit in eax. Where the page filter says that there are no translations of their pages there is nothing to remove, and the guest goes on; else the
 * exit is taken.
 *
 * Nothing is lost when another thread's code of these lines is being translated at this moment. The guest has written its code, then comes a full barrier, then the look into
 * the filter. The engine sets a page's bit, with a full barrier (known-pages.ts), before it reads the page for the first time, and the bit stays as long as there is a
 * translation or a copy of the page. So either the bit is seen here and the exit is taken, to be served when the translation is finished; or the engine reads what was written.
 */
import { ALU, CC, insn, R8, RBP, RCX, RDI, RDX, RSI, RSP, SHIFT } from '../../x64/asm/index.ts'
import { fromRbp, PAGE_FILTER, PAGE_FILTER_CLASSES, PAGE_FILTER_SALT, STATE_OFFSET } from '../layout.ts'
import { routine } from '../routines.ts'

const MOV = insn('MOV r64, r/m64')
const STORE_IMM = insn('MOV r/m64, imm32')
const MOVZX16 = insn('MOVZX r32, r/m16')
const NOT = insn('NOT r/m64')
const SUB = insn('SUB r64, r/m64')
const CMP = insn('CMP r64, r/m64')
const ADD32 = insn('ADD r32, r/m32')
const IMUL32 = insn('IMUL r32, r/m32, imm32')
const OR_MEM = insn('OR r/m32, imm8')
const BIT_TEST = insn('BT r/m64, r64')

const PAGE_SHIFT = 12
const INSN_SIZE = 4
/** So many pages are looked up one by one. */
const MOST_PAGES = 4096

routine('stale', (asm, env) => {
  const next = asm.label()
  const engine = asm.label()
  const [from, to] = ['stale_from', 'stale_to'].map((slot) => fromRbp(STATE_OFFSET + env.stateOffset(slot))) as [number, number]
  asm.lock()
  asm.mi(OR_MEM, RSP, 0, 0)
  asm.rm(MOV, RSI, RBP, from)
  asm.r(NOT, RSI)
  asm.rm(MOV, RDI, RBP, to)
  asm.aluRI(ALU.SUB, 64, RDI, 1)
  asm.shiftRI(SHIFT.SHR, 64, RSI, PAGE_SHIFT)
  asm.shiftRI(SHIFT.SHR, 64, RDI, PAGE_SHIFT)
  asm.rr(MOV, RDX, RDI)
  asm.rr(SUB, RDX, RSI)
  asm.aluRI(ALU.CMP, 64, RDX, MOST_PAGES)
  asm.jcc(CC.AE, engine)
  asm.movAddress(RDX, PAGE_FILTER)
  asm.bind(next)
  // Its class, as classOf in linux-user/known-pages.ts has it.
  asm.rr(MOV, R8, RSI)
  asm.shiftRI(SHIFT.SHR, 64, R8, Math.log2(PAGE_FILTER_CLASSES))
  asm.rri(IMUL32, R8, R8, PAGE_FILTER_SALT)
  asm.rr(ADD32, R8, RSI)
  asm.rr(MOVZX16, R8, R8)
  asm.mr(BIT_TEST, RDX, 0, R8)
  asm.jcc(CC.B, engine)
  asm.aluRI(ALU.ADD, 64, RSI, 1)
  asm.rr(CMP, RSI, RDI)
  asm.jcc(CC.BE, next)
  asm.mi(STORE_IMM, RBP, from, 0)
  asm.mi(STORE_IMM, RBP, to, 0)
  asm.aluRI(ALU.ADD, 64, RCX, INSN_SIZE)
  asm.jmpTo(env.lookup)
  asm.bind(engine)
  asm.jmpTo(env.exit)
})
