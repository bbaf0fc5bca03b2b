/**
 * `demotic binfmt install|remove|status`: AArch64 programs are executed by the kernel as if they were the host's.
 *
 * What is registered is a runner (src/runtime/outside.ts) with the flags
 *
 *   P  the program's argv[0] is kept
 *   O  the program comes opened
 *   C  credentials are the program's (set-user-id), not the runner's
 *   F  the runner is opened now, so that it is there in a chroot or another mount namespace
 *
 * FOLDER: where the runner's file goes. In the runner are the paths of Node and of this command, with which it starts an engine where none runs.
 */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineRuns, retireEngine } from '../host/listener.ts'
import { mountKernelFileSystem } from '../host/mount.ts'
import { outsideImage } from '../runtime/outside.ts'
import { cacheFolder } from './code-cache.ts'
import { UsageError } from './run-options.ts'

const FOLDER = '/proc/sys/fs/binfmt_misc'
const NAME = 'demotic-aarch64'
const ENTRY = `${FOLDER}/${NAME}`
const FLAGS = 'POCF'
/** Where the runner's file goes when that can be written; else the cache folder. */
const RUNNER_FOLDER = '/usr/local/lib/demotic'
const EXECUTABLE = 0o755
/** ELF, 64 bits, little endian, ET_EXEC or ET_DYN, EM_AARCH64. The byte of the ABI may be any. */
const MAGIC = '\\x7fELF\\x02\\x01\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x02\\x00\\xb7\\x00'
const MASK = '\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\x00\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xfe\\xff\\xff\\xff'
const MAGIC_HEX = '7f454c460201010000000000000000000200b7'

/** How long a new engine may take on a busy machine, and how often it is looked for. */
const START_MS = 10_000
const LOOK_MS = 20

const EXIT_NOT_REGISTERED = 1
/** As sysexits.h has them. */
const EXIT_UNAVAILABLE = 69
const EXIT_CANNOT_CREATE = 73
const EXIT_NO_PERMISSION = 77

/** Why a command cannot be carried out. */
class Refusal extends Error {
  readonly exitCode: number
  constructor(exitCode: number, message: string) {
    super(message)
    this.exitCode = exitCode
  }
}

const COMMANDS: { readonly [name: string]: (folder: string | undefined) => number } = { install, remove, status }

export function binfmt(args: readonly string[]): number {
  const [name = 'status', folder, ...more] = args
  if (!Object.hasOwn(COMMANDS, name) || more.length > 0 || (folder !== undefined && name !== 'install'))
    throw new UsageError('binfmt takes one of: install [FOLDER], remove, status')
  try {
    return COMMANDS[name]!(folder)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    process.stderr.write(`demotic: ${error.message}\n`)
    return error.exitCode
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error)
}

const isPermission = (code: string): boolean => code === 'EPERM' || code === 'EACCES' || code === 'EROFS'

/** Mounts binfmt_misc where it is not. */
function need(): void {
  if (existsSync(`${FOLDER}/register`)) return
  const result = existsSync(FOLDER) ? mountKernelFileSystem('binfmt_misc', FOLDER) : -1
  if (result === 0 && existsSync(`${FOLDER}/register`)) return
  throw unavailable()
}

/** Why there is no binfmt_misc. */
function unavailable(): Refusal {
  const isKnown = /\bbinfmt_misc$/m.test(readIfAny('/proc/filesystems'))
  if (!existsSync(FOLDER) && !isKnown)
    return new Refusal(
      EXIT_UNAVAILABLE,
      'the kernel has no binfmt_misc (CONFIG_BINFMT_MISC; modprobe binfmt_misc loads it where it is a module)',
    )
  if (process.geteuid?.() !== 0)
    return new Refusal(EXIT_NO_PERMISSION, `binfmt_misc is not mounted at ${FOLDER}, and only root may mount it`)
  return new Refusal(
    EXIT_UNAVAILABLE,
    `binfmt_misc is not mounted at ${FOLDER} and cannot be mounted here (a container without CAP_SYS_ADMIN?): register on the host`,
  )
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The command's script: above the bundle, or above the compiled module. */
function script(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); folder !== '/'; folder = dirname(folder)) {
    const file = join(folder, 'demotic.cjs')
    if (existsSync(file)) return file
  }
  throw new Refusal(EXIT_UNAVAILABLE, 'demotic.cjs is missing: npm run build makes it')
}

function image(): Uint8Array {
  return outsideImage({ node: process.execPath, script: script() }).bytes
}

