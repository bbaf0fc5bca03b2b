/** The assembler's public face. */
export { Assembler, CMOVCC_32, CMOVCC_64, type Label, SETCC } from './assembler.ts'
export { CC, CC_NAMES, invert } from './cc.ts'
export { type Decoded, decode, disassemble, listing } from './disassembler.ts'
export { type Insn, type InsnName, insn } from './encodings.ts'
export * from './registers.ts'
