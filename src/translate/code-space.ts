/**
 * The code space: translated regions of one or more guest address spaces that agree on their code, how they are found, chained and removed.
 *
 *   code area:  [constants | look-up tables, each four times as large as the one before | regions …]
 *
 * Invariants
 * - A region is *live* while `byPc` has it. Only live regions are in the look-up table, in jump caches and targets of chained jumps.
 * - `incoming` of a region lists the exits patched into it; `linked` of an exit says where it is patched to.
 * - Removing a region makes it unreachable: the table's entry and the incoming jumps go, and its polls are changed so that it always leaves.
 *   So a thread that comes by an old jump cache entry, or has read the table just before, leaves at once for the engine. One that is inside runs
 *   to its next exit or poll. Bytes are never reused but by `flush`, when no thread is in translated code.
 * - Patches are aligned 32-bit stores; a thread that executes the jump meanwhile goes to the old or to the new place, both right.
 */
import { NONE } from '../ir/region.ts'
import { LookupTable, lookupTableSize } from '../runtime/lookup-table.ts'
import { POLL_NEVER } from '../x64/compile.ts'
import { POLL_OPERAND } from '../x64/emitter.ts'
import { type CompileEnv, EXIT_CHAIN } from '../x64/env.ts'
import { SideTable } from '../x64/side-table.ts'
import { type ExitColumns, Exits } from './exits.ts'

const CONSTANT_BYTES = 0x80000
/** Constants that a region may need beyond those there are: with fewer places left, the next translation starts afresh. */
const CONSTANT_MARGIN = 4096
const CONSTANT_SIZE = 16
/** Entries of the look-up tables, of which one at a time is in use. */
const LOOKUP_ENTRIES = [1 << 16, 1 << 18, 1 << 20]
const REGION_ALIGNMENT = 16
const PAGE_SIZE = 4096
const INSN_SIZE = 4
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
  /** Its guest instructions lie in [from, to). */
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
  /** Guest pc of each of its `insnCount` instructions. */
  readonly pcs: Float64Array
  readonly insnCount: number
  readonly polls: readonly number[]
  /** step: of one instruction, and nobody is to find it but who has made it; hot: of tier 2. */
  readonly kind: RegionKind
}

export type RegionKind = 'usual' | 'step' | 'hot'

/**
 * All translations of a space as data (code-image.ts makes a file of it). It is right only at the same addresses: of the code area, of the runtime's entry
 * points and of the routines.
 */
export interface SpaceImage {
  readonly exits: ExitColumns
  readonly sides: Int32Array
  readonly insnOffsets: Int32Array
  /** A row of REGION_FIELDS for each region, dead ones included; ids are row numbers. */
  readonly regions: Float64Array
  /** `polls` of all regions, one behind the other. */
  readonly polls: Int32Array
  /** Four words each. */
  readonly constants: Int32Array
  /** What lies where the regions' code begins. */
  readonly code: Uint8Array
}

/** pc, host, size, side table from, to, instructions from, count, guest from, to, exits from, to, REGION_ flags, number of polls. */
const REGION_FIELDS = 13
const REGION_LIVE = 1
const REGION_HOT = 2
/** What a tier 2 instruction costs to translate, in those of tier 1. */
const HOT_COST = 8

/** `polls` of a region without a loop of its own. */
const ENTRY_POLL: readonly number[] = [POLL_OPERAND]

export class CodeSpace implements CompileEnv {
  readonly exits = new Exits()
  readonly sides = new SideTable()
  /** Guest pcs of regions' instructions, one region's after the other's, relative to the region's own pc. */
  private insnOffsets = new Int32Array(1 << 14)
  private insnLength = 0
  readonly regions: TranslatedRegion[] = []
  private readonly byPc = new Map<number, TranslatedRegion>()
  /** Exits to a pc that has no region yet. */
  private readonly waiting = new Map<number, number[]>()
  /** Live and dead regions by guest page. */
  private readonly byPage = new Map<number, TranslatedRegion[]>()
  readonly exit: number
  readonly poll: number
  readonly syscall: number
  readonly lookup: number
  /** The shared look-up table has moved: all threads' LOOKUP_TABLE, then LOOKUP_MASK, must be set. */
  onTable: (table: LookupTable) => void = () => {}

