/**
 * When V8 optimises. While a translator is cold, almost all of its functions become hot within the first 100 ms, and TurboFan takes more CPU time for them
 * than it spares a short program: lua -e 'print(1)' takes 0.87 s of CPU with V8's own budget and 0.50 with a larger one; cc1 2.2 s with both. A script of
 * 300 short commands spends a tenth of its time that way.
 *
 * Set when much is translated, or many processes are made, so that other runs do not load `node:v8` (1.6 ms). V8's code cache has a hash of all flags, so they are
 * set back before one is made.
 */

/** Bytes of bytecode that a function has run before it is optimised. */
const PATIENT = 500_000
/** V8's own. */
const USUAL = 67_584

let isPatient = false

export function optimiseLate(): void {
  if (isPatient) return
  isPatient = true
  process.getBuiltinModule('node:v8').setFlagsFromString(`--interrupt-budget=${PATIENT}`)
}

export function resetFlags(): void {
  if (isPatient) process.getBuiltinModule('node:v8').setFlagsFromString(`--interrupt-budget=${USUAL}`)
  isPatient = false
}
