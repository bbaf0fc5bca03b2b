/** Makes ELF files for tests from a description, in any class and byte order. */
export interface BuiltSegment {
  type?: number
  flags?: number
  offset?: number | bigint
  vaddr?: number | bigint
  filesz?: number | bigint
  memsz?: number | bigint
  align?: number | bigint
}

export interface BuiltElf {
  elfClass?: 32 | 64
  littleEndian?: boolean
  type?: number
  machine?: number
  entry?: number | bigint
  phoff?: number | bigint
  phentsize?: number
  phnum?: number
  segments?: BuiltSegment[]
  /** Bytes of the file behind the headers, placed at `offset`. */
  contents?: { offset: number; bytes: Uint8Array }[]
  size?: number
}

export function buildElf(spec: BuiltElf): Uint8Array {
  const wide = (spec.elfClass ?? 64) === 64
  const little = spec.littleEndian ?? true
  const segments = spec.segments ?? []
  const headerSize = wide ? 64 : 52
  const entrySize = wide ? 56 : 32
  const phoff = spec.phoff ?? headerSize
  const contentEnd = (spec.contents ?? []).map((c) => c.offset + c.bytes.length)
  const size = spec.size ?? Math.max(Number(phoff) + segments.length * entrySize, ...contentEnd)
  const file = new Uint8Array(size)
  const view = new DataView(file.buffer)
  const word = (at: number, value: number | bigint): void => {
    if (wide) view.setBigUint64(at, BigInt(value), little)
    else view.setUint32(at, Number(value), little)
  }
  for (const { offset, bytes } of spec.contents ?? []) file.set(bytes, offset)
  file.set([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, little ? 1 : 2, 1])
  view.setUint16(16, spec.type ?? 2, little)
  view.setUint16(18, spec.machine ?? 183, little)
  view.setUint32(20, 1, little)
  word(24, spec.entry ?? 0x400000)
  word(wide ? 32 : 28, phoff)
  word(wide ? 40 : 32, 0xdeadbeef) // no section headers there
  view.setUint16(wide ? 52 : 40, headerSize, little)
  view.setUint16(wide ? 54 : 42, spec.phentsize ?? entrySize, little)
  view.setUint16(wide ? 56 : 44, spec.phnum ?? segments.length, little)
  view.setUint16(wide ? 58 : 46, 64, little)
  view.setUint16(wide ? 60 : 48, 77, little)
  view.setUint16(wide ? 62 : 50, 76, little)
  segments.forEach((s, i) => {
    const at = Number(phoff) + i * entrySize
    const f = { type: 1, flags: 5, offset: 0, vaddr: 0x400000, filesz: 0, memsz: 0, align: 0x1000, ...s }
    if (at + entrySize > size) return
    view.setUint32(at, f.type, little)
    if (wide) {
      view.setUint32(at + 4, f.flags, little)
      ;[f.offset, f.vaddr, f.vaddr, f.filesz, f.memsz, f.align].forEach((v, k) => {
        word(at + 8 + 8 * k, v)
      })
    } else {
      ;[f.offset, f.vaddr, f.vaddr, f.filesz, f.memsz, f.flags, f.align].forEach((v, k) => {
        word(at + 4 + 4 * k, v)
      })
    }
  })
  return file
}
