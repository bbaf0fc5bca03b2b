/**
 * What lies in the runtime area behind the runtime itself and is the same for all guests of an engine: system call thunks, the names of a sysroot, and routines
 * with their constants.
 */
import type { CodeArea } from '../src/host/code-area.ts'
import { Routines } from '../src/runtime/routines.ts'
import type { EntryPoints, Runtime } from '../src/runtime/runtime.ts'
import type { Assembler } from '../src/x64/asm/index.ts'
import type { HostCpu } from '../src/x64/cpu.ts'
import '../src/runtime/routines/index.ts'
import type { StateSlot } from '../src/ir/region.ts'
import { RUNTIME_AREA_BASE, RUNTIME_AREA_SIZE } from '../src/runtime/layout.ts'
import type { GuestAbi } from '../syscalls/abi/abi.ts'
import type { HostSignalHandlers } from '../syscalls/call.ts'
import { LazyThunks } from '../syscalls/lazy-thunks.ts'
import { MEMORY_THUNKS } from '../syscalls/memory-thunks.ts'
import { emitMapName, NAME_TABLE_SIZE, NameTable } from '../syscalls/names.ts'
import type { ThunkPlace } from '../syscalls/signal-thunks.ts'
import type { Fixup, ThunkEntries } from '../syscalls/thunk.ts'

/** Offsets in the runtime area. */
const THUNKS = 0x1_0000
const MAP_NAME = 0x9_f000
const NAMES = 0xa_0000
const ROUTINES = 0x10_0000
const CONSTANTS = 0x1f_0000
const CONSTANT_SIZE = 16

export interface RuntimeCode {
  readonly thunks: LazyThunks
  readonly routines: Routines
  /** Address of what enters signal handlers in the runner: the slot's DELIVER. 0: nothing does. */
  deliver(): number
  /** Is there a thunk at this host address? */
  isThunk(rip: number): boolean
  /** Where thunks find the places of directories from now on. To be called before there are thunks. */
  nameTable(): NameTable
  /** How many constants the routines have. */
  constantCount: number
}

/** Where code goes that enters and leaves handlers. */
export interface DeliveryPlace {
  readonly asm: Assembler
  readonly fixups: Fixup[]
  readonly entries: EntryPoints
}

/** Signal handlers without the engine, as far as one architecture's frames are known to the runner. */
export interface RunnerSignals {
  readonly deliver: (place: DeliveryPlace) => void
  readonly sigreturn: (place: DeliveryPlace & { readonly guest: GuestAbi }) => void
  readonly sigaction: (place: ThunkPlace, ours: HostSignalHandlers) => void
}

export interface RuntimeCodeParts {
  readonly area: CodeArea
  readonly runtime: Runtime
  readonly cpu: HostCpu
  readonly abi: GuestAbi
  readonly runnerSignals: RunnerSignals | null
  /** Of the guest alone, by the call's name. */
  readonly ownThunks: ReadonlyMap<string, (place: ThunkPlace) => void>
  readonly state: readonly StateSlot[]
  readonly pcOffset: number
}

export function createRuntimeCode({ area, runtime, cpu, abi, runnerSignals, ownThunks, state, pcOffset }: RuntimeCodeParts): RuntimeCode {
  const { entryPoints } = runtime
  const at = (offset: number): number => RUNTIME_AREA_BASE + offset
  if (runtime.end > at(THUNKS)) throw new Error('the runtime is longer than its place')
  const constants = new Int32Array(area.view(at(CONSTANTS), RUNTIME_AREA_SIZE - CONSTANTS))
  const own = { constantCount: 0 }
  const routines = new Routines(
    at(ROUTINES),
    at(CONSTANTS),
    {
      cpu,
      constant16: (w0, w1, w2, w3) => {
        const index = own.constantCount++
        constants.set([w0, w1, w2, w3], index * 4)
        return at(CONSTANTS) + index * CONSTANT_SIZE
      },
      stateOffset: (name) => state.find((slot) => slot.name === name)?.offset ?? -1,
      pcOffset,
      lookup: entryPoints.lookup,
      exit: entryPoints.exit,
    },
    (address, bytes) => area.write(address, bytes),
  )
  const entries: { -readonly [K in keyof ThunkEntries]: ThunkEntries[K] } = { ...entryPoints }
  const thunks = new LazyThunks(abi, {
    memory: area,
    start: at(THUNKS),
    end: at(MAP_NAME),
    entries,
    own: new Map<string, (place: ThunkPlace) => void>(
      runnerSignals === null
        ? [...ownThunks, ...MEMORY_THUNKS]
        : [
            ...ownThunks,
            ...MEMORY_THUNKS,
            ['rt_sigreturn', ({ asm, fixups }: ThunkPlace) => runnerSignals.sigreturn({ asm, fixups, entries: entryPoints, guest: abi })],
            ['rt_sigaction', (place: ThunkPlace) => runnerSignals.sigaction(place, entryPoints)],
          ],
    ),
  })
  let deliver = 0
  const makeDeliver = (): number => {
    if (deliver === 0 && runnerSignals !== null)
      deliver = thunks.add((asm, fixups) => runnerSignals.deliver({ asm, fixups, entries: entryPoints }))
    return deliver
  }
  const nameTable = (): NameTable => {
    if (NAMES + NAME_TABLE_SIZE > ROUTINES) throw new Error('the table of names is longer than its place')
    thunks.place(at(MAP_NAME), at(NAMES), (asm, fixups) => emitMapName(asm, fixups, at(NAMES)))
    entries.mapName = at(MAP_NAME)
    return new NameTable(area.view(at(NAMES), NAME_TABLE_SIZE))
  }
  return Object.assign(own, {
    thunks,
    routines,
    nameTable,
    deliver: makeDeliver,
    isThunk: (rip: number) => rip >= at(THUNKS) && rip < at(ROUTINES),
  })
}
