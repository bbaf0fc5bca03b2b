/**
 * The cases of a row in chunks: indices 0, 1, 2 … without those that are avoided or undefined, 25 to a chunk at
 * first (what `npm test` runs), 100 later (what `npm run test:real` adds). A chunk's results are recorded as one hash.
 */
import { HEADER_SIZE } from './layout.ts'
import type { Row } from './row.ts'
import type { Suite } from './suite.ts'

export interface Chunk {
  readonly suite: Suite
  readonly row: Row
  readonly number: number
  readonly indices: readonly number[]
  /** Header and case records, as the executor reads them. */
  readonly bytes: Uint8Array
}

/** Chunk sizes: 4 x 25, then 9 x 100: a thousand cases a row. */
export const FAST_CHUNKS = 4
export const ALL_CHUNKS = 13
export function chunkSize(number: number): number {
  return number < FAST_CHUNKS ? 25 : 100
}

/** So many indices are tried for every case wanted before a chunk is called empty. */
const TRIES_PER_CASE = 16

/** Bytes of a chunk made of exactly these cases; null when one of them is avoided. */
export function chunkOf(suite: Suite, row: Row, number: number, indices: readonly number[]): Chunk {
  const { caseSize } = suite
  const bytes = new Uint8Array(HEADER_SIZE + indices.length * caseSize)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, indices.length, true)
  indices.forEach((index, n) => {
    if (!suite.writeCase(row, index, view, HEADER_SIZE + n * caseSize)) throw new Error(`${row.name}: case ${index} is avoided`)
  })
  return { suite, row, number, indices, bytes }
}

/** Makes the first `count` chunks of a row one after the other; `isSkipped` says which indices the oracle found undefined. */
export function* chunksOf(suite: Suite, row: Row, count: number, isSkipped: (index: number) => boolean): Generator<Chunk> {
  const { caseSize } = suite
  let index = 0
  for (let number = 0; number < count; number++) {
    const size = chunkSize(number)
    const bytes = new Uint8Array(HEADER_SIZE + size * caseSize)
    const view = new DataView(bytes.buffer)
    const indices: number[] = []
    for (let tries = size * TRIES_PER_CASE; indices.length < size && tries > 0; tries--, index++) {
      if (isSkipped(index)) continue
      if (suite.writeCase(row, index, view, HEADER_SIZE + indices.length * caseSize)) indices.push(index)
    }
    if (indices.length === 0) return
    view.setUint32(0, indices.length, true)
    yield { suite, row, number, indices, bytes: bytes.subarray(0, HEADER_SIZE + indices.length * caseSize) }
  }
}

/** The record of case `n` of a chunk. */
export function caseOf(chunk: Chunk, n: number): DataView {
  const { caseSize } = chunk.suite
  return new DataView(chunk.bytes.buffer, chunk.bytes.byteOffset + HEADER_SIZE + n * caseSize, caseSize)
}

function mix(h: number, word: number, prime: number): number {
  const x = Math.imul(h ^ word, prime)
  return (x << 15) | (x >>> 17)
}

/** 64-bit hash of masked results, 16 hexadecimal digits. The results' length must be a multiple of 4. */
export function hashResults(results: Uint8Array): string {
  const view = new DataView(results.buffer, results.byteOffset, results.byteLength)
  let a = 0x243f6a88
  let b = 0x85a308d3
  for (let at = 0; at < results.byteLength; at += 4) {
    const word = view.getUint32(at, true)
    a = mix(a, word, 0x85ebca6b)
    b = mix(b, word ^ a, 0xc2b2ae35)
  }
  a ^= a >>> 16
  b ^= b >>> 13
  const hex = (x: number) => (x >>> 0).toString(16).padStart(8, '0')
  return hex(Math.imul(a, 0x7feb352d)) + hex(Math.imul(b ^ a, 0x846ca68b))
}

/** Bytes of results that a chunk yields. */
export function resultsSize(chunk: Chunk): number {
  return chunk.indices.length * chunk.suite.resultSize
}
