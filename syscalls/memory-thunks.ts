/**
 * The thunks of mmap, munmap, mprotect and brk, which the rows do not describe: programs begin with dozens of these calls. The runner makes those that need no thought and writes down
 * what it has done (MAP_LOG in the slot); the engine learns of it before it answers anything (linux-user/runner-maps.ts). Left to the engine are
 *  - all of them while MAPS_ALONE is 0: other threads have the same memory, there are limits, or mappings that want thought;
 *  - all when the log is full, and what is not made of private memory: PROT_EXEC, MAP_SHARED, other flags, hints;
 *  - changes of pages of which there may be translations (PAGE_FILTER), of very many pages, of what lies above MAPS_END (the stack);
 *  - what is wrong with the arguments, and what the host refuses: the engine makes the call again, and knows what to do if the host has done a part of it.
 *
 * A mapping without an address goes where linux-user/address-space.ts would put it: to MAPS_NEXT, which is where the last one ended.
 *
 * Translations of a page may appear just behind the look into the filter, made for another process that has the same file there (code-spaces.ts). They go when the engine learns of
 * the change; until then the page shows something else here and may not be executed: whoever changes that asks the engine.
 *
 * What thunks have to observe stands in thunk.ts. A signal before the call finds nothing done; behind it, the log is complete before anybody can ask.
 */
import {
  fromRbp,
  HEAP_END,
  HEAP_LIMIT,
  HEAP_START,
  HIDDEN_COUNT,
  HIDDEN_FDS,
  IN_KERNEL,
  MAP_BRK,
  MAP_LOG_ENTRIES,
  MAP_LOG_ENTRY_SIZE,
  MAP_LOG_OFFSET,
  MAP_MMAP,
  MAP_MPROTECT,
  MAP_MUNMAP,
  MAPS_ALONE,
  MAPS_COUNT,
  MAPS_END,
  MAPS_NEXT,
  PAGE_FILTER,
  PAGE_FILTER_CLASSES,
  PAGE_FILTER_SALT,
  SIGNAL_PENDING,
} from '../src/runtime/layout.ts'
import { ALU, CC, insn, type Label, R8, R9, R10, R11, R12, R13, R14, RAX, RBP, RBX, RCX, RDI, RDX, RSI, SHIFT } from '../src/x64/asm/index.ts' // biome-ignore format: a list
import { mapFlags, protection } from './abi/flags/memory.ts'
import { emitArgument, emitResult } from './emit-arguments.ts'
import type { ThunkPlace } from './signal-thunks.ts'
import { argumentSources } from './sources.ts'
import { rowsByName } from './table.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVZX16 = insn('MOVZX r32, r/m16')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const ADD32 = insn('ADD r32, r/m32')
const SUB = insn('SUB r64, r/m64')
const SUB32 = insn('SUB r32, r/m32')
const CMP = insn('CMP r64, r/m64')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32_IMM = insn('TEST r/m32, imm32')
const BIT_TEST = insn('BT r/m64, r64')
const IMUL32 = insn('IMUL r32, r/m32, imm32')
const LEA = insn('LEA r64, m')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

const PAGE_SHIFT = 12
const PAGE_SIZE = 1 << PAGE_SHIFT
/** Longest change whose pages are looked up in the filter, one by one. */
const MOST_PAGES = 4096
/** Lengths, offsets and ends of heaps from 2^47 on are the engine's. */
const ADDRESS_BITS = 47
const MAX_ERRNO = 4095

const { PROT_READ, PROT_WRITE } = protection.values
const { MAP_PRIVATE, MAP_FIXED, MAP_ANONYMOUS, MAP_NORESERVE, MAP_STACK, MAP_DENYWRITE, MAP_EXECUTABLE, MAP_FIXED_NOREPLACE } =
  mapFlags.values
/** Flags of mmap that change nothing, and those that the host is told beside MAP_PRIVATE. */
const IGNORED = MAP_DENYWRITE | MAP_EXECUTABLE
const PASSED = MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK

/** Thunks by the call's name. */
export const MEMORY_THUNKS: ReadonlyMap<string, (place: ThunkPlace) => void> = new Map([
  ['mmap', (place: ThunkPlace) => new MemoryThunk(place, 'mmap').mmap()],
  ['mmap2', (place: ThunkPlace) => new MemoryThunk(place, 'mmap2').mmap()],
  ['munmap', (place: ThunkPlace) => new MemoryThunk(place, 'munmap').munmap()],
  ['mprotect', (place: ThunkPlace) => new MemoryThunk(place, 'mprotect').mprotect()],
  ['brk', (place: ThunkPlace) => new MemoryThunk(place, 'brk').brk()],
])

