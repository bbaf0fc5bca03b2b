/**
 * The code space: translated regions of one or more guest address spaces that agree on their code, how they are found, chained and removed.
 *
 *   code area:  [constants | look-up tables, each four times as large as the one before | regions …]
 *
 * Invariants
 * - A region is *live* while `byPc` has it. Only live regions are in the look-up table, in jump caches and targets of chained jumps.
 * - `incoming` of a region lists the exits patched into it; `linked` of an exit says where it is patched to.
 * - A region that was removed because its code may have changed is *dormant*: its bytes stay, and `revive` puts it back when its code turns out to be what
 *   it was. So what a change costs is in proportion to what has changed, not to what lies around it. A dormant region is removed like any other; nothing refers to it.
 * - Removing a region makes it unreachable: the table's entry and the incoming jumps go, and its polls are changed so that it always leaves.
 *   So a thread that comes by an old jump cache entry, or has read the table just before, leaves at once for the engine. One that is inside runs
 *   to its next exit or poll. Bytes are never reused but by `flush`, when no thread is in translated code.
 * - Patches are aligned 32-bit stores; a thread that executes the jump meanwhile goes to the old or to the new place, both right.
 */
import type { InsnLayout } from '../guest/targets.ts'
import { NONE } from '../ir/region.ts'
import { LookupTable, lookupTableSize } from '../runtime/lookup-table.ts'
import { POLL_NEVER } from '../x64/compile.ts'
import { POLL_OPERAND } from '../x64/emitter.ts'
import { type CompileEnv, EXIT_CHAIN } from '../x64/env.ts'
import { SideTable } from '../x64/side-table.ts'
import { CONSTANT_BYTES, ConstantPool } from './constant-pool.ts'
import { Exits } from './exits.ts'
import { PAGE_SIZE, type PageSource } from './guest-code.ts'
import { RegionInsns } from './region-insns.ts'
import { RestoredRegions } from './restored-regions.ts'
import { ENTRY_POLL, eachRun, imageOf, type SpaceImage } from './space-image.ts'

/** Constants that a region may need beyond those there are: with fewer places left, the next translation starts afresh. */
const CONSTANT_MARGIN = 4096
/** Entries of the look-up tables, of which one at a time is in use. */
const LOOKUP_ENTRIES = [1 << 16, 1 << 18, 1 << 20]
const REGION_ALIGNMENT = 16
/** Translated code beyond this many bytes makes the next translation start afresh. */
const CODE_LIMIT = 0x1000_0000

/** The code area as the engine writes it (src/host/code-area.ts). */
export interface CodeMemory {
  write(address: number, bytes: Uint8Array): void
  patch32(address: number, value: number): void
  patch8(address: number, value: number): void
  read(address: number, length: number): Uint8Array
  view(address: number, length: number): ArrayBuffer
}

export interface TranslatedRegion {
  readonly id: number
  readonly pc: number
  readonly host: number
  readonly size: number
  /** Range in the side table; first instruction offset. */
  readonly sideFrom: number
  readonly sideTo: number
  readonly insnFrom: number
  readonly insnCount: number
  /** Addresses: its guest instructions lie in [from, to). */
  readonly from: number
  readonly to: number
  readonly exitFrom: number
  readonly exitTo: number
  /** Offsets of its polls' immediate operands, the entry's first. */
  readonly polls: readonly number[]
  /** Compiled at tier 2. */
  readonly isHot: boolean
  /** Exits chained to it; null: none yet. */
  incoming: number[] | null
  live: boolean
}

/** What `addRegion` is given. */
export interface CompiledRegion {
  readonly pc: number
  readonly code: Uint8Array
  /** Where its part of the side table, and its exits, begin. */
  readonly sideFrom: number
  readonly exitFrom: number
  /** Guest pc of each of its `insnCount` instructions, and the word that it was made from. */
  readonly pcs: Float64Array
  readonly words: Int32Array
  readonly insnCount: number
  readonly polls: readonly number[]
  /** step: of one instruction, and nobody is to find it but who has made it; hot: of tier 2. */
  readonly kind: RegionKind
}

