/** What a region of tier 1 is made of. */
import { describe, expect, it } from 'vitest'
import { A64Context } from '../../../src/guest/a64/context.ts'
import { A64 } from '../../../src/guest/a64/index.ts'
import { OP } from '../../../src/ir/ops.ts'
import { Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { Former } from '../../../src/translate/former.ts'

const PC = 0x10000
const NOP = 0xd503201f
const CBNZ_X0 = 0xb5000000
const RET = 0xd65f03c0
const back = (words: number) => CBNZ_X0 | ((-words & 0x7ffff) << 5)

const region = new Region(A64.state)
const former = new Former(A64, region)
former.use(new A64Context(region, former))

/** The pcs of the instructions of the region at word `from`, and of its direct exits; at the words `hot` regions of tier 2 begin. */
function formed(words: readonly number[], from = 0, hot: readonly number[] = []): { insns: number[]; exits: number[] } {
  const page = new Uint8Array(4096)
  new Uint32Array(page.buffer).set(words.map((word) => word >>> 0))
  former.form(PC + 4 * from, page, false, (pc) => hot.includes((pc - PC) / 4))
  assertValid(region, 'former')
  const exits: number[] = []
  for (let row = 0; row < region.rowCount; row++) if (region.op[row] === OP['exit.direct']) exits.push((region.imm[row]! - PC) / 4)
  return { insns: Array.from(region.insnPc.subarray(0, region.insnCount), (pc) => (pc - PC) / 4), exits }
}

describe('a region of tier 1', () => {
  // A loop of words 1 to 3 that the region is entered in the middle of.
  const LOOP = [NOP, NOP, NOP, back(2), RET]

  it('goes back to its own begin, and leaves for others behind it', () => {
    expect(formed(LOOP, 2)).toEqual({ insns: [2, 3, 4], exits: [1] })
    expect(formed([NOP, NOP, back(2), RET])).toEqual({ insns: [0, 1, 2, 3], exits: [] })
  })

  it('has no copy of what a region of tier 2 begins with', () => {
    expect(formed([NOP, NOP, back(1), RET], 0, [1])).toEqual({ insns: [0], exits: [1] })
    expect(formed([0x14000002 /* b 2 */, NOP, NOP, back(1), RET], 0, [2])).toEqual({ insns: [0], exits: [2] })
    expect(formed([NOP, back(1), NOP, RET], 0, [2])).toEqual({ insns: [0, 1], exits: [2] })
  })
})
