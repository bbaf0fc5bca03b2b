/** What folding makes of single rows: text before and after. */
import { describe, expect, it } from 'vitest'
import { V128 } from '../../../src/ir/op-row.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { forward } from '../../../src/opt/forward.ts'

const STATE = [0, 1, 2].map((n) => ({ name: `v${n}`, offset: 16 * n, type: V128 }))

/** A region of one block with `rows`, after `forward`. */
function folded(rows: string): string {
  const region = parseRegion(`region 0x10000\nblock 0 0x10000\n  at 0x10000\n${rows}  exit.direct 0x10004\n`, STATE)
  forward(region)
  assertValid(region, 'forward')
  return printRegion(region)
}

describe('rounds of AES', () => {
  const START = '  %0:v128 = get v0\n  %1:v128 = get v1\n  %2:v128 = vzero\n'

  it.each(['vaesenc', 'vaesenclast', 'vaesdec', 'vaesdeclast'])('%s takes the key that is added behind it', (op) => {
    for (const sum of ['%3 %1', '%1 %3']) {
      const text = folded(`${START}  %3:v128 = ${op} %0 %2\n  %4:v128 = vxor ${sum}\n  put %4 v2\n`)
      expect(text).toContain(`%4:v128 = ${op} %0 %1\n`)
    }
  })

  it('with a key already do not', () => {
    const text = folded(`${START}  %3:v128 = vaesenc %0 %1\n  %4:v128 = vxor %3 %1\n  put %4 v2\n`)
    expect(text).toContain('%4:v128 = vxor %3 %1\n')
  })
})

describe('copies of one lane', () => {
  it('are made once', () => {
    const text = folded(
      '  %0:v128 = get v0\n  %1:v128 = vdup32 %0 2\n  put %1 v1\n  %3:v128 = vdup32 %0 2\n  put %3 v2\n  %5:v128 = vdup32 %0 2\n  %6:v128 = vdup32 %0 1\n  %7:v128 = vxor %5 %6\n  put %7 v0\n',
    )
    expect(text).toContain('put %1 v2\n')
    expect(text).toContain('%7:v128 = vxor %1 %6\n')
  })
})
