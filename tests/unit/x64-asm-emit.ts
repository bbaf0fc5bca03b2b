/** Emits any encoding row through the Assembler's method for its operands. */
import { SHAPE_NAMES, SHAPES } from '../../src/x64/asm/columns.ts'
import type { Insn } from '../../src/x64/asm/encodings.ts'
import type { Assembler } from '../../src/x64/asm/index.ts'

/** base, displacement, index, log2 scale */
export type MemoryArgument = readonly [base: number, disp: number, index: number, scale: number]

const METHODS = [
  'none', 'r', 'rr', 'rrr', 'rrrr', 'ri', 'rri', 'rrri', 'i', 'm', 'rm', 'mr', 'mi', 'rrm', 'rmr', 'mrr', 'rrmr', 'rmi', 'mri', 'rrmi',
] as const // biome-ignore format: a list

/** `args` are the passed operands in the row's order, base and displacement standing for memory; index and scale come from `memory`. */
export function emit(asm: Assembler, i: Insn, args: readonly number[], memory: MemoryArgument | undefined): void {
  const shape = SHAPE_NAMES[SHAPES[i]!]!
  const letters = shape
    .replace(/[RVSO]/g, 'r')
    .replace('M', memory === undefined ? 'r' : 'm')
    .replace('I', 'i')
  const method = METHODS.find((name) => name === (letters === '' ? 'none' : letters))
  if (method === undefined) throw new Error(`no method for the shape ${shape}`)
  const all = memory === undefined ? args : [...args, memory[2], memory[3]]
  const target = asm as unknown as Record<string, (i: Insn, ...rest: readonly number[]) => void>
  target[method === 'i' ? 'imm' : method]!.call(asm, i, ...all)
}