  private readonly memory: CodeMemory
  private readonly constantBase: number
  private constantCount = 0
  private readonly constantMap = new Map<string, number>()
  /** The first constants, which `restore` has put there, are not in the map. */
  private hasUnknownConstants = false
  private readonly constants: Int32Array
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
  /** Regions that were not translated here but restored. */
  restored = 0
  /** What has been translated since it was restored or last kept, in instructions of tier 1. */
  gained = 0
  /** How often it has been flushed: exit ids and regions are of one generation. */
  generation = 0
  /** Region being compiled. */
  private compiling = 0
  /** Its exits are never chained. */
  private compilesStep = false

  /** `start`: where the zeroed memory begins. `routine` gives the host address of a runtime routine. */
  constructor(
    memory: CodeMemory,
    entry: { readonly exit: number; readonly poll: number; readonly syscall: number; readonly lookup: number },
    start: number,
    routine: (name: string) => number,
  ) {
    this.memory = memory
    this.exit = entry.exit
    this.poll = entry.poll
    this.syscall = entry.syscall
    this.lookup = entry.lookup
    this.routineAt = routine
    this.constantBase = Math.ceil(start / PAGE_SIZE) * PAGE_SIZE
    this.constants = new Int32Array(memory.view(this.constantBase, CONSTANT_BYTES))
    this.tablesAt = this.constantBase + CONSTANT_BYTES
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
    if (this.hasUnknownConstants) this.learnConstants()
    const key = `${w0},${w1},${w2},${w3}`
    let address = this.constantMap.get(key)
    if (address === undefined) {
      const index = this.constantCount++
      if (index >= CONSTANT_BYTES / CONSTANT_SIZE) throw new Error('the constant pool of the code area is full')
      this.constants.set([w0, w1, w2, w3], index * 4)
      address = this.constantBase + index * CONSTANT_SIZE
      this.constantMap.set(key, address)
    }
    return address
  }

  private learnConstants(): void {
    this.hasUnknownConstants = false
    const { constants } = this
    for (let index = 0; index < this.constantCount; index++) {
      const w = 4 * index
      this.constantMap.set(
        `${constants[w]},${constants[w + 1]},${constants[w + 2]},${constants[w + 3]}`,
        this.constantBase + index * CONSTANT_SIZE,
      )
    }
  }

  // Regions

  find(pc: number): TranslatedRegion | undefined {
    return this.byPc.get(pc)
  }

  /** Has the instruction at `pc` ever been translated, in whatever region? */
  covers(pc: number): boolean {
    for (const { from, to, pc: base, insnFrom, insnCount } of this.byPage.get(Math.floor(pc / PAGE_SIZE)) ?? [])
      if (pc >= from && pc < to && this.insnOffsets.subarray(insnFrom, insnFrom + insnCount).includes(pc - base)) return true
    return false
  }

  /** Host address at which the next region is compiled. */
  beginRegion(isStep = false): number {
    this.compilesStep = isStep
    this.compiling = this.regions.length
    return this.codeNext
  }

  /** True when the code grew past its limit: `flush` before the next translation. */
  get full(): boolean {
    const constantsLeft = CONSTANT_BYTES / CONSTANT_SIZE - this.constantCount
    const hasLargestTable = this.tableSize === LOOKUP_ENTRIES.length - 1
    return this.codeBytes > CODE_LIMIT || (hasLargestTable && this.table.full) || constantsLeft < CONSTANT_MARGIN
  }

