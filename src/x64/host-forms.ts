/** What lowerings emit with: moves, constants, and vector instructions in the form that the host's processor has, SSE's with two operands or AVX's with three. */
import { Assembler, HOST, type Insn, insn } from './asm/index.ts'
import type { HostCpu } from './cpu.ts'
import type { CompileEnv } from './env.ts'

const MOV_64 = insn('MOV r64, r/m64')
const MOVAPS = insn('MOVAPS xmm1, xmm2/m128')
const VMOVAPS = insn('VMOVAPS xmm1, xmm2/m128')
const XORPS = insn('XORPS xmm1, xmm2/m128')
const VPXOR = insn('VPXOR xmm1, xmm2, xmm3/m128')
const PCMPEQD = insn('PCMPEQD xmm1, xmm2/m128')
const VPCMPEQD = insn('VPCMPEQD xmm1, xmm2, xmm3/m128')
const VPTERNLOGD = insn('VPTERNLOGD xmm1, xmm2, xmm3/m128, imm8')
/** Its truth table that is true for every input. */
const ALL_ONES = 0xff

export class HostForms {
  readonly asm = new Assembler(1 << 16)
  readonly cpu: HostCpu
  env!: CompileEnv

  constructor(cpu: HostCpu) {
    this.cpu = cpu
  }

  movX(d: number, a: number): void {
    if (d !== a) this.asm.rr(this.cpu.avx ? VMOVAPS : MOVAPS, d, a)
  }

  movG(d: number, a: number): void {
    if (d !== a) this.asm.rr(MOV_64, d, a)
  }

  /** d = a OP b: three-operand VEX form where there is AVX. */
  vex3(sse: Insn, vex: Insn, d: number, a: number, b: number): void {
    if (this.cpu.avx) this.asm.rrr(vex, d, a, b)
    else {
      this.movX(d, a)
      this.asm.rr(sse, d, b)
    }
  }

  vex3i(sse: Insn, vex: Insn, d: number, a: number, b: number, imm: number): void {
    if (this.cpu.avx) this.asm.rrri(vex, d, a, b, imm)
    else {
      this.movX(d, a)
      this.asm.rri(sse, d, b, imm)
    }
  }

  vex2(sse: Insn, vex: Insn, d: number, a: number): void {
    this.asm.rr(this.cpu.avx ? vex : sse, d, a)
  }

  vex2i(sse: Insn, vex: Insn, d: number, a: number, imm: number): void {
    this.asm.rri(this.cpu.avx ? vex : sse, d, a, imm)
  }

  /** d = a OP constant of four words, lowest first. */
  vex3c(sse: Insn, vex: Insn, d: number, a: number, w0: number, w1: number, w2: number, w3: number): void {
    const address = this.env.constant16(w0, w1, w2, w3)
    if (this.cpu.avx) this.asm.rrm(vex, d, a, HOST, address)
    else {
      this.movX(d, a)
      this.asm.rm(sse, d, HOST, address)
    }
  }

  vex2c(sse: Insn, vex: Insn, d: number, w0: number, w1: number, w2: number, w3: number): void {
    this.asm.rm(this.cpu.avx ? vex : sse, d, HOST, this.env.constant16(w0, w1, w2, w3))
  }

  loadConst(d: number, w0: number, w1: number, w2: number, w3: number): void {
    const avx = this.cpu.avx
    if ((w0 | w1 | w2 | w3) === 0) {
      if (avx) this.asm.rrr(VPXOR, d, d, d)
      else this.asm.rr(XORPS, d, d)
    } else if ((w0 & w1 & w2 & w3) === -1) {
      if (d > 15) this.asm.rrri(VPTERNLOGD, d, d, d, ALL_ONES)
      else if (avx) this.asm.rrr(VPCMPEQD, d, d, d)
      else this.asm.rr(PCMPEQD, d, d)
    } else this.asm.rm(avx ? VMOVAPS : MOVAPS, d, HOST, this.env.constant16(w0, w1, w2, w3))
  }

  callRoutine(name: string): void {
    this.asm.callTo(this.env.routine(name))
  }
}