export type RegionKind = 'usual' | 'step' | 'hot'

/** So many dead regions are not worth the work of forgetting them. */
const FEW_DEAD = 2000
/** What a tier 2 instruction costs to translate, in those of tier 1. */
const HOT_COST = 8
const costOf = (insnCount: number, isHot: boolean): number => (isHot ? HOT_COST * insnCount : insnCount)

export class CodeSpace implements CompileEnv {
  readonly exits = new Exits()
  readonly sides = new SideTable()
  private readonly layout: InsnLayout
  private readonly insns: RegionInsns
  /** By id; of those that have been restored the ones that somebody has asked for (`region`). */
  readonly regions: TranslatedRegion[] = []
  private readonly byPc = new Map<number, TranslatedRegion>()
  /** By pc, the regions that were removed last. */
  private readonly dormant = new Map<number, TranslatedRegion>()
  /** Exits to a pc that has no region yet. */
  private readonly waiting = new Map<number, number[]>()
  /** Live and dead regions by guest page; restored ones if the page is among `known`. */
  private readonly byPage = new Map<number, TranslatedRegion[]>()
  private readonly known = new Set<number>()
  /** What there was to begin with: regions that the look-up table has. null: nothing. */
  private origin: RestoredRegions | null = null
  readonly exit: number
  readonly poll: number
  readonly syscall: number
  readonly lookup: number
  /** The shared look-up table has moved: all threads' LOOKUP_TABLE, then LOOKUP_MASK, must be set. */
  onTable: (table: LookupTable) => void = () => {}

  private readonly memory: CodeMemory
  private readonly constants: ConstantPool
  /** The shared look-up table in use. */
  table: LookupTable
  private readonly tablesAt: number
  private tableSize = 0
  private readonly codeStart: number
  private codeNext: number
  private readonly routineAt: (name: string) => number
  /** False: every way to another region goes through the engine (--lockstep, -d exec). */
  publish = true
  /** CompileEnv's. It changes while the space is empty. */
  checksNaN = true
  /** Totals for statistics. */
  guestBytes = 0
  translateMs = 0
  hostBytes = 0
  /** Regions that have been translated here. */
  made = 0
  /** Regions that a file has. */
  private keptCount = 0
  private liveCount = 0
  private liveCost = 0
  /** How often it has been flushed: exit ids and regions are of one generation. */
  generation = 0
  /** How often code has been removed: what was read of guest pages before counts for nothing behind it. */
  changes = 0
  /** Region being compiled. */
  private compiling = 0
  /** Its exits are never chained. */
  private compilesStep = false

  /** `start`: where the zeroed memory begins. `routine` gives the host address of a runtime routine; `layout`: how the guest's instructions lie. */
  constructor(
    memory: CodeMemory,
    entry: { readonly exit: number; readonly poll: number; readonly syscall: number; readonly lookup: number },
    start: number,
    routine: (name: string) => number,
    layout: InsnLayout,
  ) {
    this.layout = layout
    this.insns = new RegionInsns(layout)
    this.memory = memory
    this.exit = entry.exit
    this.poll = entry.poll
    this.syscall = entry.syscall
    this.lookup = entry.lookup
    this.routineAt = routine
    const base = Math.ceil(start / PAGE_SIZE) * PAGE_SIZE
    this.constants = new ConstantPool(base, new Int32Array(memory.view(base, CONSTANT_BYTES)))
    this.tablesAt = base + CONSTANT_BYTES
    this.table = this.makeTable(0)
    this.codeStart = this.codeNext = this.tablesAt + LOOKUP_ENTRIES.reduce((sum, entries) => sum + lookupTableSize(entries), 0)
  }

