/**
 * `demotic engine`: serves the programs that binfmt_misc starts for this user (linux-user/resident.ts). Runners start it by themselves; by hand it is
 * started for programs in a chroot, from which it cannot be started, and to see what it does: DEMOTIC_* variables are its options.
 */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { GUEST_NAMES, type GuestName } from '../../linux-user/guests.ts'
import { runResident } from '../../linux-user/resident.ts'
import { cacheFolder } from './code-cache.ts'
import { rawEnvironment, runOptions, UsageError } from './run-options.ts'

const IDLE_SECONDS = 600
/** Of one that serves trees with options of their own. */
const SIBLING_IDLE_SECONDS = 10
const MS = 1000
const LOG_NAME = 'engine.log'

/** `version`: as `Launch` has it. */
export async function engine(args: readonly string[], version: string): Promise<number> {
  let idleSeconds: string | undefined = process.env['DEMOTIC_IDLE']
  let isHanded = false
  let detaches = false
  let guest: GuestName = 'aarch64'
  let options = ''
  for (const arg of args) {
    const idle = /^--idle=(\d+)$/.exec(arg)
    const named = GUEST_NAMES.find((name) => arg === `--guest=${name}`)
    const optionsName = /^--options=([0-9a-f]+)$/.exec(arg)
    if (idle) idleSeconds = idle[1]!
    else if (named !== undefined) guest = named
    else if (optionsName) options = optionsName[1]!
    else if (arg === '--fd=3') isHanded = true
    else if (arg === '--successor') {
      await (await import('../../linux-user/handover.ts')).succeed()
      return 0
    } else if (arg === '--detach') detaches = true
    else throw new UsageError(`engine does not know ${arg}; it knows --guest=aarch64|arm, --detach and --idle=SECONDS`)
  }
  const idleMs = Number(idleSeconds ?? (options === '' ? IDLE_SECONDS : SIBLING_IDLE_SECONDS)) * MS
  if (!(idleMs >= 0)) throw new UsageError('DEMOTIC_IDLE is a number of seconds')
  if (detaches) {
    const { startEngines } = await import('./binfmt.ts')
    if (startEngines([{ guest, options }])) return 0
    process.stderr.write('demotic: the engine has not started\n')
    return 1
  }
  const given = runOptions({ options: {}, program: [] }, [new Uint8Array(0)], rawEnvironment(), version)
  const run = { ...given, guest, settingsName: options, logFile: given.logFile ?? logFile() }
  const isAlone = await runResident({ run, isHanded, idleMs })
  if (!isAlone && !isHanded) process.stderr.write('demotic: an engine of this user runs already\n')
  return 0
}

/** Where messages go when nobody reads stderr. */
function logFile(): string | null {
  const folder = cacheFolder()
  if (process.stderr.isTTY === true || folder === null) return null
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(folder, constants.W_OK)
    return join(folder, LOG_NAME)
  } catch {
    return null
  }
}
