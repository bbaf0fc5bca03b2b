/**
 * The sysroot (-L DIR): an absolute guest path is DIR/path when that exists, else the path itself. Symbolic links
 * inside the sysroot are followed inside it, absolute ones too, so an unpacked root file system works as it is.
 *
 * Guarantees: what comes out names an existing file below DIR, free of symbolic links up to its last component,
 * or is the guest's path unchanged. Directories that were found (or not) are remembered, the last component
 * is looked at each time. /proc, /sys and /dev are always the host's.
 *
 * Paths are bytes; inside, strings with one character per byte.
 */
import { lstatSync, realpathSync } from 'node:fs'
import { posix } from 'node:path'
import { fileKind, readLink } from '../src/host/file-kind.ts'

const MAX_LINKS = 40
/** Where a runner finds what the host calls a directory (syscalls/names.ts). False: it is full. */
export interface Directories {
  add(directory: Uint8Array, place: Uint8Array | null): boolean
}

const HOST_ONLY = /^\/(proc|sys|dev)(\/|$)/

export class Sysroot {
  /** Absolute host path without symbolic links, bytes as characters. */
  readonly directory: string
  /** Guest directory, normalised and absolute -> its place on the host; null: not in the sysroot. */
  private readonly directories = new Map<string, string | null>()
  /** Whom directories are told of, and those that have been, as guests name them. */
  private published: Directories | null = null
  private readonly told = new Set<string>()

  /** Throws what the file system says when `directory` is none. */
  constructor(directory: string) {
    this.directory = realpathSync(directory, 'buffer').toString('latin1')
    if (!lstatSync(bytes(this.directory)).isDirectory()) throw new Error(`${directory} is not a directory`)
    this.directories.set('', this.directory)
  }

  /** From now on directories that names lead through are told there. */
  publish(to: Directories): void {
    this.published = to
  }

  /** Where the host has what the guest calls `path`. `follow`: the last component's symbolic link too. */
  mapPath(path: Uint8Array, follow = true): Uint8Array {
    if (path[0] !== 0x2f) return path
    const text = Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1')
    if (HOST_ONLY.test(text)) return path
    const found = this.resolve(text, follow, MAX_LINKS)
    if (this.published !== null) this.tell(text.slice(0, text.lastIndexOf('/')), this.published)
    return found === null ? path : bytes(text.endsWith('/') && found !== '/' ? `${found}/` : found)
  }

  /** Tells of a directory, unless what is in it is not for the sysroot alone to say. */
  private tell(directory: string, to: Directories): void {
    if (this.told.has(directory)) return
    this.told.add(directory)
    const parts = directory.split('/').filter((part) => part !== '' && part !== '.')
    const place = this.resolveDirectory(parts, MAX_LINKS)
    if (HOST_ONLY.test(posix.normalize(`${directory}/`)) || (place !== null && HOST_ONLY.test(place))) return
    if (!to.add(bytes(directory), place === null ? null : bytes(place))) this.published = null
  }

  /** What the guest calls the host's `path`: without the sysroot in front of it, if it is there. */
  guestPath(path: Uint8Array): Uint8Array {
    const text = Buffer.from(path.buffer, path.byteOffset, path.length).toString('latin1')
    if (text === this.directory) return bytes('/')
    return text.startsWith(`${this.directory}/`) ? path.subarray(this.directory.length) : path
  }

  /** Host path of an absolute guest path, null when it does not exist in the sysroot. */
  private resolve(path: string, follow: boolean, links: number): string | null {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.')
    const last = parts[parts.length - 1]
    if (last === undefined) return this.directory
    const parent = this.resolveDirectory(parts.slice(0, -1), links)
    if (parent === null) return null
    if (last === '..') return this.up(parent)
    return this.step(parent, last, follow || path.endsWith('/'), links)
  }

  private resolveDirectory(parts: readonly string[], links: number): string | null {
    const key = parts.join('/')
    const known = this.directories.get(key)
    if (known !== undefined) return known
    const parent = this.resolveDirectory(parts.slice(0, -1), links)
    const last = parts[parts.length - 1]!
    const found = parent === null ? null : last === '..' ? this.up(parent) : this.step(parent, last, true, links)
    this.directories.set(key, found)
    return found
  }

  /** `name` in the host directory `parent`, its symbolic link followed inside the sysroot. */
  private step(parent: string, name: string, follow: boolean, links: number): string | null {
    const path = `${parent}/${name}`
    const kind = fileKind(bytes(path))
    if (kind === null) return null
    if (kind !== 'link' || !follow) return path
    const link = links === 0 ? null : readLink(bytes(path))
    if (link === null) return null
    const target = Buffer.from(link.buffer, link.byteOffset, link.length).toString('latin1')
    if (HOST_ONLY.test(target)) return target
    const inGuest = target.startsWith('/') ? target : `${parent.slice(this.directory.length)}/${target}`
    return this.resolve(inGuest, true, links - 1)
  }

  private up(directory: string): string {
    if (directory === this.directory) return directory
    return directory.slice(0, directory.lastIndexOf('/'))
  }
}

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}
