/** The assembler's public face. */
export { Assembler } from './assembler.ts'
export { CC, CC_NAMES, invert } from './cc.ts'
export { CMOVCC_32, CMOVCC_64, SETCC } from './choices.ts'
export { type Decoded, decode, disassemble, listing } from './disassembler.ts'
export { type Insn, type InsnName, insn, takesHighRegisters } from './encodings.ts'
export type { Label } from './labels.ts'
export * from './registers.ts'
