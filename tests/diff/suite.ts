/**
 * What the differential test must know of an instruction set: its rows, how a case of one is made, the program that executes cases, and
 * what is in its records. A chunk is a header (u32 count) and `count` case records; the program answers with as many result records.
 */
import type { Row, TestedRow } from './row.ts'

/** A part of the state: where it lies in a case record and in a result record, in bytes. */
export interface Part {
  readonly name: string
  readonly before: number
  readonly after: number
  readonly bytes: number
}

export interface Suite {
  readonly name: string
  readonly caseSize: number
  readonly resultSize: number
  /** Offset of a result's status: u32, 0 or the signal that ended the case. */
  readonly resultStatus: number
  /** The executor program. */
  readonly executor: string
  /** Command prefix of the emulator that is right. */
  readonly oracle: readonly string[]
  /** Folder of what it has been recorded to say. */
  readonly recorded: string
  rows(): readonly TestedRow[]
  /** The chapter that a row falls into; also the name of its recorded file. */
  chapter(row: Row): string
  /** Writes case `index` of `row` at `base` of `view`; false: that index is avoided, and the record garbage. */
  writeCase(row: Row, index: number, view: DataView, base: number): boolean
  /** Clears the bits of the result record at `at` that no test may depend on. */
  maskResult(view: DataView, at: number): void
  /** Every part of the state. */
  readonly parts: readonly Part[]
  /** A case's code and the state that it reads, for a person. */
  describeCase(record: DataView): string[]
}
