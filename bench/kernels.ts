/**
 * The kernels of bench/kernels: built for the host and for AArch64 with the installed compilers, kept under node_modules/.cache.
 * The first line of each source says its group and how many rounds a full and a quick run make.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { ROOT } from './commands.ts'

const FOLDER = `${ROOT}bench/kernels/`
const CACHE = `${ROOT}node_modules/.cache/demotic-bench/`

export interface Kernel {
  /** `process`: not a time but the cost of one operation is what it tells. */
  readonly group: string
  readonly name: string
  readonly about: string
  readonly rounds: number
  readonly quickRounds: number
  /** Paths of the built programs. */
  readonly host: string
  readonly guest: string
}

const GROUPS = ['integer', 'calls', 'fp', 'simd', 'string', 'system', 'jit', 'process']

const COMMON =
  '-nostdlib -static -s -ffreestanding -fno-stack-protector -fno-math-errno -ffp-contract=off -fno-asynchronous-unwind-tables -fno-pic -no-pie'

function build(compiler: string, flags: string, source: string, target: string): void {
  const headers = readdirSync(FOLDER).filter((file) => file.endsWith('.h'))
  const newest = Math.max(
    ...[source, ...headers.map((file) => FOLDER + file), `${ROOT}guest-programs/lib/mini.h`].map((file) => statSync(file).mtimeMs),
  )
  if (existsSync(target) && statSync(target).mtimeMs > newest) return
  const run = spawnSync(compiler, [...flags.split(' '), ...COMMON.split(' '), `-I${ROOT}guest-programs/lib`, '-o', target, source], {
    encoding: 'utf8',
  })
  if (run.status !== 0) throw new Error(`${compiler} ${source}: ${run.error?.message ?? run.stderr.split('\n')[0]}`)
}

/** All kernels, built. Throws with one line when a compiler is missing. */
export function kernels(): Kernel[] {
  mkdirSync(CACHE, { recursive: true })
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.c'))
    .map((file) => {
      const source = FOLDER + file
      const name = file.slice(0, -2)
      const head = /^\/\* (\w+) (\d+) (\d+): (.*) \*\/$/m.exec(readFileSync(source, 'utf8'))
      if (!head) throw new Error(`${source}: the first line must be /* group rounds quick-rounds: text */`)
      const group = head[1]!
      const level = group === 'simd' ? '-O3' : '-O2'
      const kernel = {
        group,
        name,
        about: head[4]!,
        rounds: Number(head[2]),
        quickRounds: Number(head[3]),
        host: `${CACHE}${name}.host`,
        guest: `${CACHE}${name}.guest`,
      }
      build('gcc', `${level} -march=x86-64-v2`, source, kernel.host)
      build('aarch64-linux-gnu-gcc', `${level} -march=armv8-a`, source, kernel.guest)
      return kernel
    })
    .sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || (a.name < b.name ? -1 : 1))
}
