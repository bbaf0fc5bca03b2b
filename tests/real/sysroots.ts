/** The unpacked Debian trees that install.sh made, and how a program of each is run: natively in a chroot, or by the emulator with -L. */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { EMULATOR } from '../lib/emulator.ts'

export const CACHE = process.env['DEMOTIC_REAL_CACHE'] ?? `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/demotic-real`
export const ARM64 = `${CACHE}/arm64`
export const ARMHF = `${CACHE}/armhf`
export const AMD64 = `${CACHE}/amd64`
/** Commands run in this folder of their tree; all hold the same files. */
export const WORK = '/work'
export const BUILD = `${CACHE}/build`

/** With language runtimes, compilers and servers. */
export const DEBUGGERS = `${CACHE}/debuggers-arm64`
export const ARM_DEBUGGERS = `${CACHE}/debuggers-armhf`
export const RUNTIMES_ARM64 = `${CACHE}/runtimes-arm64`
export const RUNTIMES_AMD64 = `${CACHE}/runtimes-amd64`
/** Only `npm run soak` installs it. */
export const RUNTIMES_ARMHF = `${CACHE}/runtimes-armhf`

/** Sources of a C project. */
export const PROJECT = `${CACHE}/project`

export const hasRuntimes =
  existsSync(`${PROJECT}.done`) && existsSync(`${RUNTIMES_ARM64}.npm.done`) && existsSync(`${RUNTIMES_AMD64}.npm.done`)

export const hasArmhfRuntimes = hasRuntimes && existsSync(`${RUNTIMES_ARMHF}.npm.done`)

export const isInstalled = existsSync(`${CACHE}/arm64.done`) && existsSync(`${CACHE}/amd64.done`)
export const hasArmhf = isInstalled && existsSync(`${CACHE}/armhf.done`)

const ENVIRONMENT: Record<string, string> = {
  PATH: '/usr/bin:/bin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  HOME: WORK,
  TERM: 'dumb',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  COLUMNS: '80',
}
const PASSED_ON = /^(DEMOTIC_|QEMU_)/

export interface Outcome {
  /** `exit N`, `signal NAME` or `timeout`. */
  readonly status: string
  readonly stdout: Buffer
  readonly stderr: string
}

function collect(
  command: readonly string[],
  options: { cwd?: string; env: Record<string, string | undefined>; stdin: Buffer; timeoutMs: number },
): Promise<Outcome> {
  const child = spawn(command[0]!, command.slice(1), {
    stdio: 'pipe',
    detached: true,
    env: options.env,
    ...(options.cwd ? { cwd: options.cwd } : {}),
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  let isTimeout = false
  const timer = setTimeout(() => {
    isTimeout = true
    // What it has started holds its output open.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
  }, options.timeoutMs)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.stdin.on('error', () => undefined) // it does not read all of it
    child.stdin.end(options.stdin)
    child.stdout.on('data', (data: Buffer) => stdout.push(data))
    child.stderr.on('data', (data: Buffer) => stderr.push(data))
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      resolve({
        status: isTimeout ? 'timeout' : signal ? `signal ${signal}` : `exit ${code}`,
        stdout: Buffer.concat(stdout),
        stderr: Buffer.concat(stderr).toString('latin1'),
      })
    })
  })
}

/** The path of a program in a tree: /usr/bin, /bin, /usr/sbin, as they come in the packages. */
function programPath(tree: string, name: string): string {
  if (name.startsWith('/')) return name
  const folder = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'].find((dir) => existsSync(`${tree}${dir}/${name}`))
  if (!folder) throw new Error(`${tree} has no program ${name}`)
  return `${folder}/${name}`
}

const chroot = process.getuid?.() === 0 ? ['/usr/sbin/chroot'] : ['unshare', '-r', '/usr/sbin/chroot']

/** Runs a program of the amd64 tree on this machine. */
export function runNative(argv: readonly string[], stdin: Buffer, timeoutMs: number): Promise<Outcome> {
  const [name, ...args] = argv
  const command = [...chroot, AMD64, '/usr/bin/env', '-C', WORK, programPath(AMD64, name!), ...args]
  return collect(command, { env: ENVIRONMENT, stdin, timeoutMs })
}

/** Runs a program of a guest's tree under the emulator, or under another one with its options. */
export function runEmulated(
  tree: string,
  argv: readonly string[],
  stdin: Buffer,
  timeoutMs: number,
  emulator = EMULATOR,
): Promise<Outcome> {
  const [name, ...args] = argv
  const path = programPath(tree, name!)
  const passed = Object.fromEntries(Object.entries(process.env).filter(([key]) => PASSED_ON.test(key)))
  return collect([...emulator, '-L', tree, '-0', path, `${tree}${path}`, ...args], {
    cwd: `${tree}${WORK}`,
    env: { ...ENVIRONMENT, ...passed },
    stdin,
    timeoutMs,
  })
}

const ENVIRONMENT_OF_RUNTIMES = { ...ENVIRONMENT, PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin' }

/** Runs a command of the amd64 tree of runtimes on this machine, with /proc and /dev. */
export function runRuntimeNative(argv: readonly string[], env: Record<string, string>, timeoutMs: number): Promise<Outcome> {
  const [name, ...args] = argv
  const mounts = `mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/bin/env -C ${WORK} "$@"`
  const unshare = process.getuid?.() === 0 ? ['unshare', '-m'] : ['unshare', '-r', '-m']
  const command = [...unshare, 'sh', '-c', mounts, RUNTIMES_AMD64, programPath(RUNTIMES_AMD64, name!), ...args]
  return collect(command, { env: { ...ENVIRONMENT_OF_RUNTIMES, ...env }, stdin: Buffer.alloc(0), timeoutMs })
}

/** The same in a guest's tree under the emulator. */
export function runRuntimeEmulated(
  argv: readonly string[],
  env: Record<string, string>,
  timeoutMs: number,
  tree = RUNTIMES_ARM64,
): Promise<Outcome> {
  const [name, ...args] = argv
  const path = programPath(tree, name!)
  const passed = Object.fromEntries(Object.entries(process.env).filter(([key]) => PASSED_ON.test(key)))
  return collect([...EMULATOR, '-L', tree, '-0', path, `${tree}${path}`, ...args], {
    cwd: `${tree}${WORK}`,
    env: { ...ENVIRONMENT_OF_RUNTIMES, ...env, ...passed },
    stdin: Buffer.alloc(0),
    timeoutMs,
  })
}

/** Empties the working folders of these trees. */
export function clearWork(trees: readonly string[]): void {
  for (const tree of trees) {
    rmSync(`${tree}${WORK}`, { recursive: true, force: true })
    mkdirSync(`${tree}${WORK}`, { recursive: true })
  }
}

/** Runs a command of the amd64 tree for the fixtures; its output. */
export function nativeOutput(argv: readonly string[]): Buffer {
  const [name, ...args] = argv
  const run = spawnSync(chroot[0]!, [...chroot.slice(1), AMD64, '/usr/bin/env', '-C', WORK, programPath(AMD64, name!), ...args], {
    env: ENVIRONMENT,
    maxBuffer: 1 << 26,
  })
  if (run.status !== 0) throw new Error(`${argv.join(' ')}: ${run.error?.message ?? run.stderr}`)
  return run.stdout
}
