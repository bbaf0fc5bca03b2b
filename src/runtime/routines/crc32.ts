/**
 * `crc32.8` … `crc32.64`: CRC-32 (polynomial 0x04C11DB7, reflected) of SCRATCH+8 (the low bits of a u64) on top of SCRATCH+0 (u32); result in
 * SCRATCH+0. Byte by byte through a table of 256 words, which lies behind the code. All registers are kept; flags are not.
 */
import { type Assembler, insn, RAX, RBP, RCX, RDX, RSI, SHIFT } from '../../x64/asm/index.ts'
import { fromRbp, SCRATCH_OFFSET } from '../layout.ts'
import { routine } from '../routines.ts'

const MOV32 = insn('MOV r32, r/m32')
const MOV64 = insn('MOV r64, r/m64')
const STORE32 = insn('MOV r/m32, r32')
const MOVZX8 = insn('MOVZX r32, r/m8')
const XOR32 = insn('XOR r32, r/m32')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const POLYNOMIAL = 0xedb8_8320
const SCRATCH = fromRbp(SCRATCH_OFFSET)
const USED = [RAX, RCX, RDX, RSI]

function tableWord(byte: number): number {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0)
  return crc
}

function build(asm: Assembler, bits: number): void {
  const table = asm.label()
  for (const reg of USED) asm.r(PUSH, reg)
  asm.rm(MOV32, RAX, RBP, SCRATCH)
  asm.rm(MOV64, RDX, RBP, SCRATCH + 8)
  asm.leaLabel(RSI, table)
  // rcx counts bytes; the byte's index goes through the low register of the crc.
  for (let byte = 0; byte < bits / 8; byte++) {
    asm.rr(MOVZX8, RCX, RAX)
    if (byte > 0) asm.shiftRI(SHIFT.SHR, 64, RDX, 8)
    pushByte(asm)
    asm.shiftRI(SHIFT.SHR, 32, RAX, 8)
    asm.rm(XOR32, RAX, RSI, 0, RCX, 2)
  }
  asm.mr(STORE32, RBP, SCRATCH, RAX)
  for (const reg of USED.toReversed()) asm.r(POP, reg)
  asm.none(RET)
  asm.align(4)
  asm.bind(table)
  for (let n = 0; n < 256; n++) asm.dword(tableWord(n))
}

/** rcx = (low byte of the crc) xor (low byte of rdx). */
function pushByte(asm: Assembler): void {
  asm.rr(XOR32, RCX, RDX)
  asm.rr(MOVZX8, RCX, RCX)
}

for (const bits of [8, 16, 32, 64]) routine(`crc32.${bits}`, (asm) => build(asm, bits))
