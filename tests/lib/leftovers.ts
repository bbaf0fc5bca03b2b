/** What runs of the emulator must not leave behind: processes, files, shared memory. */
import { readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'

const LOOKS = 20
const LOOK_MS = 50

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Processes, engines and runners, whose command line or environment has `mark` in it. */
export function processesOf(mark: string): Set<number> {
  const found = new Set<number>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      if (['cmdline', 'environ'].some((file) => readFileSync(`/proc/${name}/${file}`, 'latin1').includes(mark))) found.add(Number(name))
    } catch {
      // it ended meanwhile
    }
  }
  return found
}

/** Waits until no process of the mark is left but those of `before`, a second at most; those that are. */
export async function newProcesses(mark: string, before: ReadonlySet<number> = new Set()): Promise<number[]> {
  let left: number[] = []
  for (let n = 0; n < LOOKS; n++) {
    left = [...processesOf(mark)].filter((pid) => !before.has(pid))
    if (left.length === 0) return []
    await pause(LOOK_MS)
  }
  return left
}

/** Files and shared memory of ours. Folders of tests that run are not. */
export function leftovers(): string[] {
  return ['/dev/shm', tmpdir()].flatMap((folder) =>
    readdirSync(folder).filter(
      (name) => /demotic/.test(name) && !/^demotic-(diff|guest|host|bad|streams|bench|real|torture|resources)-/.test(name),
    ),
  )
}
