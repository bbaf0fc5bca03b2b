/**
 * The text of an instruction pattern, as the architecture manual draws it: words of fixed bits (`0`, `01011`),
 * bits that do not matter (`x`) and fields (`rd:5`), most significant first, 32 bits in all. Guarantees: a pattern
 * that does not sum to 32, names a field twice or has an odd word throws when it is parsed.
 */

type Field<Word> = Word extends `${infer Name}:${string}` ? Name : never
type FieldNames<Text extends string, Found = never> = Text extends `${infer Word} ${infer Rest}`
  ? FieldNames<Rest, Found | Field<Word>>
  : Found | Field<Text>

/** The fields of a pattern by name, each an unsigned number. */
export type Fields<Text extends string> = { readonly [Name in FieldNames<Text>]: number }
/** Fields of a row whose pattern is not known to the compiler. */
export type AnyFields = Readonly<Record<string, number>>

export interface FieldPlace {
  readonly name: string
  readonly shift: number
  readonly width: number
}

export interface Pattern {
  /** A word matches when `(word & mask) === value`; both int32. */
  readonly mask: number
  readonly value: number
  readonly fields: readonly FieldPlace[]
}

export const WORD_BITS = 32

export function parsePattern(text: string): Pattern {
  let mask = 0
  let value = 0
  let left = WORD_BITS
  const fields: FieldPlace[] = []
  for (const word of text.split(' ')) {
    const colon = word.indexOf(':')
    if (colon > 0) {
      const name = word.slice(0, colon)
      const width = Number(word.slice(colon + 1))
      if (!(width > 0)) throw new Error(`pattern '${text}': '${word}' has no width`)
      left -= width
      for (const f of fields) if (f.name === name) throw new Error(`pattern '${text}': field '${name}' occurs twice`)
      fields.push({ name, shift: left, width })
    } else {
      for (let k = 0; k < word.length; k++) {
        const bit = word[k]
        left--
        if (bit === 'x') continue
        mask |= 1 << left
        if (bit === '1') value |= 1 << left
        else if (bit !== '0') throw new Error(`pattern '${text}': '${word}' is neither bits nor a field`)
      }
    }
  }
  if (left !== 0) throw new Error(`pattern '${text}': ${WORD_BITS - left} bits, not ${WORD_BITS}`)
  return { mask, value, fields }
}

/** Bits by which a decoder first tells rows apart. */
export const LEADING_BITS = 8
const SPACE = 0x20
const ZERO = 0x30
const ONE = 0x31

/** `mask << 8 | value` of the first eight bits: all that is read of a pattern as long as no word comes near it. -1: `text` has fewer bits. */
export function leadingBits(text: string): number {
  let mask = 0
  let value = 0
  let left = LEADING_BITS
  for (let at = 0; left > 0 && at < text.length; at++) {
    const char = text.charCodeAt(at)
    if (char === ZERO || char === ONE) {
      left--
      mask |= 1 << left
      value |= (char & 1) << left
      continue
    }
    if (char === SPACE) continue
    const space = text.indexOf(' ', at)
    const end = space < 0 ? text.length : space
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon > end)
      left-- // x
    else {
      left -= Number(text.slice(colon + 1, end))
      at = end
    }
  }
  return left > 0 ? -1 : (mask << LEADING_BITS) | value
}

/** The fields of `word`, read when asked for: a record is made once per layout and reused for every word. */
interface WordRecord {
  word: number
}

const records = new Map<string, WordRecord>()

/**
 * The reusable record of a field layout: set `word`, then each field is a property of it. Rows that lay their
 * fields out alike share the record, so it is valid until the next decode only.
 */
export function recordFor(fields: readonly FieldPlace[]): WordRecord {
  const key = fields.map((f) => `${f.name}:${f.shift}:${f.width}`).join(' ')
  let record = records.get(key)
  if (record === undefined) {
    const prototype = {}
    for (const { name, shift, width } of fields) Object.defineProperty(prototype, name, { get: reader(shift, width), enumerable: true })
    record = Object.create(prototype, { word: { value: 0, writable: true } }) as WordRecord
    records.set(key, record)
  }
  return record
}

function reader(shift: number, width: number): (this: WordRecord) => number {
  if (width === WORD_BITS) {
    return function () {
      return this.word >>> 0
    }
  }
  const mask = 2 ** width - 1
  return function () {
    return (this.word >>> shift) & mask
  }
}
