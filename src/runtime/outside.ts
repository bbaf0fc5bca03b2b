/**
 * The runner that binfmt_misc starts: the program of a guest process that was begun from outside of every tree, by a host shell or in a chroot.
 * A guest process executes it, too, for a program of another guest, which another engine serves (linux-user/exec-other.ts).
 *
 * The kernel enters it with argv = [this file, the program's path, the program's argv[0], arguments…], the program open under AT_EXECFD, and the
 * credentials that the program gives; a guest process with argv = [HANDED_PROGRAM and the program's descriptor, its path, AT_EXECFN, its argv…]. It asks
 * an engine of the same user and of the program's guest for its hidden descriptors and its slot, and goes on as every runner does,
 * with the kernel's stack still mapped: the engine reads arguments and environment from there (linux-user/newcomer.ts).
 *
 *   1. connect to the abstract sockets `engineSocket(id, euid, 0…)` until one is of the same user; anybody may have bound a name
 *   2. where there is none: a socket pair, whose other end a new engine gets as descriptor 3 (NODE SCRIPT engine --fd=3, in a session of its own,
 *      no child of the guest's, with nothing else of it but the variables of the configuration)
 *   3. where Node is not there, as in a chroot: connect to root's engine and ask it by REQUEST_START to start one for us, which gets this connection
 *   4. send the request {id, first hidden descriptor, REQUEST_JOIN}, receive {slot, text} with the descriptors
 *   5. a slot of 0: print the text and exit with BOOT_FAILED
 *
 * Whose engine: the effective user's; but who is root by its real user can become so again, and no other user's engine may have power over it.
 *
 * `id` is a hash of the code and of what engine it is to be: a runner meets engines only that know what its mappings mean. An engine whose script was
 * replaced since the registration sees a strange id and says so.
 */
import {
  ALU,
  Assembler,
  CC,
  insn,
  type Label,
  R8,
  R9,
  R10,
  R12,
  R13,
  R14,
  R15,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
  RSP,
  SHIFT,
} from '../x64/asm/index.ts'
import { AT_FDCWD, ERRNO, SYS } from './host-kernel.ts'
import { BOOT_FAILED, ENTRY_ADDRESS, elfFile, emitMapAndStart } from './image.ts'
import { HIDDEN_COUNT, HIDDEN_FDS_BASE, INITIAL_STACK, SLOT_SIZE } from './layout.ts'

/** Bytes of an id, as hexadecimal digits. */
export const ID_LENGTH = 16
/** struct request: id, the first hidden descriptor (u32), kind (u32). */
export const REQUEST_LENGTH = ID_LENGTH + 8
export const REQUEST_BASE = ID_LENGTH
export const REQUEST_KIND = ID_LENGTH + 4
export const REQUEST_JOIN = 0
/** An engine passes on a connection that was made for it to one that is already there; answered by one byte, 1 when it was taken. */
export const REQUEST_PASS = 1
/** To root's engine, by another user: start an engine for this user, and let it have the connection. */
export const REQUEST_START = 2
/** The engine takes no more runners, and ends with its last one: another one is to take its place. */
export const REQUEST_RETIRE = 3
/** struct reply: slot (u32), text for the user when it is 0, or NO_NODE from a child of the runner. */
const NO_NODE = 0xffff_ffff
export const REPLY_TEXT = 4
export const REPLY_LENGTH = 256
/** Names that a user's engine may have. */
export const SOCKET_NAMES = 4
/** argv[0] of an engine that a runner has started: such a program is never run as a guest. */
export const ENGINE_NAME = 'demotic-engine'
/** argv[0] of a runner that a guest process has executed: the number of the program's descriptor follows. */
export const HANDED_PROGRAM = 'demotic-program:'
/** The lowest number that hidden descriptors may have. */
export const LOWEST_HIDDEN = 8

const PREFIX = 'demotic-'
const FIRST_LETTER = 97
const UID_DIGITS = 8

