/** Running commands for a benchmark: CPU time with all children, resident memory, statistics of Demotic. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'

/** The tree's root with a trailing slash. */
export const ROOT = [new URL('../', import.meta.url), new URL('../../', import.meta.url)]
  .map((url) => fileURLToPath(url))
  .find((dir) => existsSync(`${dir}package.json`))!

export const DEMOTIC: readonly string[] = process.env['DEMOTIC_TEST_EMULATOR']?.split(' ') ?? [process.execPath, `${ROOT}dist/demotic.cjs`]
export const QEMU: readonly string[] = ['qemu-aarch64']

export function hasProgram(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}

export interface Run {
  /** Seconds. `cpu` is user and system time of the process and of every child it waited for. */
  readonly wall: number
  readonly cpu: number
  readonly stdout: string
  readonly ok: boolean
}

export interface Surroundings {
  readonly env: Record<string, string | undefined>
  readonly cwd: string
}

/** Runs a command once. bash's `time` sees grandchildren, which Node's own figures do not. `stdout` is the sum of what it prints, which may be much. */
export function measure(command: readonly string[], surroundings: Partial<Surroundings> = {}, timeoutSeconds = 300): Run {
  const script = 'TIMEFORMAT="%R %U %S"; set -o pipefail; { time "$@"; } | cksum'
  const run = spawnSync('bash', ['-c', script, 'bench', 'timeout', `${timeoutSeconds}`, ...command], {
    encoding: 'utf8',
    ...surroundings,
  })
  const [wall, user, system] = run.stderr.trimEnd().split('\n').at(-1)!.split(' ').map(Number)
  return { wall: wall!, cpu: user! + system!, stdout: run.stdout, ok: run.status === 0 }
}

export function median(list: readonly number[]): number {
  const sorted = [...list].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function geometricMean(list: readonly number[]): number {
  return Math.exp(list.reduce((sum, x) => sum + Math.log(x), 0) / list.length)
}

/** What DEMOTIC_STATS writes when a guest ends; times in milliseconds since the engine's process began. */
export interface Statistics {
  readonly firstInsnMs: number
  readonly totalMs: number
  readonly regions: number
  readonly guestInsns: number
  readonly guestBytes: number
  readonly hostBytes: number
  readonly translateMs: number
  readonly engineRssBytes: number
}

/** One run of Demotic with its statistics; null when it wrote none. `isCold`: without translations of earlier runs. */
export function demoticStatistics(command: readonly string[], isCold = false): Statistics | null {
  const folder = mkdtempSync(`${tmpdir()}/demotic-bench-`)
  try {
    const [program, ...args] = [...DEMOTIC, ...(isCold ? ['--cache', '0'] : []), ...command]
    spawnSync(program!, args, { stdio: 'ignore', env: { ...process.env, DEMOTIC_STATS: `${folder}/stats` } })
    return existsSync(`${folder}/stats`) ? (JSON.parse(readFileSync(`${folder}/stats`, 'utf8')) as Statistics) : null
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Field of /proc/PID/status in KiB, or 0. */
function statusKiB(pid: number, field: string): number {
  try {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // it has ended
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')
        .split(' ')
        .filter((word) => word !== '')
        .map(Number),
    )
  } catch {
    return []
  }
}

const SAMPLE_MS = 10

/** Peak resident memory (KiB) of a command and of its children together, sampled while it runs. */
export function peakMemory(command: readonly string[]): Promise<{ own: number; children: number }> {
  const child = spawn(command[0]!, command.slice(1), { stdio: 'ignore' })
  let own = 0
  let children = 0
  const timer = setInterval(() => {
    own = Math.max(own, statusKiB(child.pid!, 'VmHWM'))
    children = Math.max(
      children,
      childrenOf(child.pid!).reduce((sum, pid) => sum + statusKiB(pid, 'VmHWM'), 0),
    )
  }, SAMPLE_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => {
      clearInterval(timer)
      resolve({ own, children })
    })
  })
}
