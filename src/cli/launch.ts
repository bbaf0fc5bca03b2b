/**
 * The linked script and its code cache: found beside the compiled modules or, where that is not writable, in the
 * user's cache folder. They are used only for exactly the modules that they were made from: their name is a hash over
 * the time and size of every project's build record. Made by link-app.ts.
 */
import { readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Script } from 'node:vm'
import type { App } from './app.ts'

/** The compiled project: dist/ */
const BASE = new URL('../../', import.meta.url)
export const FOLDER = fileURLToPath(BASE)
const RECORD = 'tsconfig.tsbuildinfo'
const PROJECTS = 'syscalls linux-user src/util src/elf src/ir src/guest src/opt src/x64 src/runtime src/host src/translate src/cli'.split(
  ' ',
)

/** What the linked script evaluates to. */
type Linked = (require: NodeJS.Require, base: URL, importOutside: (url: string) => Promise<unknown>) => App

/** Folders that may hold the files, best first. */
export function cacheFolders(): string[] {
  const home = process.env['XDG_CACHE_HOME'] || (process.env['HOME'] ? join(process.env['HOME'], '.cache') : '')
  return [join(FOLDER, 'launch'), ...(home ? [join(home, 'demotic/launch')] : [])]
}

/** Name of the files without ending: changes whenever a project is built, and with Node. */
export function cacheName(): string {
  let text = `${FOLDER} ${process.version}`
  for (const project of PROJECTS) {
    const status = statSync(join(FOLDER, project, RECORD), { throwIfNoEntry: false })
    text += status ? ` ${status.mtimeMs} ${status.size}` : ' -'
  }
  return hash(text)
}

/** The app from the cache; null when there is none. */
export function cachedApp(): App | null {
  const name = cacheName()
  for (const folder of cacheFolders()) {
    try {
      const code = readFileSync(join(folder, `${name}.js`), 'latin1')
      return evaluate(code, readFileSync(join(folder, `${name}.bin`))).app
    } catch {
      // not there, or not whole: the next one
    }
  }
  return null
}

export function evaluate(code: string, cachedData?: Buffer): { app: App; script: Script } {
  const script = new Script(code, { filename: join(FOLDER, 'linked.js'), ...(cachedData ? { cachedData } : {}) })
  const linked = script.runInThisContext() as Linked
  return { app: linked(createRequire(import.meta.url), BASE, (url) => import(url)), script }
}

/** 64 bits of FNV-1a as two words, which is enough to tell builds apart. */
function hash(text: string): string {
  let a = 0x811c9dc5
  let b = 0x1000193
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x1000193)
    b = Math.imul(b ^ text.charCodeAt(i), 0x85ebca6b) ^ (a >>> 15)
  }
  return `${(a >>> 0).toString(36)}-${(b >>> 0).toString(36)}`
}
