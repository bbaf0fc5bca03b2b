/** Who may import whom (docs/architecture.md, CONTRIBUTING.md), and which folders may reach outside of the project. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')

/** Folder -> folders that it may import besides itself. */
const ALLOWED: Record<string, readonly string[]> = {
  'src/util': [],
  'src/elf': ['src/util'],
  'src/ir': ['src/util'],
  'src/guest': ['src/util', 'src/ir'],
  'src/opt': ['src/util', 'src/ir'],
  'src/x64': ['src/util', 'src/ir'],
  'src/runtime': ['src/util', 'src/ir', 'src/x64'],
  'src/host': ['src/util', 'src/runtime', 'src/x64'],
  'src/translate': ['src/util', 'src/ir', 'src/guest', 'src/opt', 'src/x64', 'src/runtime', 'src/host'],
  syscalls: ['src'],
  'linux-user': ['src', 'syscalls'],
  'src/cli': ['src', 'syscalls', 'linux-user', 'system'],
}
/** Folders that may import modules of Node. The translator's others are plain computation. */
const USES_NODE = ['src/host', 'linux-user', 'src/cli']
/** Package -> the one folder that may import it. */
const PACKAGES: Record<string, string> = { koffi: 'src/host', '@koromix/koffi-linux-x64': 'src/host', elfy: 'src/elf', yargs: 'src/cli' }

interface Import {
  readonly file: string
  readonly folder: string
  /** Path from the project's root, or the module's name. */
  readonly target: string
  readonly isFile: boolean
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
}

function folderOf(path: string): string {
  const [first, second] = path.split('/')
  return first === 'src' ? `src/${second}` : first!
}

/** `import … from 'x'`, `export … from 'x'`, `import 'x'`; then `import('x')` and `require('x')`. */
const STATEMENT = /^(?:import|export)\b(?:[\w\s{},*]*\bfrom)?\s*'([^']+)'/gm
const CALL = /\b(?:import|require)\(\s*'([^']+)'/g

function imports(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8')
  const found = [...text.matchAll(STATEMENT), ...text.matchAll(CALL)]
  return found.map((match) => {
    const name = match[1]!
    const isFile = name.startsWith('.')
    return { file, folder: folderOf(file), target: isFile ? relative(root, resolve(root, dirname(file), name)) : name, isFile }
  })
}

const all = ['src', 'syscalls', 'linux-user'].flatMap(sources).flatMap(imports)

it('finds the imports', () => {
  expect(all.length).toBeGreaterThan(200)
  expect(all.some((i) => i.target === 'elfy')).toBe(true)
})

it('folders import only what lies before them', () => {
  const wrong = all.filter(({ folder, target, isFile }) => {
    if (!isFile) return false
    const to = folderOf(target)
    return (
      to !== folder &&
      !(ALLOWED[folder] ?? []).some((allowed) => to === allowed || (allowed === 'src' && to.startsWith('src/') && to !== 'src/cli'))
    )
  })
  expect(wrong.map((i) => `${i.file} -> ${i.target}`)).toEqual([])
})

it('one guest does not import another, but what guests have in common', () => {
  const guestOf = (path: string): string | undefined => /^src\/guest\/([^/]+)\//.exec(path)?.[1]
  const wrong = all.filter(
    (i) => guestOf(i.file) && guestOf(i.target) && guestOf(i.file) !== guestOf(i.target) && !guestOf(i.target)!.endsWith('-common'),
  )
  expect(wrong.map((i) => `${i.file} -> ${i.target}`)).toEqual([])
})

it('packages and Node are reached from their folders only', () => {
  const wrong = all.filter(({ folder, target, isFile }) => {
    if (isFile) return false
    if (target.startsWith('node:')) return !USES_NODE.includes(folder)
    const owner = Object.entries(PACKAGES).find(([name]) => target === name || target.startsWith(`${name}/`))?.[1]
    return owner !== folder
  })
  expect(wrong.map((i) => `${i.file} -> ${i.target}`)).toEqual([])
})

it('imports end in .ts', () => {
  expect(all.filter((i) => i.isFile && !/\.(ts|json)$/.test(i.target)).map((i) => `${i.file} -> ${i.target}`)).toEqual([])
})
