/**
 * The runner's executable: a static ELF of one page that maps what the engine shares with it and jumps to the start of the runtime area.
 * It lies at RUNNER_BASE, so that all of the guest's address space below is free.
 *
 * It is started with the hidden descriptors open and argv[1] = 16 letters, a..p for the digits 0..f: the first eight are the number of the
 * first hidden descriptor, the others the slot. It exits with BOOT_FAILED when a mapping fails.
 */
import { ALU, Assembler, CC, insn, R8, R9, R10, R12, RAX, RBP, RBX, RCX, RDI, RDX, RSI, RSP, SHIFT } from '../x64/asm/index.ts'
import { MAP_FIXED, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE, SYS } from './host-kernel.ts'
import {
  CODE_AREA_BASE,
  CODE_AREA_SIZE,
  CODE_OFFSET,
  CONTROL_AREA_BASE,
  HEADER_SIZE,
  HIDDEN_CODE,
  HIDDEN_CONTROL,
  RUNNER_BASE,
  RUNTIME_AREA_BASE,
  RUNTIME_AREA_SIZE,
  SLOT_SIZE,
  STATE_BIAS,
} from './layout.ts'

/** Exit code of a runner that could not map its memory. */
export const BOOT_FAILED = 126

const MOV = insn('MOV r64, r/m64')
const MOV32 = insn('MOV r32, r/m32')
const MOVZX = insn('MOVZX r32, r/m8')
const LEA32 = insn('LEA r32, m')
const OR = insn('OR r64, r/m64')
const ADD = insn('ADD r64, r/m64')
const CMP = insn('CMP r64, r/m64')
const XOR32 = insn('XOR r32, r/m32')
const JMP = insn('JMP r/m64')
const SYSCALL = insn('SYSCALL')

const EHDR_SIZE = 64
const PHDR_SIZE = 56
const PHDR_COUNT = 2
const ENTRY_OFFSET = EHDR_SIZE + PHDR_COUNT * PHDR_SIZE
/** Where the code of an image begins. */
export const ENTRY_ADDRESS = RUNNER_BASE + ENTRY_OFFSET
const PAGE = 0x1000
const SLOT_SHIFT = Math.log2(SLOT_SIZE)
const FIRST_LETTER = 97

/** argv[1] for `runnerImage`. */
export function bootArgument(slot: number, hiddenFds: number): string {
  let text = ''
  for (const value of [hiddenFds, slot])
    for (let shift = 28; shift >= 0; shift -= 4) text += String.fromCharCode(FIRST_LETTER + ((value >>> shift) & 15))
  return text
}

function bootCode(): Uint8Array {
  const asm = new Assembler(512)
  asm.reset(ENTRY_ADDRESS)
  const failed = asm.label()
  const digits = asm.label()
  const parsed = asm.label()

  // The kernel enters with argc, argv[0], argv[1] on the stack.
  asm.aluMI(ALU.CMP, 32, RSP, 0, 2)
  asm.jcc(CC.NE, failed)
  asm.rm(MOV, RSI, RSP, 16)
  asm.rr(XOR32, RAX, RAX)
  asm.bind(digits)
  asm.rm(MOVZX, RCX, RSI, 0)
  asm.aluRI(ALU.SUB, 32, RCX, FIRST_LETTER)
  asm.jcc(CC.B, parsed)
  asm.shiftRI(SHIFT.SHL, 64, RAX, 4)
  asm.rr(OR, RAX, RCX)
  asm.aluRI(ALU.ADD, 64, RSI, 1)
  asm.jmp(digits)

  asm.bind(parsed)
  asm.rr(MOV32, RBX, RAX)
  asm.shiftRI(SHIFT.SHL, 64, RBX, SLOT_SHIFT)
  asm.rr(MOV, R12, RAX)
  asm.shiftRI(SHIFT.SHR, 64, R12, 32)
  emitMapAndStart(asm, failed)

  asm.bind(failed)
  asm.imm64(RDI, BOOT_FAILED, 0)
  asm.imm64(RAX, SYS.exit_group, 0)
  asm.none(SYSCALL)
  asm.finish()
  return asm.bytes.slice(0, asm.pos)
}

