/** The labels of one stretch of code: where they are bound, and the displacements that wait for them. Nothing is allocated per label or use. */
declare const labelBrand: unique symbol
/** A place in the code, bound or not yet. */
export type Label = number & { readonly [labelBrand]: true }

export const UNBOUND = -1
/** Bytes of a displacement. */
export const REL8 = 1
export const REL32 = 4

export class LabelTable {
  /** Byte position of each label, or UNBOUND. */
  private positions = new Int32Array(64)
  private count = 0
  /** Triples: position of the displacement, label, bytes from there to the instruction's end | size << 8. */
  private uses = new Int32Array(96)
  private useCount = 0

  clear(): void {
    this.count = 0
    this.useCount = 0
  }

  create(): Label {
    if (this.count === this.positions.length) this.positions = doubled(this.positions)
    this.positions[this.count] = UNBOUND
    return this.count++ as Label
  }

  bind(label: Label, position: number): void {
    this.check(label)
    if (this.positions[label] !== UNBOUND) throw new Error(`x64: label ${label} is bound twice`)
    this.positions[label] = position
  }

  /** Where `label` is bound, or UNBOUND. */
  positionOf(label: Label): number {
    this.check(label)
    return this.positions[label]!
  }

  /** A displacement of `size` bytes at `position`, `tail` bytes before the instruction's end, has to lead to `label`. */
  use(label: Label, position: number, tail: number, size: number): void {
    this.check(label)
    if (this.useCount === this.uses.length) this.uses = doubled(this.uses)
    this.uses[this.useCount++] = position
    this.uses[this.useCount++] = label
    this.uses[this.useCount++] = tail | (size << 8)
  }

  /** Writes all displacements into `bytes`; throws on a label that was never bound and on a short jump that does not reach. */
  resolve(bytes: Uint8Array): void {
    const uses = this.uses
    for (let n = 0; n < this.useCount; n += 3) {
      const at = uses[n]!
      const target = this.positions[uses[n + 1]!]!
      const tail = uses[n + 2]!
      if (target === UNBOUND) throw new Error(`x64: label ${uses[n + 1]} is used at ${at} and never bound`)
      const distance = target - (at + (tail & 0xff))
      bytes[at] = distance
      if (tail >> 8 === REL32) {
        bytes[at + 1] = distance >> 8
        bytes[at + 2] = distance >> 16
        bytes[at + 3] = distance >> 24
      } else if (distance < -128 || distance > 127) throw new Error(`x64: the short jump at ${at} has to go ${distance} bytes`)
    }
    this.useCount = 0
  }

  private check(label: Label): void {
    if (label < 0 || label >= this.count) throw new Error(`x64: there is no label ${label}`)
  }
}

function doubled(old: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(old.length * 2)
  larger.set(old)
  return larger
}
