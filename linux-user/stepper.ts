/**
 * Single steps: one instruction at a time, each translated by itself, whose every exit leads to the engine. So that no instruction leads to another past us,
 * the thread has an empty look-up table and an empty jump cache meanwhile.
 */
import { forgetJumps, setU64 } from '../src/host/slot-setup.ts'
import { JUMP_ENTRY_SIZE, JUMPS_OFFSET, LOOKUP_MASK, LOOKUP_TABLE } from '../src/runtime/layout.ts'
import type { TranslatedRegion } from '../src/translate/code-space.ts'
import { EXIT_EMULATE, EXIT_POLL } from '../src/x64/env.ts'
import { type GuestMemory, setTable } from './guest-memory.ts'
import type { GuestThread } from './thread.ts'
import type { Tree } from './tree.ts'

/** An instruction as a region of its own. */
export interface Step {
  readonly region: TranslatedRegion
  readonly word: number
}

interface KnownSteps {
  readonly generation: number
  readonly byPc: Map<number, Step>
}

/** The steps of all memories of a tree. */
export class Steps {
  private readonly tree: Tree
  private readonly known = new WeakMap<GuestMemory, KnownSteps>()

  constructor(tree: Tree) {
    this.tree = tree
  }

  /** The instruction at `pc`, without breakpoints; null: there is none. */
  at(thread: GuestThread, pc: number): Step | null {
    const memory = thread.process.memory.serve(thread.runner)
    const known = this.known.get(memory)
    const found = known?.byPc.get(pc)
    if (found?.region.live === true && known?.generation === memory.space.generation) return found
    const region = this.tree.translator.stepAt(memory.plain, pc)
    if (region === null) return null
    const { generation } = memory.space
    const byPc = known?.generation === generation ? known.byPc : new Map<number, Step>()
    const step = { region, word: thread.wordAt(pc) }
    byPc.set(pc, step)
    if (known?.byPc !== byPc) this.known.set(memory, { generation, byPc })
    return step
  }
}

/** The steps of one thread. */
export class Stepper {
  private readonly thread: GuestThread
  private readonly steps: Steps
  /** Where the step began, and whether its instruction has been sent off. */
  private from = -1
  private hasRun = false
  private isHidden = false

  constructor(thread: GuestThread, steps: Steps) {
    this.thread = thread
    this.steps = steps
  }

  /** It goes on at `pc`, perhaps in steps. */
  begin(pc: number): void {
    this.hasRun = false
    this.from = pc
    this.showCode()
  }

  /** Its instruction has perhaps not been executed: the request says so. Before it is answered. */
  noteRequest(): void {
    if (!this.hasRun) return
    const { runner, process } = this.thread
    const { request, exitId } = runner
    const kind = request === 'exit' ? process.memory.space.exits.kind[exitId] : -1
    const isBefore = kind === EXIT_EMULATE || request === 'syscall'
    if (kind === EXIT_POLL || request === 'signal-before' || (isBefore && process.signals.isPending(runner))) this.hasRun = false
  }

  /** The thread is at `pc` again: has the step been made? */
  isOver(pc: number): boolean {
    // A system call that is made again.
    if (this.hasRun && pc === this.from && this.thread.isSystemCall(pc)) this.hasRun = false
    return this.hasRun || pc !== this.from
  }

  /** It has been the instruction's doing that the thread is where it is, not a handler's that was entered. */
  get hasExecuted(): boolean {
    return this.hasRun
  }

  /** Is it this step's own instruction? */
  isAt(pc: number): boolean {
    return this.hasRun && this.from === pc
  }

  /** Executes the instruction at `pc`. False: there is none. */
  run(pc: number): boolean {
    const step = this.steps.at(this.thread, pc)
    if (step === null) return false
    this.hideCode()
    this.from = pc
    this.hasRun = true
    this.thread.run(step.region)
    return true
  }

  private hideCode(): void {
    const { runner } = this.thread
    if (!this.isHidden) forgetJumps(runner)
    this.isHidden = true
    // An empty entry of the jump cache is an empty table of one entry.
    setU64(runner, LOOKUP_TABLE, runner.slot.address + JUMPS_OFFSET + JUMP_ENTRY_SIZE)
    setU64(runner, LOOKUP_MASK, 0)
  }

  private showCode(): void {
    if (!this.isHidden) return
    this.isHidden = false
    setTable(this.thread.runner, this.thread.process.memory.space.table)
  }
}
