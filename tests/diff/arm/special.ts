/** Branches of AArch32, whose target is forced into the slot, and what else the differential test cannot run as it comes. */

import type { Random } from '../random.ts'
import type { Code } from './code.ts'
import { SLOT_DATA, SLOT_END } from './layout.ts'
import { mayVectorBeInIt } from './vectors.ts'

export interface Branch {
  readonly word: number
  /** A register that must hold the target, or -1. */
  readonly register: number
  /** From the slot's begin; bit 0: in Thumb. */
  readonly target: number
  /** A register that is tested, or -1. */
  readonly tested: number
}

const ALWAYS = 14

/** To where within the slot a branch at `code.at` of `size` bytes may go. */
function targetWithin(r: Random, code: Code, size: number): number {
  const choices = [SLOT_END]
  for (let at = code.at + size; at < SLOT_END; at += 4) choices.push(at)
  return r.pick(choices)
}

/** B.W, BL, BLX: S:I1:I2:imm10:imm11, where I1 and I2 are copies of the sign, so J1 and J2 are ones. */
function wideBranch(word: number, distance: number): number {
  const S = distance < 0 ? 1 : 0
  const offset = (S << 26) | (((distance >> 12) & 0x3ff) << 16) | (1 << 13) | (1 << 11) | ((distance >> 1) & 0x7ff)
  return (word & 0xf800d000) | offset
}

/** A Thumb branch with its target forced; undefined: not a branch. */
export function thumbBranch(r: Random, name: string, word: number, code: Code): Branch | 'avoid' | undefined {
  const size = name.startsWith('t16') ? 2 : 4
  const target = targetWithin(r, code, size)
  const distance = target - code.pc
  const plain = (w: number): Branch => ({ word: w >>> 0, register: -1, target: target | 1, tested: -1 })
  switch (name) {
    case 't16.b.cond':
      if (((word >>> 24) & 15) >= ALWAYS) return 'avoid'
      return plain((word & 0xff00ffff) | (((distance >> 1) & 0xff) << 16))
    case 't16.b':
      return plain((word & 0xf800ffff) | (((distance >> 1) & 0x7ff) << 16))
    case 't16.cbz': {
      if (distance < 0) return 'avoid'
      const imm = distance >> 1
      return { ...plain((word & 0xfd07ffff) | (((imm >> 5) & 1) << 25) | ((imm & 31) << 19)), tested: (word >>> 16) & 7 }
    }
    case 't16.bx':
    case 't16.blx.reg': {
      const register = (word >>> 19) & 15
      if (register === 15) return 'avoid'
      return { word, register, target: r.oneIn(3) ? SLOT_DATA : target | 1, tested: -1 }
    }
    case 't32.bxj':
      return { word, register: (word >>> 16) & 15, target: target | 1, tested: -1 }
    case 't32.b.cond': {
      if (((word >>> 22) & 15) >= ALWAYS) return 'avoid'
      const sign = distance < 0 ? 1 : 0
      const bits = (sign << 26) | (sign << 11) | (sign << 13) | (((distance >> 12) & 63) << 16) | ((distance >> 1) & 0x7ff)
      return plain((word & 0xfbc0d000) | bits)
    }
    case 't32.b':
    case 't32.bl':
      return plain(wideBranch(word, distance))
    case 't32.blx.imm':
      return { ...plain(wideBranch(word, SLOT_DATA - (code.pc & ~3))), target: SLOT_DATA }
    case 't16.mov.high':
      if (((word >>> 20) & 8) === 0 || ((word >>> 16) & 7) !== 7) return undefined
      return { word, register: (word >>> 19) & 15, target: target | r.below(2), tested: -1 }
  }
  return undefined
}

/** An A32 branch with its target forced; undefined: not a branch. */
export function a32Branch(r: Random, word: number, code: Code): Branch | 'avoid' | undefined {
  const target = targetWithin(r, code, 4)
  const distance = target - code.pc
  const isUnconditional = word >>> 28 === 15
  if ((word & 0x0e000000) === 0x0a000000) {
    if (isUnconditional) {
      const to = SLOT_DATA - code.pc
      return { word: ((word & 0xfe000000) | ((to >> 2) & 0xffffff)) >>> 0, register: -1, target: SLOT_DATA | 1, tested: -1 }
    }
    return { word: ((word & 0xff000000) | ((distance >> 2) & 0xffffff)) >>> 0, register: -1, target, tested: -1 }
  }
  if (isUnconditional || (word & 0x0fffffc0) !== 0x012fff00) return undefined
  const kind = (word >>> 4) & 3
  if (kind === 0) return undefined
  const register = word & 15
  if (register === 15) return 'avoid'
  return { word, register, target: kind !== 2 && r.oneIn(3) ? SLOT_DATA | 1 : target, tested: -1 }
}

/** Thumb rows that may not be within an IT block. */
const NOT_IN_IT = /^t16\.(it|cbz|b\.cond|setend|cps|bkpt|hlt)|^t32\.(b\.cond|cps)/
/** Thumb rows that end an IT block, when they write PC. */
const LAST_IN_IT = /^t16\.(b|bx|blx\.reg)$|^t32\.(b|bl|blx\.imm|bxj|tbb|tbh)$/
/** Rows that the test does not run: exceptions, waiting, registers of the system. */
const NOT_RUN = /^(t16|t32)\.(udf|svc|bkpt|hlt|setend|cps|mrc|mrrc|isb)|^(udf|svc|bkpt|hlt|setend|cps|mrc|mrrc|isb)/
const WAITING = [2, 3]
/** Of MSR's mask: the byte with the endianness. */
const EXTENSION = 2

export function mayBeInIt(name: string): boolean {
  return !NOT_IN_IT.test(name) && mayVectorBeInIt(name.replace(/^t32\./, ''))
}

export function endsIt(name: string): boolean {
  return LAST_IN_IT.test(name)
}

export function isAvoided(name: string, fields: Readonly<Record<string, number>>): boolean {
  if (NOT_RUN.test(name)) return true
  if (/hint/.test(name)) return WAITING.includes(fields['hint'] ?? 0)
  if (/(^|\.)msr/.test(name) && (fields['mask']! & EXTENSION) !== 0) return true
  // cond 15 is none; 14 has no opposite
  return name === 't16.it' && fields['cond']! >= ALWAYS
}

/** CP15DMB, CP15DSB, CP15ISB and TPIDRURW. */
const COPROCESSOR_WRITES = [0xee070fba, 0xee070f9a, 0xee070f95, 0xee0d0f50] as const

/** MCR as one of those that user mode may execute. */
export function coprocessorWrite(r: Random, word: number): number {
  return (r.pick(COPROCESSOR_WRITES) & 0x0fff0fff) | (word & 0xf000f000)
}
