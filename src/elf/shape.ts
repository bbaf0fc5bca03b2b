/**
 * Where the fields of an ELF header and of a program header lie, for both classes. Offsets and sizes in
 * bytes; `word` is the size of an address or offset field.
 *
 *            ident(16) type machine version entry phoff shoff flags ehsize phentsize phnum shentsize shnum shstrndx
 *   class 32      0     16    18      20     24    28    32    36    40      42      44      46      48     50   = 52
 *   class 64      0     16    18      20     24    32    40    48    52      54      56      58      60     62   = 64
 */
export interface ElfShape {
  readonly word: 4 | 8
  readonly headerSize: number
  readonly entry: number
  readonly phoff: number
  readonly shoff: number
  readonly phentsize: number
  readonly phnum: number
  /** shentsize, shnum, shstrndx follow each other from here to the header's end. */
  readonly shentsize: number
  readonly programSize: number
  readonly program: {
    readonly flags: number
    readonly offset: number
    readonly vaddr: number
    readonly filesz: number
    readonly memsz: number
    readonly align: number
  }
}

export const shape32: ElfShape = {
  word: 4,
  headerSize: 52,
  entry: 24,
  phoff: 28,
  shoff: 32,
  phentsize: 42,
  phnum: 44,
  shentsize: 46,
  programSize: 32,
  program: { offset: 4, vaddr: 8, filesz: 16, memsz: 20, flags: 24, align: 28 },
}

export const shape64: ElfShape = {
  word: 8,
  headerSize: 64,
  entry: 24,
  phoff: 32,
  shoff: 40,
  phentsize: 54,
  phnum: 56,
  shentsize: 58,
  programSize: 56,
  program: { flags: 4, offset: 8, vaddr: 16, filesz: 32, memsz: 40, align: 48 },
}

export const EI_CLASS = 4
export const EI_DATA = 5
export const ELFCLASS32 = 1
export const ELFCLASS64 = 2
export const ELFDATA2LSB = 1
export const ELFDATA2MSB = 2
export const E_TYPE = 16
export const E_MACHINE = 18

export const ET_REL = 1
export const ET_EXEC = 2
export const ET_DYN = 3
export const ET_CORE = 4

export const PT_LOAD = 1
export const PT_DYNAMIC = 2
export const PT_INTERP = 3
export const PT_PHDR = 6
export const PT_TLS = 7
export const PT_GNU_STACK = 0x6474e551

export const PF_X = 1
export const PF_W = 2
export const PF_R = 4
