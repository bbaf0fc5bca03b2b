/** Random regions through the back-end; tests/soak has more of them. FUZZ_SEED repeats one. */
import { afterAll, expect, it } from 'vitest'
import { checkSeed, Rig, report } from '../../lib/region-fuzz.ts'

const COUNT = 250
const rig = new Rig()
afterAll(() => rig.close())

it('random regions end as the IR interpreter says', () => {
  const only = process.env['FUZZ_SEED']
  const first = only === undefined ? 0 : Number(only)
  const count = only === undefined ? COUNT : 1
  const failures: string[] = []
  for (let seed = first; seed < first + count && failures.length < 3; seed++) {
    const failure = checkSeed(seed, rig)
    if (failure !== null) failures.push(report(failure, rig))
  }
  expect(failures.join('\n\n')).toBe('')
})
