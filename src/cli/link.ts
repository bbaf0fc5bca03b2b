/**
 * Links the compiled modules below a folder into one script, so that a run loads one file with V8's code cache instead
 * of two hundred modules (which takes 120 ms, four times as long as everything else before a guest runs).
 *
 * Not a general bundler: it reads what `tsc` writes from our form of code (statements at the line's start, no default
 * export of ours, no destructuring export) and refuses everything else; then the modules are loaded as they are.
 * The meaning is that of the modules: executed once, dependencies first, in the order of imports; namespaces list
 * their names in alphabetical order; bindings that change, and those of import cycles, are read through the namespace.
 *
 *   (function ($require, $base, $import) { … return $load(0).app })
 *
 * `$base`: file URL of the folder. `$import(url)`: import() of what is not linked. Names of the linker's own begin with `$`.
 */
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, normalize } from 'node:path'

export class LinkError extends Error {}

interface ImportStatement {
  readonly text: string
  /** '{ a, b as c }', '* as n', 'd', or '' for `import 'x'`. */
  readonly clause: string
  readonly from: string
  readonly isExport: boolean
}

interface Module {
  readonly index: number
  /** Below the folder. */
  readonly path: string
  readonly text: string
  readonly imports: readonly ImportStatement[]
  /** Modules of ours that it imports statically, in order. */
  readonly dependencies: readonly string[]
  readonly exports: Set<string>
  /** Exported with `export let`. */
  readonly changing: Set<string>
}

const STATEMENT = /^(import|export)\b[ ]*([\w\s{},*$]*?)(?:\bfrom\b)?[ ]*'([^']+)';?[^\n]*$/gm
const DECLARATION = /^export (?:async )?(function\*?|class|const|let) ([\w$]+)/gm
/** `export const { a, b } = …`, plain names only. */
const DESTRUCTURED = /^export const \{ ([\w$, ]+) \} =/gm
const LIST = /^export \{([^}]*)\};?[ ]*$/gm
const DYNAMIC = /\bimport\(\s*'([^']+)'\s*\)/g

/** The script. `entry` is below `folder`; modules of `outside` (and what only they need) stay outside. */
export function link(folder: string, entry: string, outside: ReadonlySet<string>): string {
  const modules = new Map<string, Module>()
  const pending = [entry]
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    if (modules.has(path)) continue
    const found = read(folder, path, modules.size)
    modules.set(path, found)
    pending.push(...found.dependencies)
    for (const match of found.text.matchAll(DYNAMIC)) {
      const target = resolve(path, match[1]!)
      if (!outside.has(target)) pending.push(target)
    }
  }
  addReexports(modules)
  const cycles = findCycles(modules)
  const bodies = [...modules.values()].map((module) => emit(module, modules, cycles, outside))
  return toAscii(`(function ($require, $base, $import) {
"use strict";
const $loaded = [];
const $outside = (name) => { const module = $require(name); return module.default === undefined ? Object.assign(Object.create(module), { default: module }) : module; };
const $load = (i) => $loaded[i] ?? $modules[i]($loaded[i] = {});
const $modules = [
${bodies.join(',\n')}
];
return $load(0).app;
})`)
}

