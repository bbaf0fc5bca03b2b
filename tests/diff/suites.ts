/** The suites of the differential test. */
import { A64_SUITE } from './a64-suite.ts'
import { ARM_SUITE } from './arm/suite.ts'
import type { Suite } from './suite.ts'

export const SUITES: readonly Suite[] = [A64_SUITE, ARM_SUITE]

export function suiteNamed(name: string): Suite {
  const suite = SUITES.find((s) => s.name === name)
  if (suite === undefined) throw new Error(`no suite is named '${name}': ${SUITES.map((s) => s.name).join(', ')}`)
  return suite
}
