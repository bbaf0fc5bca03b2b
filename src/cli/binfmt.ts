/**
 * `demotic binfmt install|remove|status`: the guests' programs are executed by the kernel as if they were the host's.
 *
 * What is registered is a runner for each guest (src/runtime/outside.ts) with the flags
 *
 *   P  the program's argv[0] is kept
 *   O  the program comes opened
 *   C  credentials are the program's (set-user-id), not the runner's
 *   F  the runner is opened now, so that it is there in a chroot or another mount namespace
 *
 * FOLDER: where the runners' files go. In a runner are the paths of Node and of this command, with which it starts an engine where none runs.
 */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engineRuns, retireEngine } from '../host/listener.ts'
import { mountKernelFileSystem } from '../host/mount.ts'
import { type EngineKind, engineArguments, outsideImage } from '../runtime/outside.ts'
import { cacheFolder } from './code-cache.ts'
import { UsageError } from './run-options.ts'

const FOLDER = '/proc/sys/fs/binfmt_misc'
const FLAGS = 'POCF'
/** Where the runner's file goes when that can be written; else the cache folder. */
const RUNNER_FOLDER = '/usr/local/lib/demotic'
const EXECUTABLE = 0o755
/** ELF, little endian, ET_EXEC or ET_DYN; 64 bits and EM_AARCH64, 32 bits and EM_ARM. The byte of the ABI may be any. */
const MASK = 'ffffffffffffff00fffffffffffffffffeffffff'
const FORMATS: readonly Format[] = [
  { kind: { guest: 'aarch64', options: '' }, title: 'AArch64', magic: '7f454c460201010000000000000000000200b700' },
  { kind: { guest: 'arm', options: '' }, title: '32-bit ARM', magic: '7f454c4601010100000000000000000002002800' },
]

/** One guest's programs. */
interface Format {
  readonly kind: EngineKind
  readonly title: string
  /** Hexadecimal. */
  readonly magic: string
}

const nameOf = ({ kind }: Format): string => `demotic-${kind.guest}`
const entryOf = (format: Format): string => `${FOLDER}/${nameOf(format)}`
/** Bytes as binfmt_misc is given them. */
const escaped = (hex: string): string => hex.replace(/../g, '\\x$&')

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

function image({ kind }: Format): Uint8Array {
  return outsideImage({ ...kind, node: process.execPath, script: script(), settings: [] }).bytes
}

