/** Which stores of state and which notes are left. */
import { describe, expect, it } from 'vitest'
import { I64, V128 } from '../../../src/ir/op-row.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { removeDeadStores } from '../../../src/opt/dead-stores.ts'

const STATE = [...[0, 1, 2].map((n) => ({ name: `x${n}`, offset: 8 * n, type: I64 })), { name: 'v0', offset: 32, type: V128 }]
const BEGIN = '  %0:i64 = get x0\n  %1:i64 = get x1\n'

/** The stores and notes that are left of those in `rows`, whose values are numbered from 2 on. */
function left(rows: string): string[] {
  const region = parseRegion(`region 0x10000\nblock 0 0x10000\n  at 0x10000\n${BEGIN}${rows}  exit.direct 0x10004\n`, STATE)
  removeDeadStores(region)
  assertValid(region, 'dead-stores')
  return printRegion(region)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^(put|note) /.test(line))
}

describe('stores', () => {
  it('that are overwritten go, or are notes where there may be a fault before', () => {
    expect(left('  put %0 x2\n  put %1 x2\n')).toEqual(['put %1 x2'])
    expect(left('  put %0 x2\n  %3:i64 = load64 %1 0\n  put %1 x2\n')).toEqual(['note %0 x2', 'put %1 x2'])
  })
})

describe('a vector constant', () => {
  it('is stored though a fault comes before it is overwritten: no note can hold it', () => {
    const rows =
      '  %2:f32 = constf 0x7f800001\n  %3:v128 = v.fromf %2\n  put %3 v0\n  %5:i64 = load64 %1 0\n  %6:v128 = vzero\n  put %6 v0\n'
    expect(left(rows)).toEqual(['put %3 v0', 'put %6 v0'])
  })
})

describe('notes', () => {
  it('stay where a fault may come before the slot is written or noted again', () => {
    expect(left('  note %0 x2\n  %3:i64 = load64 %1 0\n')).toEqual(['note %0 x2'])
    expect(left('  note %0 x2\n  store64 %1 %0 0\n  note %1 x2\n  %5:i64 = load64 %1 0\n')).toEqual(['note %0 x2', 'note %1 x2'])
  })

  it('that nobody sees go', () => {
    expect(left('  %2:i64 = load64 %1 0\n  note %0 x2\n')).toEqual([])
    expect(left('  note %0 x2\n  note %1 x2\n  %4:i64 = load64 %1 0\n')).toEqual(['note %1 x2'])
    expect(left('  note %0 x2\n  put %1 x2\n  %4:i64 = load64 %1 0\n')).toEqual(['put %1 x2'])
    // Of another slot: both stay.
    expect(left('  note %0 x2\n  note %1 x1\n  %4:i64 = load64 %1 0\n')).toEqual(['note %0 x2', 'note %1 x1'])
  })

  it('do not keep what is stored before them from being stored', () => {
    expect(left('  put %0 x2\n  note %1 x2\n  %4:i64 = load64 %1 0\n')).toEqual(['put %0 x2', 'note %1 x2'])
  })
})
