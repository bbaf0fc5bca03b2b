/**
 * `npm run bench [-- OPTIONS]`: Demotic beside the host's own code and the installed qemu-aarch64.
 *
 *   --quick          a fifth of the work, one run each
 *   --runs N         runs of which the median counts (default 3; qemu gets one)
 *   --only REGEXP    kernels whose group or name matches; the other sections are left out
 *   --no-qemu        without qemu
 *   --json FILE      the kernels' figures as JSON, too: [{group, name, rounds, native, demotic, qemu}], CPU seconds, null where there is none or the result was wrong
 *
 * The figures of a kernel are CPU seconds, user and system, of the process and of all its children.
 */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { DEMOTIC, demoticStatistics, geometricMean, hasProgram, measure, median, peakMemory, QEMU, ROOT } from './commands.ts'
import { type Kernel, kernels } from './kernels.ts'

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
const times = (x: number | null) => (x === null ? '-' : `${x.toFixed(x < 10 ? 2 : 1)}x`)

interface Result {
  readonly kernel: Kernel
  /** CPU seconds; null: none, or a wrong result. */
  readonly seconds: { readonly native: number | null; readonly demotic: number | null; readonly qemu: number | null }
  readonly demotic: number | null
  readonly qemu: number | null
}

function runKernel(kernel: Kernel, o: Options): Result {
  const rounds = `${o.isQuick ? kernel.quickRounds : kernel.rounds}`
  const medianOf = (command: readonly string[], runs: number, expected: string | null) => {
    const list = Array.from({ length: runs }, () => measure([...command, rounds]))
    const bad = list.find((run) => !run.ok || (expected !== null && run.stdout !== expected))
    return { cpu: bad ? null : median(list.map((run) => run.cpu)), stdout: list[0]!.stdout, bad }
  }
  const host = medianOf([kernel.host], o.runs, null)
  const demotic = medianOf([...DEMOTIC, kernel.guest], o.runs, host.stdout)
  const qemu = o.hasQemu ? medianOf([...QEMU, kernel.guest], 1, host.stdout) : null
  const ratio = (cpu: number | null | undefined) => (cpu == null || host.cpu === null ? null : cpu / host.cpu)
  const seconds = { native: host.cpu, demotic: demotic.cpu, qemu: qemu?.cpu ?? null }
  const result = { kernel, seconds, demotic: ratio(demotic.cpu), qemu: ratio(qemu?.cpu) }
  const note = demotic.bad ? (demotic.bad.ok ? '  WRONG RESULT' : '  FAILED') : ''
  console.log(
    `  ${kernel.name.padEnd(14)} ${pad((host.cpu ?? 0).toFixed(2), 8)} s ${pad(demotic.cpu?.toFixed(2) ?? '-', 8)} s ${pad(qemu?.cpu?.toFixed(2) ?? '-', 8)} s ${pad(times(result.demotic), 10)} ${pad(times(result.qemu), 10)}${note}`,
  )
  return result
}

function runKernels(o: Options): void {
  const list = wanted(o).filter((k) => k.group !== PROCESS)
  if (list.length === 0) return
  console.log(`CPU time of kernels, ${o.runs === 1 ? 'one run' : `median of ${o.runs} runs`}`)
  console.log(`  ${''.padEnd(14)} ${pad('native', 10)} ${pad('demotic', 10)} ${pad('qemu', 10)} ${pad('demotic', 10)} ${pad('qemu', 10)}`)
  const groups = [...new Set(list.map((k) => k.group))]
  const summary: string[] = []
  const all: Result[] = []
  for (const group of groups) {
    console.log(group)
    const results = list.filter((k) => k.group === group).map((k) => runKernel(k, o))
    all.push(...results)
    const mean = (key: 'demotic' | 'qemu') => {
      const known = results.map((r) => r[key]).filter((x) => x !== null)
      return known.length === 0 ? null : geometricMean(known)
    }
    summary.push(`  ${group.padEnd(14)} ${pad(times(mean('demotic')), 10)} ${pad(times(mean('qemu')), 10)}`)
  }
  if (o.json !== null) {
    const rows = all.map(({ kernel: { group, name, rounds }, seconds }) => ({ group, name, rounds, ...seconds }))
    writeFileSync(o.json, `${JSON.stringify(rows, null, 1)}\n`)
  }
  console.log(`Geometric means over native\n  ${''.padEnd(14)} ${pad('demotic', 10)} ${pad('qemu', 10)}\n${summary.join('\n')}`)
}

const PROCESS = 'process'

function wanted(o: Options): Kernel[] {
  return kernels().filter((k) => o.only === null || o.only.test(k.group) || o.only.test(k.name))
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
  console.log('Processes: CPU time of one operation, microseconds')
  console.log(`  ${''.padEnd(14)} ${pad('native', 10)} ${pad('demotic', 10)} ${pad('qemu', 10)} ${pad('demotic', 10)} ${pad('qemu', 10)}`)
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
runKernels(o)
runProcesses(o)
if (o.only === null) {
  runStarts(o)
  runTranslation()
  await runMemory(o)
  const { runMicro } = await import('./micro.ts')
  await runMicro(o.isQuick)
}