/** Name of an engine's abstract socket, the zero byte in front included. */
export function engineSocket(id: string, uid: number, n: number): Uint8Array {
  const digits = (uid >>> 0).toString(16).padStart(UID_DIGITS, '0')
  const letters = Array.from(digits, (digit) => String.fromCharCode(FIRST_LETTER + Number.parseInt(digit, 16))).join('')
  return bytesOf(`\0${PREFIX}${id}-${letters}-${n}`)
}

/** Which one of a user's engines it is. */
export interface EngineKind {
  /** Whose programs it runs. */
  readonly guest: string
  /** A name for the options of the trees whose programs it serves beside their own engines; '': it is for all that binfmt_misc starts. */
  readonly options: string
}

export interface OutsideConfig extends EngineKind {
  readonly node: string
  readonly script: string
  /** `NAME=value` of the options of an engine that is started. */
  readonly settings: readonly string[]
}

/** What an engine is started with, behind the script's name. */
export function engineArguments({ guest, options }: EngineKind): string[] {
  return ['engine', `--guest=${guest}`, ...(options === '' ? [] : [`--options=${options}`])]
}

/** The bytes of the executable, and its id. */
export function outsideImage(config: OutsideConfig): { readonly bytes: Uint8Array; readonly id: string } {
  const id = outsideId(config)
  return { bytes: elfFile(outsideCode(config, id)), id }
}

export function outsideId({ guest, options }: EngineKind): string {
  return hash(outsideCode({ node: '', script: '', guest, options, settings: [] }, '0'.repeat(ID_LENGTH)))
}

