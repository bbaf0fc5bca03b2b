/**
 * One A64 instruction at a time through front-end, verifier and IR interpreter: the third executor of the
 * differential test beside machine code and the recorded oracle. `lift` alone serves tests of the front-end.
 */

import { A64Context } from '../../src/guest/a64/context.ts'
import { mxcsrFromFpcr, stickyFromMxcsr } from '../../src/guest/a64/fp-environment.ts'
import { A64 } from '../../src/guest/a64/index.ts'
import { A64_STATE } from '../../src/guest/a64/state.ts'
import { EMULATE_HELPERS } from '../../src/guest/emulate.ts'
import { NEXT } from '../../src/guest/insn.ts'
import { interpretRegion, type RegionExit } from '../../src/ir/interpret.ts'
import { MXCSR_DEFAULT } from '../../src/ir/interpret-core.ts'
import { OP } from '../../src/ir/ops.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../../src/ir/ops-int.ts'
import { NONE, Region } from '../../src/ir/region.ts'
import { assertValid } from '../../src/ir/verify.ts'
import { MappedMachine } from './mapped-machine.ts'

/** The words lifted from `pc` on into one region; every way out of them is an exit block. */
export function lift(words: readonly number[], pc: number): Region {
  const region = new Region(A64_STATE)
  region.reset(pc)
  const targets: number[] = []
  const leave = (to: number): void => void region.end(OP['exit.direct'], NONE, to | 0, Math.floor(to / 2 ** 32) | 0)
  const context: A64Context = new A64Context(region, {
    block(to) {
      const block = region.addBlock(to)
      targets.push(block)
      return block
    },
    own: () => region.addBlock(context.pc),
    begin: (own) => region.startBlock(own),
  })
  region.startBlock(region.addBlock(pc))
  for (let n = 0; n < words.length; n++) {
    context.pc = pc + 4 * n
    region.startInsn(context.pc)
    if (A64.translateInsn(context, words[n]! | 0) !== NEXT) break
  }
  if (region.open) leave(pc + 4 * words.length)
  for (const block of targets) {
    region.startBlock(block)
    leave(region.blockPc[block]!)
  }
  return region
}

const FPSR_QC = 1 << 27

export class A64Machine extends MappedMachine {
  constructor() {
    super(A64_STATE)
  }

  /** The NZCV register, bits 31:28. */
  get nzcv(): number {
    const packed = this.view.getUint32(this.offset('nzcv'), true)
    const bits = (packed & PACKED_N ? 8 : 0) | (packed & PACKED_Z ? 4 : 0) | (packed & PACKED_C ? 2 : 0) | (packed & PACKED_V ? 1 : 0)
    return (bits << 28) >>> 0
  }
  set nzcv(value: number) {
    const bit = (n: number, mask: number) => ((value >>> n) & 1 ? mask : 0)
    this.view.setUint32(this.offset('nzcv'), bit(31, PACKED_N) | bit(30, PACKED_Z) | bit(29, PACKED_C) | bit(28, PACKED_V), true)
  }
  get fpcr(): number {
    return this.view.getUint32(this.offset('fpcr'), true)
  }
  set fpcr(value: number) {
    this.view.setUint32(this.offset('fpcr'), value, true)
    this.mxcsr = mxcsrFromFpcr(MXCSR_DEFAULT, value)
  }
  /** FPSR: the slot, what has not been folded into it yet, and QC from its own slot. */
  get fpsr(): number {
    const at = this.offset('qc')
    const qc = this.state.subarray(at, at + 16).some((byte) => byte !== 0) ? FPSR_QC : 0
    return (this.view.getUint32(this.offset('fpsr'), true) | stickyFromMxcsr(this.mxcsr) | qc) >>> 0
  }
  set fpsr(value: number) {
    this.view.setUint32(this.offset('fpsr'), value & ~FPSR_QC, true)
    this.view.setUint32(this.offset('qc'), value & FPSR_QC, true)
  }

  /** Runs the instruction `word` at `pc`. */
  step(word: number, pc: number): RegionExit {
    const region = lift([word], pc)
    assertValid(region, A64.disassemble(word, pc))
    const exit = interpretRegion(region, this)
    if (exit.kind !== 'emulate') return exit
    EMULATE_HELPERS[exit.helper]!.fn({ state: this.view, pc, invalidate: () => {} }, exit.argument)
    return { kind: 'direct', pc: pc + 4 }
  }
}
