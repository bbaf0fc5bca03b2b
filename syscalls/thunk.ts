/**
 * The thunk compiler: native x86-64 code for every row that the rows describe wholly, so that its calls never leave the runner.
 *
 * A thunk is entered by `call` semantics (runtime/entries.ts): rbp = slot + STATE_BIAS, its return address on the stack. It loads the
 * guest's argument registers from the state, makes the host's call, stores the result and returns. It may clobber every register
 * but rbp and rsp. A call that it cannot do itself is left to the engine by a jump to `syscallToEngine` with rsp as at entry and
 * the state untouched:
 *  - names that may lead into /proc, /sys or /dev, and those that names.ts cannot map while a sysroot is in force;
 *  - the few cases of a row that need a conversion which the compiler does not write;
 *  - a call that failed with EFAULT although it may write to memory: pages that are write-protected because code was translated
 *    from them fail in the kernel, and only the engine can tell.
 *
 * EFAULT. Pointers that pass through are checked by the kernel. Where the thunk itself touches guest memory, the instruction's address
 * is listed with a place to go on from: when a host fault's RIP is in the list (and the engine has no write-protected page to
 * open), the engine sets RIP to `faultFixup(rip)`. rsp is the same on both sides.
 *
 * Signals. A thunk leaves by `signalBefore` or `signalAfter` when one was taken, just before its call or behind it; see runtime/signals.ts.
 *
 * Our own descriptors do not exist for the guest: one as an argument fails as if it were closed.
 */

import {
  CALL_FAULTED,
  FIRST_ARGUMENT,
  fromRbp,
  HIDDEN_COUNT,
  HIDDEN_FDS,
  IN_KERNEL,
  LISTS_TO_ENGINE,
  SIGNAL_PENDING,
} from '../src/runtime/layout.ts'
import {
  ALU, Assembler, CC, insn, type Label,R8, R9, R10, R11, R12, R13, R14, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, SHIFT, 
} from '../src/x64/asm/index.ts' // biome-ignore format: a list
import { type Abi, type GuestAbi, requireSameOrder, x64 } from './abi/abi.ts'
import { errno } from './abi/errno.ts'
import { type FlagConversion, flagConversion, flagValue } from './abi/flag-set.ts'
import { type FieldCopy, fieldCopies, fieldOf, type Layout, layout, layoutsAgree } from './abi/shape.ts'
import { iovec, mmsghdr, msghdr } from './abi/shapes-sockets.ts'
import { type Arg, type Follow, mayWrite, RESULT } from './args.ts'
import { emitArgument, emitResult } from './emit-arguments.ts'
import { loadOf, STORES } from './field-moves.ts'
import { hasThunk, MOST_FIELDS, MOST_KEPT } from './has-thunk.ts'
import { ENGINE_PREFIXES, ODD_PREFIXES, word } from './name-prefixes.ts'
import { emitMapNames, type Follows } from './names.ts'
import { madeRow, type Row, stateFor } from './row.ts'
import { type ArgumentSource, argumentSources } from './sources.ts'
import { syscallTable } from './table.ts'
import { emitVector, MOST_PARTS, type Vector } from './vector-thunk.ts'

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32_IMM = insn('MOV r/m32, imm32')
const OR32 = insn('OR r32, r/m32')
const SUB32 = insn('SUB r32, r/m32')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32_IMM = insn('TEST r/m32, imm32')
const LEA = insn('LEA r64, m')
const IMUL = insn('IMUL r64, r/m64, imm32')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

/** The kernel's argument registers in order. The kernel preserves all of them; it clobbers rax, rcx and r11. */
const ARGUMENTS = [RDI, RSI, RDX, R10, R8, R9]
/** Where guest pointers of converted structures wait for the call to return. */
const KEPT = [R12, R13, R14]
/** Registers that carry the fields of one array element. */
const ELEMENT = [RBX, R12, R13, R14, RDI, RDX]
if (KEPT.length !== MOST_KEPT || ELEMENT.length !== MOST_FIELDS) throw new Error('has-thunk.ts counts other registers')
const STACK_ALIGNMENT = 16

