/**
 * Parts of ciphers and hashes for hosts without instructions for them; arguments of 16 bytes each lie in SCRATCH, the result replaces the first.
 *
 *   sbox.aes, sbox.aes.inverse, sbox.sm4   every byte replaced through the table, which lies behind the code
 *   sha1.rnds4.0 .. 3                      vsha1rnds4 (ir/ops-vector-crypto.ts) with that immediate
 *   sha256.rnds2                           vsha256rnds2
 *
 * All registers are kept; flags are not.
 */
import { aesInverseSbox, aesSbox, sm4Sbox } from '../../ir/sboxes.ts'
import { type Assembler, insn, R8, R9, R10, R11, R12, RAX, RBP, RBX, RCX, RDI, RDX, RSI, SHIFT } from '../../x64/asm/index.ts'
import { fromRbp, SCRATCH_OFFSET } from '../layout.ts'
import { routine } from '../routines.ts'

const MOV32 = insn('MOV r32, r/m32')
const STORE32 = insn('MOV r/m32, r32')
const STORE8 = insn('MOV r/m8, r8')
const MOVZX8 = insn('MOVZX r32, r/m8')
const XOR32 = insn('XOR r32, r/m32')
const AND32 = insn('AND r32, r/m32')
const OR32 = insn('OR r32, r/m32')
const ADD32 = insn('ADD r32, r/m32')
const ADD32_IMM = insn('ADD r/m32, imm32')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const SCRATCH = fromRbp(SCRATCH_OFFSET)

function keeping(asm: Assembler, registers: readonly number[], body: () => void): void {
  for (const reg of registers) asm.r(PUSH, reg)
  body()
  for (const reg of registers.toReversed()) asm.r(POP, reg)
  asm.none(RET)
}

function substitution(table: () => Uint8Array): (asm: Assembler) => void {
  return (asm) => {
    const label = asm.label()
    keeping(asm, [RAX, RCX], () => {
      asm.leaLabel(RCX, label)
      for (let i = 0; i < 16; i++) {
        asm.rm(MOVZX8, RAX, RBP, SCRATCH + i)
        asm.rm(MOVZX8, RAX, RCX, 0, RAX)
        asm.mr(STORE8, RBP, SCRATCH + i, RAX)
      }
    })
    asm.bind(label)
    for (const byte of table()) asm.byte(byte)
  }
}
routine('sbox.aes', substitution(aesSbox))
routine('sbox.aes.inverse', substitution(aesInverseSbox))
routine('sbox.sm4', substitution(sm4Sbox))

/** Word `i` of argument `k`. */
function word(k: number, i: number): number {
  return SCRATCH + 16 * k + 4 * i
}

/** to = x ror r1 ^ x ror r2 ^ x ror r3; t is a temporary. */
function bigSigma(asm: Assembler, to: number, x: number, t: number, r1: number, r2: number, r3: number): void {
  asm.rr(MOV32, to, x)
  asm.shiftRI(SHIFT.ROR, 32, to, r1)
  for (const r of [r2, r3]) {
    asm.rr(MOV32, t, x)
    asm.shiftRI(SHIFT.ROR, 32, t, r)
    asm.rr(XOR32, to, t)
  }
}
/** to = (x & y) ^ (~x & z) = ((y ^ z) & x) ^ z */
function choose(asm: Assembler, to: number, x: number, y: number, z: number): void {
  asm.rr(MOV32, to, y)
  asm.rr(XOR32, to, z)
  asm.rr(AND32, to, x)
  asm.rr(XOR32, to, z)
}
/** to = majority(x, y, z) = (x & y) | (z & (x | y)); t is a temporary. */
function majority(asm: Assembler, to: number, x: number, y: number, z: number, t: number): void {
  asm.rr(MOV32, t, x)
  asm.rr(OR32, t, y)
  asm.rr(AND32, t, z)
  asm.rr(MOV32, to, x)
  asm.rr(AND32, to, y)
  asm.rr(OR32, to, t)
}
function parity(asm: Assembler, to: number, x: number, y: number, z: number): void {
  asm.rr(MOV32, to, x)
  asm.rr(XOR32, to, y)
  asm.rr(XOR32, to, z)
}

routine('sha256.rnds2', (asm) => {
  // a b c d e f g h; the names move on by one register each round.
  let s = [RAX, RCX, RDX, RBX, RSI, RDI, R8, R9]
  const [t1, t, u] = [R10, R11, R12] as const
  keeping(asm, [...s, t1, t, u], () => {
    // Lane 0 first: the first argument is H G D C, the second F E B A.
    const places = [word(1, 3), word(1, 2), word(0, 3), word(0, 2), word(1, 1), word(1, 0), word(0, 1), word(0, 0)]
    s.forEach((reg, i) => {
      asm.rm(MOV32, reg, RBP, places[i]!)
    })
    for (let round = 0; round < 2; round++) {
      const [a, b, c, d, e, f, g, h] = s as [number, number, number, number, number, number, number, number]
      bigSigma(asm, t1, e, t, 6, 11, 25)
      asm.rr(ADD32, t1, h)
      choose(asm, t, e, f, g)
      asm.rr(ADD32, t1, t)
      asm.rm(ADD32, t1, RBP, word(2, round))
      asm.rr(ADD32, d, t1)
      // h becomes the new a
      bigSigma(asm, h, a, t, 2, 13, 22)
      asm.rr(ADD32, h, t1)
      majority(asm, t, a, b, c, u)
      asm.rr(ADD32, h, t)
      s = [h, a, b, c, d, e, f, g]
    }
    const [a, b, , , e, f] = s as [number, number, number, number, number, number]
    asm.mr(STORE32, RBP, word(0, 0), f)
    asm.mr(STORE32, RBP, word(0, 1), e)
    asm.mr(STORE32, RBP, word(0, 2), b)
    asm.mr(STORE32, RBP, word(0, 3), a)
  })
})

const SHA1_CONSTANTS = [0x5a827999, 0x6ed9eba1, 0x8f1bbcdc | 0, 0xca62c1d6 | 0]
for (const kind of [0, 1, 2, 3]) {
  routine(`sha1.rnds4.${kind}`, (asm) => {
    let s = [RAX, RCX, RDX, RBX, RSI]
    const [t, u] = [RDI, R8] as const
    keeping(asm, [...s, t, u], () => {
      for (let i = 0; i < 4; i++) asm.rm(MOV32, s[i]!, RBP, word(0, 3 - i))
      // E is in W0 already.
      asm.rr(XOR32, s[4]!, s[4]!)
      for (let round = 0; round < 4; round++) {
        const [a, b, c, d, e] = s as [number, number, number, number, number]
        if (kind === 0) choose(asm, t, b, c, d)
        else if (kind === 2) majority(asm, t, b, c, d, u)
        else parity(asm, t, b, c, d)
        asm.rr(ADD32, e, t)
        asm.rm(ADD32, e, RBP, word(1, 3 - round))
        asm.ri(ADD32_IMM, e, SHA1_CONSTANTS[kind]!)
        asm.rr(MOV32, t, a)
        asm.shiftRI(SHIFT.ROR, 32, t, 27)
        asm.rr(ADD32, e, t)
        asm.shiftRI(SHIFT.ROR, 32, b, 2)
        s = [e, a, b, c, d]
      }
      for (let i = 0; i < 4; i++) asm.mr(STORE32, RBP, word(0, 3 - i), s[i]!)
    })
  })
}