  /** A view of the table of a size; the memory is zero where it was not used before. */
  private makeTable(size: number): LookupTable {
    const address = LOOKUP_ENTRIES.slice(0, size).reduce((at, entries) => at + lookupTableSize(entries), this.tablesAt)
    return new LookupTable(address, this.memory.view(address, lookupTableSize(LOOKUP_ENTRIES[size]!)))
  }

  /** A larger table with the same entries. Threads that still probe the old one find what is right, or nothing. */
  private growTable(): void {
    const grown = this.makeTable(++this.tableSize)
    this.table.copyTo(grown)
    this.table = grown
    this.onTable(grown)
  }

  // CompileEnv

  newExit(kind: number, pc: number, arg: number, arg2: number, site: number): number {
    return this.exits.add(kind, pc, arg, arg2, site < 0 || this.compilesStep ? 0 : this.codeNext + site, this.compiling)
  }

  routine(name: string): number {
    return this.routineAt(name)
  }

  constant16(w0: number, w1: number, w2: number, w3: number): number {
    return this.constants.add(w0, w1, w2, w3)
  }

  // Regions

  find(pc: number): TranslatedRegion | undefined {
    const found = this.byPc.get(pc)
    if (found !== undefined || this.origin === null) return found
    const host = this.table.get(pc)
    const id = host === 0 ? NONE : this.origin.at(host)
    if (id === NONE) return undefined
    const region = this.region(id)
    this.byPc.set(pc, region)
    return region
  }

  private region(id: number): TranslatedRegion {
    return (this.regions[id] ??= this.origin!.make(id))
  }

  /** How many regions were not translated here but restored: those of the lowest ids. */
  private get restored(): number {
    return this.origin?.count ?? 0
  }

  /** Has the instruction at `pc` ever been translated, in whatever region? */
  covers(pc: number): boolean {
    return this.pageList(Math.floor(this.layout.codeAddress(pc) / PAGE_SIZE))?.some((region) => this.insns.has(region, pc)) === true
  }

  /** Host address at which the next region is compiled. */
  beginRegion(isStep = false): number {
    this.compilesStep = isStep
    this.compiling = this.regions.length
    return this.codeNext
  }

  /** True when the code grew past its limit: `flush` before the next translation. */
  get full(): boolean {
    const hasLargestTable = this.tableSize === LOOKUP_ENTRIES.length - 1
    return this.codeBytes > CODE_LIMIT || (hasLargestTable && this.table.full) || this.constants.left < CONSTANT_MARGIN
  }

  /** Publishes the region compiled at `beginRegion()`'s address, in the place of one that there is for `pc`. */
  addRegion({ pc, code, sideFrom, exitFrom, pcs, words, insnCount, polls, kind }: CompiledRegion): TranslatedRegion {
    const isStep = kind === 'step'
    const host = this.codeNext
    const replaced = isStep ? undefined : this.find(pc)
    this.memory.write(host, code)
    this.codeNext = Math.ceil((host + code.length) / REGION_ALIGNMENT) * REGION_ALIGNMENT
    const insnFrom = this.insns.length
    const { from, to } = this.insns.add(pc, pcs, words, insnCount)
    const region: TranslatedRegion = {
      id: this.regions.length,
      pc,
      host,
      size: code.length,
      sideFrom,
      sideTo: this.sides.length,
      insnFrom,
      insnCount,
      from,
      to,
      exitFrom,
      exitTo: this.exits.count,
      polls: polls.length === 1 && polls[0] === POLL_OPERAND ? ENTRY_POLL : polls.slice(),
      isHot: kind === 'hot',
      incoming: null,
      live: true,
    }
    this.regions.push(region)
    if (replaced !== undefined) this.remove(replaced)
    if (!isStep) this.byPc.set(pc, region)
    for (const page of this.insns.pagesOf(region)) this.enterPage(page, region)
    if (this.publish && !isStep) {
      if (this.table.full) this.growTable()
      this.table.set(pc, host)
    }
    if (this.publish && !isStep) this.chainAll(region, false)
    this.made++
    this.liveCount++
    this.liveCost += costOf(insnCount, region.isHot)
    this.guestBytes += insnCount * 4
    this.hostBytes += code.length
    return region
  }

