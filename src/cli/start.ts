/**
 * `npm start`: runs the bundled AArch64 program, `npm start -- PROG ARGS…` runs another. npm changes to the package's
 * folder; names are meant from where it was called.
 */
import { fileURLToPath } from 'node:url'

const bundled = fileURLToPath(new URL('../../../guest-programs/tour', import.meta.url))
if (process.argv.length === 2) process.argv.push(bundled)
const calledFrom = process.env['INIT_CWD']
if (calledFrom) process.chdir(calledFrom)
await import('./main.ts')
