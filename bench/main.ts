/**
 * `npm run bench [-- OPTIONS]`: Demotic beside the host's own code and the installed qemu-aarch64.
 *
 *   --quick          a fifth of the work, one run each
 *   --runs N         runs of which the median counts (default 3; qemu gets one)
 *   --only REGEXP    kernels and programs whose group or name matches; the other sections are left out
 *   --no-qemu        without qemu
 *   --json FILE      the figures of kernels and programs as JSON, too: [{group, name, rounds, native, demotic, qemu}], CPU seconds, null where there is none or the result was wrong
 *
 * The figures of a kernel, of a program are CPU seconds, user and system, of the process and of all its children.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { type Case, heading, type Result, runCases, times } from './cases.ts'
import { DEMOTIC, demoticStatistics, hasProgram, measure, median, peakMemory, QEMU, ROOT } from './commands.ts'
import { type Kernel, kernels } from './kernels.ts'
import { prepare, programs, roundsOf } from './programs.ts'
import { byDemotic, type Command, inChroot, QemuRoot, removeFolders } from './trees.ts'

interface Options {
  readonly isQuick: boolean
  readonly runs: number
  readonly only: RegExp | null
  readonly hasQemu: boolean
  readonly json: string | null
}

function options(args: readonly string[]): Options {
  const argumentOf = (name: string) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
  const only = argumentOf('--only')
  const isQuick = args.includes('--quick')
  return {
    isQuick,
    runs: Number(argumentOf('--runs') ?? (isQuick ? 1 : 3)),
    only: only === undefined ? null : new RegExp(only),
    json: argumentOf('--json') ?? null,
    hasQemu: !args.includes('--no-qemu') && hasProgram(QEMU[0]!),
  }
}

const pad = (text: string, width: number) => text.padStart(width)

function runKernels(o: Options): Result[] {
  const list = wanted(o).filter((k) => k.group !== PROCESS)
  if (list.length === 0) return []
  const command = (...words: string[]): Command => ({ command: words, env: process.env, cwd: '.' })
  const cases = list.map((kernel): Case => {
    const { group, name, host, guest } = kernel
    const rounds = o.isQuick ? kernel.quickRounds : kernel.rounds
    return {
      group,
      name,
      rounds,
      native: command(host, `${rounds}`),
      demotic: command(...DEMOTIC, guest, `${rounds}`),
      qemu: o.hasQemu ? command(...QEMU, guest, `${rounds}`) : null,
    }
  })
  return runCases('CPU time of kernels', cases, o.runs)
}

function runPrograms(o: Options): Result[] {
  const list = programs((group, name) => isWanted(o, group, name))
  if (list.length === 0) return []
  prepare(list, o.isQuick)
  const qemu = o.hasQemu ? QemuRoot.make(list[0]!.tree) : null
  try {
    const cases = list.map((program): Case => {
      const { group, name, tree } = program
      const rounds = roundsOf(program, o.isQuick)
      const argv = program.argv(rounds)
      const commands = { native: inChroot(tree, argv), demotic: byDemotic(tree, argv), qemu: qemu?.run(tree, argv) ?? null }
      return { group, name, rounds, ...commands }
    })
    return runCases('CPU time of real programs', cases, o.runs)
  } finally {
    qemu?.remove()
    for (const tree of new Set(list.map((program) => program.tree))) removeFolders(tree)
  }
}

const PROCESS = 'process'

const isWanted = (o: Options, group: string, name: string): boolean => o.only === null || o.only.test(group) || o.only.test(name)

function wanted(o: Options): Kernel[] {
  return kernels().filter((k) => isWanted(o, k.group, k.name))
}

/** CPU microseconds of one operation of a kernel: what all rounds take less what one takes. */
function operationCost(command: readonly string[], kernel: Kernel, o: Options, more: readonly string[] = []): number | null {
  const rounds = o.isQuick ? kernel.quickRounds : kernel.rounds
  const cpuOf = (n: number) => {
    const list = Array.from({ length: o.runs }, () => measure([...command, `${n}`, ...more]))
    return list.every((run) => run.ok) ? median(list.map((run) => run.cpu)) : null
  }
  const [one, all] = [cpuOf(1), cpuOf(rounds)]
  return one === null || all === null ? null : (Math.max(all - one, 0) / (rounds - 1)) * 1e6
}

