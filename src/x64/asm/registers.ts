/**
 * Register numbers, condition codes and the few other numbers an instruction's author writes by name.
 *
 * General registers (0..15), vector registers (xmm0..31) and mask registers (k0..7) each number from 0; which file a number means is said by the row.
 * An 8-bit operand 4..7 is SPL, BPL, SIL, DIL: the legacy AH..BH cannot be named.
 */
export const RAX = 0
export const RCX = 1
export const RDX = 2
export const RBX = 3
export const RSP = 4
export const RBP = 5
export const RSI = 6
export const RDI = 7
export const R8 = 8
export const R9 = 9
export const R10 = 10
export const R11 = 11
export const R12 = 12
export const R13 = 13
export const R14 = 14
export const R15 = 15

/** Takes the place of a base or index that is not there; a memory operand with base NONE is an absolute disp32. */
export const NONE = -1
/** As a base: RIP-relative, and the displacement is a `Label`. */
export const RIP = -2
/** As a base: RIP-relative, and the displacement is a host address within 2 GiB of the code. */
export const HOST = -3

/** Prefix bytes for `Assembler.seg`. */
export const FS = 0x64
export const GS = 0x65

/** Operations of `Assembler.aluRI` and `aluMI`: the /digit of opcodes 80, 81, 83. */
export const ALU = { ADD: 0, OR: 1, ADC: 2, SBB: 3, AND: 4, SUB: 5, XOR: 6, CMP: 7 } as const
export type Alu = (typeof ALU)[keyof typeof ALU]

/** Operations of `Assembler.shiftRI`: the /digit of opcodes C0, C1, D0, D1. */
export const SHIFT = { ROL: 0, ROR: 1, RCL: 2, RCR: 3, SHL: 4, SHR: 5, SAR: 7 } as const
export type Shift = (typeof SHIFT)[keyof typeof SHIFT]