/** Two FNV-1a hashes in one. */
export function hash(bytes: Uint8Array): string {
  let a = 0x811c9dc5
  let b = 0x2166f3d1
  for (const byte of bytes) {
    a = Math.imul(a ^ byte, 0x0100_0193)
    b = Math.imul(b ^ byte ^ (a >>> 16), 0x0100_0193)
  }
  const hex = (word: number) => (word >>> 0).toString(16).padStart(ID_LENGTH / 2, '0')
  return hex(a) + hex(b)
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const STORE = insn('MOV r/m64, r64')
const STORE32 = insn('MOV r/m32, r32')
const STORE8 = insn('MOV r/m8, r8')
const STORE_IMM = insn('MOV r/m64, imm32')
const STORE32_IMM = insn('MOV r/m32, imm32')
const LEA = insn('LEA r64, m')
const LEA32 = insn('LEA r32, m')
const CMP = insn('CMP r64, r/m64')
const CMP32 = insn('CMP r32, r/m32')
const TEST = insn('TEST r/m64, r64')
const TEST32 = insn('TEST r/m32, r32')
const XOR32 = insn('XOR r32, r/m32')
const REP_MOVSB = insn('REP MOVSB')
const SYSCALL = insn('SYSCALL')

const AF_UNIX = 1
const SOCK_SEQPACKET = 5
const SOCK_CLOEXEC = 0o2000000
const SOL_SOCKET = 1
const SO_PEERCRED = 17
const SO_RCVTIMEO = 20
const SO_SNDTIMEO = 21
const SCM_RIGHTS = 1
const MSG_NOSIGNAL = 0x4000
const MSG_CMSG_CLOEXEC = 0x4000_0000
const UCRED_UID = 4
const UCRED_SIZE = 12
const CMSG_HEADER = 16
const RLIMIT_NOFILE = 7
const F_DUPFD = 0
const F_GETFD = 1
const O_RDWR = 2
const WALL = 0x4000_0000
const SIG_SETMASK = 2
const SIGSET_SIZE = 8
const STDERR = 2
/** The new engine's end of the connection. */
export const ENGINE_FD = 3
const DEFAULT_UMASK = 0o22
/** A new engine takes 0.1 s; a busy machine may take long. */
const ANSWER_SECONDS = 30

/** The frame below the kernel's initial stack, offsets from rsp. */
const ADDRESS = 0
const CRED = 64
const CRED_LENGTH = 80
const LIMIT = 96
const REQUEST = 112
const MESSAGE = 144
const IOVEC = 208
const CONTROL = 224
const CONTROL_LENGTH = CMSG_HEADER + 24
const PAIR = 272
const USER = 280
const TIME = 288
const ARGV = 304
/** Pointers to the arguments and variables of an engine, and the ends of both lists. */
const MOST_STRINGS = 20
const REPLY = ARGV + 8 * MOST_STRINGS
const FRAME = REPLY + REPLY_LENGTH

/** What goes into an argument register: a number, the address of a frame field, of a label, or a register's value. */
type Argument = number | { readonly frame: number } | { readonly label: Label } | { readonly register: number }
const ARGUMENT_REGISTERS = [RDI, RSI, RDX, R10, R8, R9]

function call(asm: Assembler, number: number, ...args: readonly Argument[]): void {
  for (const [n, argument] of args.entries()) {
    const to = ARGUMENT_REGISTERS[n]!
    if (typeof argument === 'number') asm.imm64(to, argument | 0, argument < 0 ? -1 : 0)
    else if ('frame' in argument) asm.rm(LEA, to, RSP, argument.frame)
    else if ('label' in argument) asm.leaLabel(to, argument.label)
    else asm.rr(MOV, to, argument.register)
  }
  asm.imm64(RAX, number, 0)
  asm.none(SYSCALL)
}

/**
 * r15 the kernel's stack pointer, r13 the user, r14 the connection, r12 the first hidden descriptor; rbp: 1 when an engine was started, 2 when root's
 * engine was asked to start one.
 */
function outsideCode({ node, script, settings, ...kind }: OutsideConfig, id: string): Uint8Array {
  const asm = new Assembler(2048)
  asm.reset(ENTRY_ADDRESS)
  const strings: { readonly label: Label; readonly bytes: Uint8Array }[] = []
  const data = (bytes: Uint8Array): Label => {
    const label = asm.label()
    strings.push({ label, bytes })
    return label
  }
  const cString = (text: string): Label => data(bytesOf(`${text}\0`))
  const messages: { readonly label: Label; readonly text: string }[] = []
  /** Where to jump to say so and end. */
  const failure = (text: string): Label => {
    const label = asm.label()
    messages.push({ label, text: `demotic: ${text}\n` })
    return label
  }
  const byHand = failure('this program is for binfmt_misc, which demotic binfmt install sets up')
  const inItself = asm.label()
  const noStart = failure('no engine could be started: fork or socketpair failed')
  const noAnswer = failure(`no engine answers; see whether ${node} ${script} engine works`)
  const tooFew = failure('the limit of open files is too low')
  const noNode = failure(
    `no engine of this user or of root runs in this network namespace, and none can be started from here, where ${node} is not: demotic ${engineArguments(kind).join(' ')} --detach, outside, starts one`,
  )
  const notMapped = failure('the engine gave what cannot be used')
  const noRoom = failure('its memory cannot be mapped: ulimit -v is too low')
  const start = asm.label()
  const ask = asm.label()

  asm.rr(MOV, R15, RSP)
  asm.aluRI(ALU.SUB, 64, RSP, FRAME)
  asm.rr(XOR32, RBP, RBP)
  asm.aluMI(ALU.CMP, 64, R15, 0, 3)
  asm.jcc(CC.B, byHand)
  emitEngineName(asm, inItself)
  const isRoot = asm.label()
  call(asm, SYS.getuid)
  asm.rr(MOV, R13, RAX)
  asm.rr(TEST32, RAX, RAX)
  asm.jcc(CC.E, isRoot)
  call(asm, SYS.geteuid)
  asm.rr(MOV, R13, RAX)
  asm.bind(isRoot)
  const name = engineSocket(id, 0, 0)
  const template = data(name)
  asm.mr(STORE32, RSP, USER, R13)
  emitConnect(asm, template, name.length, start, ask)

  asm.bind(start)
  emitStartEngine(asm, {
    node: cString(node),
    argv: [ENGINE_NAME, script, ...engineArguments(kind), `--fd=${ENGINE_FD}`].map(cString),
    env: settings.map(cString),
    devNull: cString('/dev/null'),
    root: cString('/'),
    refusal: data(new Uint8Array(new Uint32Array([NO_NODE]).buffer)),
    failed: noStart,
  })
  asm.imm64(RBP, 1, 0)

  asm.bind(ask)
  emitTimeouts(asm)
  emitHiddenBase(asm, tooFew)
  emitRequest(asm, data(bytesOf(id)), REQUEST_JOIN)
  const got = asm.label()
  const receive = asm.label()
  asm.bind(receive)
  emitReceive(asm)
  asm.jcc(CC.G, got)
  // The other end has ended without reading our request; what it has sent comes behind this.
  asm.aluRI(ALU.CMP, 64, RAX, -ERRNO.ECONNRESET)
  asm.jcc(CC.E, receive)
  // An engine that ends at this very moment, or is of a kind that cannot serve us, has closed the connection: another one is started.
  asm.rr(TEST32, RBP, RBP)
  asm.jcc(CC.NE, noAnswer)
  call(asm, SYS.close, { register: R14 })
  asm.jmp(start)

  const startByRoot = asm.label()
  const startAsked = asm.label()
  asm.bind(startByRoot)
  call(asm, SYS.close, { register: R14 })
  asm.imm64(RBP, 2, 0)
  asm.mi(STORE32_IMM, RSP, USER, 0)
  emitConnect(asm, template, name.length, noNode, startAsked)
  asm.jmp(noNode)
  asm.bind(startAsked)
  emitRequest(asm, data(bytesOf(id)), REQUEST_START)
  asm.jmp(ask)

  asm.bind(got)
  // Whoever was refused by root's engine has got no more to try; root has none above.
  asm.aluMI(ALU.CMP, 32, RSP, REPLY, NO_NODE | 0)
  const isAnswer = asm.label()
  asm.jcc(CC.NE, isAnswer)
  asm.rr(TEST32, R13, R13)
  asm.jcc(CC.NE, startByRoot)
  asm.jmp(noNode)
  asm.bind(isAnswer)
  emitTake(asm, notMapped)
  call(asm, SYS.close, { register: R14 })
  asm.rm(MOV32, RBX, RSP, REPLY)
  asm.shiftRI(SHIFT.SHL, 64, RBX, Math.log2(SLOT_SIZE))
  emitMapAndStart(asm, noRoom, () => asm.mr(STORE, RBP, INITIAL_STACK, R15))

  const end = asm.label()
  for (const { label, text } of messages) {
    const bytes = bytesOf(text)
    asm.bind(label)
    call(asm, SYS.write, STDERR, { label: data(bytes) }, bytes.length)
    asm.jmp(end)
  }
  asm.bind(inItself)
  asm.bind(end)
  call(asm, SYS.exit_group, BOOT_FAILED)
  for (const { label, bytes } of strings) {
    asm.bind(label)
    for (const byte of bytes) asm.byte(byte)
  }
  asm.finish()
  return asm.bytes.slice(0, asm.pos)
}

/** A refusal as an engine sends it. */
export function replyOf(text: string): Uint8Array {
  const bytes = new Uint8Array(REPLY_LENGTH)
  bytes.set(bytesOf(text).subarray(0, REPLY_LENGTH - REPLY_TEXT - 1), REPLY_TEXT)
  return bytes
}

/** A chroot may have a guest's Node at the path of ours: an engine is never started by an engine. */
function emitEngineName(asm: Assembler, found: Label): void {
  const other = asm.label()
  const half = (from: number): [number, number] => {
    const view = new DataView(bytesOf(`${ENGINE_NAME}\0`).buffer)
    return [view.getInt32(from, true), view.getInt32(from + 4, true)]
  }
  // Two words that overlap; a shorter string ends in the first one.
  asm.rm(MOV, RSI, R15, 3 * 8)
  asm.imm64(RAX, ...half(0))
  asm.rm(CMP, RAX, RSI, 0)
  asm.jcc(CC.NE, other)
  asm.imm64(RAX, ...half(ENGINE_NAME.length + 1 - 8))
  asm.rm(CMP, RAX, RSI, ENGINE_NAME.length + 1 - 8)
  asm.jcc(CC.E, found)
  asm.bind(other)
}

/** sockaddr_un with the user's number in it. */
function emitAddress(asm: Assembler, template: Label, length: number): void {
  const next = asm.label()
  asm.mi(STORE32_IMM, RSP, ADDRESS, AF_UNIX)
  asm.leaLabel(RSI, template)
  asm.rm(LEA, RDI, RSP, ADDRESS + 2)
  asm.imm64(RCX, length, 0)
  asm.none(REP_MOVSB)
  // rdi stands behind the name: digits, '-', one digit.
  asm.aluRI(ALU.SUB, 64, RDI, UID_DIGITS + 2)
  asm.rm(MOV32, RAX, RSP, USER)
  asm.imm64(RCX, UID_DIGITS, 0)
  asm.bind(next)
  asm.shiftRI(SHIFT.ROL, 32, RAX, 4)
  asm.rr(MOV32, RDX, RAX)
  asm.aluRI(ALU.AND, 32, RDX, 15)
  asm.aluRI(ALU.ADD, 32, RDX, FIRST_LETTER)
  asm.mr(STORE8, RDI, 0, RDX)
  asm.aluRI(ALU.ADD, 64, RDI, 1)
  asm.aluRI(ALU.SUB, 32, RCX, 1)
  asm.jcc(CC.NE, next)
}

/** To an engine of USER's: goes to `done` with the connection, or on. Goes to `failed` without any. */
function emitConnect(asm: Assembler, template: Label, length: number, failed: Label, done: Label): void {
  emitAddress(asm, template, length)
  const next = asm.label()
  const another = asm.label()
  asm.imm64(RBX, 48, 0)
  asm.bind(next)
  asm.mr(STORE8, RSP, ADDRESS + 2 + length - 1, RBX)
  call(asm, SYS.socket, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)
  asm.rr(MOV, R14, RAX)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, failed)
  emitTimeouts(asm)
  call(asm, SYS.connect, { register: R14 }, { frame: ADDRESS }, 2 + length)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, another)
  asm.mi(STORE32_IMM, RSP, CRED_LENGTH, UCRED_SIZE)
  call(asm, SYS.getsockopt, { register: R14 }, SOL_SOCKET, SO_PEERCRED, { frame: CRED }, { frame: CRED_LENGTH })
  asm.rm(MOV32, RAX, RSP, USER)
  asm.rm(CMP32, RAX, RSP, CRED + UCRED_UID)
  asm.jcc(CC.E, done)
  asm.bind(another)
  call(asm, SYS.close, { register: R14 })
  asm.aluRI(ALU.ADD, 32, RBX, 1)
  asm.aluRI(ALU.CMP, 32, RBX, 48 + SOCKET_NAMES)
  asm.jcc(CC.B, next)
}