/**
 * Maps everything by the hidden descriptors from r12 on, with the slot at offset rbx of the control memory, and begins the runtime. `hasSlot`: code
 * for when the slot lies at rbp.
 */
export function emitMapAndStart(asm: Assembler, failed: ReturnType<Assembler['label']>, hasSlot: () => void = () => {}): void {
  asm.movAddress(RBP, CONTROL_AREA_BASE)
  mapFixed(asm, RBP, HIDDEN_CONTROL, PROT_READ | PROT_WRITE, failed, () => {
    asm.rr(XOR32, R9, R9)
    asm.imm64(RSI, HEADER_SIZE, 0)
  })
  asm.rr(ADD, RBP, RBX)
  mapFixed(asm, RBP, HIDDEN_CONTROL, PROT_READ | PROT_WRITE, failed, () => {
    asm.rr(MOV, R9, RBX)
    asm.imm64(RSI, SLOT_SIZE, 0)
  })
  hasSlot()
  asm.movAddress(RBX, CODE_AREA_BASE)
  mapFixed(asm, RBX, HIDDEN_CODE, PROT_READ | PROT_EXEC, failed, () => {
    asm.rm(MOV, R9, RBP, CODE_OFFSET)
    asm.imm64(RSI, CODE_AREA_SIZE, 0)
  })
  asm.movAddress(RBX, RUNTIME_AREA_BASE)
  mapFixed(asm, RBX, HIDDEN_CODE, PROT_READ | PROT_EXEC, failed, () => {
    asm.rr(XOR32, R9, R9)
    asm.imm64(RSI, RUNTIME_AREA_SIZE, 0)
  })
  asm.aluRI(ALU.ADD, 64, RBP, STATE_BIAS)
  asm.r(JMP, RBX)
}

/** mmap of a hidden descriptor at the address in `at`; `rest` sets length (rsi) and offset (r9). */
function mapFixed(
  asm: Assembler,
  at: number,
  fd: number,
  protection: number,
  failed: ReturnType<Assembler['label']>,
  rest: () => void,
): void {
  rest()
  asm.rr(MOV, RDI, at)
  asm.imm64(RDX, protection, 0)
  asm.imm64(R10, MAP_SHARED | MAP_FIXED, 0)
  asm.rm(LEA32, R8, R12, fd)
  asm.imm64(RAX, SYS.mmap, 0)
  asm.none(SYSCALL)
  asm.rr(CMP, RAX, at)
  asm.jcc(CC.NE, failed)
}

/** The bytes of the executable. */
export function runnerImage(): Uint8Array {
  return elfFile(bootCode())
}

/** An executable file of code that begins at ENTRY_ADDRESS. */
export function elfFile(code: Uint8Array): Uint8Array {
  const image = new Uint8Array(ENTRY_OFFSET + code.length)
  const view = new DataView(image.buffer)
  const u64 = (offset: number, value: number) => {
    view.setUint32(offset, value >>> 0, true)
    view.setUint32(offset + 4, Math.floor(value / 0x1_0000_0000), true)
  }
  image.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  view.setUint16(16, 2, true) // ET_EXEC
  view.setUint16(18, 62, true) // EM_X86_64
  view.setUint32(20, 1, true)
  u64(24, ENTRY_ADDRESS)
  u64(32, EHDR_SIZE)
  view.setUint16(52, EHDR_SIZE, true)
  view.setUint16(54, PHDR_SIZE, true)
  view.setUint16(56, PHDR_COUNT, true)
  view.setUint32(EHDR_SIZE, 1, true) // PT_LOAD
  view.setUint32(EHDR_SIZE + 4, 5, true) // R X
  u64(EHDR_SIZE + 16, RUNNER_BASE)
  u64(EHDR_SIZE + 24, RUNNER_BASE)
  u64(EHDR_SIZE + 32, image.length)
  u64(EHDR_SIZE + 40, image.length)
  u64(EHDR_SIZE + 48, PAGE)
  const stack = EHDR_SIZE + PHDR_SIZE
  view.setUint32(stack, 0x6474_e551, true) // PT_GNU_STACK
  view.setUint32(stack + 4, 6, true) // RW: never executable
  u64(stack + 48, 16)
  image.set(code, ENTRY_OFFSET)
  return image
}
