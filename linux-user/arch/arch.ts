/** What Linux on one guest architecture has of its own: one object per guest, which the tree has. */
import type { BlockTargets, Guest } from '../../src/guest/targets.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import type { Region } from '../../src/ir/region.ts'
import type { GuestAbi } from '../../syscalls/abi/abi.ts'
import type { Handler, Outcome } from '../../syscalls/call.ts'
import type { ThunkPlace } from '../../syscalls/signal-thunks.ts'
import type { AddressSpace } from '../address-space.ts'
import type { GdbTarget } from '../gdb/target.ts'
import type { MemoryLayout } from '../layout.ts'
import type { PtraceArch } from '../ptrace/arch.ts'
import type { RunnerSignals } from '../runtime-code.ts'
import type { Tree } from '../tree.ts'
import type { SignalFrames } from './frame.ts'
import type { RegisterSets } from './register-sets.ts'

export interface GuestArch {
  readonly guest: Guest<never>
  readonly context: (region: Region, targets: BlockTargets) => never
  readonly abi: GuestAbi
  readonly elfClass: 32 | 64
  readonly layout: MemoryLayout
  /** Slot offset of the state's pc. */
  readonly pcOffset: number
  /** AT_PLATFORM */
  readonly platform: string
  /** AT_MINSIGSTKSZ; 0: not given. */
  readonly minSignalStack: number
  readonly frames: SignalFrames
  /** How the runner enters and leaves handlers by itself; null: the engine does. */
  readonly runnerSignals: RunnerSignals | null
  /** Thunks of its own, by the call's name. */
  readonly ownThunks: ReadonlyMap<string, (place: ThunkPlace) => void>
  /** For -g, which alone needs it. */
  gdbTarget(): Promise<GdbTarget>
  readonly registerSets: RegisterSets
  readonly ptrace: PtraceArch
  /** /proc/cpuinfo */
  cpuInfo(processors: number): string
  /** The pc of a program's entry point. */
  entryPc(address: number): number
  /** Pages of the kernel's that a program finds mapped; they are in the thread's batch then. */
  mapKernelPages(thread: RunnerThread, space: AddressSpace): void
  /** An undefined instruction that is a breakpoint all the same: the kernel gives SIGTRAP for it. */
  isBreakpoint(pc: number, word: number): boolean
  /** What becomes of a system call that there is none of; 'pass': ENOSYS. */
  unknownCall(tree: Tree, thread: RunnerThread, number: number): Outcome
  /** Handlers of its own system calls. */
  calls(tree: Tree): { readonly [name: string]: Handler }
}
