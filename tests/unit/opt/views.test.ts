/**
 * Registers that overlap: random AArch32 floating-point and vector code, which names the same bytes as singles, doubles and quadwords, does the same before and
 * after the passes. Seeds are the numbers of the cases.
 */
import { describe, expect, it } from 'vitest'
import { ArmContext } from '../../../src/guest/arm/context.ts'
import { fpA32Rows } from '../../../src/guest/arm/fp-simd.ts'
import { ARM } from '../../../src/guest/arm/index.ts'
import { ARM_STATE, SLOT_D0, SLOT_Q0, SLOT_S0 } from '../../../src/guest/arm/state.ts'
import { NEXT } from '../../../src/guest/insn.ts'
import { interpretRegion } from '../../../src/ir/interpret.ts'
import { OP } from '../../../src/ir/ops.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { optimise } from '../../../src/opt/pipeline.ts'
import { unifyViews } from '../../../src/opt/views.ts'
import { randomOf } from '../../lib/random-a64.ts'

const CASES = 3000
const WORDS = 10
const PC = 0x10000
const STATE_BYTES = 1024
const Q_BYTES = 256
const MXCSR = 0x1f80

const rows = fpA32Rows.filter((row) => !row.missing && !/^v(ld|st)|^vms?r|^crc/.test(row.name))
/** Fields of register numbers: few registers, so that they meet. */
const REGISTER = /^v[dnm]$/

function randomWords(random: () => number): number[] {
  return Array.from({ length: WORDS }, () => {
    const row = rows[random() % rows.length]!
    const { mask, value, fields } = row.pattern
    let word = (random() & ~mask) | value
    const put = (name: string, bits: number) => {
      const f = fields.find((field) => field.name === name)
      if (f !== undefined) word = (word & ~((2 ** f.width - 1) << f.shift)) | (bits << f.shift)
    }
    for (const { name } of fields) if (REGISTER.test(name)) put(name, random() % 4)
    for (const name of ['d', 'n', 'm']) if (/\.scalar/.test(row.name) === false) put(name, random() % 8 === 0 ? 1 : random() % 2)
    for (const name of ['rt', 'rt2']) put(name, random() % 4)
    put('cond', random() % 4 === 0 ? random() % 14 : 14)
    return word >>> 0
  })
}

function lift(words: readonly number[]): Region {
  const region = new Region(ARM_STATE)
  region.reset(PC)
  const exits: number[] = []
  const context: ArmContext = new ArmContext(region, {
    block(to) {
      exits.push(region.addBlock(to))
      return exits.at(-1)!
    },
    own: () => region.addBlock(context.pc),
    begin: (own) => region.startBlock(own),
  })
  region.startBlock(region.addBlock(PC))
  let pc = PC
  for (const word of words) {
    context.pc = pc
    region.startInsn(pc, word)
    pc += 4
    if (ARM.translateInsn(context, word | 0) !== NEXT) break
  }
  if (region.open) region.leaveFor(pc)
  for (const block of exits) {
    region.startBlock(block)
    region.leaveFor(region.blockPc[block]!)
  }
  return region
}

function run(region: Region, seed: number) {
  const random = randomOf(seed)
  const state = new Uint8Array(STATE_BYTES)
  const view = new DataView(state.buffer)
  for (let n = 0; n < 16; n++) view.setUint32(4 * n, random(), true)
  const at = ARM_STATE[SLOT_Q0]!.offset
  for (let n = 0; n < Q_BYTES; n += 4) view.setUint32(at + n, random() % 3 === 0 ? random() : 0x3f80_0000 + (random() & 0xff_ffff), true)
  const fault = () => {
    throw new Error('an access')
  }
  const machine = { state, memory: { read: fault, write: fault }, mxcsr: MXCSR, cycles: () => 0n, syscall: fault }
  return { exit: JSON.stringify(interpretRegion(region, machine)), state, mxcsr: machine.mxcsr }
}

describe('registers that overlap', () => {
  it('are the same before and after the passes', () => {
    let rewritten = 0
    for (let seed = 0; seed < CASES; seed++) {
      const words = randomWords(randomOf(seed))
      const text = () => `case ${seed}: ${words.map((w, n) => ARM.disassemble(w, PC + 4 * n)).join('; ')}`
      const raw = lift(words)
      assertValid(raw, text())
      const before = run(raw, seed)
      const region = lift(words)
      optimise(region, undefined, (pass) => assertValid(region, `${pass.name}, ${text()}`))
      const after = run(region, seed)
      if (after.exit !== before.exit || after.mxcsr !== before.mxcsr)
        expect([after.exit, after.mxcsr], text()).toEqual([before.exit, before.mxcsr])
      const differs = before.state.findIndex((byte, n) => byte !== after.state[n])
      if (differs >= 0) expect.fail(`byte ${differs} of the state differs, ${text()}\n${printRegion(lift(words))}\n${printRegion(region)}`)
      if (region.rowCount !== raw.rowCount) rewritten++
    }
    expect(rewritten).toBeGreaterThan(CASES / 4)
  })

  it('are named in one way behind the pass, and by the largest part that the region names', () => {
    const region = new Region(ARM_STATE)
    region.reset(PC)
    region.startBlock(region.addBlock(PC))
    region.put(SLOT_S0 + 1, region.get(SLOT_S0 + 8))
    region.put(SLOT_D0 + 1, region.get(SLOT_D0 + 0))
    region.put(SLOT_Q0 + 1, region.get(SLOT_Q0 + 3))
    region.put(SLOT_S0 + 5, region.get(SLOT_S0 + 0))
    region.leaveFor(PC + 4)
    unifyViews(region)
    assertValid(region, 'views')
    const named = new Set<string>()
    for (let row = 0; row < region.rowCount; row++)
      if (region.op[row] === OP.get || region.op[row] === OP.put) named.add(ARM_STATE[region.imm[row]!]!.name)
    expect([...named].sort()).toEqual(['d0', 'd1', 'q1', 'q3', 's8'])
  })
})
