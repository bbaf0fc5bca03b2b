/** A small seeded generator (sfc32): the same seed text gives the same numbers on every machine. */

/** 32-bit FNV-1a of a text. */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  return h >>> 0
}

const WARM_UP = 12

export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  constructor(text: string, index: number) {
    this.#a = hashText(text)
    this.#b = Math.imul(index + 1, 0x9e3779b1)
    this.#c = this.#a ^ 0x5bd1e995
    for (let i = 0; i < WARM_UP; i++) this.u32()
  }

  /** 0 .. 2^32 - 1 */
  u32(): number {
    const t = (this.#a + this.#b + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0
    return t >>> 0
  }

  /** 0 .. n - 1 */
  below(n: number): number {
    return Math.floor((this.u32() / 0x1_0000_0000) * n)
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!
  }
}
