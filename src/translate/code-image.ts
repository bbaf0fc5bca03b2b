/**
 * Translations as the bytes of a file: the image of a code space (space-image.ts) behind a line of JSON that says what it is of.
 *
 *   magic, version (u32 each) | lengths of the sections in bytes (u32 each) | sections, each at a multiple of 8 | checksum of all that
 *
 * The byte order is the host's. Who reads a file trusts it no further than the sum at its end: a file of the user's own, damaged or not.
 */
import { checksum } from '../util/checksum.ts'
import type { SpaceImage } from './space-image.ts'

/** "DMTC", and the layout of the file and of SpaceImage. */
const MAGIC = 0x4354_4d44
const VERSION = 4
const SECTIONS = 20
const HEAD_WORDS = 2 + SECTIONS
const ALIGNMENT = 8
const SUM_SIZE = 16

export interface CodeImage {
  /** Whatever its maker wants to know again; JSON. */
  readonly about: unknown
  readonly space: SpaceImage
}

const bytesOf = ({ buffer, byteOffset, byteLength }: NodeJS.ArrayBufferView): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength)
const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT
const HEAD_SIZE = aligned(4 * HEAD_WORDS)

/** The bytes of the file. */
export function encodeImage({ about, space }: CodeImage): Uint8Array {
  const { exits } = space
  const sections = [
    Buffer.from(JSON.stringify(about)),
    ...[exits.kind, exits.pc, exits.arg, exits.arg2, exits.site, exits.region, exits.linked],
    ...[space.exitRuns, space.sides, space.insnOffsets, space.insnHighs, space.regions, space.polls],
    ...[space.pages, space.pageStarts, space.pageRegions, space.constants, space.code, space.codeRuns],
  ].map(bytesOf)
  const head = Uint32Array.from([MAGIC, VERSION, ...sections.map(({ length }) => length)])
  const size = sections.reduce((sum, { length }) => sum + aligned(length), HEAD_SIZE)
  const file = new Uint8Array(size + SUM_SIZE)
  let at = 0
  for (const part of [bytesOf(head), ...sections]) {
    file.set(part, at)
    at += aligned(part.length)
  }
  file.set(bytesOf(checksum(new Int32Array(file.buffer, 0, size / 4))), size)
  return file
}

/** What `encodeImage` made, as views of `file`, which begins at a multiple of 8 in its buffer; null if it is damaged or of another version. */
export function decodeImage(file: Buffer): CodeImage | null {
  const end = file.length - SUM_SIZE
  if (end < HEAD_SIZE || end % ALIGNMENT !== 0) return null
  const head = new Uint32Array(file.buffer, file.byteOffset, HEAD_WORDS)
  if (head[0] !== MAGIC || head[1] !== VERSION) return null
  const sum = bytesOf(checksum(new Int32Array(file.buffer, file.byteOffset, end / 4)))
  if (!file.subarray(end).equals(sum)) return null
  let at = HEAD_SIZE
  let section = 2
  const next = <A>(make: new (buffer: ArrayBufferLike, offset: number, length: number) => A, size: number): A => {
    const length = head[section++]!
    const view = new make(file.buffer, file.byteOffset + at, length / size)
    at += aligned(length)
    return view
  }
  const about = JSON.parse(Buffer.from(next(Uint8Array, 1)).toString()) as unknown
  const exits = {
    kind: next(Uint8Array, 1),
    pc: next(Float64Array, 8),
    arg: next(Int32Array, 4),
    arg2: next(Int32Array, 4),
    site: next(Float64Array, 8),
    region: next(Int32Array, 4),
    linked: next(Int32Array, 4),
  }
  const space = {
    exits,
    exitRuns: next(Int32Array, 4),
    sides: next(Int32Array, 4),
    insnOffsets: next(Int32Array, 4),
    insnHighs: next(Int16Array, 2),
    regions: next(Float64Array, 8),
    polls: next(Int32Array, 4),
    pages: next(Float64Array, 8),
    pageStarts: next(Int32Array, 4),
    pageRegions: next(Int32Array, 4),
    constants: next(Int32Array, 4),
    code: next(Uint8Array, 1),
    codeRuns: next(Int32Array, 4),
  }
  return { about, space }
}
