/**
 * The installed command: runs the bundle (build/bundle.ts) with V8's code cache of it. It is bundled on its own into dist/demotic.cjs, a CommonJS
 * file, because Node takes 4 ms longer to start with an ES module.
 */
import { readFileSync } from 'node:fs'
import { createRequire, Module } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { constants, Script } from 'node:vm'
import type { App } from './app.ts'
import { CodeCache } from './code-cache.ts'

/** The bundle's first line is `// ID`. */
const ID_START = 3
type BundleFunction = (exports: object, require: NodeJS.Require, module: Module, filename: string, dirname: string) => void

function start(): void {
  // An engine that a runner starts has no environment.
  if (process.argv[2] === 'engine') process.env['HOME'] ??= homedir()
  const file = join(__dirname, 'bundle', 'run.cjs')
  const source = readFileSync(file, 'latin1')
  const version = source.slice(ID_START, source.indexOf('\n'))
  const cache = new CodeCache(version)
  const cachedData = cache.read()
  const script = new Script(source, {
    filename: file,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData === null ? {} : { cachedData }),
  })
  if (script.cachedDataRejected === true) cache.reject()

  const module = new Module(file)
  const require = createRequire(file)
  module.filename = file
  module.loaded = true
  // The bundle's other files require it by its name.
  require.cache[file] = module
  const run = script.runInThisContext() as BundleFunction
  run(module.exports as object, require, module, file, dirname(file))
  const { app } = module.exports as { app: App }
  const atEnd = (translated: number): void => cache.keep(translated, () => script.createCachedData(), app.publishFile)
  app.main(process.argv.slice(2), { version, atEnd }).then((code) => process.exit(code))
}

start()
