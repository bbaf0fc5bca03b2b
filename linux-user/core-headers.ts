/** The ELF headers of a core file, of either class. */
import type { ProgramTarget } from './program.ts'

export const PT_LOAD = 1
export const PT_NOTE = 4

const ELF_MAGIC = 0x464c457f
const ET_CORE = 4
const LITTLE_ENDIAN = 1
const VERSION = 1
/** Elf64_Ehdr and Elf64_Phdr; Elf32_Ehdr and Elf32_Phdr. */
const SIZES = { 64: { header: 64, segment: 56 }, 32: { header: 52, segment: 32 } } as const

export interface CoreSegment {
  readonly type: number
  readonly flags: number
  readonly offset: number
  readonly address: number
  readonly fileSize: number
  readonly size: number
  readonly align: number
}

export class CoreHeaders {
  /** ELF header and program headers. */
  readonly bytes: Uint8Array
  private readonly view: DataView
  private readonly elfClass: 32 | 64
  private at: number

  constructor({ machine, elfClass }: ProgramTarget, segments: number) {
    const { header, segment } = SIZES[elfClass]
    this.elfClass = elfClass
    this.bytes = new Uint8Array(header + segments * segment)
    this.view = new DataView(this.bytes.buffer)
    this.at = header
    const { view } = this
    view.setUint32(0, ELF_MAGIC, true)
    this.bytes.set([elfClass === 64 ? 2 : 1, LITTLE_ENDIAN, VERSION], 4)
    view.setUint16(16, ET_CORE, true)
    view.setUint16(18, machine, true)
    view.setUint32(20, VERSION, true)
    const word = elfClass / 8
    // e_phoff stands behind e_entry; the sizes behind e_shoff and e_flags.
    view.setUint32(24 + word, header, true)
    const sizes = 24 + 3 * word + 4
    view.setUint16(sizes, header, true)
    view.setUint16(sizes + 2, segment, true)
    view.setUint16(sizes + 4, segments, true)
  }

  /** The next program header. */
  put({ type, flags, offset, address, fileSize, size, align }: CoreSegment): void {
    const { view, at, elfClass } = this
    view.setUint32(at, type, true)
    if (elfClass === 64) {
      view.setUint32(at + 4, flags, true)
      for (const [n, word] of [offset, address, 0, fileSize, size, align].entries()) view.setBigUint64(at + 8 + 8 * n, BigInt(word), true)
    } else for (const [n, word] of [offset, address, 0, fileSize, size, flags, align].entries()) view.setUint32(at + 4 + 4 * n, word, true)
    this.at += SIZES[elfClass].segment
  }
}
