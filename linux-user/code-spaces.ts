/**
 * Code spaces and who shares them. Processes that map the same code at the same addresses execute the same translations: a forked child those
 * of its parent, a program those that an earlier run of it has left.
 *
 * A shared space keeps for each page that it has translations of what the page shows: a part of a file, or memory that is only some process's
 * own. What holds for each of its users at any time: where it may execute a page that the space knows, the page shows just that. So whoever
 * - makes memory executable that does not agree with what the space knows,
 * - or wants to translate a page that another user has in another form,
 * - or wants to translate memory that is its own (anonymous, or written to) where another user may execute, too,
 * leaves for a space of its own before it goes on (guest-memory.ts). Removing translations is always right, for all users. A forked child's own memory
 * shows what its parent's does until one of them writes to it, which removes the translations.
 *
 * What a user has unmapped is not translated again for it: who wants to leaves. One thing differs from separate spaces: a user that has never mapped a
 * page and jumps there executes it, instead of faulting, if another one has.
 *
 * A space with a key survives its last user, without the translations of memory that was that user's own: the next process with that key finds it,
 * and by way of a file (code-store.ts) so does one of another engine.
 */
import type { InsnLayout } from '../src/guest/targets.ts'
import type { CodeArea, CodeAreas } from '../src/host/code-area.ts'
import { PAGE_FILTER_SIZE } from '../src/runtime/layout.ts'
import type { Routines } from '../src/runtime/routines.ts'
import type { EntryPoints } from '../src/runtime/runtime.ts'
import { CodeSpace } from '../src/translate/code-space.ts'
import type { CodeStore } from './code-store.ts'
import type { GuestMemory } from './guest-memory.ts'
import { KnownPages } from './known-pages.ts'
import { PAGE_SIZE } from './mman.ts'

/** What a page shows that is no part of a file begins with this; the number of the memory that it is of follows. */
export const OWN = 'own '
/** Spaces that are kept without a user, the last ones used. */
const MOST_IDLE = 32
/** The share of all instructions that must be new for a file to be written at the end of a run, and at that of the engine: writing takes 0.1 us for each that there is, translating 10 us. */
const WORTH_SOON = 1 / 16
const WORTH_AT_END = 1 / 32
/** Of an idle space with more code than this nothing is kept, in bytes of host code. */
const MOST_IDLE_CODE = 0x400_0000

export class SharedSpace {
  readonly key: string
  readonly area: CodeArea
  readonly space: CodeSpace
  readonly users = new Set<GuestMemory>()
  /** What each page shows that there are translations of: a file's identity and offset, or OWN. */
  readonly pages: KnownPages

  constructor(key: string, area: CodeArea, space: CodeSpace) {
    this.key = key
    this.area = area
    this.space = space
    this.pages = new KnownPages(area)
  }

  /** Code of [start, end) has changed or gone, for some user. */
  invalidate(start: number, end: number): void {
    if (this.pages.size === 0) return
    this.space.invalidate(start, end)
    if ((end - start) / PAGE_SIZE > this.pages.size) {
      for (const page of this.pages.keys()) if (page * PAGE_SIZE >= start && page * PAGE_SIZE < end) this.pages.delete(page)
    } else for (let page = Math.floor(start / PAGE_SIZE); page * PAGE_SIZE < end; page++) this.pages.delete(page)
  }

  /** The pages of a range that it knows. */
  known(start: number, end: number): number[] {
    const found: number[] = []
    if ((end - start) / PAGE_SIZE > this.pages.size) {
      for (const page of this.pages.keys()) if (page * PAGE_SIZE >= start && page * PAGE_SIZE < end) found.push(page)
    } else for (let page = Math.floor(start / PAGE_SIZE); page * PAGE_SIZE < end; page++) if (this.pages.has(page)) found.push(page)
    return found
  }
}

export interface Figures {
  guestBytes: number
  hostBytes: number
  regions: number
  translateMs: number
}

function add(sum: Figures, space: CodeSpace): void {
  sum.guestBytes += space.guestBytes
  sum.hostBytes += space.hostBytes
  sum.regions += space.made
  sum.translateMs += space.translateMs
}

