/** gdb-multiarch in batch mode on programs under `demotic -g`, and on their core files. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { DEMOTIC, ROOT } from './emulator.ts'
import { DebuggedProgram, type Ended, sleep } from './gdb-client.ts'

const SOURCES = `${ROOT}tests/real/debug/`
const LIMIT_MS = 60_000
const LOOK_MS = 50

/** Builds programs of tests/real/debug into a folder, each once for the same flags. */
export function builder(compiler: string, folder: string): (name: string, ...flags: readonly string[]) => string {
  return (name, ...flags) => {
    const program = `${folder}/${[name, ...flags.map((flag) => flag.replace(/\W/g, ''))].join('-')}`
    if (existsSync(program)) return program
    const gcc = spawnSync(compiler, ['-g', '-O0', '-w', '-pthread', ...flags, '-o', program, `${SOURCES}${name}.c`], { encoding: 'utf8' })
    if (gcc.status !== 0) throw new Error(gcc.stderr)
    return program
  }
}

export interface Debugged {
  /** What gdb has printed. */
  readonly text: string
  readonly ended: Ended
}

export interface Options {
  /** Of demotic. */
  readonly options?: readonly string[]
  readonly sysroot?: string
  /** Interrupts gdb when the program has printed this. */
  readonly interruptAt?: string
  /** gdb is not told which program it is. */
  readonly isUnnamed?: boolean
}

export async function debug(command: readonly string[], script: string, settings: Options = {}): Promise<Debugged> {
  const program = new DebuggedProgram(command, settings.options)
  try {
    await program.listens()
    const setup = [
      'set confirm off',
      'set width 0',
      'set height 0',
      `set sysroot ${settings.sysroot ?? '/'}`,
      `target remote ${program.socketPath}`,
    ]
    const commands = [...setup, ...script.split('\n').map((line) => line.trim())].filter((line) => line !== '')
    const file = `${program.socketPath}.commands`
    writeFileSync(file, `${commands.join('\n')}\n`)
    const gdb = spawn('gdb-multiarch', ['-nx', '-batch', '-x', file, ...(settings.isUnnamed ? [] : [command[0]!])], { timeout: LIMIT_MS })
    let text = ''
    for (const stream of [gdb.stdout, gdb.stderr])
      stream.on('data', (part) => {
        text += part
      })
    if (settings.interruptAt !== undefined) await interrupt(gdb, program, settings.interruptAt)
    await new Promise((resolve) => gdb.on('close', resolve))
    const timer = setTimeout(() => program.kill(), LIMIT_MS)
    const ended = await program.ended
    clearTimeout(timer)
    return { text, ended }
  } finally {
    program.kill()
  }
}

async function interrupt(gdb: ChildProcess, program: DebuggedProgram, at: string): Promise<void> {
  const SETTLE_MS = 300
  for (const end = Date.now() + LIMIT_MS; !program.stdout.includes(at) && Date.now() < end; ) await sleep(LOOK_MS)
  await sleep(SETTLE_MS)
  gdb.kill('SIGINT')
}

/** Each line is somewhere behind the one before. */
export function expectLines(text: string, lines: readonly (string | RegExp)[]): void {
  const all = text.split('\n')
  let at = 0
  for (const line of lines) {
    const found = all.findIndex((one, n) => n >= at && (typeof line === 'string' ? one.includes(line) : line.test(one)))
    expect(found, `${line}\nis missing behind line ${at} of\n${text}`).toBeGreaterThanOrEqual(0)
    at = found
  }
}

const pattern = readFileSync('/proc/sys/kernel/core_pattern', 'latin1').trim()
/** Core files come into the working directory, with a name that begins so. */
export const hasPlainPattern = /^[^|/@%]+$/.test(pattern)

/** Runs a program that dies in a folder of its own; what gdb says of its core. */
export function crash(
  crossRoot: string,
  options: readonly string[],
  program: string,
  mode: string,
  gdbCommands: readonly string[],
): { text: string; stdout: string } {
  const place = mkdtempSync(join(tmpdir(), 'demotic-core-test-'))
  try {
    const command = [...DEMOTIC, ...options, program, mode].map((word) => `'${word}'`).join(' ')
    const { stdout } = spawnSync('sh', ['-c', `ulimit -c unlimited; exec ${command}`], {
      cwd: place,
      encoding: 'utf8',
      timeout: LIMIT_MS,
    })
    const core = readdirSync(place).find((name) => name.startsWith(pattern))
    if (core === undefined) return { text: 'no core', stdout }
    const commands = ['set width 0', `set sysroot ${crossRoot}`, `core ${place}/${core}`, ...gdbCommands].flatMap((line) => ['-ex', line])
    const gdb = spawnSync('gdb-multiarch', ['-nx', '-batch', ...commands, program], { encoding: 'utf8', timeout: LIMIT_MS })
    return { text: gdb.stdout, stdout }
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}