function emitTimeouts(asm: Assembler): void {
  asm.mi(STORE_IMM, RSP, TIME, ANSWER_SECONDS)
  asm.mi(STORE_IMM, RSP, TIME + 8, 0)
  for (const option of [SO_SNDTIMEO, SO_RCVTIMEO]) call(asm, SYS.setsockopt, { register: R14 }, SOL_SOCKET, option, { frame: TIME }, 16)
}

interface EngineCommand {
  readonly node: Label
  readonly argv: readonly Label[]
  readonly env: readonly Label[]
  readonly devNull: Label
  readonly root: Label
  readonly refusal: Label
  readonly failed: Label
}

/**
 * r14 becomes our end of a pair. The engine is a grandchild, in a session of its own; the child in between ends at once and sends no signal.
 * Nothing of the caller's is passed on: descriptors, environment, directory, mask, and who it was before the program gave it another user.
 */
function emitStartEngine(asm: Assembler, command: EngineCommand): void {
  const parent = asm.label()
  const leave = asm.label()
  const isThird = asm.label()
  call(asm, SYS.socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, { frame: PAIR })
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, command.failed)
  asm.rm(MOV32, R14, RSP, PAIR)
  call(asm, SYS.clone, 0, 0, 0, 0, 0)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, command.failed)
  asm.jcc(CC.NE, parent)

  call(asm, SYS.setsid)
  call(asm, SYS.clone, 0, 0, 0, 0, 0)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.NE, leave)

  call(asm, SYS.setresuid, { register: R13 }, { register: R13 }, { register: R13 })
  call(asm, SYS.getegid)
  asm.rr(MOV, RBX, RAX)
  call(asm, SYS.setresgid, { register: RBX }, { register: RBX }, { register: RBX })
  asm.rm(MOV32, RDI, RSP, PAIR + 4)
  call(asm, SYS.fcntl, { register: RDI }, F_DUPFD, ENGINE_FD)
  asm.rr(MOV, R14, RAX)
  for (let fd = 0; fd < ENGINE_FD; fd++) call(asm, SYS.close, fd)
  for (let fd = 0; fd < ENGINE_FD; fd++) call(asm, SYS.openat, AT_FDCWD, { label: command.devNull }, O_RDWR, 0)
  asm.aluRI(ALU.CMP, 32, R14, ENGINE_FD)
  asm.jcc(CC.E, isThird)
  call(asm, SYS.dup3, { register: R14 }, ENGINE_FD, 0)
  asm.bind(isThird)
  call(asm, SYS.close_range, ENGINE_FD + 1, 0x7fff_ffff, 0)
  call(asm, SYS.chdir, { label: command.root })
  call(asm, SYS.umask, DEFAULT_UMASK)
  asm.mi(STORE_IMM, RSP, TIME, 0)
  call(asm, SYS.rt_sigprocmask, SIG_SETMASK, { frame: TIME }, 0, SIGSET_SIZE)
  const env = emitList(asm, ARGV, command.argv)
  const end = emitList(asm, env, command.env)
  if (end > REPLY) throw new Error(`an engine with ${command.argv.length} arguments and ${command.env.length} variables`)
  call(asm, SYS.execve, { label: command.node }, { frame: ARGV }, { frame: env })
  call(asm, SYS.sendto, ENGINE_FD, { label: command.refusal }, 4, MSG_NOSIGNAL, 0, 0)
  asm.bind(leave)
  call(asm, SYS.exit_group, 0)

  asm.bind(parent)
  call(asm, SYS.wait4, { register: RAX }, 0, WALL, 0)
  asm.rm(MOV32, RDI, RSP, PAIR + 4)
  call(asm, SYS.close, { register: RDI })
}

