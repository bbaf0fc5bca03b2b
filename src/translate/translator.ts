/**
 * The translator: guest pc in, host address out. Ties former, passes and back-end together, for one guest and any number of code spaces.
 */
import type { BlockTargets, Guest } from '../guest/targets.ts'
import { Region } from '../ir/region.ts'
import { optimise, optimiseHot, TIER1 } from '../opt/pipeline.ts'
import { PROMOTED } from '../opt/promote.ts'
import { milliseconds } from '../util/clock.ts'
import { compile } from '../x64/compile.ts'
import { type HostCpu, vectorRegisters } from '../x64/cpu.ts'
import { Emitter } from '../x64/emitter.ts'
import type { CodeSpace, RegionKind, TranslatedRegion } from './code-space.ts'
import { Former, type LiftContext } from './former.ts'
import { PAGE_SIZE, type PageSource, pageOf } from './guest-code.ts'
import { HotFormer } from './hot-former.ts'

/**
 * Guest code by page, and where its translations are. Both calls may wait for the guest, and then others are served meanwhile, by the same translator: what is
 * lifted is of use only until the next of them.
 */
export interface CodeSource {
  /** May be another one after `codePage`. */
  readonly space: CodeSpace
  /** The space is full: flushes it, or takes another one. Neither knows of pages that were given before. */
  makeRoom(): void
  /**
   * The 4,096 bytes of the guest page at `address` (a multiple of 4,096), good until the next page is asked for; null if it may not be executed. Once a page was given,
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
  /** Whatever is translated is compiled at tier 2, where that has a form for it, without waiting until it is hot. */
  readonly isHotAtOnce?: boolean
}

/** Places that are looked at for being translated ahead of need, at each time that something has to be translated. */
const MOST_AHEAD = 4
/** Regions that come back to life together. */
const MOST_REVIVED = 256

/** Of `liftHot`. */
const NO_REGION = -2

export class Translator<C extends LiftContext> {
  private readonly region: Region
  private readonly former: Former<C>
  /** What the hot former lifts, and the former itself: made when first needed. */
  private hot: { readonly raw: Region; readonly former: HotFormer<C> } | undefined
  private readonly emitter: Emitter
  private readonly options: TranslatorOptions<C>
  observer: TranslationObserver | undefined
  /** Called when something has been translated at tier 1. */
  onTranslated: () => void = () => {}

  constructor(options: TranslatorOptions<C>) {
    this.observer = options.observer
    this.options = options
    this.region = new Region(options.guest.state)
    this.former = new Former(options.guest, this.region)
    this.former.use(options.context(this.region, this.former))
    this.emitter = new Emitter(options.cpu)
  }

  /** The live region at guest `pc`, translated now if need be; null if there is no executable code. */
  regionAt(source: CodeSource, pc: number): TranslatedRegion | null {
    const found = source.space.find(pc)
    if (found !== undefined) return found
    if (!this.options.guest.isAligned(pc)) return null
    const revived = this.revive(source, pc)
    if (revived !== undefined) return revived
    if (source.space.full) source.makeRoom()
    if (this.options.isHotAtOnce) {
      if (this.page(source, pc) === null) return null
      if (this.liftHot(source, pc) === PROMOTED) return this.emit(source.space, 'hot')
    }
    const page = this.page(source, pc)
    if (page === null) return null
    const { space } = source
    const made = this.translate(space, pc, page)
    this.translateAhead(source)
    return source.space === space ? made : this.regionAt(source, pc)
  }

  /** The bytes that the instruction at `pc` lies in. */
  private page(source: CodeSource, pc: number): Uint8Array | null {
    for (;;) {
      const { space } = source
      const { changes } = space
      const page = pageOf(this.options.guest, pc, (address) => source.codePage(address))
      // An instruction may be cut by the end of its page, which may have changed while the next one was asked for.
      if (page === null || page.length === PAGE_SIZE || (source.space === space && space.changes === changes)) return page
    }
  }

  /** The region at `pc` that was removed, if its code is as it was; and with it those of the same page that it leads to. */
  private revive(source: CodeSource, pc: number): TranslatedRegion | undefined {
    const { space } = source
    // Whoever reads a page may go to another space for it, which has nothing to revive.
    const pages: PageSource = (address) => {
      const page = source.codePage(address)
      return source.space === space ? page : null
    }
    const revived = space.revive(pc, pages)
    if (revived === undefined) return undefined
    const ahead = [revived]
    for (const from of ahead) {
      for (const next of space.dormantTargets(from)) {
        if (ahead.length >= MOST_REVIVED || this.pageNumber(next) !== this.pageNumber(pc)) continue
        const region = space.revive(next, pages)
        if (region !== undefined) ahead.push(region)
      }
    }
    return revived
  }

  private pageNumber(pc: number): number {
    return Math.floor(this.options.guest.codeAddress(pc) / PAGE_SIZE)
  }

  /** A call that the region ends with which was translated last, what it returns to, and a loop in it will be executed: they are translated without being asked for. */
  private translateAhead(source: CodeSource): void {
    const { former } = this
    const { space } = source
    const ahead = [former.loopPc, former.returnPc, former.calleePc]
    for (let n = 0; n < ahead.length; n++) {
      const pc = ahead[n]!
      if (Number.isNaN(pc) || space.find(pc) !== undefined || space.full) continue
      const page = this.page(source, pc)
      // It may have taken another space.
      if (page === null || source.space !== space) return
      this.translate(space, pc, page)
      if (ahead.length < MOST_AHEAD) ahead.push(former.loopPc, former.returnPc, former.calleePc)
    }
  }

