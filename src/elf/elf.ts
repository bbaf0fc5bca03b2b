/**
 * ELF programs as data: header and program headers, checked. A file is read through a function, so nothing but
 * the headers is ever in memory. What comes out is safe to lay out: every number is an exact JS integer, loaded
 * segments lie inside the file and inside the address space, do not overlap, and agree with their alignment.
 * What cannot be loaded comes out as one clause that follows the file's name: `x: is truncated: …`.
 *
 * As lenient as the kernel where it is lenient: section headers, ident bytes, e_version, e_ehsize, unknown
 * segment types and their values are not looked at; segments may come in any order.
 */
import { machineName } from './machines.ts'
import {
  E_MACHINE,
  E_TYPE,
  EI_CLASS,
  EI_DATA,
  ELFCLASS32,
  ELFCLASS64,
  ELFDATA2LSB,
  ELFDATA2MSB,
  type ElfShape,
  ET_CORE,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  PF_X,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
  PT_PHDR,
  shape32,
  shape64,
} from './shape.ts'
import { type ElfyView, viewThroughElfy } from './view.ts'

/** Up to `length` bytes at `offset` of the file; fewer only at its end. The result may be reused by the next call. */
export type ReadAt = (offset: number, length: number) => Uint8Array

export interface Segment {
  readonly type: number
  /** PF_R | PF_W | PF_X */
  readonly flags: number
  readonly offset: number
  readonly vaddr: number
  readonly filesz: number
  readonly memsz: number
  /** A power of two; 1 for what the file gives as 0 or as no power of two, as the kernel reads it. */
  readonly align: number
}

export interface Elf {
  readonly elfClass: 32 | 64
  readonly littleEndian: boolean
  /** true: ET_DYN, may be loaded anywhere */
  readonly positionIndependent: boolean
  readonly machine: number
  readonly flags: number
  readonly entry: number
  readonly programHeaderSize: number
  readonly programHeaderCount: number
  /** Address (before relocation) at which the program headers are in memory; 0 when they are not loaded. */
  readonly programHeaderAddress: number
  /** PT_LOAD with memsz > 0, sorted by address. */
  readonly loads: readonly Segment[]
  /** Path of the program interpreter; null for a static program. */
  readonly interpreter: Uint8Array | null
  /** PT_GNU_STACK asks for an executable stack. */
  readonly executableStack: boolean
  /** Lowest address of a loaded segment, and the end of the highest. */
  readonly start: number
  readonly end: number
}

/** Why a file is no program: a clause that continues `demotic: FILE: `. `notElf`: it has not even the magic. */
export interface ElfProblem {
  readonly reason: string
  readonly notElf?: true
}

export function isElfProblem(result: Elf | ElfProblem): result is ElfProblem {
  return 'reason' in result
}

export function hasElfMagic(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46
}

/** The kernel's limits: program headers of at most 64 KiB, an interpreter path of 2 to 4,096 bytes. */
const MAX_PROGRAM_HEADERS = 65536
const MAX_INTERPRETER = 4096
/** Nothing may be loaded at or above this in any guest that we know. */
const ADDRESS_LIMIT = 2 ** 47
const TWO_32 = 2 ** 32

/** Reads and checks. `fileSize` in bytes. Never throws on any content. */
export function readElf(readAt: ReadAt, fileSize: number): Elf | ElfProblem {
  if (fileSize === 0) return { reason: 'is empty', notElf: true }
  const start = readAt(0, shape64.headerSize).slice()
  if (!hasElfMagic(start)) return { reason: 'is not an ELF program', notElf: true }
  if (start.length <= EI_DATA) return truncated('its ELF header')
  const elfClass = start[EI_CLASS]
  const data = start[EI_DATA]
  if (elfClass !== ELFCLASS32 && elfClass !== ELFCLASS64) return { reason: `has the unknown ELF class ${elfClass}` }
  if (data !== ELFDATA2LSB && data !== ELFDATA2MSB) return { reason: `has the unknown ELF byte order ${data}` }
  const shape = elfClass === ELFCLASS64 ? shape64 : shape32
  if (start.length < shape.headerSize) return truncated('its ELF header')
  const header = new Fields(start.subarray(0, shape.headerSize), data === ELFDATA2LSB, shape)

  const type = header.u16(E_TYPE)
  if (type !== ET_EXEC && type !== ET_DYN) return { reason: `is ${typeName(type)}, not a program` }
  const count = header.u16(shape.phnum)
  const size = header.u16(shape.phentsize)
  const offset = header.word(shape.phoff)
  if (count === 0) return { reason: 'has no program headers' }
  if (size !== shape.programSize) return { reason: `has program headers of ${size} bytes instead of ${shape.programSize}` }
  if (count * size > MAX_PROGRAM_HEADERS) return { reason: `has too many program headers (${count})` }
  if (offset < 0 || offset + count * size > fileSize) return truncated('its program headers')
  const table = readAt(offset, count * size).slice()
  if (table.length < count * size) return truncated('its program headers')

  let view: ElfyView
  try {
    view = viewThroughElfy(shape, header.littleEndian, header.bytes, table)
  } catch (error) {
    return { reason: `has an ELF header that cannot be parsed (${error instanceof Error ? error.message : String(error)})` }
  }
  return describe(readAt, fileSize, { shape, header, table: new Fields(table, header.littleEndian, shape), view, type })
}

