/** Branches and system instructions: which of them the differential test can run, and what it must force in them. */
import type { Random } from './random.ts'

export interface Branch {
  readonly word: number
  /** Register that must hold the target, or -1. */
  readonly register: number
  /** Bytes from the branch to its target. */
  readonly distance: number
  /** Register that the branch tests, or -1. */
  readonly tested: number
}

/** A branch with its target forced to one of the next four words; undefined: not a branch. */
export function branchTarget(r: Random, word: number): Branch | 'avoid' | undefined {
  const skip = 1 + r.below(4)
  const distance = 4 * skip
  if ((word & 0x7c000000) === 0x14000000) {
    return { word: ((word & 0xfc000000) | skip) >>> 0, register: -1, distance, tested: -1 }
  }
  if ((word & 0xff000000) >>> 0 === 0x54000000)
    return { word: ((word & 0xff00001f) | (skip << 5)) >>> 0, register: -1, distance, tested: -1 }
  if ((word & 0x7e000000) === 0x34000000)
    return { word: ((word & 0xff00001f) | (skip << 5)) >>> 0, register: -1, distance, tested: word & 31 }
  if ((word & 0x7e000000) === 0x36000000)
    return { word: ((word & 0xfff8001f) | (skip << 5)) >>> 0, register: -1, distance, tested: word & 31 }
  if ((word & 0xfe000000) >>> 0 === 0xd6000000) {
    const register = (word >>> 5) & 31
    const isPlain = (word & 0xff9ffc1f) >>> 0 === 0xd61f0000 && ((word >>> 21) & 3) !== 3
    return isPlain && register !== 31 ? { word, register, distance, tested: -1 } : 'avoid'
  }
  if ((word & 0xff000000) >>> 0 === 0xd4000000) return 'avoid' // exception generation
  return undefined
}

/** NZCV, FPCR, FPSR: the registers whose value the test controls. */
const REGISTERS = [0xd51b4200, 0xd51b4400, 0xd51b4420] as const
/** DC CVAC, CVAU, CIVAC, CVAP, CVADP and IC IVAU. */
const OPERATIONS = [0xd50b7a20, 0xd50b7b20, 0xd50b7e20, 0xd50b7c20, 0xd50b7d20, 0xd50b7520] as const
/** CFINV, XAFLAG, AXFLAG. */
const FLAG_OPERATIONS = [0xd500401f, 0xd500403f, 0xd500405f] as const

const READ = 0x00200000

/** Hints that wait, or that are pointer authentication. */
function isAvoidedHint(number: number): boolean {
  return number === 2 || number === 3 || number === 7 || (number >= 8 && number < 16) || (number >= 24 && number < 32)
}

/** A system instruction that has the same effect everywhere; `address`: the register that must point at the window, or -1. */
export function systemWord(r: Random, word: number, fixed: number): { word: number; address: number } | undefined {
  if ((word & 0xfffff01f) >>> 0 === 0xd503201f) return isAvoidedHint((word >>> 5) & 127) ? undefined : { word, address: -1 }
  if ((word & 0xfffff000) >>> 0 === 0xd5033000) return { word, address: -1 } // barriers
  if ((word & 0xfff8f01f) >>> 0 === 0xd500401f) {
    const forced = choose(r, FLAG_OPERATIONS, word, fixed)
    return forced === undefined ? undefined : { word: forced, address: -1 }
  }
  if ((word & 0xffd00000) >>> 0 === 0xd5100000) {
    const register = choose(r, REGISTERS, word, fixed & ~READ)
    return register === undefined ? undefined : { word: ((word & READ) | register | (word & 31)) >>> 0, address: -1 }
  }
  if ((word & 0xfff80000) >>> 0 === 0xd5080000) {
    const operation = choose(r, OPERATIONS, word, fixed)
    // address 0, in XZR, may fault or not
    return operation === undefined || (word & 31) === 31 ? undefined : { word: (operation | (word & 31)) >>> 0, address: word & 31 }
  }
  return undefined
}

/** One of `list` that agrees with the bits of `word` that the row fixes. */
function choose(r: Random, list: readonly number[], word: number, fixed: number): number | undefined {
  const possible = list.filter((candidate) => ((candidate ^ word) & fixed) === 0)
  return possible.length === 0 ? undefined : r.pick(possible)
}
