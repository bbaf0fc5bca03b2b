/** Changes between the two modes of floating point are where something needs them: a loop that computes in the other modes alone has none. */
import { describe, expect, it } from 'vitest'
import { ARM_STATE, SLOT_D0, SLOT_FPSR, SLOT_Q0, SLOT_R0 } from '../../../src/guest/arm/state.ts'
import { OP, OP_NAMES } from '../../../src/ir/ops.ts'
import { COND_MI } from '../../../src/ir/ops-int.ts'
import { NONE, Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { placeModes } from '../../../src/opt/float-modes.ts'

const PC = 0x1000
const STANDARD = 3 << 24

/** Ops of interest by block. */
function changes(region: Region): string[] {
  return Array.from({ length: region.blockCount }, (_, block) => {
    const names: string[] = []
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      const name = OP_NAMES[region.op[row]!]!
      if (/^fenv|^vf|^f[a-z]|^(exit|br|jump)/.test(name)) names.push(name)
    }
    return names.join(' ')
  })
}
function begin(): Region {
  const region = new Region(ARM_STATE)
  region.reset(PC)
  return region
}
function addQ(region: Region, n: number): void {
  region.emit(OP['fenv.enter'], region.const32(STANDARD))
  region.put(SLOT_Q0 + n, region.emit(OP.vfadd32, region.get(SLOT_Q0 + n), region.get(SLOT_Q0 + n + 1)))
  region.emitTyped(OP['fenv.leave'], 0)
}
function run(region: Region): string[] {
  placeModes(region)
  assertValid(region, 'float-modes')
  return changes(region)
}

describe('modes of floating point', () => {
  it('do not change between instructions that need the same', () => {
    const region = begin()
    region.startBlock(region.addBlock(PC))
    addQ(region, 0)
    region.put(SLOT_R0, region.get(SLOT_R0 + 1))
    addQ(region, 2)
    region.leaveFor(PC + 8)
    expect(run(region)).toEqual(['fenv.enter vfadd32 vfadd32 fenv.leave exit.direct'])
  })

  it('change for what looks at flags, or computes in the usual ones', () => {
    const region = begin()
    region.startBlock(region.addBlock(PC))
    addQ(region, 0)
    region.get(SLOT_FPSR)
    addQ(region, 2)
    region.emit(OP['fenv.get'])
    region.leaveFor(PC + 8)
    expect(run(region)).toEqual(['fenv.enter vfadd32 fenv.leave fenv.enter vfadd32 fenv.leave fenv.get exit.direct'])
  })

  it('change before and behind a loop, and on the way of its poll', () => {
    const region = begin()
    const [entry, header, body, asked, behind] = [0, 1, 2, 3, 4].map((n) => region.addBlock(PC + 4 * n)) as [
      number,
      number,
      number,
      number,
      number,
    ]
    region.startBlock(entry)
    region.end(OP.jump, NONE, 0, 0, header)
    region.startBlock(header)
    region.end(OP.br, region.emit(OP.asked), 0, 0, asked, body)
    region.startBlock(body)
    addQ(region, 0)
    region.end(OP.br, region.get(SLOT_R0), 0, 0, header, behind)
    region.startBlock(asked)
    region.leaveFor(PC + 4, OP['exit.poll'])
    region.startBlock(behind)
    region.leaveFor(PC + 16)
    expect(run(region)).toEqual(['fenv.enter jump', 'br', 'vfadd32 br', 'fenv.leave exit.poll', 'fenv.leave exit.direct'])
  })

  it('change on the one way that needs it', () => {
    const region = begin()
    const [entry, left, right, end] = [0, 1, 2, 3].map((n) => region.addBlock(PC + 4 * n)) as [number, number, number, number]
    region.startBlock(entry)
    addQ(region, 0)
    region.end(OP.br, region.get(SLOT_R0), 0, 0, left, end)
    region.startBlock(left)
    region.end(OP.br, region.get(SLOT_R0), 0, 0, right, end)
    region.startBlock(right)
    addQ(region, 0)
    region.end(OP.jump, NONE, 0, 0, end)
    region.startBlock(end)
    region.emit(OP['fenv.get'])
    region.leaveFor(PC + 16)
    const found = run(region)
    expect(found.filter((ops) => ops.includes('fenv.enter'))).toEqual(['fenv.enter vfadd32 br'])
    expect(found.at(-1)).toBe('fenv.leave fenv.get exit.direct')
  })

  it('are the usual ones where a comparison may be made again', () => {
    const region = begin()
    const [entry, left, right] = [0, 1, 2].map((n) => region.addBlock(PC + 4 * n)) as [number, number, number]
    region.startBlock(entry)
    const less = region.emit(OP['flags.fcmp'], region.get(SLOT_D0), region.get(SLOT_D0 + 1))
    const holds = region.emit(OP.test, less, NONE, NONE, COND_MI)
    addQ(region, 2)
    region.end(OP.br, holds, 0, 0, left, right)
    for (const block of [left, right]) {
      region.startBlock(block)
      region.leaveFor(PC + 16)
    }
    expect(run(region)[0]).toBe('flags.fcmp fenv.enter vfadd32 fenv.leave br')
  })
})