export class CodeSpaces {
  private readonly areas: CodeAreas
  private readonly entries: EntryPoints
  private readonly routines: Pick<Routines, 'address' | 'names'>
  /** null: nothing is kept beyond the engine. */
  private readonly store: CodeStore | null
  private readonly layout: InsnLayout
  private readonly byKey = new Map<string, SharedSpace>()
  /** Without users, the one that was left last at the end. */
  private readonly idle = new Set<SharedSpace>()
  /** False: every way from one region to another goes by the engine. */
  publish = true
  /** New spaces test results for NaN (float-mode.ts). */
  checksNaN = false
  private readonly all = new Set<SharedSpace>()
  private readonly ended: Figures = { guestBytes: 0, hostBytes: 0, regions: 0, translateMs: 0 }

  constructor(
    areas: CodeAreas,
    entries: EntryPoints,
    routines: Pick<Routines, 'address' | 'names'>,
    store: CodeStore | null,
    layout: InsnLayout,
  ) {
    this.areas = areas
    this.entries = entries
    this.routines = routines
    this.store = store
    this.layout = layout
  }

  /**
   * The space for this key for a memory that nothing is mapped in yet; an empty one where there is none, or for the key ''. The first user is to be added at once.
   * `area`: for a new one.
   */
  take(key: string, area?: CodeArea): SharedSpace {
    const found = key === '' ? undefined : this.byKey.get(key)
    if (found !== undefined) {
      if (found.users.size === 0 && found.space.isSparse) found.space.compact()
      this.idle.delete(found)
      return found
    }
    const shared = this.create(key, area)
    if (key !== '') this.store?.load(key, shared.space, shared.pages, (name) => this.routines.address(name))
    return shared
  }

  /** Has this engine a space for the key? */
  has(key: string): boolean {
    return this.byKey.has(key)
  }

  /** A user has ended or goes to another space. */
  leave(shared: SharedSpace, user: GuestMemory): void {
    shared.users.delete(user)
    if (shared.users.size > 0) return
    const { space } = shared
    if (shared.key !== '') {
      for (const [page, shows] of shared.pages) if (shows.startsWith(OWN)) shared.invalidate(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)
      // Most of it may be of code that was written at run time.
      if (space.codeBytes > MOST_IDLE_CODE && space.isSparse) space.compact()
    }
    if (shared.key === '' || space.codeBytes > MOST_IDLE_CODE) {
      this.destroy(shared)
      return
    }
    this.keep(shared, WORTH_SOON)
    this.idle.add(shared)
    const [oldest] = this.idle
    if (this.idle.size > MOST_IDLE && oldest !== undefined) this.destroy(oldest)
  }

  private keep({ key, space, pages }: SharedSpace, share: number): void {
    this.store?.keep(key, space, pages, this.routines.names, share)
  }

  /** The engine ends: what was not worth a file after each run of a program may be so now. */
  close(): void {
    for (const shared of this.idle) this.keep(shared, WORTH_AT_END)
  }

  /** An empty space, which others with this key find. */
  create(key: string, area = this.areas.take()): SharedSpace {
    const space = new CodeSpace(area, this.entries, area.base + PAGE_FILTER_SIZE, (name) => this.routines.address(name), this.layout)
    space.publish = this.publish
    space.checksNaN = this.checksNaN
    const shared = new SharedSpace(key, area, space)
    space.onTable = (table) => {
      for (const user of shared.users) user.setTable(table)
    }
    if (key !== '') this.byKey.set(key, shared)
    this.all.add(shared)
    return shared
  }

  private destroy(shared: SharedSpace): void {
    add(this.ended, shared.space)
    this.all.delete(shared)
    this.idle.delete(shared)
    if (shared.key !== '') this.byKey.delete(shared.key)
    this.areas.release(shared.area)
  }

  /** Figures of all spaces that there are or were. */
  figures(): Figures {
    const sum = { ...this.ended }
    for (const { space } of this.all) add(sum, space)
    return sum
  }
}
