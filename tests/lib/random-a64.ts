/** Random A64 code, by seed, and what the IR interpreter makes of regions of it: for tests of passes. */
import { A64 } from '../../src/guest/a64/index.ts'
import { interpretRegion, type RegionExit } from '../../src/ir/interpret.ts'
import type { Region } from '../../src/ir/region.ts'
import { A64Machine } from './a64-interpreter.ts'

export const PC = 0x10000
const WINDOW = 0x4000_0000
const WINDOW_SIZE = 4096
/** Backward branches that a run takes at most: the start value of COUNTER. */
const ROUNDS = 12
/** The register that backward branches count down. */
const COUNTER = 28

export function randomOf(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    const mixed = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
    return (mixed ^ (mixed >>> 13)) >>> 0
  }
}

const rows = A64.rows.filter((row) => !row.missing && !/^(svc|udf|mrs|msr)/.test(row.name))

/** Words of random rows on few registers, so that they read what the others wrote. */
export function randomWords(random: () => number, count: number): number[] {
  return Array.from({ length: count }, () => {
    const { mask, value, fields } = rows[random() % rows.length]!.pattern
    let word = (random() & ~mask) | value
    for (const f of fields) {
      if (f.width !== 5 || random() % 8 === 0) continue
      word = (word & ~(31 << f.shift)) | ((random() % 6) << f.shift)
    }
    return word >>> 0
  })
}

export function run(region: Region, seed: number): { exit: RegionExit; state: Uint8Array; window: Uint8Array; mxcsr: number } {
  const random = randomOf(seed)
  const m = new A64Machine()
  const window = Uint8Array.from({ length: WINDOW_SIZE }, random)
  m.mappings.push({ start: WINDOW, bytes: window })
  for (let at = 0; at < m.offset('nzcv'); at += 4) m.view.setUint32(at, random(), true)
  for (let n = 0; n < 32; n++) if (n % 3 !== 0) m.view.setBigUint64(8 * n, BigInt(WINDOW + 16 * (random() % 200)), true)
  m.nzcv = random()
  m.view.setBigUint64(8 * COUNTER, BigInt(ROUNDS), true)
  const exit = interpretRegion(region, m)
  return { exit, state: m.state, window, mxcsr: m.mxcsr }
}

/**
 * The same with branches among them, forwards and, as long as the counter is not 0, backwards; nothing but those changes the counter. With `hasCalls` there
 * are calls in all directions and returns, too, as long as the counter is not 0.
 */
export function randomLoops(random: () => number, count: number, hasCalls = false): number[] {
  const words = randomWords(random, count).map((word) => (isStraight(word) ? word : NOP))
  const offset = (distance: number): number => (distance & 0x7ffff) << 5
  /** No branch goes between the two instructions of a backward branch. */
  const aims = new Set<number>()
  const seconds = new Set<number>()
  for (let n = 2; n < count; n++) {
    const target = random() % count
    const kind = random() % 5
    if (seconds.has(target)) continue
    if (kind < 2 && target > n) {
      const condition = kind === 0 ? 0x5400_0000 | (random() % 14) : 0xb400_0000 | ((random() % 2) << 24) | (random() % 6)
      words[n] = (condition | offset(target - n)) >>> 0
      aims.add(target)
    } else if (kind === 2 && target < n && n + 1 < count && !aims.has(n + 1)) {
      // subs x28, x28, #1; b.gt: never again once it is 0
      words[n] = (0xf100_0400 | (COUNTER << 5) | COUNTER) >>> 0
      words[n + 1] = (0x5400_000c | offset(target - n - 1)) >>> 0
      aims.add(target)
      seconds.add(++n)
    } else if (hasCalls && kind === 4 && (target < n || target > n + 2) && n + 2 < count && !aims.has(n + 1) && !aims.has(n + 2)) {
      // subs x28, x28, #1; b.le: over the call or return once it is 0
      words[n] = (0xf100_0400 | (COUNTER << 5) | COUNTER) >>> 0
      words[n + 1] = (0x5400_000d | offset(2)) >>> 0
      words[n + 2] = random() % 2 === 0 ? RET : (0x9400_0000 | ((target - n - 2) & 0x3ff_ffff)) >>> 0
      aims.add(target)
      seconds.add(++n)
      seconds.add(++n)
    } else if (kind === 3 && n % 3 === 0) words[n] = (0xeb00_001f | ((random() % 6) << 16) | ((random() % 6) << 5)) >>> 0 // cmp
  }
  return words
}

const NOP = 0xd503_201f
const RET = 0xd65f_03c0

/** It goes on at the next instruction and leaves the counter alone. */
function isStraight(word: number): boolean {
  const text = A64.disassemble(word, PC)
  return (
    !/^(b|bl|br|blr|ret|cbz|cbnz|tbz|tbnz|b\.|brk|hlt|hvc|smc|svc|isb|dsb|ic|wf[ei]|yield|eret)\b/.test(text) && !/\b[xw]28\b/.test(text)
  )
}
