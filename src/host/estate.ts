/**
 * What an engine leaves to its successor, a process of its own, when the program that it was started for has ended and others of its tree go on: the
 * shared memory, the doorbell, the runner's image and the life line, as descriptors; and who is in which slot. The runners notice nothing: they hold
 * their ends of the same things.
 */
import type { RequestKind } from './runner-api.ts'
import type { ThreadState } from './thread.ts'

export interface ThreadEstate {
  readonly slot: number
  readonly tid: number
  readonly state: ThreadState
  readonly request: RequestKind
  readonly exitId: number
  readonly faulted: boolean
}

export interface ProcessEstate {
  readonly pid: number
  readonly hiddenBase: number
  /** See Process. */
  readonly isBelow: boolean
  readonly hasChildrenBelow: boolean
  readonly ownPid: number
  readonly threads: readonly ThreadEstate[]
}

export interface Estate {
  readonly processes: readonly ProcessEstate[]
  /** Its process is among those above. */
  readonly watchdogSlot: number
  readonly hiddenBase: number
  /** Slots below it have been used: their memory is not zero. */
  readonly slotsTop: number
  /** Code areas that have been given out: the memory of those below is not zero. */
  readonly areasTop: number
}

/** Numbers of the descriptors in a successor: behind its standard streams, in this order. */
export const ESTATE_FDS = ['control', 'code', 'doorbell', 'image', 'lifeRead', 'lifeWrite'] as const
export type EstateFds = { readonly [name in (typeof ESTATE_FDS)[number]]: number }

export function inheritedFds(first: number): EstateFds {
  return Object.fromEntries(ESTATE_FDS.map((name, n) => [name, first + n])) as EstateFds
}