/**
 * The number of entries in the log stays in rbx. Behind a call rdi, rsi, rdx, r10, r8 and r9 are what the host was given.
 */
class MemoryThunk {
  private readonly place: ThunkPlace
  /** The guest's call. */
  private readonly name: string
  private readonly leave: Label
  private readonly done: Label

  constructor(place: ThunkPlace, name: string) {
    this.place = place
    this.name = name
    this.leave = place.asm.label()
    this.done = place.asm.label()
  }

  mmap(): void {
    const { asm } = this.place
    const isAnonymous = asm.label()
    const isComplete = asm.label()
    const isFixed = asm.label()
    const call = asm.label()
    const log = asm.label()
    this.begin([RDI, RSI, RDX, R10, R8, R9])
    this.checkProtection()
    asm.rr(MOV32, RAX, R10)
    asm.aluRI(ALU.AND, 32, RAX, ~(PASSED | IGNORED))
    asm.aluRI(ALU.CMP, 32, RAX, MAP_PRIVATE)
    asm.jcc(CC.NE, this.leave)
    asm.aluRI(ALU.AND, 32, R10, MAP_PRIVATE | PASSED)
    this.roundLength()
    asm.ri(TEST32_IMM, R9, PAGE_SIZE - 1)
    asm.jcc(CC.NE, this.leave)
    this.checkSmall(R9)

    asm.ri(TEST32_IMM, R10, MAP_ANONYMOUS)
    asm.jcc(CC.NE, isAnonymous)
    asm.aluRI(ALU.CMP, 32, R8, 0)
    asm.jcc(CC.L, this.leave)
    asm.rr(MOV32, RAX, R8)
    asm.rm(SUB32, RAX, RBP, fromRbp(HIDDEN_FDS))
    asm.aluRI(ALU.CMP, 32, RAX, HIDDEN_COUNT)
    asm.jcc(CC.B, this.leave)
    asm.jmp(isComplete)
    asm.bind(isAnonymous)
    asm.imm64(R8, -1, -1)
    asm.rr(XOR32, R9, R9)
    asm.bind(isComplete)

    asm.ri(TEST32_IMM, R10, MAP_FIXED)
    asm.jcc(CC.NE, isFixed)
    asm.rr(TEST, RDI, RDI)
    asm.jcc(CC.NE, this.leave)
    asm.rm(MOV, RDI, RBP, fromRbp(MAPS_NEXT))
    asm.rm(LEA, RAX, RDI, 0, RSI, 0)
    asm.rm(CMP, RAX, RBP, fromRbp(MAPS_END))
    asm.jcc(CC.A, this.leave)
    asm.aluRI(ALU.OR, 32, R10, MAP_FIXED_NOREPLACE)
    asm.jmp(call)
    asm.bind(isFixed)
    this.checkRange()
    asm.bind(call)
    this.call('mmap')
    asm.ri(TEST32_IMM, R10, MAP_FIXED)
    asm.jcc(CC.NE, log)
    asm.rm(LEA, RCX, RDI, 0, RSI, 0)
    asm.mr(STORE, RBP, fromRbp(MAPS_NEXT), RCX)
    asm.bind(log)
    this.limitHeap()
    this.log(MAP_MMAP)
    this.end()
  }

  /** The heap may not come nearer than a page to what has been mapped at rdi, as heapLimit in linux-user/brk.ts; if that reaches out of the heap, it may not grow at all. Clobbers rcx and r12. */
  private limitHeap(): void {
    const { asm } = this.place
    const isElsewhere = asm.label()
    asm.rm(MOV, R12, RBP, fromRbp(HEAP_END))
    asm.aluRI(ALU.ADD, 64, R12, PAGE_SIZE - 1)
    asm.aluRI(ALU.AND, 64, R12, -PAGE_SIZE)
    asm.rm(LEA, RCX, RDI, 0, RSI, 0)
    asm.rr(CMP, RCX, R12)
    asm.jcc(CC.BE, isElsewhere)
    asm.rm(LEA, RCX, RDI, -PAGE_SIZE)
    asm.rm(CMP, RCX, RBP, fromRbp(HEAP_LIMIT))
    asm.jcc(CC.AE, isElsewhere)
    asm.mr(STORE, RBP, fromRbp(HEAP_LIMIT), RCX)
    asm.bind(isElsewhere)
  }

