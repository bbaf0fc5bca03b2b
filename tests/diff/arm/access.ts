/**
 * Where an instruction accesses memory, by its encoding: A32 (manual F4.1.4 …), Thumb by the fields of its row. The generator points the base register
 * so that the access falls into the window.
 */

export interface Access {
  readonly base: number
  /** Bytes from the base to the lowest byte accessed. */
  readonly offset: number
  /** A register that is added to the base, shifted left by `shift`, or subtracted. */
  readonly index: number
  readonly shift: number
  readonly subtracts: boolean
  readonly size: number
  readonly align: number
  /** Where in the access the new PC is, bytes; negative: it is not loaded. */
  readonly pcAt: number
}

/** It reads the data behind the code. */
export type Found = Access | 'literal' | 'avoid' | undefined
export type Fields = Readonly<Record<string, number>>

const SP = 13
const PC = 15
const LR = 14

function access(base: number, offset: number, size: number, rest: Partial<Access> = {}): Access {
  return { base, offset, size, index: -1, shift: 0, subtracts: false, align: 1, pcAt: -1, ...rest }
}

const count = (list: number): number => {
  let n = 0
  for (let bits = list; bits !== 0; bits &= bits - 1) n++
  return n
}

/** LDM and STM. */
function multiple(base: number, list: number, isUp: boolean, isBefore: boolean, writes: boolean, loads: boolean): Found {
  const size = 4 * count(list)
  if (size === 0 || base === PC) return 'avoid'
  if ((list >> base) & 1) {
    // A base that is loaded, too, or stored behind another one when it is written.
    if (writes && (loads || (list & ((1 << base) - 1)) !== 0)) return 'avoid'
  }
  if (!loads && (list >> PC) & 1) return 'avoid'
  const offset = isUp ? (isBefore ? 4 : 0) : (isBefore ? 0 : 4) - size
  return access(base, offset, size, { align: 4, pcAt: loads && (list >> PC) & 1 ? size - 4 : -1 })
}

const SIZES: Readonly<Record<string, number>> = {
  b: 1,
  sb: 1,
  h: 2,
  sh: 2,
  d: 8,
  '': 4,
}

/** Bytes of `ldrsb` and its like. */
function sizeOfName(mnemonic: string): number {
  return SIZES[mnemonic.replace(/^(ldr|str|lda|stl)(ex)?/, '')]!
}

function single(
  base: number,
  rt: number,
  offset: number,
  size: number,
  loads: boolean,
  changesBase: boolean,
  rest: Partial<Access> = {},
): Found {
  if (changesBase && (base === rt || base === PC)) return 'avoid'
  if (base === PC) return loads ? 'literal' : 'avoid'
  if (rt === PC && !(loads && size === 4)) return 'avoid'
  return access(base, offset, size, { pcAt: rt === PC ? 0 : -1, align: rt === PC ? 4 : 1, ...rest })
}

