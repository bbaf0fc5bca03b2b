/** Notes in force at one point of emission: slots whose memory is stale, and the values that they have. They hold within a block. */
export class Notes {
  readonly slots = new Int32Array(256)
  readonly values = new Int32Array(256)
  count = 0

  clear(): void {
    this.count = 0
  }

  /** The slot has root value `v`, and its memory is stale. */
  set(slot: number, v: number): void {
    this.drop(slot)
    this.slots[this.count] = slot
    this.values[this.count++] = v
  }

  /** The slot's memory is up to date again. */
  drop(slot: number): void {
    for (let k = 0; k < this.count; k++) {
      if (this.slots[k] !== slot) continue
      const last = --this.count
      this.slots[k] = this.slots[last]!
      this.values[k] = this.values[last]!
      return
    }
  }
}