/** Other characters as escapes: V8 keeps such a text in half the memory. They stand in strings, templates and comments only. */
function toAscii(text: string): string {
  return text.replace(/[^\t\n\r -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function read(folder: string, path: string, index: number): Module {
  const text = readFileSync(join(folder, path), 'utf8')
  const imports = [...text.matchAll(STATEMENT)].map((match) => ({
    text: match[0],
    clause: match[2]!.trim(),
    from: match[3]!,
    isExport: match[1] === 'export',
  }))
  const exports = new Set<string>()
  const changing = new Set<string>()
  for (const [, kind, name] of text.matchAll(DECLARATION)) {
    exports.add(name!)
    if (kind === 'let') changing.add(name!)
  }
  for (const [, names] of [...text.matchAll(LIST), ...text.matchAll(DESTRUCTURED)])
    for (const [, outer] of pairs(names!)) exports.add(outer)
  for (const { isExport, clause } of imports)
    if (isExport && clause.startsWith('{')) for (const [, outer] of pairs(clause)) exports.add(outer)
  if (/^export (default|\* as|(const|let) \[|let \{|const \{[^}]*[^\w$, }])|\bimport\.meta\.(?!url\b)/m.test(text))
    throw new LinkError(`${path} has a form that is not linked`)
  const dependencies = imports.filter((statement) => statement.from.startsWith('.')).map((statement) => resolve(path, statement.from))
  return { index, path, text, imports, dependencies, exports, changing }
}

/** Names that `export * from` passes on. */
function addReexports(modules: ReadonlyMap<string, Module>): void {
  for (let changed = true; changed; ) {
    changed = false
    for (const module of modules.values()) {
      for (const { isExport, clause, from } of module.imports) {
        if (!isExport || clause !== '*') continue
        for (const name of modules.get(resolve(module.path, from))!.exports) {
          if (!module.exports.has(name)) changed = true
          module.exports.add(name)
        }
      }
    }
  }
}

/** `importer\ntarget` of imports that close a cycle: the target is not finished when the importer runs. */
function findCycles(modules: ReadonlyMap<string, Module>): Set<string> {
  const closing = new Set<string>()
  const state = new Map<string, 'open' | 'done'>()
  const visit = (module: Module): void => {
    state.set(module.path, 'open')
    for (const path of module.dependencies) {
      if (state.get(path) === 'open') closing.add(`${module.path}\n${path}`)
      else if (!state.has(path)) visit(modules.get(path)!)
    }
    state.set(module.path, 'done')
  }
  for (const module of modules.values()) if (!state.has(module.path)) visit(module)
  return closing
}

function emit(module: Module, modules: ReadonlyMap<string, Module>, cycles: ReadonlySet<string>, outside: ReadonlySet<string>): string {
  const head: string[] = []
  const live = new Map<string, string>()
  for (const [n, statement] of module.imports.entries()) {
    const target = statement.from.startsWith('.') ? modules.get(resolve(module.path, statement.from)) : undefined
    if (statement.from.startsWith('.') && !target) throw new LinkError(`${module.path} imports ${statement.from}, which is not there`)
    const source = target ? `$load(${target.index})` : outsideModule(statement.from)
    const variable = `$${n}`
    head.push(`const ${variable} = ${source};`)
    const isClosing = target !== undefined && cycles.has(`${module.path}\n${target.path}`)
    head.push(...bind(module, statement, target, variable, isClosing, live))
  }
  let body = module.text
  for (const statement of module.imports) body = body.replace(statement.text, () => '')
  const functions: string[] = []
  const values: string[] = []
  const getters: string[] = []
  for (const [, kind, name] of module.text.matchAll(DECLARATION)) {
    if (kind === 'let') getters.push(`Object.defineProperty($exports, '${name}', { enumerable: true, get: () => ${name} });`)
    else (kind!.startsWith('function') ? functions : values).push(`$exports.${name} = ${name};`)
  }
  for (const [, names] of module.text.matchAll(DESTRUCTURED)) for (const [name] of pairs(names!)) values.push(`$exports.${name} = ${name};`)
  for (const [, names] of module.text.matchAll(LIST)) {
    for (const [inner, outer] of pairs(names!)) values.push(`$exports.${outer} = ${live.get(inner) ?? inner};`)
  }
  body = body.replace(LIST, '').replace(/^export (?=(async )?(function|class|const|let)\b)/gm, '')
  for (const [name, access] of live) body = body.replace(new RegExp(`(?<![\\w$.'"])${name}(?![\\w$'"]|\\s*:)`, 'g'), () => access)
  body = body
    .replaceAll('import.meta.url', `new URL('${module.path}', $base).href`)
    .replace(DYNAMIC, (_, from: string) => {
      const path = resolve(module.path, from)
      return outside.has(path)
        ? `$import(new URL('${path}', $base).href)`
        : `Promise.resolve().then(() => $load(${modules.get(path)!.index}))`
    })
    .replace(/^\/\/# sourceMappingURL=.*$/gm, '')
  // All names first, so that a namespace lists them in order.
  const names = [...module.exports].sort().map((name) => `$exports.${name} = undefined;`)
  return `/* ${module.path} */ ($exports) => {\n${[...names, ...functions, ...getters, ...head].join('\n')}\n${body}\n${values.join('\n')}\nreturn $exports;\n}`
}

/** Statements that give an import's names their values. */
function bind(
  module: Module,
  { clause, isExport, from }: ImportStatement,
  target: Module | undefined,
  variable: string,
  isClosing: boolean,
  live: Map<string, string>,
): string[] {
  if (clause === '') return []
  if (isExport) {
    if (clause === '*') return [`for (const name of ${JSON.stringify([...target!.exports])}) $exports[name] = ${variable}[name];`]
    return pairs(clause).map(([inner, outer]) => `$exports.${outer} = ${variable}.${inner};`)
  }
  if (clause.startsWith('* as ')) return [`const ${clause.slice(5)} = ${variable};`]
  const [name] = /^[\w$]+/.exec(clause) ?? []
  const byDefault = name === undefined ? [] : [`const ${name} = ${variable}.default;`]
  const constant: string[] = []
  for (const [inner, outer] of pairs(clause.slice(name === undefined ? 0 : name.length))) {
    if (target && !target.exports.has(inner)) throw new LinkError(`${module.path} imports ${inner}, which ${from} does not export`)
    if (target && (isClosing || target.changing.has(inner))) live.set(outer, `${variable}.${inner}`)
    else constant.push(inner === outer ? inner : `${inner}: ${outer}`)
  }
  return constant.length === 0 ? byDefault : [...byDefault, `const { ${constant.join(', ')} } = ${variable};`]
}

/** `{ a, b as c }` as [name inside, name outside] of the place it is imported from. */
function pairs(list: string): [string, string][] {
  return list
    .replace(/[{}]/g, '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
    .map((item) => {
      const [inner, outer] = item.split(/\s+as\s+/)
      return [inner!, outer ?? inner!]
    })
}

function outsideModule(name: string): string {
  if (!isBuiltin(name)) createRequire(import.meta.url).resolve(name)
  return `$outside('${name}')`
}

function resolve(from: string, target: string): string {
  return normalize(join(dirname(from), target))
}
