/**
 * The trees of Debian's amd64 and arm64 programs that tests/real/install.sh makes, and how a program of them is run: the amd64 one in a chroot, the arm64 one
 * by Demotic with -L, or by qemu in a root of its own. All work in the folder /bench of their tree, which has the same files in both.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { dirname } from 'node:path'
import { DEMOTIC, QEMU, ROOT, type Surroundings } from './commands.ts'

const CACHE = process.env['DEMOTIC_REAL_CACHE'] ?? `${process.env['XDG_CACHE_HOME'] ?? `${homedir()}/.cache`}/demotic-real`
/** Programs run in this folder of their tree. */
const WITHIN = '/bench'

/** `programs`: tools; `runtimes`: languages, compilers. */
export type TreeName = 'programs' | 'runtimes'

interface Tree {
  readonly amd64: string
  readonly arm64: string
  readonly isInstalled: boolean
}

function treeOf(prefix: string, mark: string): Tree {
  const [amd64, arm64] = [`${CACHE}/${prefix}amd64`, `${CACHE}/${prefix}arm64`]
  return { amd64, arm64, isInstalled: existsSync(`${amd64}${mark}`) && existsSync(`${arm64}${mark}`) }
}

export const TREES: Record<TreeName, Tree> = { programs: treeOf('', '.done'), runtimes: treeOf('runtimes-', '.npm.done') }

const ENVIRONMENT: Record<string, string> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin',
  LC_ALL: 'C.UTF-8',
  TZ: 'UTC',
  HOME: WITHIN,
  TERM: 'dumb',
  PYTHONHASHSEED: '0',
  PYTHONDONTWRITEBYTECODE: '1',
  NODE_PATH: '/usr/local/lib/node_modules',
}

export interface Command extends Surroundings {
  readonly command: readonly string[]
}

const own = (pattern: RegExp) => Object.fromEntries(Object.entries(process.env).filter(([key]) => pattern.test(key)))

/** The path of a program in a tree: a name in PATH, or an absolute path in which a `*` may stand for the one folder there is. null: it is not there. */
export function programPath(tree: string, name: string): string | null {
  if (!name.startsWith('/')) {
    const found = ENVIRONMENT['PATH']!.split(':').find((folder) => existsSync(`${tree}${folder}/${name}`))
    return found === undefined ? null : `${found}/${name}`
  }
  const [before, after] = name.split('*')
  if (after === undefined) return existsSync(`${tree}${name}`) ? name : null
  const folder = dirname(`${before}x`)
  if (!existsSync(`${tree}${folder}`)) return null
  const full = readdirSync(`${tree}${folder}`).map((entry) => `${folder}/${entry}`)
  const path = full.find((entry) => entry.startsWith(before!) && existsSync(`${tree}${entry}${after}`))
  return path === undefined ? null : `${path}${after}`
}

const isRoot = process.getuid?.() === 0

export function inChroot(name: TreeName, argv: readonly string[]): Command {
  const tree = TREES[name].amd64
  const mounts = `mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" /usr/bin/env -C ${WITHIN} "$@"`
  const command = ['unshare', ...(isRoot ? [] : ['-r']), '-m', 'sh', '-c', mounts, tree, programPath(tree, argv[0]!)!, ...argv.slice(1)]
  return { command, env: ENVIRONMENT, cwd: '/' }
}

export function byDemotic(name: TreeName, argv: readonly string[]): Command {
  const tree = TREES[name].arm64
  const path = programPath(tree, argv[0]!)!
  const command = [...DEMOTIC, '-L', tree, '-0', path, `${tree}${path}`, ...argv.slice(1)]
  return { command, env: { ...ENVIRONMENT, ...own(/^DEMOTIC_|^XDG_CACHE_HOME$/), HOME: homedir() }, cwd: `${tree}${WITHIN}` }
}

/** How qemu runs programs of the trees, with those that they execute. */
export class QemuRoot {
  private readonly folder: string
  private readonly qemu: string

  private constructor(folder: string, qemu: string) {
    this.folder = folder
    this.qemu = qemu
  }

  /** Tried with a tree whose folder is there. null: qemu is not there, or the kernel gives no binfmt_misc to a user namespace. */
  static make(name: TreeName): QemuRoot | null {
    const output = (command: string, args: readonly string[]) => spawnSync(command, args, { encoding: 'utf8' }).stdout ?? ''
    const qemu = output('sh', ['-c', `command -v ${QEMU[0]}`]).trim()
    if (qemu === '') return null
    const folder = mkdtempSync(`${tmpdir()}/demotic-bench-qemu-`)
    mkdirSync(`${folder}/top`)
    mkdirSync(`${folder}/libraries`)
    for (const [library] of output('ldd', [qemu]).matchAll(/\/\S+/g)) {
      mkdirSync(`${folder}/libraries${dirname(library)}`, { recursive: true })
      cpSync(library, `${folder}/libraries${library}`, { dereference: true })
    }
    const root = new QemuRoot(folder, qemu)
    const { command, env } = root.run(name, ['true'])
    const run = spawnSync(command[0]!, command.slice(1), { env, encoding: 'utf8' })
    if (run.status === 0) return root
    console.log(`Programs are not run by qemu: ${run.stderr.trim().split('\n')[0]}`)
    root.remove()
    return null
  }

  run(name: TreeName, argv: readonly string[]): Command {
    const tree = TREES[name].arm64
    const script = `${ROOT}bench/programs/in-qemu.sh`
    const within = ['sh', script, tree, this.folder, this.qemu, WITHIN, programPath(tree, argv[0]!)!, ...argv.slice(1)]
    return { command: ['unshare', '-U', '-r', '-m', ...within], env: ENVIRONMENT, cwd: '/' }
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** Both folders of a tree, empty. */
export function emptyFolders(name: TreeName): string[] {
  return [TREES[name].amd64, TREES[name].arm64].map((tree) => {
    rmSync(`${tree}${WITHIN}`, { recursive: true, force: true })
    mkdirSync(`${tree}${WITHIN}`)
    return `${tree}${WITHIN}`
  })
}

export function removeFolders(name: TreeName): void {
  for (const tree of [TREES[name].amd64, TREES[name].arm64]) rmSync(`${tree}${WITHIN}`, { recursive: true, force: true })
}