interface Parts {
  readonly shape: ElfShape
  readonly header: Fields
  readonly table: Fields
  readonly view: ElfyView
  readonly type: number
}

function describe(readAt: ReadAt, fileSize: number, parts: Parts): Elf | ElfProblem {
  const { shape, header, view } = parts
  const loads: Segment[] = []
  let interpreter: Uint8Array | null = null
  let executableStack = false
  let phdrAddress = -1
  for (let i = 0; i < view.programs.length; i++) {
    const at = i * shape.programSize
    const type = parts.table.u32(at)
    if (type === PT_GNU_STACK) executableStack = (parts.table.u32(at + shape.program.flags) & PF_X) !== 0
    if (type !== PT_LOAD && type !== PT_INTERP && type !== PT_PHDR) continue
    const segment = readSegment(parts, i)
    if (typeof segment === 'string') {
      if (type === PT_PHDR) continue // only a hint for AT_PHDR
      return { reason: segment }
    }
    if (type === PT_PHDR) phdrAddress = segment.vaddr
    else if (type === PT_INTERP) {
      if (interpreter) continue // the first one counts
      const path = readInterpreter(readAt, fileSize, segment)
      if (!(path instanceof Uint8Array)) return path
      interpreter = path
    } else if (segment.memsz > 0) {
      const problem = checkLoad(segment, i, fileSize)
      if (problem) return { reason: problem }
      loads.push(segment)
    }
  }
  if (loads.length === 0) return { reason: 'has nothing to load' }
  loads.sort((a, b) => a.vaddr - b.vaddr)
  for (let i = 1; i < loads.length; i++) {
    const previous = loads[i - 1]!
    if (loads[i]!.vaddr < previous.vaddr + previous.memsz) {
      return { reason: `has overlapping segments at ${hex(previous.vaddr)} and ${hex(loads[i]!.vaddr)}` }
    }
  }
  const entry = header.word(shape.entry)
  if (entry < 0) return { reason: `has its entry point at ${header.hexWord(shape.entry)}, outside the address space` }
  const last = loads[loads.length - 1]!
  return {
    elfClass: shape.word === 8 ? 64 : 32,
    littleEndian: header.littleEndian,
    positionIndependent: parts.type === ET_DYN,
    machine: header.u16(E_MACHINE),
    flags: view.header.flags,
    entry,
    programHeaderSize: shape.programSize,
    programHeaderCount: view.programs.length,
    programHeaderAddress: programHeaderAddress(header.word(shape.phoff), loads, phdrAddress),
    loads,
    interpreter,
    executableStack,
    start: loads[0]!.vaddr,
    end: last.vaddr + last.memsz,
  }
}

/** elfy's numbers of program header `index`, each exact, or the reason why not. */
function readSegment({ shape, table, view }: Parts, index: number): Segment | string {
  const at = index * shape.programSize
  const program = view.programs[index]!
  const columns = ['offset', 'vaddr', 'filesz', 'memsz', 'align'] as const
  for (const column of columns) {
    const exact = table.word(at + shape.program[column])
    if (exact < 0 && column !== 'align') {
      return `has the ${column} ${table.hexWord(at + shape.program[column])} in segment ${index}, outside the address space`
    }
    if (exact >= 0 && exact !== program[column]) throw new Error(`elfy read ${program[column]} where the file has ${exact}`)
  }
  return {
    type: table.u32(at),
    flags: table.u32(at + shape.program.flags),
    offset: program.offset,
    vaddr: program.vaddr,
    filesz: program.filesz,
    memsz: program.memsz,
    align: isPowerOfTwo(program.align) ? program.align : 1,
  }
}

