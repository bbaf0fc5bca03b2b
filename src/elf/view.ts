/**
 * Reading of an ELF header and its program headers through elfy. elfy 1.0.0 throws on files without section
 * headers, wants the whole file in memory, and rounds values above 2^53. So it gets a small copy: the header
 * with every section field zeroed and the program headers right behind it, and only its header and program
 * functions are called. Its numbers count only where the bytes themselves say that they are exact.
 */

import type { ElfyHeader, ElfyProgram } from 'elfy'
import elfy from 'elfy'
import type { ElfShape } from './shape.ts'

export interface ElfyView {
  readonly header: ElfyHeader
  readonly programs: readonly ElfyProgram[]
}

/** `header` is headerSize bytes, `programs` phnum * programSize bytes. Neither is changed. Throws whatever elfy throws. */
export function viewThroughElfy(shape: ElfShape, littleEndian: boolean, header: Uint8Array, programs: Uint8Array): ElfyView {
  const copy = Buffer.alloc(shape.headerSize + programs.length)
  copy.set(header)
  copy.set(programs, shape.headerSize)
  copy.fill(0, shape.shoff, shape.shoff + shape.word)
  copy.fill(0, shape.shentsize, shape.headerSize)
  const fields = new DataView(copy.buffer, copy.byteOffset, copy.length)
  fields.setUint32(shape.phoff, 0, littleEndian)
  if (shape.word === 8) fields.setUint32(shape.phoff + 4, 0, littleEndian)
  fields.setUint32(shape.phoff + (shape.word === 8 && !littleEndian ? 4 : 0), shape.headerSize, littleEndian)

  const parser = new elfy.Parser()
  const parsed = parser.parseHeader(copy)
  return { header: parsed, programs: parser.parsePrograms(copy, parsed) }
}
