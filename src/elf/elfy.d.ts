/** The part of elfy 1.0.0 that we use; the package ships no types. */
declare module 'elfy' {
  export interface ElfyHeader {
    class: '32' | '64'
    endian: 'lsb' | 'msb'
    /** undefined when elfy does not know the number */
    type: string | undefined
    machine: string | undefined
    entry: number
    flags: number
    phoff: number
    phentsize: number
    phnum: number
  }
  export interface ElfyProgram {
    type: string | undefined
    offset: number
    vaddr: number
    filesz: number
    memsz: number
    align: number
  }
  class Parser {
    parseHeader(file: Buffer): ElfyHeader
    parsePrograms(file: Buffer, header: ElfyHeader): ElfyProgram[]
  }
  const elfy: { Parser: typeof Parser }
  export default elfy
}