/** Of a Thumb word by the name of its row and its fields. */
export function thumbAccess(name: string, f: Fields, word: number): Found {
  if (/^t32\.(v|fld|fst)/.test(name)) return vectorAccess(word)
  const [set, mnemonic, form] = name.split('.') as [string, string, string | undefined]
  const loads = mnemonic.startsWith('ld')
  if (mnemonic === 'push') return multiple(SP, f['list']! | (f['M']! << LR), false, true, true, false)
  if (mnemonic === 'pop') return multiple(SP, f['list']! | (f['M']! << PC), true, false, true, true)
  if (/^(ld|st)m/.test(mnemonic)) {
    const writes = set === 't16' ? !loads || ((f['list']! >> f['rn']!) & 1) === 0 : f['W'] === 1
    if (set === 't32' && (f['list']! & 0xa000) !== 0 && !loads) return 'avoid'
    if (set === 't32' && (count(f['list']!) < 2 || (f['list']! & (1 << SP)) !== 0 || (f['list']! & 0xc000) === 0xc000)) return 'avoid'
    if (set === 't32' && writes && ((f['list']! >> f['rn']!) & 1) !== 0) return 'avoid'
    return multiple(f['rn']!, f['list']!, !mnemonic.endsWith('db'), mnemonic.endsWith('db'), writes, loads)
  }
  if (/^tb[bh]$/.test(mnemonic)) return f['rn'] === PC || f['rm']! >= SP ? 'avoid' : access(f['rn']!, 0, 1, { index: f['rm']! })
  if (!/^(ld|st)(r|a|l)/.test(mnemonic)) return undefined
  const { rn = SP, rt = 0 } = f
  if (form === 'lit') return rt === PC && mnemonic !== 'ldr' ? undefined : 'literal'
  if (/ex|^lda|^stl/.test(mnemonic)) return ordered(mnemonic, f)
  const size = sizeOfName(mnemonic)
  if (mnemonic === 'ldrd' || mnemonic === 'strd') {
    if (rt >= SP || f['rt2']! >= SP || (loads && rt === f['rt2'])) return 'avoid'
    const offset = (f['U'] ? 4 : -4) * f['imm8']!
    if (form !== undefined && (rn === rt || rn === f['rt2'])) return 'avoid'
    return single(rn, rt, form === 'post' ? 0 : offset, size, loads, form !== undefined, { align: 4 })
  }
  if (form === 'reg') return f['rm']! >= SP ? 'avoid' : single(rn, rt, 0, size, loads, false, { index: f['rm']!, shift: f['imm2'] ?? 0 })
  if (form === 'imm12') return single(rn, rt, f['imm12']!, size, loads, false)
  if (form === 'sp') return access(SP, 4 * f['imm8']!, size)
  if (form === 'imm') return access(rn, size * f['imm5']!, size)
  const { P, U, W, imm8 } = f as { P: number; U: number; W: number; imm8: number }
  if ((!P && !W) || (P && U && !W && rt >= SP)) return 'avoid'
  return single(rn, rt, P ? (U ? imm8 : -imm8) : 0, size, loads, !P || W === 1)
}

/** Of a Thumb word of VFP or Advanced SIMD. */
function vectorAccess(word: number): Found {
  if (bits(word, 25, 3) === 6 && bits(word, 28, 4) === 14) return coprocessorAccess(word)
  return word >>> 24 === 0xf9 && !bits(word, 20, 1) ? elementAccess(word) : undefined
}

/** Exclusives and ordered accesses. */
function ordered(mnemonic: string, f: Fields): Found {
  const { rn, rt, rt2 = 0, rd } = f as { rn: number; rt: number; rt2?: number; rd?: number }
  if (rn === PC || rt >= SP || rt2 >= SP || (rd ?? 0) >= SP) return 'avoid'
  const isPair = mnemonic.endsWith('d')
  if (rd !== undefined && (rd === rn || rd === rt || (isPair && rd === rt2))) return 'avoid'
  if (isPair && rt === rt2 && mnemonic.startsWith('ld')) return 'avoid'
  const size = sizeOfName(mnemonic)
  return access(rn, 4 * (f['imm8'] ?? 0), size, { align: size })
}

// A32

const bits = (word: number, from: number, width: number): number => (word >>> from) & (2 ** width - 1)

/** Of an A32 word that may be a load or store. */
export function a32Access(word: number): Found {
  const isUnconditional = word >>> 28 === 15
  const op = bits(word, 25, 3)
  const [P, U, W, L] = [bits(word, 24, 1), bits(word, 23, 1), bits(word, 21, 1), bits(word, 20, 1)]
  const [rn, rt] = [bits(word, 16, 4), bits(word, 12, 4)]
  const sign = U ? 1 : -1
  if (op === 4) {
    if (isUnconditional || bits(word, 22, 1)) return 'avoid'
    return multiple(rn, word & 0xffff, U === 1, P === 1, W === 1, L === 1)
  }
  if (op === 6) return coprocessorAccess(word)
  if (isUnconditional) return op === 2 && !bits(word, 20, 1) ? elementAccess(word) : undefined
  const changesBase = !P || W === 1
  if (op === 2) return single(rn, rt, P ? sign * bits(word, 0, 12) : 0, bits(word, 22, 1) ? 1 : 4, L === 1, changesBase)
  if (op === 3 && !bits(word, 4, 1)) {
    // Other shifts than to the left are the manual's, not the generator's.
    const rm = bits(word, 0, 4)
    if (rm === PC || rm === rn || bits(word, 5, 2) !== 0) return 'avoid'
    const index = P ? { index: rm, shift: bits(word, 7, 5), subtracts: !U } : {}
    return single(rn, rt, 0, bits(word, 22, 1) ? 1 : 4, L === 1, changesBase, index)
  }
  if (op !== 0 || !bits(word, 7, 1) || !bits(word, 4, 1)) return undefined
  const sh = bits(word, 5, 2)
  if (sh === 0) return bits(word, 24, 1) ? a32Exclusive(word) : undefined
  const isPair = !L && sh >= 2
  const size = isPair ? 8 : sh === 2 ? 1 : 2
  const loads = L === 1 || sh === 2
  if (isPair && (rt & 1 || rt >= 12 || (changesBase && rn === rt + 1))) return 'avoid'
  if (!P && W) return rt === PC ? 'avoid' : extra(word, rn, rt, size, loads, true, isPair)
  return extra(word, rn, rt, size, loads, changesBase, isPair)
}

