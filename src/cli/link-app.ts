/** Makes what launch.ts finds: links the app now, and keeps script and code cache when the run is over. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Script } from 'node:vm'
import type { App } from './app.ts'
import { cacheFolders, cacheName, evaluate, FOLDER } from './launch.ts'
import { link } from './link.ts'

const ENTRY = 'src/cli/app.js'
/** Loaded only for help, errors and lists: they may take their time. */
const OUTSIDE = new Set(['src/cli/yargs.js', 'src/cli/support.js'])

const EXIT_NOT_EXECUTABLE = 126
const EXIT_NOT_FOUND = 127

/** The linked app, which is kept when a program has run and ended; null when it cannot be linked. */
export function linkedApp(): App | null {
  try {
    const name = cacheName()
    const code = link(FOLDER, ENTRY, OUTSIDE)
    const { app, script } = evaluate(code)
    process.once('exit', (exitCode) => {
      if (app.hasRun && exitCode !== EXIT_NOT_EXECUTABLE && exitCode !== EXIT_NOT_FOUND) keep(name, code, script)
    })
    return app
  } catch (error) {
    if (process.env['DEMOTIC_DEBUG']) process.stderr.write(`demotic: not linked: ${error}\n`)
    return null
  }
}

/** After a run, so that the code cache has every function that a run needs. */
function keep(name: string, code: string, script: Script): void {
  const files: [string, string | Buffer][] = [
    [`${name}.bin`, script.createCachedData()],
    [`${name}.js`, code],
  ]
  for (const folder of cacheFolders()) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      for (const old of readdirSync(folder)) if (!old.startsWith(name)) rmSync(join(folder, old), { force: true })
      for (const [file, contents] of files) {
        const temporary = join(folder, `${file}.${process.pid}`)
        writeFileSync(temporary, contents)
        renameSync(temporary, join(folder, file))
      }
      return
    } catch {
      // not writable: the next one
    }
  }
}
