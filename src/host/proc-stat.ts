/** /proc/PID/stat as the engine's /proc has it. */
import { readFileSync } from 'node:fs'

/** Fields of `procStat`, counted from the one behind the name. */
export const STAT = { state: 0, parent: 1, group: 2, session: 3, exitCode: 49 } as const

/** What it says of a process, from its state on; null: there is no such process. */
export function procStat(pid: number | string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}
