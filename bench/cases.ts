/**
 * What is measured beside native code and qemu: a case is one piece of work as three commands. The figures are CPU seconds, user and system, of a
 * command and of all its children; all three must print the same.
 */
import { geometricMean, measure, median } from './commands.ts'
import type { Command } from './trees.ts'

export interface Case {
  readonly group: string
  readonly name: string
  readonly rounds: number
  readonly native: Command
  readonly demotic: Command
  /** null: not measured. */
  readonly qemu: Command | null
}

export interface Result {
  readonly case: Case
  /** CPU seconds; null: none, or a wrong result. */
  readonly seconds: Readonly<Record<Machine, number | null>>
}

type Machine = 'native' | 'demotic' | 'qemu'

const pad = (text: string, width: number) => text.padStart(width)
export const times = (x: number | null) => (x === null ? '-' : `${x.toFixed(x < 10 ? 2 : 1)}x`)
export const heading = (): string =>
  `  ${''.padEnd(14)} ${['native', 'demotic', 'qemu', 'demotic', 'qemu'].map((text) => pad(text, 10)).join(' ')}`

function overNative({ seconds }: Result, machine: Machine): number | null {
  const [cpu, native] = [seconds[machine], seconds.native]
  return cpu === null || native === null ? null : cpu / native
}

function runCase(c: Case, runs: number): Result {
  const medianOf = (command: Command, n: number, expected: string | null) => {
    const list = Array.from({ length: n }, () => measure(command.command, { env: command.env, cwd: command.cwd }))
    const bad = list.find((run) => !run.ok || (expected !== null && run.stdout !== expected))
    return { cpu: bad ? null : median(list.map((run) => run.cpu)), stdout: list[0]!.stdout, bad }
  }
  const native = medianOf(c.native, runs, null)
  const demotic = medianOf(c.demotic, runs, native.stdout)
  const qemu = c.qemu === null ? null : medianOf(c.qemu, 1, native.stdout)
  const result = { case: c, seconds: { native: native.cpu, demotic: demotic.cpu, qemu: qemu?.cpu ?? null } }
  const seconds = (cpu: number | null) => `${pad(cpu?.toFixed(2) ?? '-', 8)} s`
  const ratio = (machine: Machine) => pad(times(overNative(result, machine)), 10)
  const note = native.bad ? '  NATIVE FAILED' : demotic.bad ? (demotic.bad.ok ? '  WRONG RESULT' : '  FAILED') : ''
  const figures = [seconds(native.cpu), seconds(demotic.cpu), seconds(qemu?.cpu ?? null), ratio('demotic'), ratio('qemu')]
  console.log(`  ${c.name.padEnd(14)} ${figures.join(' ')}${note}`)
  return result
}

/** Runs them, group by group, and prints each and the groups' geometric means. */
export function runCases(title: string, list: readonly Case[], runs: number): Result[] {
  console.log(`${title}, ${runs === 1 ? 'one run' : `median of ${runs} runs`}\n${heading()}`)
  const all: Result[] = []
  const summary: string[] = []
  for (const group of new Set(list.map((c) => c.group))) {
    console.log(group)
    const results = list.filter((c) => c.group === group).map((c) => runCase(c, runs))
    all.push(...results)
    const mean = (machine: Machine) => {
      const known = results.map((result) => overNative(result, machine)).filter((x) => x !== null)
      return pad(times(known.length === 0 ? null : geometricMean(known)), 10)
    }
    summary.push(`  ${group.padEnd(14)} ${mean('demotic')} ${mean('qemu')}`)
  }
  console.log(`Geometric means over native\n  ${''.padEnd(14)} ${pad('demotic', 10)} ${pad('qemu', 10)}\n${summary.join('\n')}`)
  return all
}
