/** The vector constants of a code space, each of them once, at the begin of its code area. */

/** Bytes that the pool takes. */
export const CONSTANT_BYTES = 0x80000
const CONSTANT_SIZE = 16
const WORDS = CONSTANT_SIZE / 4

export class ConstantPool {
  private readonly base: number
  private readonly all: Int32Array
  private count = 0
  private readonly addresses = new Map<string, number>()
  /** The first constants, which `restore` has put there, are not in the map. */
  private hasUnknown = false

  /** `base`: where runners see the pool; `words`: its memory. */
  constructor(base: number, words: Int32Array) {
    this.base = base
    this.all = words
  }

  /** Places that are left. */
  get left(): number {
    return CONSTANT_BYTES / CONSTANT_SIZE - this.count
  }

  /** All constants, a view. */
  get words(): Int32Array {
    return this.all.subarray(0, WORDS * this.count)
  }

  /** The host address of the constant of four words, lowest first. */
  add(w0: number, w1: number, w2: number, w3: number): number {
    if (this.hasUnknown) this.learn()
    const key = `${w0},${w1},${w2},${w3}`
    let address = this.addresses.get(key)
    if (address === undefined) {
      if (this.left === 0) throw new Error('the constant pool of the code area is full')
      const index = this.count++
      this.all.set([w0, w1, w2, w3], index * WORDS)
      address = this.base + index * CONSTANT_SIZE
      this.addresses.set(key, address)
    }
    return address
  }

  private learn(): void {
    this.hasUnknown = false
    const { all } = this
    for (let index = 0; index < this.count; index++) {
      const w = WORDS * index
      this.addresses.set(`${all[w]},${all[w + 1]},${all[w + 2]},${all[w + 3]}`, this.base + index * CONSTANT_SIZE)
    }
  }

  /** An empty pool has these from now on. */
  restore(words: Int32Array): void {
    this.all.set(words)
    this.count = words.length / WORDS
    this.hasUnknown = true
  }

  clear(): void {
    this.count = 0
    this.addresses.clear()
  }
}
