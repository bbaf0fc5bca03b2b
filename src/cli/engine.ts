/**
 * `demotic engine`: serves the programs that binfmt_misc starts for this user (linux-user/resident.ts). Runners start it by themselves; by hand it is
 * started for programs in a chroot, from which it cannot be started, and to see what it does: DEMOTIC_* variables are its options.
 */
import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { runResident } from '../../linux-user/resident.ts'
import { cacheFolder } from './code-cache.ts'
import { rawEnvironment, runOptions, UsageError } from './run-options.ts'

const IDLE_SECONDS = 600
const MS = 1000
const LOG_NAME = 'engine.log'

/** `version`: as `Launch` has it. */
export async function engine(args: readonly string[], version: string): Promise<number> {
  let idleMs = Number(process.env['DEMOTIC_IDLE'] ?? IDLE_SECONDS) * MS
  let isHanded = false
  let detaches = false
  for (const arg of args) {
    const idle = /^--idle=(\d+)$/.exec(arg)
    if (idle) idleMs = Number(idle[1]) * MS
    else if (arg === '--fd=3') isHanded = true
    else if (arg === '--successor') {
      await (await import('../../linux-user/handover.ts')).succeed()
      return 0
    } else if (arg === '--detach') detaches = true
    else throw new UsageError(`engine does not know ${arg}; it knows --detach and --idle=SECONDS`)
  }
  if (!(idleMs >= 0)) throw new UsageError('DEMOTIC_IDLE is a number of seconds')
  if (detaches) {
    const { startEngine } = await import('./binfmt.ts')
    if (startEngine()) return 0
    process.stderr.write('demotic: the engine has not started\n')
    return 1
  }
  const given = runOptions({ options: {}, program: [] }, [new Uint8Array(0)], rawEnvironment(), version)
  const isAlone = await runResident({ run: { ...given, logFile: given.logFile ?? logFile() }, isHanded, idleMs })
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