/** Those of `runtime.entryPoints` that thunks jump to. */
export interface ThunkEntries {
  readonly syscallToEngine: number
  readonly signalBefore: number
  readonly signalAfter: number
  /** The routine of names.ts; absent: names are all the engine's while a sysroot maps them. */
  readonly mapName?: number
}

export interface ThunkOptions {
  /** Host address where the code will lie. */
  readonly origin: number
  readonly entries: ThunkEntries
}

export interface Thunk {
  readonly row: Row
  readonly address: number
  /** Bytes. */
  readonly length: number
  /** Address of the kernel entry: before it the call has not been made, from the next instruction on it has. */
  readonly kernelEntry: number
}

export interface ThunkSet {
  readonly code: Uint8Array
  readonly origin: number
  readonly thunks: readonly Thunk[]
  /** Entries of the thunk table (SYSCALL_COUNT). */
  readonly count: number
  /** The thunk table (SYSCALL_TABLE): host addresses by guest number, 0 for none. */
  readonly table: Uint8Array
  /** Where a fault at `rip` goes on, or 0 when no thunk's guest access is there. */
  faultFixup(rip: number): number
}

/** An instruction that touches guest memory, by its address, and where a fault of it goes on. */
export interface Fixup {
  readonly at: number
  readonly target: Label
}

/** Thunks for every row of the guest's table that can have one. */
export function compileThunks(guest: GuestAbi, options: ThunkOptions, host: Abi = x64): ThunkSet {
  requireSameOrder(guest, host)
  const asm = new Assembler(0x8000)
  asm.reset(options.origin)
  const fixups: Fixup[] = []
  const thunks: Thunk[] = []
  const rows = syscallTable(guest)
  const table = new Uint8Array(rows.length * 8)
  const words = new DataView(table.buffer)
  for (const [number, row] of rows.entries()) {
    if (row === undefined || !hasThunk(row, guest, host)) continue
    asm.align(STACK_ALIGNMENT)
    const address = asm.address
    const kernelEntry = compileThunk(asm, fixups, guest, host, row, options.entries)
    thunks.push({ row, address, length: asm.address - address, kernelEntry })
    words.setBigUint64(number * 8, BigInt(address), true)
  }
  asm.finish()
  const fixupAt = new Map(fixups.map((f) => [f.at, options.origin + asm.positionOf(f.target)]))
  return {
    code: asm.code(),
    origin: options.origin,
    thunks,
    count: rows.length,
    table,
    faultFixup: (rip) => fixupAt.get(rip) ?? 0,
  }
}

/** Emits the thunk of `row`, which can have one; returns the address of its SYSCALL instruction. */
export function compileThunk(asm: Assembler, fixups: Fixup[], guest: GuestAbi, host: Abi, row: Row, entries: ThunkEntries): number {
  return new ThunkCompiler(asm, fixups, guest, host, row, entries).compile()
}

interface KeptStruct {
  readonly arg: Extract<Arg, { kind: 'struct' }>
  readonly register: number
  readonly frameAt: number
  readonly guest: Layout
  readonly host: Layout
}

class ThunkCompiler {
  private readonly asm: Assembler
  private readonly fixups: Fixup[]
  private readonly guest: GuestAbi
  private readonly host: Abi
  private readonly row: Row
  private readonly sources: readonly ArgumentSource[]
  private readonly entries: ThunkEntries
  private readonly leave: Label
  /** The call has been made and gave EFAULT. */
  private readonly faulted: Label
  private readonly fault: Label
  private readonly done: Label
  private readonly refusals = new Map<'EBADF' | 'EINVAL', Label>()
  private readonly kept: KeptStruct[] = []
  private readonly vectors: Vector[] = []
  private frame = 0
  private leaves = false
  private faults = false

  constructor(asm: Assembler, fixups: Fixup[], guest: GuestAbi, host: Abi, row: Row, entries: ThunkEntries) {
    this.asm = asm
    this.fixups = fixups
    this.guest = guest
    this.host = host
    this.row = madeRow(row)
    this.sources = argumentSources(guest, row)
    this.entries = entries
    this.leave = asm.label()
    this.faulted = asm.label()
    this.fault = asm.label()
    this.done = asm.label()
  }

