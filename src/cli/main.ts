/**
 * `demotic` from the compiled modules' folder: runs the bundle as dist/demotic.cjs does, or, when a module was compiled after the bundle was made,
 * the modules themselves. DEMOTIC_MODULES=1 asks for the modules, whose stack traces name the sources.
 */
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const DIST = fileURLToPath(new URL('../../', import.meta.url))
/** TypeScript's record of what it compiled, one per project. */
const RECORD = 'tsconfig.tsbuildinfo'
const PROJECTS = 'syscalls linux-user src/util src/elf src/ir src/guest src/opt src/x64 src/runtime src/host src/translate src/cli'.split(
  ' ',
)

function compiledAt(path: string): number {
  return statSync(`${DIST}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0
}

/** The bundled command; null when there is none or it is older than a module. */
function bundledCommand(): string | null {
  if (process.env['DEMOTIC_MODULES']) return null
  const made = compiledAt('demotic.cjs')
  if (made === 0 || PROJECTS.some((project) => compiledAt(`${project}/${RECORD}`) > made)) return null
  return `${DIST}demotic.cjs`
}

const bundled = bundledCommand()
if (bundled !== null) createRequire(import.meta.url)(bundled)
else {
  const { app } = await import('./app.ts')
  process.exit(await app.main(process.argv.slice(2)))
}
