/**
 * Rows -> decision tree. A node looks at one run of bits; its children are made when a word first comes by, so
 * a program pays only for the parts of the instruction set that it uses: a pattern is parsed when a word comes by that agrees with
 * its first bits. Guarantee: the row found is the most specific one that matches, whatever the order of the rows
 * (`ambiguities` names pairs for which that is not defined).
 */
import type { Row } from './insn.ts'
import { LEADING_BITS, leadingBits, WORD_BITS } from './pattern.ts'

/** Widest run of bits that a node looks at, and how few rows are tried one by one. */
const NODE_BITS = 8
const LEAF_ROWS = 2

interface Node<C> {
  /** Bits looked at: `(word >>> shift) & mask`; mask 0 in a leaf. */
  readonly shift: number
  readonly mask: number
  readonly children: (Node<C> | undefined)[]
  /** Rows that can match here, below the root the more specific ones first; in a leaf their masks and values, too. */
  readonly rows: readonly Row<C>[]
  readonly masks: Int32Array
  readonly values: Int32Array
  /** Bits that are known here. */
  readonly known: number
}

export class Decoder<C> {
  readonly rows: readonly Row<C>[]
  private root: Node<C> | undefined

  constructor(rows: readonly Row<C>[]) {
    this.rows = rows
    this.root = undefined
  }

  /** The row of `word` (int32), or undefined if it is unallocated. */
  decode(word: number): Row<C> | undefined {
    let node = this.root
    if (node === undefined) node = this.root = this.makeRoot()
    while (node.mask !== 0) {
      const index: number = (word >>> node.shift) & node.mask
      let child: Node<C> | undefined = node.children[index]
      if (child === undefined) child = node.children[index] = node === this.root ? makeFirst(node, index) : makeChild(node, word)
      node = child
    }
    const { masks, values } = node
    for (let i = 0; i < masks.length; i++) if ((word & masks[i]!) === values[i]) return node.rows[i]
    return undefined
  }

  /** The root looks at the first bits; `masks` and `values` are those bits of the rows. */
  private makeRoot(): Node<C> {
    const { rows } = this
    const masks = new Int32Array(rows.length)
    const values = new Int32Array(rows.length)
    for (let n = 0; n < rows.length; n++) {
      const leading = sharedLeadingBits(rows[n]!.text)
      masks[n] = leading >> LEADING_BITS
      values[n] = leading & FIRST_MASK
    }
    return { shift: WORD_BITS - LEADING_BITS, mask: FIRST_MASK, children: noChildren(LEADING_BITS), rows, masks, values, known: 0 }
  }
}

/** Long enough for eight bits mostly; so many rows begin alike that a quarter of them need reading. */
const BEGINNING = 15
const beginnings = new Map<string, number>()

function sharedLeadingBits(text: string): number {
  const beginning = text.slice(0, text.lastIndexOf(' ', BEGINNING))
  let leading = beginnings.get(beginning)
  if (leading === undefined) beginnings.set(beginning, (leading = leadingBits(beginning)))
  return leading >= 0 ? leading : leadingBits(text)
}

const FIRST_MASK = 2 ** LEADING_BITS - 1

function noChildren<C>(width: number): (Node<C> | undefined)[] {
  return new Array<Node<C> | undefined>(2 ** width).fill(undefined)
}

/** The root's child for words that begin with `index`. */
function makeFirst<C>(root: Node<C>, index: number): Node<C> {
  const rows = root.rows.filter((_, n) => ((root.values[n]! ^ index) & root.masks[n]!) === 0)
  rows.sort((a, b) => bitCount(b.pattern.mask) - bitCount(a.pattern.mask))
  return makeNode(rows, FIRST_MASK << (WORD_BITS - LEADING_BITS))
}

function makeChild<C>(node: Node<C>, word: number): Node<C> {
  const looked = node.mask << node.shift
  const rows = node.rows.filter((row) => ((row.pattern.value ^ word) & row.pattern.mask & looked) === 0)
  return makeNode(rows, node.known | looked)
}

/** A node for `rows` whose bits `known` are decided: looks at the run of bits that most rows fix. */
function makeNode<C>(rows: readonly Row<C>[], known: number): Node<C> {
  if (rows.length <= LEAF_ROWS) return makeLeaf(rows, known)
  const fixedBy = new Array<number>(WORD_BITS).fill(0)
  for (const { pattern } of rows) {
    for (let open = pattern.mask & ~known; open !== 0; open &= open - 1) fixedBy[Math.clz32(open & -open) ^ (WORD_BITS - 1)]!++
  }
  // A bit that fewer than a third of the rows fix copies more rows than it parts.
  let best = 0
  let bestShift = 0
  let bestWidth = 0
  for (let shift = 0; shift < WORD_BITS; shift++) {
    let sum = 0
    for (let width = 1; width <= NODE_BITS && shift + width <= WORD_BITS; width++) {
      const count = fixedBy[shift + width - 1]!
      if (count * 3 < rows.length) break
      sum += count
      if (sum > best) {
        best = sum
        bestShift = shift
        bestWidth = width
      }
    }
  }
  if (best === 0) return makeLeaf(rows, known)
  return { shift: bestShift, mask: 2 ** bestWidth - 1, children: noChildren(bestWidth), rows, masks: NO_WORDS, values: NO_WORDS, known }
}

const NO_WORDS = new Int32Array(0)

function makeLeaf<C>(rows: readonly Row<C>[], known: number): Node<C> {
  const masks = Int32Array.from(rows, (row) => row.pattern.mask)
  const values = Int32Array.from(rows, (row) => row.pattern.value)
  return { shift: 0, mask: 0, children: [], rows, masks, values, known }
}

function bitCount(mask: number): number {
  let n = 0
  for (let m = mask; m !== 0; m &= m - 1) n++
  return n
}

/** Pairs of rows that match a common word although neither is strictly more specific: mistakes in the table. */
export function ambiguities<C>(rows: readonly Row<C>[]): [Row<C>, Row<C>][] {
  const found: [Row<C>, Row<C>][] = []
  for (let i = 0; i < rows.length; i++) {
    const p = rows[i]!.pattern
    for (let j = i + 1; j < rows.length; j++) {
      const q = rows[j]!.pattern
      if (((p.value ^ q.value) & p.mask & q.mask) !== 0) continue
      const pInQ = (p.mask & q.mask) === q.mask
      const qInP = (p.mask & q.mask) === p.mask
      if (pInQ === qInP) found.push([rows[i]!, rows[j]!])
    }
  }
  return found
}