function extra(word: number, rn: number, rt: number, size: number, loads: boolean, changesBase: boolean, isPair: boolean): Found {
  const U = bits(word, 23, 1)
  const P = bits(word, 24, 1)
  const rest = isPair ? { align: 4 } : {}
  if (bits(word, 22, 1)) {
    const offset = (bits(word, 8, 4) << 4) | bits(word, 0, 4)
    return single(rn, rt, P ? (U ? offset : -offset) : 0, size, loads, changesBase, rest)
  }
  const rm = bits(word, 0, 4)
  if (rm === PC || rm === rn || (isPair && loads && (rm === rt || rm === rt + 1)) || rn === PC) return 'avoid'
  return single(rn, rt, 0, size, loads, changesBase, P ? { index: rm, subtracts: !U, ...rest } : rest)
}

/** SWP, exclusives, ordered accesses. */
function a32Exclusive(word: number): Found {
  const op = bits(word, 20, 4)
  const [rn, rd, rm] = [bits(word, 16, 4), bits(word, 12, 4), bits(word, 0, 4)]
  const loads = (op & 1) === 1
  if ((op & 8) === 0)
    return rn === PC || rd === PC || rm === PC || rn === rd || rn === rm ? 'avoid' : access(rn, 0, op & 4 ? 1 : 4, { align: 4 })
  const size = [4, 8, 1, 2][(op >> 1) & 3]!
  const isExclusive = bits(word, 8, 2) !== 0
  if (rn === PC) return 'avoid'
  const rt = loads ? rd : rm
  if (rt >= SP || (size === 8 && (rt & 1 || rt >= 12))) return 'avoid'
  if (!loads && isExclusive && (rd >= SP || rd === rn || rd === rt || (size === 8 && rd === rt + 1))) return 'avoid'
  return access(rn, 0, size, { align: size })
}

/** VLDR, VSTR, VLDM, VSTM and their like. */
function coprocessorAccess(word: number): Found {
  const [P, U, D, W, L] = [bits(word, 24, 1), bits(word, 23, 1), bits(word, 22, 1), bits(word, 21, 1), bits(word, 20, 1)]
  const rn = bits(word, 16, 4)
  const size = bits(word, 8, 4)
  if (size < 9 || size > 11) return undefined
  // Two registers at once: no access.
  if (!P && !U && !W) return undefined
  const imm8 = bits(word, 0, 8)
  if (P && !W) {
    if (rn === PC) return L ? 'literal' : 'avoid'
    const scale = size === 9 ? 2 : 4
    return access(rn, (U ? 1 : -1) * scale * imm8, size === 9 ? 2 : size === 10 ? 4 : 8, { align: scale })
  }
  if (rn === PC || P === U || size === 9) return 'avoid'
  const first = size === 10 ? (bits(word, 12, 4) << 1) | D : (D << 4) | bits(word, 12, 4)
  const registers = size === 10 ? imm8 : imm8 >> 1
  if (registers === 0 || (size === 11 && registers > 16) || first + registers > 32 || 4 * imm8 > 128) return 'avoid'
  return access(rn, U ? 0 : -4 * imm8, 4 * imm8, { align: 4 })
}

/** Advanced SIMD elements and structures: at most 32 bytes from the base on. */
function elementAccess(word: number): Found {
  const rn = bits(word, 16, 4)
  const rm = bits(word, 0, 4)
  return rn === PC || rm === rn ? 'avoid' : access(rn, 0, 32, { align: 32 })
}