  munmap(): void {
    const { asm } = this.place
    const isWithin = asm.label()
    this.begin([RDI, RSI])
    this.roundLength()
    this.checkRange()
    this.call('munmap')
    asm.rm(LEA, RCX, RDI, 0, RSI, 0)
    asm.rm(CMP, RCX, RBP, fromRbp(MAPS_NEXT))
    asm.jcc(CC.NE, isWithin)
    asm.mr(STORE, RBP, fromRbp(MAPS_NEXT), RDI)
    asm.bind(isWithin)
    this.log(MAP_MUNMAP)
    this.end()
  }

  mprotect(): void {
    this.begin([RDI, RSI, RDX])
    this.checkProtection()
    this.roundLength()
    this.checkRange()
    this.call('mprotect')
    this.log(MAP_MPROTECT)
    this.end()
  }

  /** r14: the end that is wanted. */
  brk(): void {
    const { asm } = this.place
    const isAsked = asm.label()
    const shrinks = asm.label()
    const isThere = asm.label()
    this.begin([R14])
    asm.rm(CMP, R14, RBP, fromRbp(HEAP_START))
    asm.jcc(CC.B, isAsked)
    this.checkSmall(R14)
    asm.rm(MOV, R12, RBP, fromRbp(HEAP_END))
    asm.rr(MOV, R13, R14)
    for (const register of [R12, R13]) {
      asm.aluRI(ALU.ADD, 64, register, PAGE_SIZE - 1)
      asm.aluRI(ALU.AND, 64, register, -PAGE_SIZE)
    }
    asm.rr(CMP, R13, R12)
    asm.jcc(CC.E, isThere)
    asm.jcc(CC.B, shrinks)

    asm.rm(CMP, R13, RBP, fromRbp(HEAP_LIMIT))
    asm.jcc(CC.A, this.leave)
    asm.rr(MOV, RDI, R12)
    asm.rr(MOV, RSI, R13)
    asm.rr(SUB, RSI, R12)
    asm.imm64(RDX, PROT_READ | PROT_WRITE, 0)
    asm.imm64(R10, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, 0)
    asm.imm64(R8, -1, -1)
    asm.rr(XOR32, R9, R9)
    this.call('mmap')
    asm.jmp(isThere)

    asm.bind(shrinks)
    asm.rr(MOV, RDI, R13)
    asm.rr(MOV, RSI, R12)
    asm.rr(SUB, RSI, R13)
    this.checkRange()
    this.call('munmap')

    asm.bind(isThere)
    asm.mr(STORE, RBP, fromRbp(HEAP_END), R14)
    asm.rr(MOV, RDI, R14)
    this.log(MAP_BRK)
    asm.bind(isAsked)
    asm.rm(MOV, RAX, RBP, fromRbp(HEAP_END))
    this.end()
  }

