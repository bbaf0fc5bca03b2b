/**
 * The fuzzer of the back-end: random regions run by the IR interpreter and as machine code, as they are and after the passes, for CPUs of
 * several levels. All must end alike.
 */
import { OP_NAMES, OP_ROWS } from '../../src/ir/ops.ts'
import { parseRegion } from '../../src/ir/parse.ts'
import { printRegion } from '../../src/ir/print.ts'
import type { Region } from '../../src/ir/region.ts'
import { verifyRegion } from '../../src/ir/verify.ts'
import { optimise } from '../../src/opt/pipeline.ts'
import { LOWERINGS } from '../../src/x64/lowering.ts'
import { randomRegion } from './random-region.ts'
import { opLists } from './random-values.ts'
import { reduceRegion } from './reduce-region.ts'
import { differences, FUZZ_STATE, type Input, interpretOutcome, type Outcome, randomInput } from './region-machine.ts'
import { Rig } from './region-rig.ts'

export const CPUS = ['native', 'native/high', 'x86-64-v3', 'x86-64-v2'] as const
export type Cpu = (typeof CPUS)[number]

/** What is run: the interpreter on the optimised region, or machine code. */
export interface Stage {
  readonly optimised: boolean
  /** null: the IR interpreter. */
  readonly cpu: Cpu | null
}

export interface Failure {
  readonly seed: number
  readonly stage: Stage
  readonly what: string
}

/** Ops that the back-end treats itself. */
const FOLDED = new Set<string>(['vzero', 'v.tof32', 'v.tof64', 'trunc'])
const LISTS = opLists((op) => LOWERINGS[op] !== null || OP_ROWS[op]!.result === 0 || FOLDED.has(OP_NAMES[op]!))

function optimised(region: Region): Region {
  optimise(region, undefined, (pass) => {
    const problems = verifyRegion(region)
    if (problems.length > 0) throw new Error(`not valid after ${pass.name}: ${problems.join('; ')}`)
  })
  return region
}

/** Runs `build()` in `stage`; what is wrong, or null. */
export function runStage(build: () => Region, stage: Stage, input: Input, want: Outcome, rig: Rig): string | null {
  try {
    const region = stage.optimised ? optimised(build()) : build()
    const got = stage.cpu === null ? interpretOutcome(region, input) : rig.run(region, stage.cpu, input)
    const found = differences(want, got)
    return found.length === 0 ? null : found.join('\n')
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}

const STAGES: readonly Stage[] = [
  { optimised: true, cpu: null },
  ...[false, true].flatMap((isOptimised) => CPUS.map((cpu) => ({ optimised: isOptimised, cpu }))),
]

/** All stages of the region of `seed`; the first that fails. */
export function checkSeed(seed: number, rig: Rig): Failure | null {
  return checkRegion(randomRegion(seed, LISTS).build, seed, rig)
}

/** The same for a region of one's own, on these CPUs; `seed` makes its input. */
export function checkRegion(build: () => Region, seed: number, rig: Rig, cpus: readonly Cpu[] = CPUS): Failure | null {
  const problems = verifyRegion(build())
  if (problems.length > 0) throw new Error(`region ${seed} is not valid: ${problems.slice(0, 5).join('; ')}`)
  const input = randomInput(seed)
  const want = interpretOutcome(build(), input)
  for (const stage of STAGES) {
    if (stage.cpu !== null && !cpus.includes(stage.cpu)) continue
    const what = runStage(build, stage, input, want, rig)
    if (what !== null) return { seed, stage, what }
  }
  return null
}

export function stageName({ optimised, cpu }: Stage): string {
  return `${cpu === null ? 'IR interpreter' : `machine code for ${cpu}`}${optimised ? ', optimised' : ''}`
}

/** The failure with the region cut down to what still fails, the machine code, and how to see it again. */
export function report(failure: Failure, rig: Rig): string {
  const { seed, stage } = failure
  const input = randomInput(seed)
  const text = printRegion(randomRegion(seed, LISTS).build())
  const fails = (candidate: string): string | null => {
    const build = () => parseRegion(candidate, FUZZ_STATE)
    if (verifyRegion(build()).length > 0) return null
    return runStage(build, stage, input, interpretOutcome(build(), input), rig)
  }
  const again = fails(text)
  // What is cut must not fail in another way: an error is no wrong result, and only hanging hangs.
  const small = again === null ? text : reduceRegion(text, (candidate) => sameKind(fails(candidate), again))
  const lines = [`region ${seed}, ${stageName(stage)}:`, failure.what]
  if (again === null) lines.push('(the text of the region does not fail)')
  else lines.push('reduced:', small, `fails with: ${fails(small)}`)
  if (stage.optimised) lines.push('optimised:', printRegion(optimised(parseRegion(small, FUZZ_STATE))))
  if (stage.cpu !== null) lines.push('machine code:', rig.listing())
  lines.push(`repeat: FUZZ_SEED=${seed} npx vitest run tests/unit/x64/fuzz.test.ts`)
  return lines.join('\n')
}

function sameKind(found: string | null, wanted: string): boolean {
  if (found === null) return false
  const kind = (what: string) => (/^\w*Error/.test(what) ? what.split('\n')[0]!.replaceAll(/[0-9a-f]+/g, '') : what.includes('got hangs'))
  return kind(found) === kind(wanted)
}

export { LISTS, Rig }
