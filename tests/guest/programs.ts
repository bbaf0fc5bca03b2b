/**
 * The guest test programs: sources in tests/guest with their built binaries in bin/ (NAME.LEVEL; those of arm/ NAME.SET) and what they must do in
 * expect/NAME: a line `exit N` or `signal NAME`, then standard output. The head of a source may say
 *
 *   levels: O0 O2      built at these levels, all of which must do the same
 *   flags: -march=…    compiler flags
 *   portable           does the same when built for the host
 *   oracle: host       recorded from the host only (portable, but more than the oracle can do)
 *   arguments: a b     the program's arguments
 *   old                of arm/: built for ARMv5 without floating point (by the compiler of armel)
 *   processors: a b    run on each of these (-cpu), with an expect/NAME.PROCESSOR each
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename } from 'node:path'
import { ROOT } from '../lib/emulator.ts'

export const FOLDER = `${ROOT}tests/guest/`
/** Programs for 32-bit ARM: in A32 and in Thumb. */
export const ARM_FOLDER = `${FOLDER}arm/`

export interface Program {
  readonly folder: string
  readonly name: string
  readonly source: string
  /** Binaries, an absolute path each. */
  readonly binaries: readonly string[]
  readonly isPortable: boolean
  readonly isHostOnly: boolean
  readonly flags: readonly string[]
  readonly arguments: readonly string[]
  /** Options of the emulator, under test or not. */
  readonly options: readonly string[]
}

function headLine(head: string, key: string): string[] {
  return (
    new RegExp(`^[ /*]*${key}: *(.*?)[ */]*$`, 'm')
      .exec(head)?.[1]
      ?.split(' ')
      .filter((word) => word !== '') ?? []
  )
}

/** All programs, in the order of their names. */
export function programs(folder = FOLDER): Program[] {
  const binaries = readdirSync(`${folder}bin`).sort()
  return readdirSync(folder)
    .filter((file) => /\.(c|S)$/.test(file))
    .sort()
    .flatMap((file) => {
      const name = basename(file).replace(/\.\w$/, '')
      const head = readFileSync(folder + file, 'utf8').slice(0, 2000)
      const program = {
        folder,
        name,
        source: folder + file,
        binaries: binaries.filter((b) => b.replace(/\.\w+$/, '') === name).map((b) => `${folder}bin/${b}`),
        isPortable: /^[ /*]*portable[ */]*$/m.test(head),
        isHostOnly: headLine(head, 'oracle')[0] === 'host',
        flags: headLine(head, 'flags'),
        arguments: headLine(head, 'arguments'),
        options: [],
      }
      const processors = headLine(head, 'processors')
      if (processors.length === 0) return [program]
      return processors.map((processor) => ({ ...program, name: `${name}.${processor}`, options: ['-cpu', processor] }))
    })
}

const OUTPUT_LIMIT = 1 << 20

/**
 * Runs a command in an empty folder of its own with empty standard input; the text is what expect/ holds. A run that
 * takes longer than `timeoutMs` ends as `timeout`.
 */
export function run(command: readonly string[], timeoutMs: number): Promise<{ text: string; stderr: string }> {
  const folder = mkdtempSync(`${tmpdir()}/demotic-guest-`)
  const [program, ...args] = command
  const child = spawn(program!, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let isTimeout = false
  const timer = setTimeout(() => {
    isTimeout = true
    child.kill('SIGKILL')
  }, timeoutMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdout.on('data', (data: Buffer) => {
      if (stdout.length < OUTPUT_LIMIT) stdout += data.toString('latin1')
    })
    child.stderr.on('data', (data: Buffer) => {
      if (stderr.length < OUTPUT_LIMIT) stderr += data.toString('latin1')
    })
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      rmSync(folder, { recursive: true, force: true })
      const status = isTimeout ? 'timeout' : signal ? `signal ${signal}` : `exit ${code}`
      resolve({ text: `${status}\n${stdout}`, stderr })
    })
  })
}