function writeRunner(format: Format, wanted: string | undefined): string {
  const folders = wanted === undefined ? [RUNNER_FOLDER, cacheFolder()].filter((folder) => folder !== null) : [resolve(wanted)]
  let reason = ''
  for (const folder of folders) {
    const file = join(folder, nameOf(format))
    const fresh = `${file}.${process.pid}`
    try {
      mkdirSync(folder, { recursive: true, mode: EXECUTABLE })
      writeFileSync(fresh, image(format))
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
  const runners = FORMATS.map((format) => register(format, folder))
  if (/^disabled/.test(readIfAny(`${FOLDER}/status`))) say('binfmt_misc is disabled: echo 1 > /proc/sys/fs/binfmt_misc/status enables it')
  for (const { kind } of FORMATS) retireEngine(kind)
  if (!startEngines(FORMATS.map(({ kind }) => kind))) say('an engine has not started; see what demotic engine says')
  for (const [n, { title }] of FORMATS.entries()) say(`${title} programs run by ${runners[n]}`)
  return 0
}

/** The runner's path. */
function register(format: Format, folder: string | undefined): string {
  if (existsSync(entryOf(format))) unregister(format)
  const runner = writeRunner(format, folder)
  try {
    writeFileSync(`${FOLDER}/register`, `:${nameOf(format)}:M::${escaped(format.magic)}:${escaped(MASK)}:${runner}:${FLAGS}`)
  } catch (error) {
    const code = codeOf(error)
    if (isPermission(code)) throw new Refusal(EXIT_NO_PERMISSION, `only root may register with binfmt_misc (${code})`)
    throw new Refusal(EXIT_UNAVAILABLE, `binfmt_misc does not take the runner ${runner}: ${code}`)
  }
  return runner
}

/** They run from now on for this user, so that programs in a chroot find them. False: one does not come. */
export function startEngines(kinds: readonly EngineKind[]): boolean {
  let missing = kinds.filter((kind) => !engineRuns(kind))
  for (const kind of missing)
    spawn(process.execPath, [script(), ...engineArguments(kind)], { detached: true, stdio: 'ignore', cwd: '/' }).unref()
  const nobody = new Int32Array(new SharedArrayBuffer(4))
  for (let waited = 0; waited < START_MS && missing.length > 0; waited += LOOK_MS) {
    Atomics.wait(nobody, 0, 0, LOOK_MS)
    missing = missing.filter((kind) => !engineRuns(kind))
  }
  return missing.length === 0
}

function unregister(format: Format): void {
  try {
    writeFileSync(entryOf(format), '-1')
  } catch (error) {
    const code = codeOf(error)
    if (isPermission(code)) throw new Refusal(EXIT_NO_PERMISSION, `only root may change what binfmt_misc has (${code})`)
    throw new Refusal(EXIT_UNAVAILABLE, `binfmt_misc does not remove ${nameOf(format)}: ${code}`)
  }
}

function remove(): number {
  const registered = FORMATS.filter((format) => existsSync(entryOf(format)))
  for (const format of registered) {
    const runner = field(format, 'interpreter')
    unregister(format)
    retireEngine(format.kind)
    if (runner === '' || dirname(runner) !== RUNNER_FOLDER) continue
    try {
      unlinkSync(runner)
    } catch {
      // somebody else's, or gone
    }
  }
  say(registered.length === 0 ? 'not registered' : 'not registered any more; programs that run go on')
  return 0
}

/** A line of the entry: `interpreter PATH`, `flags: POCF`. */
function field(format: Format, name: string): string {
  return new RegExp(`^${name}:? (.*)$`, 'm').exec(readIfAny(entryOf(format)))?.[1] ?? ''
}

function status(): number {
  if (!existsSync(`${FOLDER}/register`)) throw unavailable()
  const states = FORMATS.map((format) => statusOf(format))
  if (states.includes('old')) say('a runner is of another version of Demotic: demotic binfmt install registers this one')
  if (states.includes('missing')) say('demotic binfmt install registers what is not')
  if (states.every((state) => state === 'missing')) return EXIT_NOT_REGISTERED
  const running = FORMATS.filter(({ kind }) => engineRuns(kind)).map(({ title }) => title)
  say(
    running.length > 0
      ? `an engine of this user runs for ${running.join(' and ')} programs`
      : 'no engine of this user runs; the next program starts one',
  )
  return states.includes('missing') || states.includes('disabled') ? EXIT_NOT_REGISTERED : 0
}

function statusOf(format: Format): 'registered' | 'old' | 'missing' | 'disabled' {
  const { title, magic } = format
  const isTheirs = new RegExp(`^magic ${magic.slice(0, -2)}`, 'm')
  const others = readdirSync(FOLDER).filter((name) => name !== nameOf(format) && isTheirs.test(readIfAny(`${FOLDER}/${name}`)))
  for (const other of others) say(`${other} is registered for ${title}, too; what was registered last is used`)
  if (!existsSync(entryOf(format))) {
    say(`${title}: not registered`)
    return 'missing'
  }
  const runner = field(format, 'interpreter')
  const isEnabled = /^enabled/.test(readIfAny(entryOf(format))) && /^enabled/.test(readIfAny(`${FOLDER}/status`))
  let isThis = false
  try {
    isThis = Buffer.from(image(format)).equals(readFileSync(runner))
  } catch {
    // gone: the kernel has it open
  }
  say(`${title}: ${isEnabled ? 'registered' : 'registered, but disabled'}: ${runner}, flags ${field(format, 'flags')}`)
  if (!isEnabled) return 'disabled'
  return isThis ? 'registered' : 'old'
}