  /** Publishes the region compiled at `beginRegion()`'s address, in the place of one that there is for `pc`. */
  addRegion({ pc, code, sideFrom, exitFrom, pcs, insnCount, polls, kind }: CompiledRegion): TranslatedRegion {
    const isStep = kind === 'step'
    const host = this.codeNext
    const replaced = isStep ? undefined : this.byPc.get(pc)
    this.memory.write(host, code)
    this.codeNext = Math.ceil((host + code.length) / REGION_ALIGNMENT) * REGION_ALIGNMENT
    this.reserveInsns(insnCount)
    const first = this.insnLength
    let low = 0
    let high = 0
    const pages = [Math.floor(pc / PAGE_SIZE)]
    for (let i = 0; i < insnCount; i++) {
      const page = Math.floor(pcs[i]! / PAGE_SIZE)
      if (page !== pages[0] && !pages.includes(page)) pages.push(page)
      const offset = pcs[i]! - pc
      this.insnOffsets[first + i] = offset
      if (offset < low) low = offset
      else if (offset > high) high = offset
    }
    this.insnLength += insnCount
    const region: TranslatedRegion = {
      id: this.regions.length,
      pc,
      host,
      size: code.length,
      sideFrom,
      sideTo: this.sides.length,
      insnFrom: first,
      insnCount,
      from: pc + low,
      to: pc + high + INSN_SIZE,
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
    for (const page of pages) this.enterPage(page, region)
    if (this.publish && !isStep) {
      if (this.table.full) this.growTable()
      this.table.set(pc, host)
    }
    if (this.publish && !isStep) this.chainAll(region)
    this.gained += isStep ? 0 : kind === 'hot' ? HOT_COST * insnCount : insnCount
    this.guestBytes += insnCount * 4
    this.hostBytes += code.length
    return region
  }

  /** Chains the exits of a new region, and those of others that have waited for it: none of them needs to come to the engine first. */
  private chainAll(region: TranslatedRegion): void {
    const { exits, waiting } = this
    for (let exit = region.exitFrom; exit < region.exitTo; exit++) {
      if (exits.kind[exit] !== EXIT_CHAIN) continue
      const pc = exits.pc[exit]!
      const target = this.byPc.get(pc)
      const others = target === undefined ? waiting.get(pc) : undefined
      if (target !== undefined) this.chain(exit, target)
      else if (others === undefined) waiting.set(pc, [exit])
      else others.push(exit)
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
    return region.pc + this.insnOffsets[region.insnFrom + index]!
  }

  private reserveInsns(count: number): void {
    while (this.insnLength + count > this.insnOffsets.length) {
      const grown = new Int32Array(this.insnOffsets.length * 2 + count)
      grown.set(this.insnOffsets)
      this.insnOffsets = grown
    }
  }

  /** The region whose code contains host address `rip`, live or not. */
  containing(rip: number): TranslatedRegion | undefined {
    const { regions } = this
    let low = 0
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
    const from = this.regions[exits.region[exit]!]
    if (site === 0 || exits.linked[exit] !== NONE || from === undefined || !from.live || !target.live) return
    this.memory.patch32(site, target.host - (site + 4))
    exits.linked[exit] = target.id
    this.noteLink(exit, target)
  }

  /** Removes the regions that have code in [start, end). */
  invalidate(start: number, end: number): void {
    for (let page = Math.floor(start / PAGE_SIZE); page * PAGE_SIZE < end; page++) {
      const list = this.byPage.get(page)
      if (list === undefined) continue
      const kept =
        page * PAGE_SIZE < start || (page + 1) * PAGE_SIZE > end ? list.filter((r) => r.live && (r.to <= start || r.from >= end)) : []
      if (kept.length === 0) this.byPage.delete(page)
      else this.byPage.set(page, kept)
      for (const region of list) if (region.to > start && region.from < end) this.remove(region)
    }
  }

  /** Is there live code from this guest page? */
  hasCode(page: number): boolean {
    return this.byPage.has(page)
  }

  private remove(region: TranslatedRegion): void {
    if (!region.live) return
    region.live = false
    if (this.byPc.get(region.pc) === region) {
      this.byPc.delete(region.pc)
      this.table.delete(region.pc)
    }
    for (const poll of region.polls) this.memory.patch8(region.host + poll, POLL_NEVER)
    const { exits } = this
    for (const exit of region.incoming ?? []) {
      exits.linked[exit] = NONE
      this.memory.patch32(exits.site[exit]!, 0)
    }
    region.incoming = null
    for (let exit = region.exitFrom; exit < region.exitTo; exit++) {
      const to = exits.linked[exit]!
      if (to === NONE) continue
      const incoming = this.regions[to]!.incoming
      const k = incoming === null ? NONE : incoming.indexOf(exit)
      if (k >= 0) incoming!.splice(k, 1)
      exits.linked[exit] = NONE
      // A thread may still be inside the dead region: it must not stay in it by way of its own loops.
      this.memory.patch32(exits.site[exit]!, 0)
    }
  }

  // Images

  /** Bytes of code that there are, that of dead regions included. */
  get codeBytes(): number {
    return this.codeNext - this.codeStart
  }

  /** Instructions of all regions. */
  get insnCount(): number {
    return this.insnLength
  }

  /** All translations, for `restore` of another space; the columns are views, valid until the next translation. */
  get image(): SpaceImage {
    const rows = new Float64Array(this.regions.length * REGION_FIELDS)
    for (const [n, r] of this.regions.entries()) {
      const flags = (r.live ? REGION_LIVE : 0) | (r.isHot ? REGION_HOT : 0)
      const { pc, host, size, sideFrom, sideTo, insnFrom, insnCount, from, to, exitFrom, exitTo, polls } = r
      rows.set([pc, host, size, sideFrom, sideTo, insnFrom, insnCount, from, to, exitFrom, exitTo, flags, polls.length], n * REGION_FIELDS)
    }
    return {
      exits: this.exits.columns,
      sides: this.sides.words.subarray(0, this.sides.length),
      insnOffsets: this.insnOffsets.subarray(0, this.insnLength),
      regions: rows,
      polls: Int32Array.from(this.regions.flatMap(({ polls }) => polls)),
      constants: this.constants.subarray(0, 4 * this.constantCount),
      code: this.memory.read(this.codeStart, this.codeBytes),
    }
  }

  /** An empty space has these translations from now on. */
  restore(image: SpaceImage): void {
    this.memory.write(this.codeStart, image.code)
    this.codeNext = this.codeStart + image.code.length
    this.exits.restore(image.exits)
    this.sides.words = image.sides.slice()
    this.sides.length = image.sides.length
    this.insnOffsets = image.insnOffsets.slice()
    this.insnLength = image.insnOffsets.length
    this.constants.set(image.constants)
    this.constantCount = image.constants.length / 4
    this.hasUnknownConstants = true
    const { regions, exits } = this
    let poll = 0
    for (let at = 0, f = image.regions; at < f.length; at += REGION_FIELDS) {
      const pollCount = f[at + 12]!
      const polls = image.polls.subarray(poll, (poll += pollCount))
      const flags = f[at + 11]!
      const region: TranslatedRegion = {
        id: regions.length,
        pc: f[at]!,
        host: f[at + 1]!,
        size: f[at + 2]!,
        sideFrom: f[at + 3]!,
        sideTo: f[at + 4]!,
        insnFrom: f[at + 5]!,
        insnCount: f[at + 6]!,
        from: f[at + 7]!,
        to: f[at + 8]!,
        exitFrom: f[at + 9]!,
        exitTo: f[at + 10]!,
        polls: pollCount === 1 && polls[0] === POLL_OPERAND ? ENTRY_POLL : [...polls],
        isHot: (flags & REGION_HOT) !== 0,
        incoming: null,
        live: (flags & REGION_LIVE) !== 0,
      }
      regions.push(region)
      if (region.live) this.enter(region)
    }
    for (let exit = 0; exit < exits.count; exit++) {
      const to = exits.linked[exit]!
      if (to !== NONE) this.noteLink(exit, regions[to]!)
    }
    this.restored = regions.length
    this.gained = 0
  }

  /** A region of an image can be found. */
  private enter(region: TranslatedRegion): void {
    this.byPc.set(region.pc, region)
    const first = Math.floor(region.from / PAGE_SIZE)
    if (region.to <= (first + 1) * PAGE_SIZE) this.enterPage(first, region)
    else {
      const pages = new Set<number>()
      for (let n = 0; n < region.insnCount; n++) pages.add(Math.floor(this.insnPc(region, n) / PAGE_SIZE))
      for (const page of pages) this.enterPage(page, region)
    }
    if (this.table.full) this.growTable()
    this.table.set(region.pc, region.host)
  }

  private noteLink(exit: number, target: TranslatedRegion): void {
    if (target.incoming === null) target.incoming = [exit]
    else target.incoming.push(exit)
  }

  /** Forgets all translations and reuses their memory. No thread may be in translated code, or come back to it with its jump cache. */
  flush(): void {
    this.generation++
    this.restored = 0
    this.regions.length = 0
    this.byPc.clear()
    this.waiting.clear()
    this.byPage.clear()
    this.table.clear()
    this.exits.count = 0
    this.sides.length = 0
    this.insnLength = 0
    this.constantCount = 0
    this.constantMap.clear()
    this.codeNext = this.codeStart
  }
}
