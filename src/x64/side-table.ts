/**
 * Side tables: from a host PC inside a region to the guest instruction it belongs to and to where each guest
 * register is whose slot in memory is stale at that point.
 *
 * One entry for every host instruction that can fault, in order of position:
 *   [position, guest instruction index, n, n x (slot, kind, lo, hi)]
 * `kind` says how to read lo/hi. A slot below 0 is an operand of an expression (`operand`), which the next LOC_ROW takes (side-entry.ts). Entries live in one growing array of the engine; never in the runner.
 */
export const LOC_GPR = 0 // lo = general register number
export const LOC_XMM = 1 // lo = xmm register number
export const LOC_MEMORY = 2 // lo = displacement from rbp
export const LOC_CONST = 3 // value hi:lo
export const LOC_MEMORY_32 = 4 // lo = displacement from rbp of a word, zero-extended to the slot's width
export const LOC_ROW = 5 // the result of an IR op on the last operands; lo = op and type (`rowWord`), hi = its immediate operand
export const ENTRY_HEAD = 3
export const LOCATION_SIZE = 4
const TYPE_SHIFT = 16

/** In the place of a slot: an operand of `type`. */
export function operand(type: number): number {
  return ~type
}

export function operandType(slot: number): number {
  return ~slot
}

export function rowWord(op: number, type: number): number {
  return op | (type << TYPE_SHIFT)
}

export function rowOp(word: number): number {
  return word & ((1 << TYPE_SHIFT) - 1)
}

export function rowType(word: number): number {
  return word >> TYPE_SHIFT
}

/** The largest entry has fewer words. */
const MARGIN = 4096

export class SideTable {
  words: Int32Array = new Int32Array(1 << 16)
  length = 0
  /** Start of the entry being built. */
  private entry = 0

  /** Begins an entry for the host instruction at `position` (bytes from the region's start). */
  begin(position: number, insn: number): void {
    if (this.length + MARGIN > this.words.length) {
      const words = new Int32Array(this.words.length * 2 + MARGIN)
      words.set(this.words)
      this.words = words
    }
    this.entry = this.length
    this.words[this.length++] = position
    this.words[this.length++] = insn
    this.words[this.length++] = 0
  }

  location(slot: number, kind: number, lo: number, hi: number): void {
    this.words[this.length++] = slot
    this.words[this.length++] = kind
    this.words[this.length++] = lo
    this.words[this.length++] = hi
    this.words[this.entry + 2]!++
  }

  /** Start of the last entry in words[from, to) whose position is at most `position`; -1 if there is none. */
  find(from: number, to: number, position: number): number {
    let found = -1
    for (let i = from; i < to; i += ENTRY_HEAD + LOCATION_SIZE * this.words[i + 2]!) {
      if (this.words[i]! > position) break
      found = i
    }
    return found
  }
}