  /** Emits the thunk; returns the address of its SYSCALL instruction. */
  compile(): number {
    const { asm, row } = this
    if (stateFor(row, this.guest) === 'refused') return this.refuse()
    this.planFrame()
    if (this.frame !== 0) asm.aluRI(ALU.SUB, 64, RSP, this.frame)
    for (const [n, source] of this.sources.entries()) emitArgument(asm, ARGUMENTS[n]!, source)
    this.keepFirst()
    if (row.engineFor !== null && (row.engineFor.only32 !== true || this.guest.model.long === 4)) {
      for (const value of row.engineFor.values) {
        asm.aluRI(ALU.CMP, 32, this.register(row.engineFor.argument), value | 0)
        asm.jcc(CC.E, this.leave)
      }
      this.leaves = true
    }
    this.checkPaths()
    this.checkControl()
    for (const [n, arg] of row.argKinds.entries()) if (!this.isOurs(n)) this.convertArgument(arg, ARGUMENTS[n]!)
    for (const struct of this.kept) this.passStruct(struct)
    for (const vector of this.vectors) {
      this.leaves = true
      emitVector(asm, this.fixups, layout(this.guest, iovec), vector, this.leave)
    }
    this.renumber()

    asm.imm64(RAX, this.host.numbers[row.call]!, 0)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 1)
    // The form that runtime/signals.ts recognises. The engine resumes with a fresh host stack, so the frame may stay.
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, this.entries.signalBefore)
    const kernelEntry = asm.address
    asm.none(SYSCALL)
    asm.mi(STORE32_IMM, RBP, fromRbp(IN_KERNEL), 0)

    if (row.argKinds.some(mayWrite)) {
      asm.aluRI(ALU.CMP, 64, RAX, -errno.EFAULT)
      this.leaves = true
      asm.jcc(CC.E, this.faulted)
    }
    this.convertResult()
    asm.bind(this.done)
    emitResult(asm, this.guest, RAX)
    asm.aluMI(ALU.CMP, 32, RBP, fromRbp(SIGNAL_PENDING), 0)
    asm.jccTo(CC.NE, this.entries.signalAfter)
    this.dropFrame()
    asm.none(RET)
    this.outOfLine()
    return kernelEntry
  }

  /** There is no kernel entry: no address of one. */
  private refuse(): number {
    const { asm } = this
    asm.imm64(RAX, -errno.ENOSYS, -1)
    emitResult(asm, this.guest, RAX)
    asm.none(RET)
    return 0
  }

  /** A value that no guest has given, and that is the host's already. */
  private isOurs(n: number): boolean {
    return this.sources[n]!.kind === 'constant'
  }

  private register(name: string): number {
    return ARGUMENTS[this.row.argNames.indexOf(name)]!
  }

  private dropFrame(): void {
    if (this.frame !== 0) this.asm.aluRI(ALU.ADD, 64, RSP, this.frame)
  }

  private planFrame(): void {
    for (const [n, arg] of this.row.argKinds.entries()) {
      if (arg.kind === 'iovec' && this.guest.model.pointer !== this.host.model.pointer) {
        this.vectors.push({ register: ARGUMENTS[n]!, count: this.register(arg.count), at: this.frame })
        this.frame += MOST_PARTS * layout(this.host, iovec).size
      }
      if (arg.kind !== 'struct' || arg.count === RESULT) continue
      const guest = layout(this.guest, arg.shape)
      const host = layout(this.host, arg.shape)
      if (layoutsAgree(guest, host)) continue
      this.kept.push({ arg, register: ARGUMENTS[n]!, frameAt: this.frame, guest, host })
      this.frame += Math.ceil(host.size / STACK_ALIGNMENT) * STACK_ALIGNMENT
    }
  }

  /** The register that the result takes, for whoever makes the call again. */
  private keepFirst(): void {
    const { asm, guest } = this
    const first = this.sources[0]
    if (first === undefined) return
    const at = guest.argumentsAt[0]!
    const isPassed = first.kind === 'wide' && first.at === at
    if (!isPassed) asm.rm(MOV32, RAX, RBP, fromRbp(at))
    asm.mr(STORE, RBP, fromRbp(FIRST_ARGUMENT), isPassed ? ARGUMENTS[0]! : RAX)
  }

  /** Values of an argument that the host has other numbers for. */
  private renumber(): void {
    const { asm, row } = this
    if (row.renumbers === null || this.guest.model.long !== 4) return
    const register = this.register(row.renumbers.argument)
    for (const [from, to] of row.renumbers.values) {
      const next = asm.label()
      asm.aluRI(ALU.CMP, 32, register, from | 0)
      asm.jcc(CC.NE, next)
      asm.imm64(register, to | 0, 0)
      asm.bind(next)
    }
  }

  /** Everything that is reached by jumps only. */
  private outOfLine(): void {
    const { asm } = this
    for (const [name, label] of this.refusals) {
      asm.bind(label)
      asm.imm64(RAX, -errno[name], -1)
      asm.jmp(this.done)
    }
    if (this.faults) {
      asm.bind(this.fault)
      asm.imm64(RAX, -errno.EFAULT, -1)
      asm.jmp(this.done)
    }
    if (!this.leaves) return
    if (this.row.argKinds.some(mayWrite)) {
      asm.bind(this.faulted)
      asm.mi(STORE32_IMM, RBP, fromRbp(CALL_FAULTED), 1)
    }
    asm.bind(this.leave)
    this.dropFrame()
    asm.jmpTo(this.entries.syscallToEngine)
  }

  /** The next instruction reads or writes guest memory; a fault goes on at `target`. */
  private guard(target: Label): void {
    this.fixups.push({ at: this.asm.address, target })
  }

  // Names of files

  private checkPaths(): void {
    const { asm } = this
    if (this.row.argKinds.some((arg) => arg.kind === 'dirents')) {
      this.leaves = true
      asm.aluMI(ALU.CMP, 32, RBP, fromRbp(LISTS_TO_ENGINE), 0)
      asm.jcc(CC.NE, this.leave)
    }
    const names = this.row.argKinds.flatMap((arg, n) => (arg.kind === 'path' ? [{ name: ARGUMENTS[n]!, arg }] : []))
    if (names.length === 0) return
    this.leaves = true
    for (const { name, arg } of names) {
      // Where four bytes cannot be read the name is shorter than a prefix, or the kernel will say EFAULT.
      const next = asm.label()
      this.guard(next)
      asm.rm(MOV32, RCX, name, 0)
      if (arg.empty === 'engine') {
        asm.aluRI(ALU.CMP, 8, RCX, 0)
        asm.jcc(CC.E, this.leave)
      }
      for (const prefix of ENGINE_PREFIXES) {
        asm.aluRI(ALU.CMP, 32, RCX, word(prefix))
        asm.jcc(CC.E, this.leave)
      }
      for (const prefix of ODD_PREFIXES) {
        asm.aluRI(ALU.CMP, 16, RCX, word(prefix))
        asm.jcc(CC.E, this.leave)
      }
      asm.bind(next)
    }
    const mapped = names.map(({ name, arg }) => ({ register: name, follows: this.followsOf(arg.follow) }))
    emitMapNames(asm, mapped, this.entries.mapName, this.leave)
  }

  /** Is a link in a name's last place followed? Where a flag of another argument says so, by its register. */
  private followsOf(follow: Follow): Follows {
    if (typeof follow === 'boolean') return follow
    return { register: this.register(follow.flags), bit: flagValue(follow.set, this.guest.flavour, follow.name), when: follow.when }
  }

  /** Messages with control data, which may give descriptors away, are the engine's to look at. */
  private checkControl(): void {
    const { asm } = this
    const at = this.row.argKinds.findIndex(({ kind }) => kind === 'message' || kind === 'messages')
    const arg = this.row.argKinds[at]
    if (arg === undefined || (arg.kind !== 'message' && arg.kind !== 'messages') || arg.direction !== 'in') return
    this.leaves = true
    const { offset } = fieldOf(layout(this.guest, msghdr), 'msg_controllen')
    const next = asm.label()
    const end = asm.label()
    asm.rr(MOV, RAX, ARGUMENTS[at]!)
    if (arg.kind === 'messages') {
      asm.rr(MOV32, RCX, this.register(arg.count))
      asm.bind(next)
      asm.rr(TEST, RCX, RCX)
      asm.jcc(CC.E, end)
    }
    this.guard(this.leave)
    asm.aluMI(ALU.CMP, 64, RAX, offset, 0)
    asm.jcc(CC.NE, this.leave)
    if (arg.kind === 'messages') {
      asm.aluRI(ALU.ADD, 64, RAX, layout(this.guest, mmsghdr).size)
      asm.aluRI(ALU.SUB, 64, RCX, 1)
      asm.jmp(next)
    }
    asm.bind(end)
  }

  // Arguments in registers

  private convertArgument(arg: Arg, register: number): void {
    const { asm } = this
    switch (arg.kind) {
      case 'fd':
        this.checkDescriptor(register, arg.beyond)
        return
      case 'flags':
        this.convertFlags(register, flagConversion(arg.set, this.guest.flavour, this.host.flavour))
        return
      case 'optional':
        this.convertArgument(arg.arg, register)
        return
      case 'by':
        for (const [value, one] of arg.cases) {
          if (!this.changes(one)) continue
          const next = asm.label()
          asm.aluRI(ALU.CMP, 32, this.register(arg.selector), value)
          asm.jcc(CC.NE, next)
          if (one.kind === 'struct') {
            this.leaves = true
            asm.rr(TEST, register, register)
            asm.jcc(CC.NE, this.leave)
          } else this.convertArgument(one, register)
          asm.bind(next)
        }
        return
      default:
    }
  }

  /** Whether a case of an argument needs anything but its register passed on. */
  private changes(arg: Arg): boolean {
    if (arg.kind === 'fd') return true
    if (arg.kind === 'flags') return flagConversion(arg.set, this.guest.flavour, this.host.flavour).moves.length > 0
    return arg.kind === 'struct' && !layoutsAgree(layout(this.guest, arg.shape), layout(this.host, arg.shape))
  }

  private checkDescriptor(register: number, error: 'EBADF' | 'EINVAL'): void {
    const { asm } = this
    let refusal = this.refusals.get(error)
    if (refusal === undefined) this.refusals.set(error, (refusal = asm.label()))
    asm.rr(MOV32, RCX, register)
    asm.rm(SUB32, RCX, RBP, fromRbp(HIDDEN_FDS))
    asm.aluRI(ALU.CMP, 32, RCX, HIDDEN_COUNT)
    asm.jcc(CC.B, refusal)
  }

  /** Renumbers flags in a register (an int: the upper half becomes zero when anything moves); clobbers rcx and r11. */
  private convertFlags(register: number, { keep, moves }: FlagConversion): void {
    if (moves.length === 0) return
    const { asm } = this
    const same = asm.label()
    asm.ri(TEST32_IMM, register, ~keep)
    asm.jcc(CC.E, same)
    asm.rr(MOV32, R11, register)
    asm.aluRI(ALU.AND, 32, register, keep)
    for (const { mask, shift } of moves) {
      asm.rr(MOV32, RCX, R11)
      asm.aluRI(ALU.AND, 32, RCX, mask)
      asm.shiftRI(shift > 0 ? SHIFT.SHL : SHIFT.SHR, 32, RCX, Math.abs(shift))
      asm.rr(OR32, register, RCX)
    }
    asm.bind(same)
  }

  // Structures

  /** Puts the host's structure into the frame and its address into the argument register; a NULL pointer stays one. */
  private passStruct(struct: KeptStruct): void {
    const { asm } = this
    const keptIn = KEPT[this.kept.indexOf(struct)]!
    const none = asm.label()
    asm.rr(MOV, keptIn, struct.register)
    asm.rr(TEST, struct.register, struct.register)
    asm.jcc(CC.E, none)
    asm.rm(LEA, struct.register, RSP, struct.frameAt)
    if (struct.arg.direction !== 'out') {
      // The kernel may not look at the structure at all: on a fault it gets an address that it can only refuse.
      const unreadable = asm.label()
      const copied = asm.label()
      for (const copy of fieldCopies(struct.guest, struct.host)) {
        this.load(RCX, keptIn, copy.from, copy, unreadable)
        this.store(RSP, struct.frameAt + copy.to, copy.toSize, RCX, null)
      }
      asm.shortJmp(copied)
      asm.bind(unreadable)
      asm.imm64(struct.register, -1, -1)
      asm.bind(copied)
    }
    asm.bind(none)
  }

  private convertResult(): void {
    const { asm, row } = this
    for (const struct of this.kept) if (struct.arg.direction !== 'in') this.returnStruct(struct)
    for (const [n, arg] of row.argKinds.entries()) {
      if (arg.kind !== 'struct' || arg.count !== RESULT) continue
      const guest = layout(this.guest, arg.shape)
      const host = layout(this.host, arg.shape)
      if (!layoutsAgree(guest, host)) this.widenArray(ARGUMENTS[n]!, guest, host)
    }
    const { result } = row
    if (result.kind !== 'by') return
    for (const [value, one] of result.cases) {
      if (one.kind !== 'flags' || !this.changes(one)) continue
      const next = asm.label()
      asm.aluRI(ALU.CMP, 32, this.register(result.selector), value)
      asm.jcc(CC.NE, next)
      asm.rr(TEST, RAX, RAX)
      asm.jcc(CC.S, next)
      this.convertFlags(RAX, flagConversion(one.set, this.host.flavour, this.guest.flavour))
      asm.bind(next)
    }
  }

  /** The structure in the frame to guest memory, when the call succeeded and the guest wants it. An interrupted one says in what it was given what is left. */
  private returnStruct(struct: KeptStruct): void {
    const { asm } = this
    const keptIn = KEPT[this.kept.indexOf(struct)]!
    const isDone = asm.label()
    asm.rr(TEST, RAX, RAX)
    if (struct.arg.direction === 'inout') {
      asm.jcc(CC.NS, isDone)
      asm.aluRI(ALU.CMP, 64, RAX, -errno.EINTR)
      asm.jcc(CC.NE, this.done)
    } else asm.jcc(CC.S, this.done)
    asm.bind(isDone)
    asm.rr(TEST, keptIn, keptIn)
    asm.jcc(CC.E, this.done)
    this.faults = true
    const copies = fieldCopies(struct.host, struct.guest)
    for (const copy of copies) {
      this.load(RCX, RSP, struct.frameAt + copy.from, copy, null)
      this.store(keptIn, copy.to, copy.toSize, RCX, this.fault)
    }
    asm.rr(XOR32, RCX, RCX)
    const written = new Set(copies.map((copy) => copy.to))
    for (const field of struct.guest.fields) {
      for (let i = 0; i < field.count; i++) {
        const at = field.offset + i * field.size
        if (!written.has(at)) this.store(keptIn, at, field.size, RCX, this.fault)
      }
    }
  }

  /** rax elements of the host's size at `base` become elements of the guest's, the last one first. */
  private widenArray(base: number, guest: Layout, host: Layout): void {
    const { asm } = this
    const next = asm.label()
    const finished = asm.label()
    const copies = fieldCopies(host, guest)
    this.faults = true
    asm.rr(MOV, R10, RAX)
    asm.rr(MOV, R11, base)
    asm.bind(next)
    asm.aluRI(ALU.SUB, 64, R10, 1)
    asm.jcc(CC.S, finished)
    asm.rri(IMUL, R8, R10, host.size)
    asm.rm(LEA, R8, R8, 0, R11, 0)
    asm.rri(IMUL, R9, R10, guest.size)
    asm.rm(LEA, R9, R9, 0, R11, 0)
    for (const [n, copy] of copies.entries()) this.load(ELEMENT[n]!, R8, copy.from, copy, this.fault)
    for (const [n, copy] of copies.entries()) this.store(R9, copy.to, copy.toSize, ELEMENT[n]!, this.fault)
    asm.jmp(next)
    asm.bind(finished)
  }

  private load(register: number, base: number, at: number, copy: FieldCopy, fault: Label | null): void {
    const { asm } = this
    if (fault !== null) this.guard(fault)
    asm.rm(loadOf(copy), register, base, at)
    if (copy.special !== 'fold') return
    asm.rr(MOV, R11, register)
    asm.shiftRI(SHIFT.SHR, 64, R11, 32)
    asm.rr(XOR32, register, R11)
  }

  private store(base: number, at: number, size: number, register: number, fault: Label | null): void {
    if (fault !== null) this.guard(fault)
    this.asm.mr(STORES[Math.log2(size)]!, base, at, register)
  }
}
