/**
 * V8's code cache of the bundle, in the user's cache folder: functions that an earlier run has compiled need no compiling again, which saves half of
 * the start. One file per bundle and version of Node. It is written when the guest has ended, whole or not at all; when the folder cannot
 * be written, or the file is not ours or does not fit, runs go on without.
 *
 *   V8's data, then how many guest instructions the run had translated that made it (u32)
 *
 * A run that has translated much more has compiled more functions, and replaces the file.
 */
import { readdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { makeFolder, readOwnFile } from '../host/folder.ts'
import type { publishFile } from '../host/publish.ts'

const TRAILER = 4
const ENDING = '.bin'
/** Files of other bundles and versions of Node that are left. */
const MOST_FILES = 4
/** A file is replaced when a run translated so many times as much, and so much more. */
const MUCH_MORE = 4
const MORE_INSNS = 2000
/** V8 forgets compiled functions that were not called for some collections; runs beyond this many seconds do not replace a file. */
const LONG_RUN_SECONDS = 10

export interface CachedCode {
  readonly data: Buffer
  readonly translated: number
}

/** The folder of Demotic's files in the user's cache; null when there is none. */
export function cacheFolder(): string | null {
  const { XDG_CACHE_HOME: xdg, HOME: home } = process.env
  if (xdg?.startsWith('/')) return join(xdg, 'demotic')
  return home?.startsWith('/') ? join(home, '.cache', 'demotic') : null
}

/** Where translations are kept (linux-user/code-store.ts). */
export function translationFolder(): string | null {
  const folder = cacheFolder()
  return folder === null ? null : join(folder, 'translations')
}

export class CodeCache {
  private readonly folder = cacheFolder()
  private readonly name: string
  private found: CachedCode | null = null
  /** There is a file of the name, whatever it is worth. */
  private exists = false

  /** `id`: of the bundle. */
  constructor(id: string) {
    this.name = `${id}-${process.version}${ENDING}`
  }

  /** What an earlier run has left; null when there is nothing that can be used. */
  read(): Buffer | null {
    if (this.folder === null) return null
    const file = readOwnFile(join(this.folder, this.name))
    this.exists = file !== null
    const bytes = file?.bytes ?? null
    if (bytes === null || bytes.length <= TRAILER) return null
    this.found = { data: bytes.subarray(0, bytes.length - TRAILER), translated: bytes.readUInt32LE(bytes.length - TRAILER) }
    return this.found.data
  }

  /** V8 did not take what `read` gave. */
  reject(): void {
    this.found = null
  }

  /**
   * Keeps what `make` gives when it is worth it: a run has ended that translated so many instructions.
   */
  keep(translated: number, make: () => Uint8Array, publish: typeof publishFile): void {
    const { folder, found } = this
    if (folder === null) return
    const isLong = process.uptime() > LONG_RUN_SECONDS
    if (found !== null && (isLong || translated < MUCH_MORE * found.translated + MORE_INSNS)) return
    try {
      makeFolder(folder)
      const trailer = Buffer.alloc(TRAILER)
      trailer.writeUInt32LE(isLong ? 0 : translated)
      publish(folder, this.name, [make(), trailer], this.exists)
      removeOldest(folder)
    } catch {
      // a read-only or full disk
    }
  }
}

/** Leaves the files of the bundles that were made last. */
function removeOldest(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith(ENDING))
  if (files.length <= MOST_FILES) return
  const aged = files.map((name) => ({ name, time: statSync(join(folder, name)).mtimeMs })).sort((a, b) => b.time - a.time)
  for (const { name } of aged.slice(MOST_FILES)) unlinkSync(join(folder, name))
}
