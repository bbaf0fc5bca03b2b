/**
 * A guest instruction is one row: name, pattern, disassembly, meaning. `notation<Context>()` gives a guest the two
 * functions that write its rows; everything else (decoder, disassembler, coverage list, random words) reads them.
 * A row is parsed at its first use.
 */
import { type AnyFields, type Fields, type Pattern, parsePattern, recordFor } from './pattern.ts'

/** What a row's handler tells the region former: go on behind it, or the block has its terminator. */
export type Outcome = 0 | 1
export const NEXT = 0
export const END = 1

/** What every guest's context can do. */
export interface InsnContext {
  /** The instruction is unallocated or reserved: raises the guest's undefined-instruction exception. */
  undefinedInsn(): Outcome
  /** The instruction is known and missing: as undefined, and named by `-d unimp`. */
  unimplemented(name: string): Outcome
}

/** Disassembly: a template of operand formatters in braces (disasm.ts), or for the odd one a function. */
export type Template = string | ((f: AnyFields, pc: number) => string)

export class Row<C> {
  readonly name: string
  /** The pattern's text. */
  readonly text: string
  readonly template: Template
  /** Known, but without a meaning yet. */
  readonly missing: boolean
  readonly translate: (t: C, f: AnyFields) => Outcome
  private parsed: Pattern | undefined
  private record: { word: number } | undefined

  constructor(name: string, text: string, template: Template, missing: boolean, translate: (t: C, f: AnyFields) => Outcome) {
    this.name = name
    this.text = text
    this.template = template
    this.missing = missing
    this.translate = translate
    this.parsed = undefined
    this.record = undefined
  }

  get pattern(): Pattern {
    if (this.parsed === undefined) {
      try {
        this.parsed = parsePattern(this.text)
      } catch (error) {
        throw new Error(`row '${this.name}': ${(error as Error).message}`)
      }
    }
    return this.parsed
  }

  /** The fields of `word`: valid until the next call for any row. */
  fields(word: number): AnyFields {
    let record = this.record
    if (record === undefined) record = this.record = recordFor(this.pattern.fields)
    record.word = word
    return record as unknown as AnyFields
  }

  /** Emits the meaning of `word`, which must match the pattern. */
  run(t: C, word: number): Outcome {
    return this.translate(t, this.fields(word))
  }
}

/** The functions that write rows for a guest whose handlers get a `C`. */
export function notation<C extends InsnContext>() {
  return {
    /** One instruction; the type of `f` follows from the pattern's text. */
    insn<const P extends string>(name: string, pattern: P, template: Template, translate: (t: C, f: Fields<P>) => Outcome): Row<C> {
      return new Row<C>(name, pattern, template, false, translate as (t: C, f: AnyFields) => Outcome)
    },
    /** A known instruction that is missing. */
    todo(name: string, pattern: string, template: Template = name.toLowerCase()): Row<C> {
      return new Row<C>(name, pattern, template, true, (t) => t.unimplemented(name))
    },
  }
}
