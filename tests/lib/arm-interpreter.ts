/**
 * AArch32 instructions through front-end, verifier and IR interpreter: the third executor of the differential test beside machine code and the
 * recorded oracle. `lift` alone serves tests of the front-end.
 */

import { mxcsrFromFpcr, stickyFromMxcsr } from '../../src/guest/a64/fp-environment.ts'
import { ArmContext } from '../../src/guest/arm/context.ts'
import { ARM } from '../../src/guest/arm/index.ts'
import { ARM_STATE, packedOf } from '../../src/guest/arm/state.ts'
import { FPSCR_CONTROL } from '../../src/guest/arm/vfp-environment.ts'
import { EMULATE_HELPERS } from '../../src/guest/emulate.ts'
import { NEXT } from '../../src/guest/insn.ts'
import { interpretRegion, type RegionExit } from '../../src/ir/interpret.ts'
import { MXCSR_DEFAULT } from '../../src/ir/interpret-core.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { Region } from '../../src/ir/region.ts'
import { assertValid } from '../../src/ir/verify.ts'
import { MappedMachine } from './mapped-machine.ts'

/** The words (as rows have them) lifted from `pc` on into one region; every way out of them is an exit block. */
export function lift(words: readonly number[], pc: number): Region {
  const region = new Region(ARM_STATE)
  region.reset(pc)
  const targets: number[] = []
  const context: ArmContext = new ArmContext(region, {
    block(to) {
      const block = region.addBlock(to)
      targets.push(block)
      return block
    },
    own: () => region.addBlock(context.pc),
    begin: (own) => region.startBlock(own),
  })
  region.startBlock(region.addBlock(pc))
  let next = pc
  for (const word of words) {
    context.pc = next
    region.startInsn(context.pc, word)
    next = ARM.pcBehind(next, word)
    if (ARM.translateInsn(context, word | 0) !== NEXT) break
  }
  if (region.open) region.leaveFor(next)
  for (const block of targets) {
    region.startBlock(block)
    region.leaveFor(region.blockPc[block]!)
  }
  return region
}

const FPSCR_NZCV = 0xf0000000
const FPSCR_QC = 1 << 27
const FPSCR_CUMULATIVE = 0x9f
const GE_SHIFT = 16
const Q_SHIFT = 27

function packed(nzcv: number): number {
  const bit = (n: number, mask: number) => ((nzcv >>> n) & 1 ? mask : 0)
  return bit(31, PACKED_N) | bit(30, PACKED_Z) | bit(29, PACKED_C) | bit(28, PACKED_V)
}

function unpacked(flags: number): number {
  const bits = (flags & PACKED_N ? 8 : 0) | (flags & PACKED_Z ? 4 : 0) | (flags & PACKED_C ? 2 : 0) | (flags & PACKED_V ? 1 : 0)
  return (bits << 28) >>> 0
}

export class ArmMachine extends MappedMachine {
  constructor() {
    super(ARM_STATE)
  }

  private get(name: string): number {
    return this.view.getUint32(this.offset(name), true)
  }
  private set(name: string, value: number): void {
    this.view.setUint32(this.offset(name), value >>> 0, true)
  }

  /** NZCV, Q and GE of CPSR. */
  get cpsr(): number {
    return (
      (unpacked(packedOf(this.get('nz'), this.get('c'), this.get('v'))) | (this.get('q') << Q_SHIFT) | (this.get('ge') << GE_SHIFT)) >>> 0
    )
  }
  set cpsr(value: number) {
    for (const slot of ['nz', 'c', 'v']) this.set(slot, packed(value))
    this.set('q', (value >>> Q_SHIFT) & 1)
    this.set('ge', (value >>> GE_SHIFT) & 15)
  }

  /** FPSCR: control bits, flags, cumulative flags (the slot's and those that have not been folded into it yet), and QC from its own slot. */
  get fpscr(): number {
    const at = this.offset('qc')
    const qc = this.state.subarray(at, at + 16).some((byte) => byte !== 0) ? FPSCR_QC : 0
    return (
      (this.get('fpcr') |
        unpacked(this.get('fpnzcv')) |
        this.get('fpsr') |
        stickyFromMxcsr(this.mxcsr | this.get('mxcsr_standard')) |
        qc) >>>
      0
    )
  }
  set fpscr(value: number) {
    this.set('fpcr', value & FPSCR_CONTROL)
    this.set('fpnzcv', packed(value & FPSCR_NZCV))
    this.set('fpsr', value & FPSCR_CUMULATIVE)
    this.set('qc', value & FPSCR_QC)
    this.mxcsr = mxcsrFromFpcr(MXCSR_DEFAULT, value)
  }

  /** Runs the instruction `word` at `pc`. */
  step(word: number, pc: number): RegionExit {
    const region = lift([word], pc)
    assertValid(region, ARM.disassemble(word, pc))
    const exit = interpretRegion(region, this)
    if (exit.kind !== 'emulate') return exit
    EMULATE_HELPERS[exit.helper]!.fn({ state: this.view, pc, invalidate: () => {} }, exit.argument)
    return { kind: 'direct', pc: ARM.pcBehind(pc, word) }
  }
}
