/**
 * The translator: guest pc in, host address out. Ties former, passes and back-end together, for one guest and any number of code spaces.
 */
import type { BlockTargets, Guest } from '../guest/targets.ts'
import { Region } from '../ir/region.ts'
import { optimise, TIER1 } from '../opt/pipeline.ts'
import { milliseconds } from '../util/clock.ts'
import { compile } from '../x64/compile.ts'
import type { HostCpu } from '../x64/cpu.ts'
import { Emitter } from '../x64/emitter.ts'
import type { CodeSpace, TranslatedRegion } from './code-space.ts'
import { Former, type LiftContext, PAGE_SIZE } from './former.ts'

/** Guest code by page, and where its translations are. */
export interface CodeSource {
  /** May be another one after `codePage`. */
  readonly space: CodeSpace
  /** The space is full: flushes it, or takes another one. */
  makeRoom(): void
  /**
   * The 4,096 bytes of the guest page at `address` (a multiple of 4,096), null if it may not be executed. Once a page was given,
   * changes of it must be reported by `CodeSpace.invalidate`.
   */
  codePage(address: number): Uint8Array | null
}

/** Called with every region at each stage; for dumps and the verifier. */
export interface TranslationObserver {
  lifted?(region: Region): void
  optimised?(region: Region): void
  compiled?(region: Region, code: Uint8Array, host: number): void
}

export interface TranslatorOptions<C extends LiftContext> {
  readonly guest: Guest<C>
  readonly context: (region: Region, targets: BlockTargets) => C
  readonly cpu: HostCpu
  readonly observer?: TranslationObserver
}

export class Translator<C extends LiftContext> {
  private readonly region: Region
  private readonly former: Former<C>
  private readonly emitter: Emitter
  observer: TranslationObserver | undefined

  constructor(options: TranslatorOptions<C>) {
    this.observer = options.observer
    this.region = new Region(options.guest.state)
    this.former = new Former(options.guest, this.region)
    this.former.use(options.context(this.region, this.former))
    this.emitter = new Emitter(options.cpu)
  }

  /** The live region at guest `pc`, translated now if need be; null if there is no executable code. */
  regionAt(source: CodeSource, pc: number): TranslatedRegion | null {
    const found = source.space.find(pc)
    if (found !== undefined) return found
    if (pc % 4 !== 0) return null
    const page = source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    if (source.space.full) source.makeRoom()
    return this.translate(source.space, pc, page)
  }

  /** The optimised IR of the region at `pc`, made again: valid until the next translation. Null if there is no executable code. */
  lift(source: CodeSource, pc: number): Region | null {
    const page = source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    this.former.form(pc, page)
    optimise(this.region, TIER1)
    return this.region
  }

  /** A region of the one instruction at `pc`, which nobody else finds; null if there is no executable code. */
  stepAt(source: CodeSource, pc: number): TranslatedRegion | null {
    if (pc % 4 !== 0) return null
    const page = source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    if (source.space.full) source.makeRoom()
    return this.translate(source.space, pc, page, true)
  }

  /** The IR of the one instruction at `pc`: valid until the next translation. */
  liftStep(source: CodeSource, pc: number): Region | null {
    const page = source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    this.former.form(pc, page, true)
    return this.region
  }

  private translate(space: CodeSpace, pc: number, page: Uint8Array, isStep = false): TranslatedRegion {
    const { region, emitter, observer } = this
    emitter.use(space, space.sides)
    const begun = milliseconds()
    this.former.form(pc, page, isStep)
    observer?.lifted?.(region)
    optimise(region, TIER1)
    observer?.optimised?.(region)
    const host = space.beginRegion(isStep)
    const sideFrom = space.sides.length
    const exitFrom = space.exits.count
    const size = compile(emitter, region, host)
    const code = emitter.asm.bytes.subarray(0, size)
    observer?.compiled?.(region, code, host)
    space.translateMs += milliseconds() - begun
    return space.addRegion(pc, code, sideFrom, exitFrom, region.insnPc, region.insnCount, isStep)
  }
}