/** Pointers to strings from a frame field on, and a zero; the field behind it. */
function emitList(asm: Assembler, from: number, strings: readonly Label[]): number {
  for (const [n, label] of strings.entries()) {
    asm.leaLabel(RAX, label)
    asm.mr(STORE, RSP, from + 8 * n, RAX)
  }
  asm.mi(STORE_IMM, RSP, from + 8 * strings.length, 0)
  return from + 8 * (strings.length + 1)
}

/** r12: the highest free row of descriptors that is not above the usual one and not above the limit. */
function emitHiddenBase(asm: Assembler, failed: Label): void {
  const below = asm.label()
  const look = asm.label()
  const next = asm.label()
  const isFree = asm.label()
  call(asm, SYS.prlimit64, 0, RLIMIT_NOFILE, 0, { frame: LIMIT })
  asm.rm(MOV, R12, RSP, LIMIT)
  asm.aluRI(ALU.CMP, 64, R12, HIDDEN_FDS_BASE + HIDDEN_COUNT)
  asm.jcc(CC.B, below)
  asm.imm64(R12, HIDDEN_FDS_BASE + HIDDEN_COUNT, 0)
  asm.bind(below)
  asm.aluRI(ALU.SUB, 64, R12, HIDDEN_COUNT)
  asm.bind(look)
  asm.aluRI(ALU.CMP, 64, R12, LOWEST_HIDDEN)
  asm.jcc(CC.L, failed)
  asm.imm64(RBX, HIDDEN_COUNT - 1, 0)
  asm.bind(next)
  asm.rm(LEA32, RDI, R12, 0, RBX, 0)
  call(asm, SYS.fcntl, { register: RDI }, F_GETFD)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.NS, below)
  asm.aluRI(ALU.SUB, 32, RBX, 1)
  asm.jcc(CC.NS, next)
  asm.bind(isFree)
}

