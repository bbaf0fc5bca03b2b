/**
 * Names of files while a sysroot maps them, for thunks: what a directory is called on the host stands in a table that the engine writes and all runners
 * read; a name's last place is looked at by the runner each time, as linux-user/sysroot.ts does for the engine. A name is
 * - left to the engine when its directory is not in the table, and when it is odd: long, with `.` in front of its last place or a slash behind it, or
 *   when a link in that place leads to another directory;
 * - passed as it is when it is relative, or when the sysroot has no such directory or nothing of this name in it;
 * - else made of the directory's place and its last part.
 *
 * The table only grows. An entry is written before the word that leads to it, so a runner finds it whole or not at all.
 *
 *   index    INDEX_COUNT x {hash u32, offset of the entry u32}, open addressing; offset 0: nothing
 *   entries  {bytes of the directory u32, bytes of its place u32, directory, place}; a place of no bytes: it is not in the sysroot
 */

import { AT_FDCWD, S_IFLNK, S_IFMT, ST_MODE } from '../src/runtime/host-kernel.ts'
import { fromRbp, NAMES_MAPPED, TRANSFER_OFFSET } from '../src/runtime/layout.ts'
import { ALU, type Assembler, CC, insn, type Label, R8, R9, R10, R12, R13, R14, RAX, RBP, RBX, RCX, RDI, RDX, RSI } from '../src/x64/asm/index.ts' // biome-ignore format: a list
import { errno } from './abi/errno.ts'
import { atFlags } from './abi/flags/files.ts'
import { x64Numbers as nr } from './abi/numbers-x64.ts'
import type { Fixup } from './thunk.ts'

export const NAME_TABLE_SIZE = 0x6_0000
const INDEX_COUNT = 4096
const INDEX_ENTRY = 8
/** So that a look that finds nothing is short. */
const MOST_ENTRIES = INDEX_COUNT / 2
const HEAD = 8
const HASH_BASIS = 0x811c_9dc5 | 0
const HASH_PRIME = 0x0100_0193
const SLASH = 0x2f
const DOT = 0x2e

/** Bytes that the routine needs for one name: a copy of the name, the mapped one, a struct stat, a link's target. */
export const NAME_SPACE = 0x1000
const MAPPED = 0x400
const STAT = 0xc00
const LINK = 0xd00
const LONGEST_NAME = MAPPED - 1
const LONGEST_PLACE = 0x380
const LINK_ROOM = 0x100
const MOST_LINKS = 8

const { AT_SYMLINK_NOFOLLOW } = atFlags.values

/** The engine's side. */
export class NameTable {
  private readonly words: Int32Array
  private readonly bytes: Uint8Array
  private next = INDEX_COUNT * INDEX_ENTRY
  private count = 0

  /** A table of NAME_TABLE_SIZE bytes: empty, or that of a predecessor, which goes on. */
  constructor(view: ArrayBuffer) {
    this.words = new Int32Array(view)
    this.bytes = new Uint8Array(view)
    for (let n = 0; n < INDEX_COUNT; n++) {
      const at = this.words[2 * n + 1]! >>> 2
      if (at === 0) continue
      this.count++
      this.next = Math.max(this.next, entryEnd(4 * at, this.words[at]!, this.words[at + 1]!))
    }
  }

  /** A directory as guests call it, absolute and without a slash behind it, and what the host calls it; null: the sysroot has none. False: there is no room. */
  add(directory: Uint8Array, place: Uint8Array | null): boolean {
    const { words, bytes } = this
    const at = this.next
    const end = entryEnd(at, directory.length, place?.length ?? 0)
    if (this.count >= MOST_ENTRIES || end > NAME_TABLE_SIZE) return false
    if (directory.length > LONGEST_NAME || (place?.length ?? 0) > LONGEST_PLACE) return true
    const hash = hashOf(directory)
    let n = hash & (INDEX_COUNT - 1)
    for (; words[2 * n + 1] !== 0; n = (n + 1) & (INDEX_COUNT - 1)) if (words[2 * n] === hash && this.isOf(n, directory)) return true
    words[at >> 2] = directory.length
    words[(at >> 2) + 1] = place?.length ?? 0
    bytes.set(directory, at + HEAD)
    if (place !== null) bytes.set(place, at + HEAD + directory.length)
    words[2 * n] = hash
    Atomics.store(words, 2 * n + 1, at)
    this.next = end
    this.count++
    return true
  }

