/** Loops of exclusive loads and stores: which become one operation. */
import { describe, expect, it } from 'vitest'
import { I32, I64, V128 } from '../../../src/ir/op-row.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { joinExclusiveLoops } from '../../../src/opt/exclusive-loops.ts'

const STATE = [
  { name: 'x0', offset: 0, type: I64 },
  { name: 'x1', offset: 8, type: I64 },
  { name: 'x2', offset: 16, type: I64 },
  { name: 'nzcv', offset: 24, type: I32 },
  { name: 'v0', offset: 32, type: V128 },
]

/** A loop from 0x10000 on that stores `value` (%5) where x0 points; %1 is what it has loaded, %3 what x1 holds. */
function joined(value: string, between = '', again = '0x10000'): string {
  const region = parseRegion(
    `region 0x10000
block 0 0x10000
  at 0x10000
  %0:i64 = get x0
  %1:i64 = load64 %0 0
  put %1 x2
  %3:i64 = get x1
${between}  at 0x10004
  %5:i64 = ${value}
  at 0x10008
  %6:i64 = cas %0 %1 %5 8
  %7:i32 = icmp %6 %1 ne
  %8:i64 = zext32 %7
  put %8 x1
  at 0x1000c
  br %7 -> 1 2
block 1 ${again}
  at 0x1000c
  exit.direct ${again}
block 2 0x10010
  at 0x10010
  put %5 x0
  exit.direct 0x10014
`,
    STATE,
  )
  joinExclusiveLoops(region)
  assertValid(region, 'exclusive-loops')
  return printRegion(region)
}

describe('a loop of an exclusive load and store', () => {
  it.each([
    ['add %1 %3', /xadd %0 %3 8/],
    ['add %3 %1', /xadd %0 %3 8/],
    ['sub %1 %3', /sub %\d+ %3\n.*xadd %0 %\d+ 8/],
    ['or %1 %3', /rmw %0 %3 8 or/],
    ['xor %3 %1', /rmw %0 %3 8 xor/],
    ['and %1 %3', /rmw %0 %3 8 and/],
    ['andn %1 %3', /rmw %0 %3 8 clr/],
    ['add %3 %3', /xchg %0 %\d+ 8/],
  ])('%s', (value, operation) => {
    const text = joined(value)
    expect(text).toMatch(operation)
    expect(text).not.toMatch(/cas|br /)
  })

  it('is found where flags say whether it has failed, and addresses are widened words', () => {
    const region = parseRegion(
      `region 0x10000
block 0 0x10000
  at 0x10000
  %0:i64 = get x0
  %1:i32 = trunc %0
  %2:i64 = zext32 %1
  %3:i32 = load32 %2 0
  %4:i64 = get x1
  %5:i32 = trunc %4
  %6:i32 = add %3 %5
  %7:i64 = zext32 %1
  %8:i32 = cas %7 %3 %6 4
  %9:i32 = icmp %8 %3 ne
  %10:i32 = const 0
  %11:flags = flags.sub %9 %10
  %12:i32 = test %11 ne
  br %12 -> 0 1
block 1 0x10010
  at 0x10010
  exit.direct 0x10014
`,
      STATE,
    )
    joinExclusiveLoops(region)
    assertValid(region, 'exclusive-loops')
    expect(printRegion(region)).toMatch(/xadd %7 %5 4/)
    expect(printRegion(region)).not.toMatch(/cas|br /)
  })

  it('shows what the operation gave, and computes from that again', () => {
    const text = joined('add %1 %3')
    const [, old] = /(%\d+):i64 = xadd/.exec(text)!
    expect(text).toContain(`put ${old} x2`)
    const [, sum] = new RegExp(`(%\\d+):i64 = add ${old} %3`).exec(text)!
    expect(text).toContain(`put ${sum} x0`)
    // The load before it stays: a fault of the operation shows what that has loaded.
    expect(text).toMatch(/%1:i64 = load64 %0 0\n {2}put %1 x2/)
  })

  it.each([
    ['sub %3 %1', '', '0x10000'],
    ['add %1 %1', '', '0x10000'],
    ['mul %1 %3', '', '0x10000'],
    ['add %1 %3', '  store64 %0 %3 8\n', '0x10000'],
    ['add %1 %3', '', '0x0fffc'],
  ])('stays one with %s %s %s', (value, between, again) => {
    expect(joined(value, between, again)).toMatch(/= cas %0 %1 %\d+ 8/)
  })
})
