/**
 * Translations that outlive the engine: one file for each program (key of a code space), in a folder of the user's.
 *
 * A file is read when the first process of a program begins, and written when the last one has ended if much was translated meanwhile. It is right only at
 * the same addresses, which the layouts of guest and host give (guest pcs, code area, runtime, routines' entries); for the same version of
 * Demotic and the same processors, which are in its name; and for the same files mapped at the same places, which each page says and GuestMemory
 * compares as it does with what another process of the tree has left: what differs is removed before it can run.
 *
 * A file is known by device, inode, size and times (file-identity.ts). One that was changed a moment ago may change once more without a change of its
 * times: nothing of it is kept.
 *
 * Files appear whole or not at all (publishFile). One that is not the user's own, that others may write, or that is damaged, counts as none. Whatever
 * cannot be read or written costs time and no more.
 */
import { existsSync, futimesSync, readdirSync, type Stats, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, readOwnFile } from '../src/host/folder.ts'
import { publishFile } from '../src/host/publish.ts'
import { decodeImage, encodeImage } from '../src/translate/code-image.ts'
import type { CodeSpace } from '../src/translate/code-space.ts'
import { digest } from '../src/util/checksum.ts'
import { isFresh } from './file-identity.ts'
import type { KnownPages } from './known-pages.ts'

export interface StoreOptions {
  readonly folder: string
  /** What translations depend on besides the program: version, processors. */
  readonly version: string
}

export const STORE_ENDING = '.code'
/** Worth a file: so many instructions translated. */
const LEAST_GAIN = 500
/** Bytes of a file, of all files; what was not used for the longest time goes first. */
const MOST_CODE = 0x400_0000
const MOST_BYTES = 0x2000_0000
/** A file's time is when it was used last, to this precision. */
const DAY_MS = 86_400_000
const HEX = 36

/** What stands in a file beside the translations. */
interface About {
  readonly version: string
  readonly key: string
  readonly checksNaN: boolean
  /** Names of the routines that are called. */
  readonly routines: readonly string[]
  /** Page numbers in base 36, and what each shows, as numbers into `files` and offsets in pages. */
  readonly pages: readonly (readonly [page: string, file: number, offset: number])[]
  readonly files: readonly string[]
}

export class CodeStore {
  private readonly options: StoreOptions
  private isTrimmed = false

  constructor(options: StoreOptions) {
    this.options = options
  }

  /** Fills an empty space and the list of its pages with what there is for `key`. `addRoutine` is called for each routine that the code calls. */
  load(key: string, space: CodeSpace, pages: KnownPages, addRoutine: (name: string) => void): void {
    if (isFresh(key)) return
    try {
      const file = readOwnFile(join(this.options.folder, this.name(key)), touch)?.bytes ?? null
      const image = file === null ? null : decodeImage(file)
      if (image === null) return
      const about = image.about as About
      if (about.version !== this.options.version || about.key !== key) return
      for (const name of about.routines) addRoutine(name)
      space.restore(image.space)
      space.checksNaN = about.checksNaN
      for (const [page, n, offset] of about.pages) pages.set(Number.parseInt(page, HEX), showsOf(about.files[n]!, offset))
    } catch {
      // as if there were none
    }
  }

  /** Writes what a space holds, if that share of it is new. Nobody uses the space; its pages are parts of files. */
  keep(
    key: string,
    space: CodeSpace,
    pages: Iterable<readonly [page: number, shows: string]>,
    routines: readonly string[],
    share: number,
  ): void {
    const { gained, all } = space.gain
    if (gained < LEAST_GAIN || gained < all * share || space.codeBytes > MOST_CODE || isFresh(key)) return
    const files = new Map<string, number>()
    const rows: [string, number, number][] = []
    for (const [page, shows] of pages) {
      if (isFresh(shows)) return
      const [file, offset] = partsOf(shows)
      const n = files.get(file) ?? files.size
      files.set(file, n)
      rows.push([page.toString(HEX), n, offset])
    }
    const about: About = { version: this.options.version, key, checksNaN: space.checksNaN, routines, pages: rows, files: [...files.keys()] }
    space.kept()
    try {
      const { folder } = this.options
      makeFolder(folder)
      publishFile(folder, this.name(key), [encodeImage({ about, space: space.image })], true)
      if (!this.isTrimmed) trim(folder)
      this.isTrimmed = true
    } catch {
      // a read-only or full disk
    }
  }

  private name(key: string): string {
    return `${digest(`${this.options.version}\n${key}`)}${STORE_ENDING}`
  }
}

/** What a page shows: a file's key and an offset, as GuestMemory has it. */
const showsOf = (file: string, offset: number): string => `${file}${offset}`
function partsOf(shows: string): [file: string, offset: number] {
  const at = shows.lastIndexOf('.') + 1
  return [shows.slice(0, at), Number(shows.slice(at))]
}

/** The file has been used today. */
function touch(fd: number, { mtimeMs }: Stats): void {
  const now = Date.now()
  if (now - mtimeMs > DAY_MS) futimesSync(fd, now / 1000, now / 1000)
}

/** All files, those that were used last first. */
export function storedFiles(folder: string): { readonly path: string; readonly size: number; readonly time: number }[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => name.endsWith(STORE_ENDING))
    .flatMap((name) => {
      const path = join(folder, name)
      const stat = statSync(path, { throwIfNoEntry: false })
      return stat === undefined ? [] : [{ path, size: stat.size, time: stat.mtimeMs }]
    })
    .sort((a, b) => b.time - a.time)
}

function trim(folder: string): void {
  let sum = 0
  for (const { path, size } of storedFiles(folder)) {
    sum += size
    if (sum > MOST_BYTES) unlinkSync(path)
  }
}