  private isOf(n: number, directory: Uint8Array): boolean {
    const at = this.words[2 * n + 1]!
    return this.words[at >> 2] === directory.length && directory.every((byte, i) => this.bytes[at + HEAD + i] === byte)
  }
}

function entryEnd(at: number, directory: number, place: number): number {
  return at + Math.ceil((HEAD + directory + place) / HEAD) * HEAD
}

function hashOf(bytes: Uint8Array): number {
  let hash = HASH_BASIS
  for (const byte of bytes) hash = Math.imul(hash ^ byte, HASH_PRIME)
  return hash
}

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVZX8 = insn('MOVZX r32, r/m8')
const STORE8 = insn('MOV r/m8, r8')
const STORE8_IMM = insn('MOV r/m8, imm8')
const CMP32 = insn('CMP r32, r/m32')
const CMP8 = insn('CMP r/m8, r8')
const ADD = insn('ADD r64, r/m64')
const SUB32 = insn('SUB r32, r/m32')
const XOR32 = insn('XOR r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32 = insn('TEST r/m32, r32')
const TEST32_IMM = insn('TEST r/m32, imm32')
const IMUL32 = insn('IMUL r32, r/m32, imm32')
const LEA = insn('LEA r64, m')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const REP_MOVSB = insn('REP MOVSB')
const SYSCALL = insn('SYSCALL')
const RET = insn('RET')

/** Is a link in the last place of a name followed: always, never, or when the flag in a register is set, or is not. */
export type Follows = boolean | { readonly register: number; readonly bit: number; readonly when: boolean }

/**
 * In a thunk whose arguments are in their registers: what a sysroot, if one is in force, makes of those that are names, by the routine at `mapName` (absent: they are the
 * engine's), or a jump to `leave`. Clobbers rax, rbx, rcx, r11 to r14.
 */
export function emitMapNames(
  asm: Assembler,
  names: readonly { readonly register: number; readonly follows: Follows }[],
  mapName: number | undefined,
  leave: Label,
): void {
  const isPlain = asm.label()
  asm.aluMI(ALU.CMP, 32, RBP, fromRbp(NAMES_MAPPED), 0)
  if (mapName === undefined) {
    asm.jcc(CC.NE, leave)
    return
  }
  asm.jcc(CC.E, isPlain)
  for (const [n, { register, follows }] of names.entries()) {
    setFollows(asm, follows)
    asm.rr(MOV, RAX, register)
    asm.rm(LEA, RBX, RBP, fromRbp(TRANSFER_OFFSET + n * NAME_SPACE))
    asm.callTo(mapName)
    asm.rr(TEST, RAX, RAX)
    asm.jcc(CC.E, leave)
    asm.rr(MOV, register, RAX)
  }
  asm.bind(isPlain)
}

function setFollows(asm: Assembler, follows: Follows): void {
  const isBoolean = typeof follows === 'boolean'
  asm.imm64(RCX, (isBoolean ? follows : follows.when) ? 1 : 0, 0)
  if (isBoolean) return
  const known = asm.label()
  asm.ri(TEST32_IMM, follows.register, follows.bit)
  asm.jcc(CC.NE, known)
  asm.imm64(RCX, follows.when ? 0 : 1, 0)
  asm.bind(known)
}

const PRESERVED = [RDI, RSI, RDX, R10, R8, R9]

/**
 * The routine. rax: a guest's pointer to a name; rbx: NAME_SPACE bytes; ecx: is a link in its last place followed? Returns in rax the pointer to pass, or 0:
 * the engine's. Clobbers rcx, r11 to r14.
 */
export function emitMapName(asm: Assembler, fixups: Fixup[], table: number): void {
  const same = asm.label()
  const refuse = asm.label()
  const out = asm.label()
  for (const register of PRESERVED) asm.r(PUSH, register)
  asm.rr(MOV, R12, RAX)
  asm.rr(XOR32, R13, R13)
  asm.rr(TEST32, RCX, RCX)
  const isEntry = asm.label()
  asm.jcc(CC.E, isEntry)
  asm.imm64(R13, MOST_LINKS, 0)
  asm.bind(isEntry)
  copyName(asm, fixups, refuse)
  asm.aluMI(ALU.CMP, 8, RBX, 0, SLASH)
  asm.jcc(CC.NE, same)
  asm.rr(SUB32, RCX, R9)
  asm.aluRI(ALU.CMP, 32, RCX, 1)
  asm.jcc(CC.E, refuse)
  asm.rm(LEA, RSI, RBX, 0, R9, 0)
  asm.aluMI(ALU.CMP, 8, RSI, 1, DOT)
  asm.jcc(CC.E, refuse)

  findDirectory(asm, table, refuse)
  asm.rr(TEST32, R10, R10)
  asm.jcc(CC.E, same)
  // The place, the slash, the last part; r14: behind the slash.
  asm.rm(LEA, RSI, R14, 0, R9, 0)
  asm.rm(LEA, RDI, RBX, MAPPED)
  asm.rr(MOV32, RCX, R10)
  asm.none(REP_MOVSB)
  asm.rm(LEA, R14, RDI, 1)
  asm.rm(LEA, RSI, RBX, 0, R9, 0)
  copyText(asm, null)

  lookAtLast(asm, { same, refuse })
  asm.rm(LEA, RAX, RBX, MAPPED)
  asm.jmp(out)
  asm.bind(same)
  asm.rr(MOV, RAX, R12)
  asm.jmp(out)
  asm.bind(refuse)
  asm.rr(XOR32, RAX, RAX)
  asm.bind(out)
  for (const register of [...PRESERVED].reverse()) asm.r(POP, register)
  asm.none(RET)
}

/** The name at r12 to rbx; ecx: its length, r9d: how much of it is the directory, r8d: the directory's hash. */
function copyName(asm: Assembler, fixups: Fixup[], refuse: Label): void {
  const next = asm.label()
  const isNoSlash = asm.label()
  const end = asm.label()
  asm.rr(XOR32, RCX, RCX)
  asm.rr(XOR32, R9, R9)
  asm.imm64(RDX, HASH_BASIS, 0)
  asm.bind(next)
  fixups.push({ at: asm.address, target: refuse })
  asm.rm(MOVZX8, RAX, R12, 0, RCX, 0)
  asm.mr(STORE8, RBX, 0, RAX, RCX, 0)
  asm.rr(TEST32, RAX, RAX)
  asm.jcc(CC.E, end)
  asm.aluRI(ALU.CMP, 32, RAX, SLASH)
  asm.jcc(CC.NE, isNoSlash)
  asm.rr(MOV32, R9, RCX)
  asm.rr(MOV32, R8, RDX)
  asm.bind(isNoSlash)
  asm.rr(XOR32, RDX, RAX)
  asm.rri(IMUL32, RDX, RDX, HASH_PRIME)
  asm.aluRI(ALU.ADD, 32, RCX, 1)
  asm.aluRI(ALU.CMP, 32, RCX, LONGEST_NAME)
  asm.jcc(CC.B, next)
  asm.jmp(refuse)
  asm.bind(end)
}

/** The directory of r9d bytes at rbx with the hash r8d: r14 its entry's text, r10d the length of its place. */
function findDirectory(asm: Assembler, table: number, refuse: Label): void {
  const probe = asm.label()
  const other = asm.label()
  const compare = asm.label()
  const found = asm.label()
  asm.movAddress(RDI, table)
  asm.rr(MOV32, RAX, R8)
  asm.bind(probe)
  asm.aluRI(ALU.AND, 32, RAX, INDEX_COUNT - 1)
  asm.rm(MOV32, RSI, RDI, 4, RAX, 3)
  asm.rr(TEST32, RSI, RSI)
  asm.jcc(CC.E, refuse)
  asm.rm(CMP32, R8, RDI, 0, RAX, 3)
  asm.jcc(CC.NE, other)
  asm.rr(ADD, RSI, RDI)
  asm.rm(CMP32, R9, RSI, 0)
  asm.jcc(CC.NE, other)
  asm.rm(MOV32, R10, RSI, 4)
  asm.rm(LEA, R14, RSI, HEAD)
  asm.rr(XOR32, RDX, RDX)
  asm.bind(compare)
  asm.rr(CMP32, RDX, R9)
  asm.jcc(CC.E, found)
  asm.rm(MOVZX8, RCX, R14, 0, RDX, 0)
  asm.mr(CMP8, RBX, 0, RCX, RDX, 0)
  asm.jcc(CC.NE, other)
  asm.aluRI(ALU.ADD, 32, RDX, 1)
  asm.jmp(compare)
  asm.bind(other)
  asm.aluRI(ALU.ADD, 32, RAX, 1)
  asm.jmp(probe)
  asm.bind(found)
}

/** NUL-terminated text from rsi to rdi; `slash`: where to go at a slash. */
function copyText(asm: Assembler, slash: Label | null): void {
  const next = asm.label()
  const end = asm.label()
  asm.bind(next)
  asm.rm(MOVZX8, RAX, RSI, 0)
  asm.mr(STORE8, RDI, 0, RAX)
  asm.rr(TEST32, RAX, RAX)
  asm.jcc(CC.E, end)
  if (slash !== null) {
    asm.aluRI(ALU.CMP, 32, RAX, SLASH)
    asm.jcc(CC.E, slash)
  }
  asm.aluRI(ALU.ADD, 64, RSI, 1)
  asm.aluRI(ALU.ADD, 64, RDI, 1)
  asm.jmp(next)
  asm.bind(end)
}

/** Falls through when there is something of the mapped name. Links to neighbours are followed at most r13d times; with 0 they are what is wanted. */
function lookAtLast(asm: Assembler, { same, refuse }: { readonly same: Label; readonly refuse: Label }): void {
  const look = asm.label()
  const exists = asm.label()
  const mapped = asm.label()
  asm.bind(look)
  asm.imm64(RDI, AT_FDCWD, -1)
  asm.rm(LEA, RSI, RBX, MAPPED)
  asm.rm(LEA, RDX, RBX, STAT)
  asm.imm64(R10, AT_SYMLINK_NOFOLLOW, 0)
  asm.imm64(RAX, nr.newfstatat, 0)
  asm.none(SYSCALL)
  asm.rr(TEST32, RAX, RAX)
  asm.jcc(CC.E, exists)
  asm.aluRI(ALU.CMP, 32, RAX, -errno.ENOENT)
  asm.jcc(CC.E, same)
  asm.aluRI(ALU.CMP, 32, RAX, -errno.ENOTDIR)
  asm.jcc(CC.E, same)
  asm.jmp(refuse)

  asm.bind(exists)
  asm.rm(MOV32, RAX, RBX, STAT + ST_MODE)
  asm.aluRI(ALU.AND, 32, RAX, S_IFMT)
  asm.aluRI(ALU.CMP, 32, RAX, S_IFLNK)
  asm.jcc(CC.NE, mapped)
  asm.rr(TEST32, R13, R13)
  asm.jcc(CC.E, mapped)
  asm.aluRI(ALU.SUB, 32, R13, 1)
  asm.jcc(CC.E, refuse)
  asm.rm(LEA, RDI, RBX, MAPPED)
  asm.rm(LEA, RSI, RBX, LINK)
  asm.imm64(RDX, LINK_ROOM - 1, 0)
  asm.imm64(RAX, nr.readlink, 0)
  asm.none(SYSCALL)
  asm.aluRI(ALU.CMP, 32, RAX, 1)
  asm.jcc(CC.L, refuse)
  asm.aluRI(ALU.CMP, 32, RAX, LINK_ROOM - 1)
  asm.jcc(CC.GE, refuse)
  asm.rm(LEA, RSI, RBX, LINK)
  asm.rm(LEA, RCX, RSI, 0, RAX, 0)
  asm.mi(STORE8_IMM, RCX, 0, 0)
  asm.aluMI(ALU.CMP, 8, RSI, 0, DOT)
  asm.jcc(CC.E, refuse)
  asm.rr(MOV, RDI, R14)
  copyText(asm, refuse)
  asm.jmp(look)
  asm.bind(mapped)
}