  /** Chains the exits of a region, and those of others that have waited for it: none of them needs to come to the engine first. */
  private chainAll(region: TranslatedRegion, isRevived: boolean): void {
    const { exits, waiting } = this
    for (let exit = region.exitFrom; exit < region.exitTo; exit++) {
      if (exits.kind[exit] !== EXIT_CHAIN) continue
      const pc = exits.pc[exit]!
      const target = this.find(pc)
      const others = target === undefined ? waiting.get(pc) : undefined
      if (target !== undefined) this.chain(exit, target)
      else if (others === undefined) waiting.set(pc, [exit])
      else if (!isRevived || !others.includes(exit)) others.push(exit)
    }
    const own = waiting.get(region.pc)
    if (own === undefined) return
    waiting.delete(region.pc)
    for (const exit of own) this.chain(exit, region)
  }

  private enterPage(page: number, region: TranslatedRegion): void {
    const list = this.byPage.get(page)
    if (list === undefined) this.byPage.set(page, [region])
    else list.push(region)
  }

  /** Translated code at a host address; empty outside the regions. */
  readCode(address: number, length: number): Uint8Array {
    return this.containing(address) === undefined ? new Uint8Array(0) : this.memory.read(address, length)
  }

  /** Guest pc of instruction `index` of a region. */
  insnPc(region: TranslatedRegion, index: number): number {
    return this.insns.pc(region, index)
  }

