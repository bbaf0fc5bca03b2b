/**
 * Real programs of Debian and npm: what runs, on what input, how much of it. Each row is a command that prints the same on every machine; the scripts are in
 * bench/programs. The inputs are made of files that the trees have.
 */
import { spawnSync } from 'node:child_process'
import { copyFileSync, cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { ROOT } from './commands.ts'
import { emptyFolders, inChroot, programPath, TREES, type TreeName } from './trees.ts'

export interface Program {
  readonly group: string
  readonly name: string
  readonly tree: TreeName
  /** `rounds`: how much work; a script's argument. */
  readonly argv: (rounds: number) => readonly string[]
  readonly rounds: number
}

const GROUP_PROCESSES = 'processes'
const GROUP_JIT = 'jit'
const GROUP_REAL = 'real'

const row = (group: string, name: string, tree: TreeName, rounds: number, argv: (rounds: number) => readonly string[]): Program => ({
  group,
  name,
  tree,
  argv,
  rounds,
})
const real = (name: string, rounds: number, argv: (n: number) => readonly string[]) => row(GROUP_REAL, name, 'programs', rounds, argv)

const JDK = '/usr/lib/jvm/java-17-openjdk-*/bin'
const KEY = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'
const VECTOR = '0f0e0d0c0b0a09080706050403020100'
const encrypt = (cipher: string) => ['openssl', 'enc', `-${cipher}`, '-K', KEY, '-iv', VECTOR, '-in', 'large', '-out', '/dev/null']
const times = (n: number, file: string) => Array<string>(n).fill(file)

const PROGRAMS: readonly Program[] = [
  row(GROUP_PROCESSES, 'exec', 'runtimes', 2000, (n) => ['dash', 'exec.sh', `${n}`]),
  row(GROUP_PROCESSES, 'configure', 'runtimes', 6, (n) => ['dash', 'configure.sh', `${n}`]),
  row(GROUP_PROCESSES, 'make', 'runtimes', 20, (n) => ['dash', 'make.sh', `${n}`]),
  row(GROUP_JIT, 'node-hello', 'runtimes', 20, (n) => ['dash', 'repeat.sh', `${n}`, 'node', '-e', 'console.log("hello")']),
  row(GROUP_JIT, 'node-loops', 'runtimes', 40, (n) => ['node', 'loops.js', `${n}`]),
  row(GROUP_JIT, 'luajit-hello', 'runtimes', 500, (n) => ['dash', 'repeat.sh', `${n}`, 'luajit', '-e', 'print("hello")']),
  row(GROUP_JIT, 'luajit-loops', 'runtimes', 60, (n) => ['luajit', 'loops.lua', `${n}`]),
  row(GROUP_JIT, 'java-hello', 'runtimes', 10, (n) => ['dash', 'java-hello.sh', `${n}`]),
  row(GROUP_JIT, 'java-loops', 'runtimes', 10, (n) => [`${JDK}/java`, '-cp', '.', 'Loops', `${n}`]),
  real('gzip', 1, (n) => ['gzip', '-nc', ...times(n, 'text')]),
  real('gzip-d', 5, (n) => ['gzip', '-dc', ...times(n, 'packed.gz')]),
  real('bzip2', 1, (n) => ['bzip2', '-c', ...times(n, 'text')]),
  real('bzip2-d', 1, (n) => ['bzip2', '-dc', ...times(n, 'packed.bz2')]),
  real('xz', 1, (n) => ['xz', '-3', '-T1', '-c', ...times(n, 'small')]),
  real('xz-d', 4, (n) => ['xz', '-dc', ...times(n, 'packed.xz')]),
  real('zstd', 1, (n) => ['zstd', '-11', '-q', '-c', '--single-thread', ...times(n, 'text')]),
  real('zstd-d', 30, (n) => ['zstd', '-dcq', ...times(n, 'packed.zst')]),
  real('sqlite', 500_000, (n) => ['sqlite3', ':memory:', '-cmd', `.parameter set :rows ${n}`, '.read tables.sql']),
  real('perl-text', 8, (n) => ['perl', 'text.pl', `${n}`, 'lines']),
  real('perl-objects', 30, (n) => ['perl', 'objects.pl', `${n}`]),
  real('python-text', 20, (n) => ['python3.11', 'text.py', `${n}`, 'lines']),
  real('python-objects', 30, (n) => ['python3.11', 'objects.py', `${n}`]),
  real('bash-loop', 12, (n) => ['bash', 'loop.sh', `${n}`]),
  real('openssl-sha256', 20, (n) => ['openssl', 'dgst', '-sha256', ...times(n, 'large')]),
  real('openssl-sha512', 12, (n) => ['openssl', 'dgst', '-sha512', ...times(n, 'large')]),
  real('openssl-md5', 10, (n) => ['openssl', 'dgst', '-md5', ...times(n, 'large')]),
  real('openssl-aes', 8, (n) => ['dash', 'repeat.sh', `${n}`, ...encrypt('aes-256-cbc')]),
  real('openssl-chacha', 12, (n) => ['dash', 'repeat.sh', `${n}`, ...encrypt('chacha20')]),
  row(GROUP_REAL, 'esbuild', 'runtimes', 5, (n) => ['dash', 'esbuild.sh', `${n}`]),
  real('jq', 250_000, (n) => [
    'jq',
    '-n',
    '-c',
    `[range(${n})|{a:.,b:(.*3|tostring)}]|map(select(.a%3==0))|group_by(.a%10)|map([length,(map(.b|length)|add)])`,
  ]),
  real('lua', 25, (n) => ['lua5.4', 'loops.lua', `${n}`]),
  real('awk', 4, (n) => ['gawk', '-f', 'words.awk', ...times(n, 'lines')]),
]

const QUICK = 5

/** The rows that `wanted` takes and the trees have. For a tree that is not there a sentence. */
export function programs(wanted: (group: string, name: string) => boolean): Program[] {
  const asked = PROGRAMS.filter((program) => wanted(program.group, program.name))
  const found = asked.filter(({ tree, argv }) => {
    const [name] = argv(1)
    const { isInstalled, amd64, arm64 } = TREES[tree]
    return isInstalled && programPath(amd64, name!) !== null && programPath(arm64, name!) !== null
  })
  if (found.length < asked.length) {
    const missing = asked.filter((program) => !found.includes(program)).map((program) => program.name)
    console.log(`Left out, because tests/real/install.sh has not installed their programs: ${missing.join(', ')}.`)
  }
  return found
}

const MIB = 1 << 20
/** What is compressed and read by scripts, and what is digested and encrypted. A quick run has a fifth of the first. */
const SIZES = { text: 24 * MIB, small: 8 * MIB, lines: 4 * MIB } as const
const LARGE = 64 * MIB
const PACKERS = [
  ['packed.gz', ['gzip', '-nc', 'text']],
  ['packed.bz2', ['bzip2', '-c', 'text']],
  ['packed.xz', ['xz', '-3', '-T1', '-c', 'text']],
  ['packed.zst', ['zstd', '-3', '-q', '-c', '--single-thread', 'text']],
] as const

/** Python's library as text and a few programs behind each other: what both trees are given. */
function material(): Buffer {
  const tree = TREES.programs.amd64
  const library = `${tree}/usr/lib/python3.11`
  const files = readdirSync(library, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.py') && !file.includes('_sysconfigdata'))
    .sort()
    .map((file) => `${library}/${file}`)
  const binaries = ['usr/bin/python3.11', 'usr/bin/perl', 'usr/bin/openssl'].map((file) => `${tree}/${file}`)
  return Buffer.concat(
    [...files.slice(0, files.length / 2), ...binaries, ...files.slice(files.length / 2)].map((file) => readFileSync(file)),
  )
}

/** Fills the working folders of the trees that these rows need. */
export function prepare(list: readonly Program[], isQuick: boolean): void {
  for (const name of new Set(list.map((program) => program.tree))) {
    const folders = emptyFolders(name)
    for (const folder of folders) cpSync(`${ROOT}bench/programs`, folder, { recursive: true })
    if (name === 'programs') prepareInputs(folders, isQuick ? QUICK : 1)
    else if (list.some((program) => program.name.startsWith('java'))) compileJava(folders)
  }
}

function prepareInputs(folders: readonly string[], scale: number): void {
  const all = material()
  const write = (file: string, data: Buffer) => {
    for (const folder of folders) writeFileSync(`${folder}/${file}`, data)
  }
  for (const [file, bytes] of Object.entries(SIZES)) write(file, all.subarray(0, bytes / scale))
  write('large', Buffer.concat(Array<Buffer>(Math.ceil(LARGE / all.length)).fill(all)).subarray(0, LARGE))
  for (const [file, argv] of PACKERS) write(file, native('programs', argv))
}

/** Class files are the same on every machine. */
function compileJava([amd64, arm64]: readonly string[]): void {
  native('runtimes', [`${JDK}/javac`, '-d', '.', 'Hello.java', 'Loops.java'])
  for (const file of readdirSync(amd64!).filter((name) => name.endsWith('.class'))) copyFileSync(`${amd64}/${file}`, `${arm64}/${file}`)
}

function native(tree: TreeName, argv: readonly string[]): Buffer {
  const { command, env } = inChroot(tree, argv)
  const run = spawnSync(command[0]!, command.slice(1), { env, maxBuffer: LARGE })
  if (run.status !== 0) throw new Error(`${argv.join(' ')}: ${run.error?.message ?? run.stderr}`)
  return run.stdout
}

export const roundsOf = (program: Program, isQuick: boolean): number => (isQuick ? Math.ceil(program.rounds / QUICK) : program.rounds)
