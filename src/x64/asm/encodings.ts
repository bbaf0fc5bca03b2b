/**
 * All encoding rows and `insn`, which names one. `Insn` is the row's index; `InsnName` is the union of the rows' names, so that a misspelt
 * name does not compile. Rows are parsed when first asked for.
 */
import { AVX } from './avx.ts'
import { AVX512 } from './avx512.ts'
import { fillColumns, SHAPE, SHAPES, TWINS } from './columns.ts'
import { CRYPTO } from './crypto.ts'
import { INTEGER } from './integer.ts'
import { ENCODING, EVEX_MARK, type Row } from './row.ts'
import { SSE } from './sse.ts'

declare const insnBrand: unique symbol
/** Names one encoding. */
export type Insn = number & { readonly [insnBrand]: true }
export type InsnName = keyof typeof INTEGER | keyof typeof SSE | keyof typeof AVX | keyof typeof AVX512 | keyof typeof CRYPTO

const TABLES: readonly Readonly<Record<string, string>>[] = [INTEGER, SSE, AVX, AVX512, CRYPTO]
/** Names and encodings by row number, in the order in which they were asked for; row 0 is none. */
const NAMES: string[] = ['(none)']
const ENCODINGS: string[] = ['']
const NUMBERS = new Map<string, number>()

/** The number of the row `name`; undefined when there is no such row. */
function numberOf(name: string): number | undefined {
  const known = NUMBERS.get(name)
  if (known !== undefined) return known
  for (const table of TABLES) {
    const encoding = table[name]
    if (encoding === undefined) continue
    const n = NAMES.length
    NUMBERS.set(name, n)
    NAMES.push(name)
    ENCODINGS.push(encoding)
    return n
  }
  return undefined
}

const parsed: Row[] = []

/** VEX mnemonics whose EVEX form has another name; the element size does not matter without a mask. */
const EVEX_MNEMONICS: Readonly<Record<string, string>> = {
  VPAND: 'VPANDQ',
  VPANDN: 'VPANDNQ',
  VPOR: 'VPORQ',
  VPXOR: 'VPXORQ',
  VMOVDQA: 'VMOVDQA64',
  VMOVDQU: 'VMOVDQU64',
  VROUNDPS: 'VRNDSCALEPS',
  VROUNDPD: 'VRNDSCALEPD',
  VROUNDSS: 'VRNDSCALESS',
  VROUNDSD: 'VRNDSCALESD',
  VBROADCASTF128: 'VBROADCASTF32X4',
  VBROADCASTI128: 'VBROADCASTI32X4',
  VEXTRACTF128: 'VEXTRACTF32X4',
  VEXTRACTI128: 'VEXTRACTI32X4',
  VINSERTF128: 'VINSERTF32X4',
  VINSERTI128: 'VINSERTI32X4',
}

function twinOf(name: string): number {
  const twin =
    numberOf(EVEX_MARK + name) ??
    (name.endsWith(', xmm2, imm8') ? numberOf(`${EVEX_MARK}${name.slice(0, -', imm8'.length)}/m128, imm8`) : undefined)
  if (twin !== undefined) return twin
  const space = name.indexOf(' ')
  const other = EVEX_MNEMONICS[name.slice(0, space)]
  return other === undefined ? 0 : (numberOf(other + name.slice(space)) ?? 0)
}

function parse(n: number): Row {
  const name = NAMES[n]!
  const row = fillColumns(n, name, ENCODINGS[n]!)
  parsed[n] = row
  const twin = row.encoding === ENCODING.VEX ? twinOf(name) : 0
  if (twin !== 0) {
    if (SHAPES[twin] === SHAPE.UNPARSED) parse(twin)
    TWINS[n] = twin
  }
  return row
}

/** The encoding `name`, to be asked for once at module load; its row is parsed at the first emission. */
export function insn(name: InsnName): Insn {
  const n = numberOf(name)
  if (n === undefined) throw new Error(`x64: no encoding row '${name}'`)
  return n as Insn
}

/** Parses the row of `i` for the first emission; false when it was parsed before. */
export function parseInsn(i: Insn): boolean {
  if (SHAPES[i] !== SHAPE.UNPARSED) return false
  parse(i)
  return true
}

/** Whether `i` can name vector registers above 15. */
export function takesHighRegisters(i: Insn): boolean {
  return TWINS[i] !== 0 || rowOf(i).encoding === ENCODING.EVEX
}

/** The row behind `i`. */
export function rowOf(i: Insn): Row {
  return parsed[i] ?? parse(i)
}

/** Every encoding, in the order of the tables. */
export function allInsns(): Insn[] {
  const all: Insn[] = []
  for (const table of TABLES) {
    for (const name of Object.keys(table)) {
      const n = numberOf(name)!
      if (SHAPES[n] === SHAPE.UNPARSED) parse(n)
      all.push(n as Insn)
    }
  }
  return all
}

/** The row's name, for messages. */
export function nameOf(i: number): string {
  return NAMES[i] ?? `(no encoding ${i})`
}