function writeRunner(wanted: string | undefined): string {
  const folders = wanted === undefined ? [RUNNER_FOLDER, cacheFolder()].filter((folder) => folder !== null) : [resolve(wanted)]
  let reason = ''
  for (const folder of folders) {
    const file = join(folder, NAME)
    const fresh = `${file}.${process.pid}`
    try {
      mkdirSync(folder, { recursive: true, mode: EXECUTABLE })
      writeFileSync(fresh, image())
      chmodSync(fresh, EXECUTABLE)
      // The registered one is being executed, and cannot be written.
      renameSync(fresh, file)
      return file
    } catch (error) {
      if (error instanceof Refusal) throw error
      rmSync(fresh, { force: true })
      reason = `${file}: ${codeOf(error)}`
    }
  }
  throw new Refusal(EXIT_CANNOT_CREATE, `the runner cannot be written: ${reason}`)
}

function install(folder: string | undefined): number {
  need()
  if (existsSync(ENTRY)) unregister()
  const runner = writeRunner(folder)
  try {
    writeFileSync(`${FOLDER}/register`, `:${NAME}:M::${MAGIC}:${MASK}:${runner}:${FLAGS}`)
  } catch (error) {
    const code = codeOf(error)
    if (isPermission(code)) throw new Refusal(EXIT_NO_PERMISSION, `only root may register with binfmt_misc (${code})`)
    throw new Refusal(EXIT_UNAVAILABLE, `binfmt_misc does not take the runner ${runner}: ${code}`)
  }
  if (/^disabled/.test(readIfAny(`${FOLDER}/status`))) say('binfmt_misc is disabled: echo 1 > /proc/sys/fs/binfmt_misc/status enables it')
  retireEngine()
  if (!startEngine()) say('the engine has not started; see what demotic engine says')
  say(`AArch64 programs run by ${runner}`)
  return 0
}

/** One runs from now on for this user, so that programs in a chroot find it. False: it does not come. */
export function startEngine(): boolean {
  if (engineRuns()) return true
  spawn(process.execPath, [script(), 'engine'], { detached: true, stdio: 'ignore', cwd: '/' }).unref()
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; waited < START_MS; waited += LOOK_MS) {
    Atomics.wait(nobody, 0, 0, LOOK_MS)
    if (engineRuns()) return true
  }
  return false
}

function unregister(): void {
  try {
    writeFileSync(ENTRY, '-1')
  } catch (error) {
    const code = codeOf(error)
    if (isPermission(code)) throw new Refusal(EXIT_NO_PERMISSION, `only root may change what binfmt_misc has (${code})`)
    throw new Refusal(EXIT_UNAVAILABLE, `binfmt_misc does not remove ${NAME}: ${code}`)
  }
}

function remove(): number {
  if (!existsSync(ENTRY)) {
    say('not registered')
    return 0
  }
  const runner = field('interpreter')
  unregister()
  retireEngine()
  if (runner !== '' && dirname(runner) === RUNNER_FOLDER) {
    try {
      unlinkSync(runner)
    } catch {
      // somebody else's, or gone
    }
  }
  say('not registered any more; programs that run go on')
  return 0
}

/** A line of the entry: `interpreter PATH`, `flags: POCF`. */
function field(name: string): string {
  return new RegExp(`^${name}:? (.*)$`, 'm').exec(readIfAny(ENTRY))?.[1] ?? ''
}

function status(): number {
  if (!existsSync(`${FOLDER}/register`)) throw unavailable()
  const others = readdirSync(FOLDER).filter(
    (name) => name !== NAME && new RegExp(`^magic ${MAGIC_HEX}`, 'm').test(readIfAny(`${FOLDER}/${name}`)),
  )
  for (const other of others) say(`${other} is registered for AArch64, too; what was registered last is used`)
  if (!existsSync(ENTRY)) {
    say('not registered: demotic binfmt install does it')
    return EXIT_NOT_REGISTERED
  }
  const runner = field('interpreter')
  const isEnabled = /^enabled/.test(readIfAny(ENTRY)) && /^enabled/.test(readIfAny(`${FOLDER}/status`))
  let isThis = false
  try {
    isThis = Buffer.from(image()).equals(readFileSync(runner))
  } catch {
    // gone: the kernel has it open
  }
  say(`${isEnabled ? 'registered' : 'registered, but disabled'}: ${runner}, flags ${field('flags')}`)
  if (!isThis) say('the runner is of another version of Demotic: demotic binfmt install registers this one')
  say(engineRuns() ? 'an engine of this user runs' : 'no engine of this user runs; the next program starts one')
  return isEnabled ? 0 : EXIT_NOT_REGISTERED
}