  /** Is it the runner's, and are there places in the log? Loads the arguments. */
  private begin(registers: readonly number[]): void {
    const { asm, guest } = this.place
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(MAPS_ALONE), 0)
    asm.jcc(CC.E, this.leave)
    asm.rm(MOV32, RBX, RBP, fromRbp(MAPS_COUNT))
    asm.aluRI(ALU.CMP, 32, RBX, MAP_LOG_ENTRIES)
    asm.jcc(CC.AE, this.leave)
    const sources = argumentSources(guest, rowsByName.get(this.name)!)
    for (const [n, register] of registers.entries()) emitArgument(asm, register, sources[n]!)
  }

  private checkProtection(): void {
    const { asm } = this.place
    asm.ri(TEST32_IMM, RDX, ~(PROT_READ | PROT_WRITE))
    asm.jcc(CC.NE, this.leave)
    asm.rr(MOV32, RDX, RDX)
  }

  private checkSmall(register: number): void {
    const { asm } = this.place
    asm.rr(MOV, RAX, register)
    asm.shiftRI(SHIFT.SHR, 64, RAX, ADDRESS_BITS)
    asm.jcc(CC.NE, this.leave)
  }

  /** The length in rsi: not 0, up to a whole page. */
  private roundLength(): void {
    const { asm } = this.place
    asm.rm(LEA, RAX, RSI, -1)
    asm.shiftRI(SHIFT.SHR, 64, RAX, ADDRESS_BITS)
    asm.jcc(CC.NE, this.leave)
    asm.aluRI(ALU.ADD, 64, RSI, PAGE_SIZE - 1)
    asm.aluRI(ALU.AND, 64, RSI, -PAGE_SIZE)
  }

  /** Memory at rdi, rsi bytes long: whole pages below MAPS_END of which there are no translations. Clobbers rax, rcx, r11 to r13. */
  private checkRange(): void {
    const { asm } = this.place
    const next = asm.label()
    asm.ri(TEST32_IMM, RDI, PAGE_SIZE - 1)
    asm.jcc(CC.NE, this.leave)
    this.checkSmall(RDI)
    asm.rm(LEA, RCX, RDI, 0, RSI, 0)
    asm.rm(CMP, RCX, RBP, fromRbp(MAPS_END))
    asm.jcc(CC.A, this.leave)
    asm.rr(MOV, R12, RSI)
    asm.shiftRI(SHIFT.SHR, 64, R12, PAGE_SHIFT)
    asm.aluRI(ALU.CMP, 64, R12, MOST_PAGES)
    asm.jcc(CC.A, this.leave)

    // The first page's class, as classOf in linux-user/known-pages.ts; those of one block follow each other.
    asm.rr(MOV, RAX, RDI)
    asm.shiftRI(SHIFT.SHR, 64, RAX, PAGE_SHIFT)
    asm.aluRI(ALU.SUB, 64, RCX, 1)
    asm.shiftRI(SHIFT.SHR, 64, RCX, PAGE_SHIFT + Math.log2(PAGE_FILTER_CLASSES))
    asm.rr(MOV, R13, RAX)
    asm.shiftRI(SHIFT.SHR, 64, R13, Math.log2(PAGE_FILTER_CLASSES))
    asm.rr(CMP, RCX, R13)
    asm.jcc(CC.NE, this.leave)
    asm.rri(IMUL32, R13, R13, PAGE_FILTER_SALT)
    asm.rr(ADD32, RAX, R13)
    asm.movAddress(R13, PAGE_FILTER)
    asm.bind(next)
    asm.rr(MOVZX16, R11, RAX)
    asm.mr(BIT_TEST, R13, 0, R11)
    asm.jcc(CC.B, this.leave)
    asm.aluRI(ALU.ADD, 32, RAX, 1)
    asm.aluRI(ALU.SUB, 32, R12, 1)
    asm.jcc(CC.NE, next)
  }

  /** The host's call; what it refuses is the engine's. */
  private call(name: string): void {
    const { asm, host, entries } = this.place
    asm.imm64(RAX, host.numbers[name]!, 0)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, entries.signalBefore)
    asm.none(SYSCALL)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)
    asm.aluRI(ALU.CMP, 64, RAX, -MAX_ERRNO)
    asm.jcc(CC.AE, this.leave)
  }

  /** An entry of the log: address in rdi, length in rsi, protection in rdx, flags in r10, offset in r9, as far as the call has them. */
  private log(kind: number): void {
    const { asm } = this.place
    asm.rr(MOV32, RCX, RBX)
    asm.shiftRI(SHIFT.SHL, 32, RCX, Math.log2(MAP_LOG_ENTRY_SIZE))
    asm.rm(LEA, RCX, RBP, fromRbp(MAP_LOG_OFFSET), RCX, 0)
    asm.mi(STORE32_IMM, RCX, 0, kind)
    asm.mr(STORE32, RCX, 4, RDX)
    asm.mr(STORE32, RCX, 8, R10)
    asm.mr(STORE, RCX, 16, RDI)
    asm.mr(STORE, RCX, 24, RSI)
    asm.mr(STORE, RCX, 32, R9)
    asm.aluRI(ALU.ADD, 32, RBX, 1)
    asm.mr(STORE32, RBP, fromRbp(MAPS_COUNT), RBX)
  }

  /** Returns with the result in rax; behind that, what leaves to the engine. */
  private end(): void {
    const { asm, guest, entries } = this.place
    asm.bind(this.done)
    emitResult(asm, guest, RAX)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, entries.signalAfter)
    asm.none(RET)
    asm.bind(this.leave)
    asm.jmpTo(entries.syscallToEngine)
  }
}
