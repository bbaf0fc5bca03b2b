/** Random regions through the back-end for SOAK_MINUTES (3), from a seed of the day on. */
import { expect, it } from 'vitest'
import { checkSeed, Rig, report } from '../lib/region-fuzz.ts'

const MINUTES = Number(process.env['SOAK_MINUTES'] ?? 3)
/** The unit test has the seeds below. */
const FIRST_SEED = 1000
const SEEDS_A_DAY = 100_000
const DAY_MS = 86_400_000
/** A new engine now and then: views of the code area live as long as it. */
const SEEDS_A_RIG = 5000
const MOST_FAILURES = 5

it('random regions end as the IR interpreter says', () => {
  const end = performance.now() + MINUTES * 60_000
  const failures: string[] = []
  let seed = FIRST_SEED + (Math.floor(Date.now() / DAY_MS) % 10_000) * SEEDS_A_DAY
  const first = seed
  while (performance.now() < end && failures.length < MOST_FAILURES) {
    const rig = new Rig()
    for (let n = 0; n < SEEDS_A_RIG && performance.now() < end && failures.length < MOST_FAILURES; n++, seed++) {
      const failure = checkSeed(seed, rig)
      if (failure !== null) failures.push(report(failure, rig))
    }
    rig.close()
  }
  console.log(`${seed - first} regions from seed ${first} on`)
  expect(failures.join('\n\n')).toBe('')
})