  /**
   * A region of tier 2 for the code at guest `pc`, which takes the place of the one that there is. Where `pc` lies within a loop whose header is elsewhere,
   * the region begins at the header: the code at `pc` is translated anew, so that it comes there with its next round. Null if none can be made, or there is no executable code.
   */
  hotRegionFor(source: CodeSource, pc: number): TranslatedRegion | null {
    if (source.space.full) source.makeRoom()
    const header = this.liftHot(source, pc)
    if (header === PROMOTED) return this.emit(source.space, 'hot')
    if (header === NO_REGION) return null
    let made = source.space.find(header)
    if (made?.isHot !== true) {
      if (this.liftHot(source, header) !== PROMOTED) return null
      made = this.emit(source.space, 'hot')
    }
    const page = this.page(source, pc)
    if (page !== null && source.space.find(pc) !== undefined) this.translate(source.space, pc, page)
    return made
  }

  /** The optimised IR of tier 2 for `pc` into `region`: PROMOTED, NO_REGION, or the pc of a loop's header where a region may begin instead. */
  private liftHot(source: CodeSource, pc: number): number {
    if (!this.options.guest.isAligned(pc)) return NO_REGION
    const { raw, former } = (this.hot ??= this.makeHot())
    const { space } = source
    const { changes } = space
    const isKnown = (at: number): boolean => this.options.isHotAtOnce === true || space.covers(at)
    if (!former.form(pc, (address) => source.codePage(address), isKnown)) return NO_REGION
    // Another space knows nothing of the pages that were given before it was taken, and those that have changed since were removed from a space without this region.
    if (source.space !== space || space.changes !== changes) return NO_REGION
    this.observer?.lifted?.(raw)
    return optimiseHot(raw, this.region, vectorRegisters(this.options.cpu))
  }

  private makeHot(): { raw: Region; former: HotFormer<C> } {
    const { guest, context } = this.options
    const raw = new Region(guest.state)
    const former = new HotFormer(guest, raw)
    former.use(context(raw, former))
    return { raw, former }
  }

  /** The optimised IR of the region at `pc`, made again: valid until the next translation. Null if there is no executable code. */
  lift(source: CodeSource, pc: number): Region | null {
    // As it was lifted, so that the passes are compared, too. What has been translated ahead is of tier 1.
    if (source.space.find(pc)?.isHot === true && this.liftHot(source, pc) === PROMOTED) return this.hot!.raw
    const page = this.page(source, pc)
    if (page === null) return null
    this.form(source.space, pc, page, false)
    optimise(this.region, TIER1)
    return this.region
  }

  /** A region of the one instruction at `pc`, which nobody else finds; null if there is no executable code. */
  stepAt(source: CodeSource, pc: number): TranslatedRegion | null {
    if (!this.options.guest.isAligned(pc)) return null
    if (source.space.full) source.makeRoom()
    const page = this.page(source, pc)
    if (page === null) return null
    return this.translate(source.space, pc, page, 'step')
  }

  /** The IR of the one instruction at `pc`: valid until the next translation. */
  liftStep(source: CodeSource, pc: number): Region | null {
    const page = this.page(source, pc)
    if (page === null) return null
    this.former.form(pc, page, true)
    return this.region
  }

  /** Where hot code is made at once, a region must not depend on which others there are: `lift` makes it again later. */
  private form(space: CodeSpace, pc: number, page: Uint8Array, isStep: boolean): void {
    if (this.options.isHotAtOnce) this.former.form(pc, page, isStep)
    else this.former.form(pc, page, isStep, (at) => space.find(at)?.isHot === true)
  }

  private translate(space: CodeSpace, pc: number, page: Uint8Array, kind: RegionKind = 'usual'): TranslatedRegion {
    const { region } = this
    const begun = milliseconds()
    this.form(space, pc, page, kind === 'step')
    this.observer?.lifted?.(region)
    optimise(region, TIER1)
    const made = this.emit(space, kind)
    space.translateMs += milliseconds() - begun
    this.onTranslated()
    return made
  }

  /** Machine code for what is in `region`. */
  private emit(space: CodeSpace, kind: RegionKind): TranslatedRegion {
    const { region, emitter, observer } = this
    emitter.use(space, space.sides)
    observer?.optimised?.(region)
    const made = compileInto(space, emitter, region, kind)
    observer?.compiled?.(region, emitter.asm.bytes.subarray(0, made.size), made.host)
    return made
  }
}

/** Compiles `region` and adds it to the space that the emitter uses; its code is at the begin of the emitter's bytes, too. */
export function compileInto(space: CodeSpace, emitter: Emitter, region: Region, kind: RegionKind): TranslatedRegion {
  const sideFrom = space.sides.length
  const exitFrom = space.exits.count
  const size = compile(emitter, region, space.beginRegion(kind === 'step'))
  const { pc, insnPc: pcs, insnWord: words, insnCount } = region
  const code = emitter.asm.bytes.subarray(0, size)
  return space.addRegion({ pc, code, sideFrom, exitFrom, pcs, words, insnCount, polls: emitter.polls, kind })
}
