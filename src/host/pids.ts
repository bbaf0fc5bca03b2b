/**
 * Process numbers of PID namespaces below the engine's. What a runner says of itself is its number in its own namespace; the host's /proc, which the engine sees,
 * lists all that a process has (NSpid). Without such a /proc nobody is found.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

function numbersOf(pid: string): readonly number[] {
  const found = /^NSpid:\t(.*)$/m.exec(readIfAny(`/proc/${pid}/status`))?.[1]
  return found === undefined ? [] : found.split('\t').map(Number)
}

function readIfAny(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

function childrenOf(pid: number): string[] {
  try {
    const lists = readdirSync(`/proc/${pid}/task`).map((task) => readIfAny(`/proc/${pid}/task/${task}/children`))
    return lists.flatMap((list) => list.split(' ').filter((child) => child !== ''))
  } catch {
    return []
  }
}

function allProcesses(): string[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** The engine's number of the process that `parent` has made and that has the number `pid` in some namespace; `isKnown`: not those. 0: there is none. */
export function pidBelow(parent: number, pid: number, isKnown: (pid: number) => boolean): number {
  const isIt = (candidate: string): boolean => {
    if (isKnown(Number(candidate))) return false
    return numbersOf(candidate).includes(pid)
  }
  // A child that has another parent, or a kernel without lists of children: among all, the youngest.
  return Number(childrenOf(parent).find(isIt) ?? allProcesses().reverse().find(isIt) ?? 0)
}

/** Which PID namespace a process is in; '' when it cannot be told. */
export function pidNamespace(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return ''
  }
}