  /** The region whose code contains host address `rip`, live or not. */
  containing(rip: number): TranslatedRegion | undefined {
    const { regions, origin } = this
    const restored = origin?.at(rip) ?? NONE
    if (restored !== NONE) return this.region(restored)
    let low = this.restored
    let high = regions.length - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const region = regions[middle]!
      if (rip < region.host) high = middle - 1
      else if (rip >= region.host + region.size) low = middle + 1
      else return region
    }
    return undefined
  }

  /** Patches the exit's jump to go straight to `target`, if it can be and the exit's own region is live. */
  chain(exit: number, target: TranslatedRegion): void {
    const { exits } = this
    const site = exits.site[exit]!
    const from = exits.region[exit]!
    if (site === 0 || exits.linked[exit] !== NONE || from >= this.regions.length || !this.region(from).live || !target.live) return
    this.memory.patch32(site, target.host - (site + 4))
    exits.linked[exit] = target.id
    this.noteLink(exit, target)
  }

  /** Removes the regions that have code in [start, end). */
  invalidate(start: number, end: number): void {
    this.changes++
    for (let page = Math.floor(start / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
      const list = this.pageList(page)
      if (list === undefined) continue
      const kept =
        page * PAGE_SIZE < start || (page + 1) * PAGE_SIZE > end ? list.filter((r) => r.live && (r.to <= start || r.from >= end)) : []
      if (kept.length === 0) this.byPage.delete(page)
      else this.byPage.set(page, kept)
      for (const region of list) if (region.to > start && region.from < end) this.makeDormant(region)
    }
  }

  /** The same of those whose instructions are not what they were. Of these the lowest pc that no other region leads to, or the lowest, or NONE. `pageOf` as of `revive`. */
  renew(start: number, end: number, pageOf: (address: number) => Uint8Array | null): number {
    let entry: TranslatedRegion | undefined
    let isLedTo = true
    for (let page = Math.floor(start / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
      const list = this.pageList(page)
      if (list === undefined) continue
      for (const region of list) {
        if (!region.live || region.to <= start || region.from >= end) continue
        if (region.id >= this.restored && this.insns.isUnchanged(region, pageOf)) continue
        const isChained = this.incomingOf(region).length > 0
        if (entry === undefined || (isLedTo && !isChained) || (isLedTo === isChained && region.pc < entry.pc)) {
          entry = region
          isLedTo = isChained
        }
        this.makeDormant(region)
      }
      const kept = list.filter((region) => region.live)
      this.byPage.set(page, kept)
    }
    return entry?.pc ?? NONE
  }

  private makeDormant(region: TranslatedRegion): void {
    if (!region.live) return
    const isFound = this.byPc.get(region.pc) === region
    this.remove(region)
    // One that was restored is of a file, which nobody writes to.
    if (isFound && region.id >= this.restored) this.dormant.set(region.pc, region)
  }

  /**
   * Puts the dormant region of `pc` back in its place if all its instructions are what they were; else undefined, and there is none any more. `pages` gives
   * the bytes of guest pages.
   */
  revive(pc: number, pages: PageSource): TranslatedRegion | undefined {
    const region = this.dormant.get(pc)
    if (region === undefined) return undefined
    this.dormant.delete(pc)
    const { changes } = this
    if (!this.insns.isUnchanged(region, pages) || this.changes !== changes) return undefined
    region.live = true
    this.liveCount++
    this.liveCost += costOf(region.insnCount, region.isHot)
    this.byPc.set(pc, region)
    for (const page of this.insns.pagesOf(region)) if (this.byPage.get(page)?.includes(region) !== true) this.enterPage(page, region)
    for (const poll of region.polls) this.memory.patch8(region.host + poll, 0)
    if (this.publish) {
      this.table.set(pc, region.host)
      this.chainAll(region, true)
    }
    return region
  }

  /** Guest pcs of dormant regions that this one leads to. */
  *dormantTargets(region: TranslatedRegion): Generator<number> {
    const { exits } = this
    if (this.dormant.size === 0) return
    for (let exit = region.exitFrom; exit < region.exitTo; exit++)
      if (exits.kind[exit] === EXIT_CHAIN && this.dormant.has(exits.pc[exit]!)) yield exits.pc[exit]!
  }

  private pageList(page: number): TranslatedRegion[] | undefined {
    const { origin } = this
    if (origin !== null && !this.known.has(page)) {
      this.known.add(page)
      for (const id of origin.ofPage(page)) this.enterPage(page, this.region(id))
    }
    return this.byPage.get(page)
  }

  private remove(region: TranslatedRegion): void {
    if (!region.live) return
    // Its place in the table is the only trace of a restored one that nobody has asked for.
    const isFound = this.find(region.pc) === region
    region.live = false
    this.liveCount--
    this.liveCost -= costOf(region.insnCount, region.isHot)
    if (isFound) {
      this.byPc.delete(region.pc)
      this.table.delete(region.pc)
    }
    for (const poll of region.polls) this.memory.patch8(region.host + poll, POLL_NEVER)
    const { exits } = this
    const incoming = this.incomingOf(region)
    for (const exit of incoming) {
      exits.linked[exit] = NONE
      this.memory.patch32(exits.site[exit]!, 0)
    }
    // They wait for whatever comes in its place.
    const others = this.waiting.get(region.pc)
    if (others !== undefined) for (const exit of incoming) others.push(exit)
    else if (incoming.length > 0) this.waiting.set(region.pc, incoming)
    region.incoming = null
    for (let exit = region.exitFrom; exit < region.exitTo; exit++) {
      const to = exits.linked[exit]!
      if (to === NONE) continue
      const incoming = this.regions[to]?.incoming ?? null
      const k = incoming === null ? NONE : incoming.indexOf(exit)
      if (k >= 0) incoming!.splice(k, 1)
      exits.linked[exit] = NONE
      // A thread may still be inside the dead region: it must not stay in it by way of its own loops.
      this.memory.patch32(exits.site[exit]!, 0)
    }
  }

  /** The exits that are chained to a region. */
  private incomingOf({ id, incoming }: TranslatedRegion): number[] {
    const { linked } = this.exits
    if (id >= this.restored) return incoming ?? []
    const all = new Set(incoming)
    for (const exit of this.origin!.chainedTo(id)) if (linked[exit] === id) all.add(exit)
    return [...all]
  }

  // Images

  /** Bytes of code that there are, that of dead regions included. */
  get codeBytes(): number {
    return this.codeNext - this.codeStart
  }

  /** What has been translated since it was restored or last kept and is still of use, in instructions of tier 1; and all that is of use. */
  get gain(): { readonly gained: number; readonly all: number } {
    let gained = 0
    for (let id = this.keptCount; id < this.regions.length; id++) {
      const { live, insnCount, isHot } = this.region(id)
      if (live) gained += costOf(insnCount, isHot)
    }
    return { gained, all: this.liveCost }
  }

  /** Its translations have been written to a file. */
  kept(): void {
    this.keptCount = this.regions.length
  }

  /** All live translations, for `restore` of another space; the constants are a view, valid until the next translation. */
  get image(): SpaceImage {
    const { exits, sides, codeStart } = this
    const { offsets, highs } = this.insns.image
    return imageOf({
      regions: this.liveRegions(),
      exits,
      sides,
      insnOffsets: offsets,
      insnHighs: highs,
      pagesOf: (region) => this.insns.pagesOf(region),
      constants: this.constants.words,
      codeStart,
      readCode: (address, length) => this.memory.read(address, length),
    })
  }

  private liveRegions(): TranslatedRegion[] {
    return Array.from(this.regions, (_, id) => this.region(id)).filter((region) => region.live && this.find(region.pc) === region)
  }

  /** An empty space has these translations from now on. Some of its columns it keeps, and writes to them. */
  restore(image: SpaceImage): void {
    const { regions, exits, codeStart } = this
    eachRun(image.codeRuns, (from, to, at) => {
      this.memory.write(codeStart + from, image.code.subarray(at, at + to - from))
      this.codeNext = Math.ceil((codeStart + to) / REGION_ALIGNMENT) * REGION_ALIGNMENT
    })
    exits.restore(image.exits, image.exitRuns)
    this.sides.words = image.sides
    this.sides.length = image.sides.length
    this.insns.restore(image.insnOffsets, image.insnHighs)
    this.constants.restore(image.constants)
    const origin = new RestoredRegions(image, costOf)
    const { count } = origin
    while (!this.table.holds(count) && this.tableSize < LOOKUP_ENTRIES.length - 1) this.growTable()
    for (let id = 0; id < count; id++) this.table.set(origin.pc(id), origin.host(id))
    regions.length = this.keptCount = this.liveCount = count
    this.liveCost = origin.cost
    this.origin = origin
  }

  /** Are most of its regions dead ones? */
  get isSparse(): boolean {
    return this.regions.length - this.liveCount > Math.max(this.liveCount, FEW_DEAD)
  }

  /** Forgets dead regions. Nobody uses the space. */
  compact(): void {
    const { image, keptCount } = this
    const kept = this.liveRegions().filter(({ id }) => id < keptCount).length
    const constants = image.constants.slice()
    this.flush()
    this.restore({ ...image, constants })
    this.keptCount = kept
  }

  private noteLink(exit: number, target: TranslatedRegion): void {
    if (target.incoming === null) target.incoming = [exit]
    else target.incoming.push(exit)
  }

  /** Forgets all translations and reuses their memory. No thread may be in translated code, or come back to it with its jump cache. */
  flush(): void {
    this.generation++
    this.changes++
    this.origin = null
    this.known.clear()
    this.keptCount = this.liveCount = this.liveCost = 0
    this.regions.length = 0
    this.byPc.clear()
    this.dormant.clear()
    this.waiting.clear()
    this.byPage.clear()
    this.table.clear()
    this.exits.count = 0
    this.sides.length = 0
    this.insns.length = 0
    this.constants.clear()
    this.codeNext = this.codeStart
  }
}
