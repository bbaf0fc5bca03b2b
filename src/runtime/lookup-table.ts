/**
 * The shared look-up table {guest pc, host address} that `lookup` probes while runners run. Written by the engine only.
 *
 * What makes it safe without locks: the pc of an entry is written while its host address is 0, where every chain ends, and never changes
 * afterwards; a host address is stored in one piece, as the bits of a float64. A removed entry keeps its pc; only a new table forgets it.
 */
import { LOOKUP_FOLD, LOOKUP_REMOVED } from './layout.ts'

const ENTRY_SIZE = 16
const PC_SHIFT = 2
const TWO_32 = 0x1_0000_0000
/** Above this share of used entries the table should be replaced by a larger one. */
const FULL = 0.6

const bits = new DataView(new ArrayBuffer(8))
/** The float64 whose bits are this host address; addresses of 48 bits are tiny numbers, never NaN. */
function asFloat(host: number): number {
  bits.setUint32(0, Math.floor(host / TWO_32))
  bits.setUint32(4, host >>> 0)
  return bits.getFloat64(0)
}

/** Bytes of a table with so many entries (a power of two). */
export function lookupTableSize(entries: number): number {
  return entries * ENTRY_SIZE
}

export class LookupTable {
  /** Where runners see it: goes to LOOKUP_TABLE, and `mask` to LOOKUP_MASK. */
  readonly address: number
  readonly mask: number
  private readonly i32: Int32Array
  private readonly f64: Float64Array
  private used = 0

  /** `buffer`: the zeroed memory of the table, as long as the number of its entries (a power of two) says. */
  constructor(address: number, buffer: ArrayBuffer) {
    this.address = address
    this.mask = buffer.byteLength / ENTRY_SIZE - 1
    if (((this.mask + 1) & this.mask) !== 0) throw new RangeError('a look-up table has a power of two of entries')
    this.i32 = new Int32Array(buffer)
    this.f64 = new Float64Array(buffer)
  }

  /** May it have so many entries? */
  holds(count: number): boolean {
    return count <= (this.mask + 1) * FULL
  }

  /** True when it is time for a larger table. */
  get full(): boolean {
    return this.used > (this.mask + 1) * FULL
  }

  /** The host address of `pc`, 0 when it has none. */
  get(pc: number): number {
    const at = this.find(pc)
    const host = this.host(at)
    return host === LOOKUP_REMOVED ? 0 : host
  }

  set(pc: number, host: number): void {
    const at = this.find(pc)
    if (this.host(at) === 0) {
      if (this.used >= this.mask) throw new RangeError('the look-up table is full')
      this.used++
      this.i32[4 * at] = pc >>> 0
      this.i32[4 * at + 1] = Math.floor(pc / TWO_32)
    }
    this.f64[2 * at + 1] = asFloat(host)
  }

  delete(pc: number): void {
    const at = this.find(pc)
    if (this.host(at) !== 0) this.f64[2 * at + 1] = asFloat(LOOKUP_REMOVED)
  }

  /** Empties it; nobody may probe it meanwhile. */
  clear(): void {
    this.i32.fill(0)
    this.used = 0
  }

  /** Puts every live entry into another table. */
  copyTo(other: LookupTable): void {
    for (let at = 0; at <= this.mask; at++) {
      const host = this.host(at)
      if (host > LOOKUP_REMOVED) other.set(this.i32[4 * at + 1]! * TWO_32 + (this.i32[4 * at]! >>> 0), host)
    }
  }

  private host(at: number): number {
    return this.i32[4 * at + 3]! * TWO_32 + (this.i32[4 * at + 2]! >>> 0)
  }

  /** The entry of `pc`, or the empty one where its chain ends. */
  private find(pc: number): number {
    const lo = pc | 0
    const hi = Math.floor(pc / TWO_32) | 0
    const shifted = (lo >>> PC_SHIFT) | (hi << (32 - PC_SHIFT))
    const folded = (lo >>> LOOKUP_FOLD) | (hi << (32 - LOOKUP_FOLD))
    for (let at = (shifted ^ folded) & this.mask; ; at = (at + 1) & this.mask) {
      if (this.i32[4 * at + 2] === 0 && this.i32[4 * at + 3] === 0) return at
      if (this.i32[4 * at] === lo && this.i32[4 * at + 1] === hi) return at
    }
  }
}