/** Sends the request. Whether that went well is seen by what comes back. */
function emitRequest(asm: Assembler, id: Label, kind: number): void {
  asm.leaLabel(RSI, id)
  asm.rm(LEA, RDI, RSP, REQUEST)
  asm.imm64(RCX, ID_LENGTH, 0)
  asm.none(REP_MOVSB)
  asm.mr(STORE32, RSP, REQUEST + REQUEST_BASE, R12)
  asm.mi(STORE32_IMM, RSP, REQUEST + REQUEST_KIND, kind)
  call(asm, SYS.sendto, { register: R14 }, { frame: REQUEST }, REQUEST_LENGTH, MSG_NOSIGNAL, 0, 0)
}

/** Receives the reply with the descriptors; flags as of the result compared with 0. */
function emitReceive(asm: Assembler): void {
  for (let at = 0; at < IOVEC - MESSAGE; at += 8) asm.mi(STORE_IMM, RSP, MESSAGE + at, 0)
  const pointer = (at: number, to: number): void => {
    asm.rm(LEA, RAX, RSP, to)
    asm.mr(STORE, RSP, at, RAX)
  }
  pointer(MESSAGE + 16, IOVEC)
  asm.mi(STORE_IMM, RSP, MESSAGE + 24, 1)
  pointer(MESSAGE + 32, CONTROL)
  asm.mi(STORE_IMM, RSP, MESSAGE + 40, CONTROL_LENGTH)
  pointer(IOVEC, REPLY)
  asm.mi(STORE_IMM, RSP, IOVEC + 8, REPLY_LENGTH)
  asm.mi(STORE_IMM, RSP, CONTROL, 0)
  call(asm, SYS.recvmsg, { register: R14 }, { frame: MESSAGE }, MSG_CMSG_CLOEXEC)
  asm.aluRI(ALU.CMP, 64, RAX, 0)
}

