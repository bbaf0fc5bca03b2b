/**
 * `demotic engine`: the engine of a user, which serves all programs that binfmt_misc starts for him. Runners come and go; it ends when there has been
 * none for a while. A bug that one process meets ends that process, not the engine.
 */
import { RunnerGone } from '../src/host/engine.ts'
import { Residence } from '../src/host/residence.ts'
import type { Thread } from '../src/host/thread.ts'
import { guestArch } from './guests.ts'
import { Log } from './log.ts'
import { makeEngine, makeTree } from './make-tree.ts'
import { welcome } from './newcomer.ts'
import type { RunOptions } from './options.ts'

export interface ResidentOptions {
  readonly run: RunOptions
  /** It was started for a runner, whose connection is its descriptor ENGINE_FD. */
  readonly isHanded: boolean
  readonly idleMs: number
}

/** False: another engine serves this user already, and has got what was handed. */
export async function runResident({ run, isHanded, idleMs }: ResidentOptions): Promise<boolean> {
  const arch = await guestArch(run)
  const engine = makeEngine(run, arch, { ignored: [0, 0], blocked: [0, 0], openFiles: null, fds: [0, 1, 2] })
  const residence = new Residence(engine, { guest: run.guest, options: run.settingsName ?? '' })
  if (!residence.open(isHanded)) {
    engine.close()
    return false
  }
  const log = new Log(run)
  const tree = makeTree(engine, arch, run, log)
  const serve = (runner: Thread): void => {
    if (tree.has(runner)) tree.serve(runner)
    else welcome(tree, runner)
  }
  await residence.serve(
    (runner) => {
      try {
        serve(runner)
      } catch (error) {
        if (error instanceof RunnerGone) throw error
        log.line(`demotic: internal error: process ${runner.pid}: ${error instanceof Error ? error.stack : error}`)
        runner.process.kill('an internal error')
      }
    },
    (death) => tree.ended(death),
    idleMs,
  )
  tree.spaces.close()
  residence.close()
  engine.close()
  return true
}