function checkLoad(segment: Segment, index: number, fileSize: number): string | null {
  const { offset, vaddr, filesz, memsz } = segment
  if (filesz > memsz) return `has more bytes in the file (${filesz}) than in memory (${memsz}) in segment ${index}`
  if (vaddr + memsz > ADDRESS_LIMIT) return `has segment ${index} at ${hex(vaddr)} of ${hex(memsz)} bytes, outside the address space`
  if (filesz > 0 && offset + filesz > fileSize) {
    return `is truncated: segment ${index} ends at byte ${offset + filesz}, the file at byte ${fileSize}`
  }
  const page = 4096
  if (filesz > 0 && offset % page !== vaddr % page) {
    return `has segment ${index} at file offset ${hex(offset)} and address ${hex(vaddr)}, which differ within a page`
  }
  return null
}

function readInterpreter(readAt: ReadAt, fileSize: number, segment: Segment): Uint8Array | ElfProblem {
  const { offset, filesz } = segment
  if (filesz < 2 || filesz > MAX_INTERPRETER) return { reason: `has an interpreter path of ${filesz} bytes` }
  if (offset + filesz > fileSize) return truncated('the path of its interpreter')
  const path = readAt(offset, filesz).slice()
  if (path.length < filesz) return truncated('the path of its interpreter')
  if (path[filesz - 1] !== 0) return { reason: 'has an interpreter path that does not end' }
  const end = path.indexOf(0)
  if (end === 0) return { reason: 'has an empty interpreter path' }
  return path.subarray(0, end)
}

/** As the kernel finds AT_PHDR: the loaded segment whose file bytes hold e_phoff, else PT_PHDR, else 0. */
function programHeaderAddress(phoff: number, loads: readonly Segment[], phdrAddress: number): number {
  for (const load of loads) {
    if (load.offset <= phoff && phoff < load.offset + load.filesz) return phoff - load.offset + load.vaddr
  }
  return Math.max(phdrAddress, 0)
}

/** Fields of a header in the file's byte order. */
class Fields {
  readonly bytes: Uint8Array
  readonly littleEndian: boolean
  readonly wide: boolean
  readonly view: DataView

  constructor(bytes: Uint8Array, littleEndian: boolean, shape: ElfShape) {
    this.bytes = bytes
    this.littleEndian = littleEndian
    this.wide = shape.word === 8
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  u16(at: number): number {
    return this.view.getUint16(at, this.littleEndian)
  }

  u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian)
  }

  /** An address or offset, exact; -1 when it does not fit into 53 bits. */
  word(at: number): number {
    if (!this.wide) return this.u32(at)
    const high = this.u32(this.littleEndian ? at + 4 : at)
    const low = this.u32(this.littleEndian ? at : at + 4)
    return high >= 2 ** 21 ? -1 : high * TWO_32 + low
  }

  hexWord(at: number): string {
    if (!this.wide) return hex(this.u32(at))
    const high = this.u32(this.littleEndian ? at + 4 : at)
    const low = this.u32(this.littleEndian ? at : at + 4)
    return `0x${high.toString(16)}${low.toString(16).padStart(8, '0')}`
  }
}

function truncated(what: string): ElfProblem {
  return { reason: `is truncated: it ends within ${what}` }
}

function typeName(type: number): string {
  if (type === ET_REL) return 'an object file'
  if (type === ET_CORE) return 'a core dump'
  return `an ELF file of type ${type}`
}

function isPowerOfTwo(value: number): boolean {
  return value > 0 && Number.isSafeInteger(value) && Math.log2(value) % 1 === 0
}

function hex(value: number): string {
  return `0x${value.toString(16)}`
}

/** What a program of this kind is called in sentences: `64-bit little-endian RISC-V`. */
export function describeMachine(elf: Elf): string {
  return `${elf.elfClass}-bit ${elf.littleEndian ? 'little' : 'big'}-endian ${machineName(elf.machine)}`
}