/** The reply is there: the descriptors go to their hidden numbers, or its text to stderr. */
function emitTake(asm: Assembler, failed: Label): void {
  const isTaken = asm.label()
  const next = asm.label()
  const count = asm.label()
  const print = asm.label()
  asm.aluMI(ALU.CMP, 32, RSP, REPLY, 0)
  asm.jcc(CC.NE, isTaken)
  asm.rr(MOV32, RDX, RAX)
  asm.rm(LEA, RSI, RSP, REPLY + REPLY_TEXT)
  asm.bind(count)
  asm.aluRI(ALU.SUB, 32, RDX, 1)
  asm.jcc(CC.S, failed)
  asm.aluMI(ALU.CMP, 8, RSP, REPLY, 0, RDX, 0)
  asm.jcc(CC.E, count)
  asm.aluRI(ALU.SUB, 32, RDX, REPLY_TEXT - 1)
  asm.bind(print)
  asm.imm64(RDI, STDERR, 0)
  asm.imm64(RAX, SYS.write, 0)
  asm.none(SYSCALL)
  call(asm, SYS.exit_group, BOOT_FAILED)

  asm.bind(isTaken)
  asm.aluMI(ALU.CMP, 64, RSP, CONTROL, CMSG_HEADER + 4 * HIDDEN_COUNT)
  asm.jcc(CC.NE, failed)
  asm.aluMI(ALU.CMP, 32, RSP, CONTROL + 8, SOL_SOCKET)
  asm.jcc(CC.NE, failed)
  asm.aluMI(ALU.CMP, 32, RSP, CONTROL + 12, SCM_RIGHTS)
  asm.jcc(CC.NE, failed)
  asm.rr(XOR32, RBX, RBX)
  asm.bind(next)
  asm.rm(MOV32, RDI, RSP, CONTROL + CMSG_HEADER, RBX, 2)
  asm.rm(LEA32, RSI, R12, 0, RBX, 0)
  asm.rr(XOR32, RDX, RDX)
  asm.imm64(RAX, SYS.dup3, 0)
  asm.none(SYSCALL)
  asm.rr(TEST, RAX, RAX)
  asm.jcc(CC.S, failed)
  asm.rm(MOV32, RDI, RSP, CONTROL + CMSG_HEADER, RBX, 2)
  call(asm, SYS.close, { register: RDI })
  asm.aluRI(ALU.ADD, 32, RBX, 1)
  asm.aluRI(ALU.CMP, 32, RBX, HIDDEN_COUNT)
  asm.jcc(CC.B, next)
}
