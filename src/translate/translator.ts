/**
 * The translator: guest pc in, host address out. Ties former, passes and back-end to a code space, for one guest.
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

/** Guest code by page. */
export interface CodeSource {
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
  readonly space: CodeSpace
  readonly source: CodeSource
  readonly observer?: TranslationObserver
}

export class Translator<C extends LiftContext> {
  private readonly region: Region
  private readonly former: Former<C>
  private readonly emitter: Emitter
  private readonly space: CodeSpace
  private readonly source: CodeSource
  observer: TranslationObserver | undefined

  constructor(options: TranslatorOptions<C>) {
    this.space = options.space
    this.source = options.source
    this.observer = options.observer
    this.region = new Region(options.guest.state)
    this.former = new Former(options.guest, this.region)
    this.former.use(options.context(this.region, this.former))
    this.emitter = new Emitter(options.cpu, this.space, this.space.sides)
  }

  /** The live region at guest `pc`, translated now if need be; null if there is no executable code. */
  regionAt(pc: number): TranslatedRegion | null {
    const found = this.space.find(pc)
    if (found !== undefined) return found
    if (pc % 4 !== 0) return null
    const page = this.source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    return this.translate(pc, page)
  }

  /** The optimised IR of the region at `pc`, made again: valid until the next translation. Null if there is no executable code. */
  lift(pc: number): Region | null {
    const page = this.source.codePage(pc - (pc % PAGE_SIZE))
    if (page === null) return null
    this.former.form(pc, page)
    optimise(this.region, TIER1)
    return this.region
  }

  private translate(pc: number, page: Uint8Array): TranslatedRegion {
    const { space, region, emitter, observer } = this
    if (space.full) space.flush()
    const begun = milliseconds()
    this.former.form(pc, page)
    observer?.lifted?.(region)
    optimise(region, TIER1)
    observer?.optimised?.(region)
    const host = space.beginRegion()
    const sideFrom = space.sides.length
    const exitFrom = space.exits.count
    const size = compile(emitter, region, host)
    const code = emitter.asm.bytes.subarray(0, size)
    observer?.compiled?.(region, code, host)
    space.translateMs += milliseconds() - begun
    return space.addRegion(pc, code, sideFrom, exitFrom, region.insnPc, region.insnCount)
  }
}
