/**
 * `npm run build`, after `tsc -b`: the compiled modules of the run path as one script, because loading 250 modules takes five times as long as
 * everything else before a guest runs.
 *
 *   dist/demotic.cjs     the command: finds the script and V8's code cache of it (src/cli/launch.ts)
 *   dist/bundle/run.cjs  everything that a run needs, as `// ID\n(function (exports, require, module, __filename, __dirname) {…})`
 *   dist/bundle/*.cjs    what only some runs load: yargs, the support list, lockstep, dumps; they require run.cjs
 *
 * ID is a hash over the bundle. Names and lines stay readable in stack traces. The compiled modules themselves still run:
 * DEMOTIC_MODULES=1, or when they are newer than the bundle (src/cli/main.ts).
 */
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Plugin, rolldown } from 'rolldown'

const DIST = fileURLToPath(new URL('../', import.meta.url))
const BUNDLE = join(DIST, 'bundle')
/** Loaded by import() in the sources, but by every run. */
const RUN = 'linux-user/run.js'
const RUN_FILE = 'run.cjs'
const ID_LENGTH = 32
/** Packages that find their own files, or are found by their place. */
const EXTERNAL = [/^node:/, 'koffi', 'yargs']
const EXECUTABLE = 0o755

/** Modules that every run loads: what the entry and RUN import, and so on. */
const always = new Set<string>()
const findAlways: Plugin = {
  name: 'find what every run loads',
  buildEnd() {
    const visit = (id: string): void => {
      if (always.has(id)) return
      always.add(id)
      for (const imported of this.getModuleInfo(id)?.importedIds ?? []) visit(imported)
    }
    for (const id of this.getModuleIds()) if (this.getModuleInfo(id)?.isEntry || id.endsWith(`/${RUN}`)) visit(id)
  },
}

/** elfy wants one function of Node's `assert`, which takes 3 ms to load and makes stdout and stderr streams. */
const smallAssert: Plugin = {
  name: 'a small assert for elfy',
  resolveId: (id, importer) => (id === 'assert' && importer?.includes('/elfy/') ? '\0assert' : null),
  load: (id) => (id === '\0assert' ? 'exports.equal = (a, b) => { if (a != b) throw new Error(a + " is not " + b) }\n' : null),
}

/** Tables of constants by name that a module exports: `OP.add` becomes its number, so that V8 need not look names up in code that has hardly run. */
const CONSTANT_TABLES: Readonly<Record<string, readonly string[]>> = {
  'src/ir/ops.js': ['OP'],
  'src/x64/asm/cc.js': ['CC'],
  'src/x64/asm/columns.js': ['SHAPE', 'IMM'],
  'src/x64/asm/registers.js': ['ALU', 'SHIFT'],
  'src/x64/asm/row.js': ['ENCODING', 'ROLE'],
  'src/runtime/host-kernel.js': ['SYS', 'ERRNO', 'SIGNAL', 'UCONTEXT'],
}
const constants = new Map<string, Readonly<Record<string, number>>>()
for (const [module, names] of Object.entries(CONSTANT_TABLES)) {
  const exported = (await import(join(DIST, module))) as Record<string, Record<string, number>>
  for (const name of names) constants.set(name, exported[name]!)
}
const DECLARED = /^export const ([A-Z]+) =/gm
const IMPORTED = /^import \{([^}]*)\} from/gm
/** NAME.member or NAME['member'] */
const MEMBER = /(?<![\w$.'"])([A-Z]+)(?:\.([\w$]+)|\['([^']+)'\])/g

const inlineConstants: Plugin = {
  name: 'numbers instead of names',
  transform(code, id) {
    if (!id.startsWith(DIST)) return null
    for (const [, name] of code.matchAll(DECLARED))
      if (constants.has(name!) && !CONSTANT_TABLES[id.slice(DIST.length)]?.includes(name!)) throw new Error(`${id} has another ${name}`)
    const imported = new Set([...code.matchAll(IMPORTED)].flatMap(([, list]) => list!.split(',').map((name) => name.trim())))
    return code.replace(MEMBER, (text: string, table: string, member?: string, quoted?: string) => {
      if (!imported.has(table)) return text
      const value = constants.get(table)?.[member ?? quoted!]
      return value === undefined ? text : String(value)
    })
  },
}

/** All files are made before one is written, so that a mistake leaves the last bundle as it was. */
async function bundleRun(): Promise<void> {
  const bundle = await rolldown({
    input: { app: join(DIST, 'src/cli/app.js') },
    platform: 'node',
    external: EXTERNAL,
    plugins: [findAlways, smallAssert, inlineConstants],
  })
  const { output } = await bundle.generate({
    format: 'cjs',
    exports: 'named',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    dynamicImportInCjs: true,
    comments: { legal: true, annotation: false, jsdoc: false },
    codeSplitting: { groups: [{ name: 'run', test: (id) => always.has(id) }] },
  })
  const files = output.flatMap((file) => (file.type === 'chunk' ? [{ name: file.fileName, code: ascii(file.code) }] : []))
  const hash = createHash('sha256')
  for (const { code } of files) hash.update(code)
  const id = hash.digest('hex').slice(0, ID_LENGTH)
  rmSync(BUNDLE, { recursive: true, force: true })
  mkdirSync(BUNDLE)
  for (const { name, code } of files) writeFileSync(join(BUNDLE, name), name === RUN_FILE ? asFunction(id, code) : code)
}

function asFunction(id: string, code: string): string {
  return `// ${id}\n(function (exports, require, module, __filename, __dirname) {${code}\n})\n`
}

/** Node reads a script of Latin-1 fastest; ours has little else, and only in strings. */
function ascii(code: string): string {
  return code.replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

async function bundleCommand(): Promise<void> {
  const bundle = await rolldown({ input: join(DIST, 'src/cli/launch.js'), platform: 'node', external: EXTERNAL })
  const file = join(DIST, 'demotic.cjs')
  await bundle.write({ file, format: 'cjs', banner: '#!/usr/bin/env node' })
  chmodSync(file, EXECUTABLE)
}

await bundleRun()
await bundleCommand()
