/** CPUID and XGETBV, asked once: the features of this CPU and where XSAVE puts what fault.ts reads. */
import { Assembler, insn, R8, RAX, RBX, RCX, RDI, RDX, RSI } from '../x64/asm/index.ts'
import { type CpuidLeaf, detectHostCpu, type HostCpu } from '../x64/cpu.ts'
import { scratch } from './memory.ts'
import { functionAt } from './native.ts'
import { mapNativeCode } from './native-code.ts'

const MOV32 = insn('MOV r32, r/m32')
const MOV = insn('MOV r64, r/m64')
const STORE32 = insn('MOV r/m32, r32')
const XOR32 = insn('XOR r32, r/m32')
const PUSH = insn('PUSH r64')
const POP = insn('POP r64')
const RET = insn('RET')
const CPUID = insn('CPUID')
const XGETBV = insn('XGETBV')

const LEAF_SIZE = 16
const LEAF_XSAVE = 0xd
const COMPONENT_HI16_ZMM = 7
/** Where every CPU with AVX-512 has had it. */
const USUAL_HI16_ZMM = 1664

interface CpuInstructions {
  cpuid(leaf: number, subleaf?: number): CpuidLeaf
  xgetbv(): number
}

let instructions: CpuInstructions | undefined

function load(): CpuInstructions {
  const asm = new Assembler(128)
  asm.reset(0)
  // void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t out[4])
  asm.r(PUSH, RBX)
  asm.rr(MOV, R8, RDX)
  asm.rr(MOV32, RAX, RDI)
  asm.rr(MOV32, RCX, RSI)
  asm.none(CPUID)
  for (const [n, register] of [RAX, RBX, RCX, RDX].entries()) asm.mr(STORE32, R8, 4 * n, register)
  asm.r(POP, RBX)
  asm.none(RET)
  asm.align(16)
  const second = asm.pos
  asm.rr(XOR32, RCX, RCX)
  asm.none(XGETBV)
  asm.none(RET)
  asm.finish()
  const address = mapNativeCode(asm.bytes.subarray(0, asm.pos))
  const cpuid = functionAt(address, 'void demotic_cpuid(uint32_t leaf, uint32_t subleaf, uintptr out)')
  const xgetbv = functionAt(address + second, 'uint32_t demotic_xgetbv()')
  return {
    cpuid(leaf, subleaf = 0) {
      const s = scratch()
      const at = s.take(LEAF_SIZE)
      cpuid(leaf, subleaf, s.address + at)
      const word = (n: number) => s.i32[(at >> 2) + n]! >>> 0
      return { a: word(0), b: word(1), c: word(2), d: word(3) }
    },
    xgetbv: () => xgetbv(),
  }
}

let detected: HostCpu | undefined

/** The features of the CPU that the engine runs on. */
export function hostCpuFeatures(): HostCpu {
  const { cpuid, xgetbv } = (instructions ??= load())
  // A virtual machine leaves the guest for each CPUID, which takes up to 70 us.
  const highest = new Map<number, number>()
  const highestOf = (range: number): number => {
    if (!highest.has(range)) highest.set(range, cpuid(range).a)
    return highest.get(range)!
  }
  detected ??= detectHostCpu((leaf) => (leaf <= highestOf((leaf & 0x8000_0000) >>> 0) ? cpuid(leaf) : { a: 0, b: 0, c: 0, d: 0 }), xgetbv)
  return detected
}

let offsets: { hi16Zmm: number } | undefined

/** Byte offsets of XSAVE components in the standard format. */
export function xsaveOffsets(): { readonly hi16Zmm: number } {
  if (offsets === undefined) {
    const { cpuid } = (instructions ??= load())
    offsets = { hi16Zmm: cpuid(LEAF_XSAVE, COMPONENT_HI16_ZMM).b || USUAL_HI16_ZMM }
  }
  return offsets
}