function runProcesses(o: Options): void {
  const list = wanted(o).filter((k) => k.group === PROCESS)
  if (list.length === 0) return
  console.log(`Processes: CPU time of one operation, microseconds\n${heading()}`)
  // A program that qemu runs executes another one by naming qemu: binfmt_misc is not counted on.
  const qemu = o.hasQemu ? spawnSync('sh', ['-c', `command -v ${QEMU[0]}`], { encoding: 'utf8' }).stdout.trim() : ''
  const show = (us: number | null) => pad(us === null ? '-' : us.toFixed(us < 10 ? 2 : 0), 10)
  for (const kernel of list) {
    const host = operationCost([kernel.host], kernel, o)
    const demotic = operationCost([...DEMOTIC, kernel.guest], kernel, o)
    const rival = qemu === '' ? null : operationCost([...QEMU, kernel.guest], kernel, { ...o, runs: 1 }, [qemu, kernel.guest])
    const ratio = (us: number | null) => pad(times(us === null || !host ? null : us / host), 10)
    console.log(
      `  ${kernel.name.padEnd(14)} ${show(host)} ${show(demotic)} ${show(rival)} ${ratio(demotic)} ${ratio(rival)}  ${kernel.about}`,
    )
  }
}

const START_RUNS = 11

function runStarts(o: Options): void {
  console.log('Start to end of a static hello, milliseconds, median of runs')
  const show = (name: string, command: readonly string[]) => {
    const list = Array.from({ length: o.isQuick ? 3 : START_RUNS }, () => measure(command))
    console.log(
      `  ${name.padEnd(22)} wall ${pad((median(list.map((r) => r.wall)) * 1000).toFixed(0), 6)}  cpu ${pad((median(list.map((r) => r.cpu)) * 1000).toFixed(0), 6)}`,
    )
  }
  const hello = `${ROOT}guest-programs/hello`
  show('node -e 0', [process.execPath, '-e', '0'])
  show('demotic', [...DEMOTIC, hello])
  if (o.hasQemu) show('qemu-aarch64', [...QEMU, hello])
  const list = Array.from({ length: o.isQuick ? 3 : START_RUNS }, () => demoticStatistics([hello])).filter((s) => s !== null)
  if (list.length > 0)
    console.log(`  first guest instruction ${median(list.map((s) => s.firstInsnMs)).toFixed(1)} ms after the engine's start`)
}

/** Programs with much code, most of it run a few times: what translation costs when it is cold. */
function runTranslation(): void {
  console.log('Translation in real runs (engine cold)')
  console.log(
    `  ${''.padEnd(22)} ${pad('regions', 9)} ${pad('insns', 9)} ${pad('ms', 9)} ${pad('insns/s', 11)} ${pad('host/guest', 11)} ${pad('engine MiB', 11)}`,
  )
  const cases = ['compiled.O2', 'int-arith.O2', 'simd-permute.O1', 'simd-int.O3', 'simd-fp.O1', 'fp-arith.O1']
  for (const name of cases) {
    const s = demoticStatistics([`${ROOT}tests/guest/bin/${name}`], true)
    if (s === null || s.guestInsns === 0) {
      console.log(`  ${name.padEnd(22)} no statistics`)
      continue
    }
    const rate = (s.guestInsns / s.translateMs) * 1000
    console.log(
      `  ${name.padEnd(22)} ${pad(`${s.regions}`, 9)} ${pad(`${s.guestInsns}`, 9)} ${pad(s.translateMs.toFixed(1), 9)} ${pad(Math.round(rate).toLocaleString('en'), 11)} ${pad((s.hostBytes / s.guestBytes).toFixed(2), 11)} ${pad((s.engineRssBytes / 1048576).toFixed(0), 11)}`,
    )
  }
}

async function runMemory(o: Options): Promise<void> {
  const kernel = kernels().find((k) => k.name === 'compress')!
  const rounds = `${o.isQuick ? kernel.quickRounds : kernel.rounds}`
  console.log('Peak resident memory, KiB (compress)')
  const host = await peakMemory([kernel.host, rounds])
  const demotic = await peakMemory([...DEMOTIC, kernel.guest, rounds])
  console.log(`  native ${host.own}   demotic: engine ${demotic.own}, runner ${demotic.children}`)
  if (o.hasQemu) console.log(`  qemu ${(await peakMemory([...QEMU, kernel.guest, rounds])).own}`)
}

const o = options(process.argv.slice(2))
const results = [...runKernels(o), ...runPrograms(o)]
if (o.json !== null) {
  const rows = results.map(({ case: { group, name, rounds }, seconds }) => ({ group, name, rounds, ...seconds }))
  writeFileSync(o.json, `${JSON.stringify(rows, null, 1)}\n`)
}
runProcesses(o)
if (o.only === null) {
  runStarts(o)
  runTranslation()
  await runMemory(o)
  const { runMicro } = await import('./micro.ts')
  await runMicro(o.isQuick)
}
