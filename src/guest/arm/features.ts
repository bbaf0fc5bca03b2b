/**
 * What processors of 32-bit ARM differ in: features beyond ARMv5TE with VFPv2, the rows that need each, and what programs are told of them: HWCAP and
 * HWCAP2 (uapi/asm/hwcap.h).
 */
import type { Row } from '../insn.ts'

export const HWCAP = {
  SWP: 1 << 0,
  HALF: 1 << 1,
  THUMB: 1 << 2,
  FAST_MULT: 1 << 4,
  VFP: 1 << 6,
  EDSP: 1 << 7,
  NEON: 1 << 12,
  VFPv3: 1 << 13,
  TLS: 1 << 15,
  VFPv4: 1 << 16,
  IDIVA: 1 << 17,
  IDIVT: 1 << 18,
  VFPD32: 1 << 19,
  LPAE: 1 << 20,
  FPHP: 1 << 22,
  ASIMDHP: 1 << 23,
  ASIMDDP: 1 << 24,
  ASIMDFHM: 1 << 25,
  I8MM: 1 << 27,
} as const

export const HWCAP2 = { AES: 1 << 0, PMULL: 1 << 1, SHA1: 1 << 2, SHA2: 1 << 3, CRC32: 1 << 4, SB: 1 << 5 } as const

/** What ARMv5TE with VFPv2 says. */
const BASE = HWCAP.SWP | HWCAP.HALF | HWCAP.THUMB | HWCAP.FAST_MULT | HWCAP.VFP | HWCAP.EDSP

/** `vectors`: short ones of VFP, by FPSCR.LEN. */
export type Feature = 'vectors' | 'v6' | 'v6k' | 'v6t2' | 'v7' | 'div' | 'lpae' | 'vfp3' | 'half' | 'vfp4' | 'simd' | 'v8'

interface Announcement {
  readonly hwcap: number
  readonly hwcap2?: number
}
const ANNOUNCED: Readonly<Record<Feature, Announcement>> = {
  vectors: { hwcap: 0 },
  v6: { hwcap: 0 },
  // The thread's own registers.
  v6k: { hwcap: HWCAP.TLS },
  v6t2: { hwcap: 0 },
  v7: { hwcap: 0 },
  div: { hwcap: HWCAP.IDIVA | HWCAP.IDIVT },
  // Words of 64 bits are loaded and stored at once.
  lpae: { hwcap: HWCAP.LPAE },
  vfp3: { hwcap: HWCAP.VFPv3 | HWCAP.VFPD32 },
  half: { hwcap: 0 },
  vfp4: { hwcap: HWCAP.VFPv4 },
  simd: { hwcap: HWCAP.NEON },
  v8: {
    hwcap: HWCAP.FPHP | HWCAP.ASIMDHP | HWCAP.ASIMDDP | HWCAP.ASIMDFHM | HWCAP.I8MM,
    hwcap2: HWCAP2.AES | HWCAP2.PMULL | HWCAP2.SHA1 | HWCAP2.SHA2 | HWCAP2.CRC32 | HWCAP2.SB,
  },
}

/** AT_HWCAP and AT_HWCAP2 of a processor with `features`. */
export function hwcapsOf(features: readonly Feature[]): readonly [hwcap: number, hwcap2: number] {
  let hwcap = BASE
  let hwcap2 = 0
  for (const feature of features) {
    hwcap |= ANNOUNCED[feature].hwcap
    hwcap2 |= ANNOUNCED[feature].hwcap2 ?? 0
  }
  return [hwcap, hwcap2]
}

/** Names of A32's rows that need a feature; those of T16 and T32 are the same without the set's name. What SIMD has is told by its pattern. */
const ROWS: readonly (readonly [Feature, RegExp])[] = [
  ['v6', /^(strex|ldrex|umaal|smlald|smlsld|smlad|smlsd|smuad|smusd|smml[as]|smmul|usada?8|sel|pkh|[su]sat|[su]sat16|setend|cps)(\.|$)/],
  ['v6', /^(s|q|sh|u|uq|uh)(add|sub)(8|16)$|^(s|q|sh|u|uq|uh)(asx|sax)$|^[su]xta?[bh](16)?$|^rev(16|sh)?$/],
  ['v6k', /^(strex|ldrex)[bhd]$|^clrex$/],
  ['v6t2', /^(movw|movt|mls|bfi|sbfx|ubfx|rbit|cbz|it)$/],
  ['v7', /^(dsb|dmb|isb)$|^pli\./],
  ['div', /^[su]div$/],
  ['vfp3', /^vmov\.imm\.vfp$|\.fixed$/],
  ['half', /^vcvt[bt]\.(from|to)16$|^vcvt\.(f16\.f32|f32\.f16)$/],
  ['vfp4', /^vfn?m[as]\./],
  ['v8', /^(hlt|sb)$|^(lda|stl)|^(vsel|vmaxnm|vminnm|vrint)|^vcvt[anpm]\.|^(aes|sha1|sha256)|^crc32|^vmull\.p64$|^vqrdml[as]h\./],
  ['simd', /^vdup\.r$/],
  // Of ARMv8.1 and later.
  ['v8', /^vu?s?u?dot|^v(us|s|u)?mmla|^vcmla|^vcadd|^vfm[as]l|^vjcvt|^vdot|^(?!vcvt\.f(16\.f32|32\.f16)$).*f16/],
]
/** In both forms: `1111 001`, `1111 0100`, and T32's `111 U 1111`, `1111 1001`. */
const SIMD = /^1111 (001|0100) |^111 \S+ 1111 |^1111 1001 /
/** Thumb instructions of 32 bits that were there before there were others, as pairs. */
const OLD_PAIRS = /^(bl|blx\.imm)$/
/** Of 16 bits, that came with those of 32. */
const NEW_HALVES = /^hint$/

function needsOf<C>(row: Row<C>): readonly Feature[] {
  const [, set, name] = /^(?:(t16|t32)\.)?(.*)$/.exec(row.name)!
  const needed = ROWS.filter(([, names]) => names.test(name!)).map(([feature]) => feature)
  if (SIMD.test(row.text)) needed.push('simd')
  if ((set === 't32' && !OLD_PAIRS.test(name!)) || (set === 't16' && NEW_HALVES.test(name!))) needed.push('v6t2')
  return needed
}

/** Those of `rows` that a processor with `features` has. */
export function rowsWith<C>(rows: readonly Row<C>[], features: readonly Feature[]): readonly Row<C>[] {
  return rows.filter((row) => needsOf(row).every((feature) => features.includes(feature)))
}
