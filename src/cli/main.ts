#!/usr/bin/env node
/**
 * `demotic`: the command. Runs app.ts from one linked script with V8's code cache, made at the first run and again
 * whenever the compiled modules have changed; or from the modules themselves where that does not work.
 * DEMOTIC_MODULES=1 asks for the modules, whose stack traces name the sources.
 */
import type { App } from './app.ts'
import { cachedApp } from './launch.ts'

async function loadApp(): Promise<App> {
  const linked = process.env['DEMOTIC_MODULES'] ? null : (cachedApp() ?? (await import('./link-app.ts')).linkedApp())
  return linked ?? (await import('./app.ts')).app
}

const app = await loadApp()
process.exit(await app.main(process.argv.slice(2)))
