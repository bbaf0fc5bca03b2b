/**
 * What the guest is told about its processor: HWCAP bits and the fields of the identification registers. A feature is announced
 * when every row that it names is there with a meaning, so the two forms cannot disagree with each other or with the table.
 */
import type { Row } from '../insn.ts'

export interface Feature {
  /** The manual's FEAT_ name, without the prefix. */
  readonly name: string
  /** Bit of AT_HWCAP (0..31) or AT_HWCAP2 (32..63). */
  readonly bit: number
  readonly register: string
  /** Lowest bit of its 4-bit field, and the value; of several features in one field the greatest counts. */
  readonly shift: number
  readonly value: number
  /** Mnemonics that make it up: rows of that name, or of that name and a point. */
  readonly rows: readonly string[]
}

const ISAR0 = 'id_aa64isar0_el1'
const ISAR1 = 'id_aa64isar1_el1'
const PFR0 = 'id_aa64pfr0_el1'

function feature(name: string, bit: number, register: string, shift: number, value: number, rows: string): Feature {
  return { name, bit, register, shift, value, rows: rows.split(' ') }
}

/** In the order of the HWCAP bits. FP and AdvSIMD are 0 in their fields when present, 1 with half-precision arithmetic. */
export const FEATURES: readonly Feature[] = [
  feature('FP', 0, PFR0, 16, 0, 'fadd fmul fmadd fcvtzs'),
  feature('AdvSIMD', 1, PFR0, 20, 0, 'add.v movi dup tbl ld1 st4 fmla'),
  feature('AES', 3, ISAR0, 4, 1, 'aese aesd aesmc aesimc'),
  feature('PMULL', 4, ISAR0, 4, 2, 'aese pmull'),
  feature('SHA1', 5, ISAR0, 8, 1, 'sha1c sha1p sha1m sha1h sha1su0 sha1su1'),
  feature('SHA256', 6, ISAR0, 12, 1, 'sha256h sha256h2 sha256su0 sha256su1'),
  feature('CRC32', 7, ISAR0, 16, 1, 'crc32b crc32h crc32w crc32x crc32cb crc32ch crc32cw crc32cx'),
  feature('LSE', 8, ISAR0, 20, 2, 'ldadd ldclr ldeor ldset ldsmax ldsmin ldumax ldumin swp cas casp'),
  feature('FP16', 9, PFR0, 16, 1, 'fadd fmov.h.gen fcvtzs.h'),
  feature('FP16 (AdvSIMD)', 10, PFR0, 20, 1, 'fadd.vh fmla.vh fcvtzs.vh'),
  feature('CPUID', 11, PFR0, 0, 1, 'mrs'),
  feature('RDM', 12, ISAR0, 28, 1, 'sqrdmlah sqrdmlsh'),
  feature('JSCVT', 13, ISAR1, 12, 1, 'fjcvtzs'),
  feature('FCMA', 14, ISAR1, 16, 1, 'fcadd fcmla'),
  feature('LRCPC', 15, ISAR1, 20, 1, 'ldapr'),
  feature('DPB', 16, ISAR1, 0, 1, 'dc.cvap'),
  feature('SHA3', 17, ISAR0, 32, 1, 'eor3 rax1 xar bcax'),
  feature('SM3', 18, ISAR0, 36, 1, 'sm3partw1 sm3partw2 sm3ss1 sm3tt1a sm3tt1b sm3tt2a sm3tt2b'),
  feature('SM4', 19, ISAR0, 40, 1, 'sm4e sm4ekey'),
  feature('DotProd', 20, ISAR0, 44, 1, 'sdot udot'),
  feature('SHA512', 21, ISAR0, 12, 2, 'sha512h sha512h2 sha512su0 sha512su1'),
  feature('FHM', 23, ISAR0, 48, 1, 'fmlal fmlsl fmlal2 fmlsl2'),
  feature('LRCPC2', 26, ISAR1, 20, 2, 'ldapur stlur'),
  feature('FlagM', 27, ISAR0, 52, 1, 'cfinv rmif setf8 setf16'),
  feature('SB', 29, ISAR1, 36, 1, 'sb'),
  feature('DPB2', 32, ISAR1, 0, 2, 'dc.cvadp'),
  feature('FlagM2', 32 + 7, ISAR0, 52, 2, 'axflag xaflag'),
  feature('FRINTTS', 32 + 8, ISAR1, 32, 1, 'frint32z frint32x frint64z frint64x'),
  feature('I8MM', 32 + 13, ISAR1, 52, 1, 'smmla ummla usmmla usdot sudot'),
  feature('BF16', 32 + 14, ISAR1, 44, 1, 'bfcvt bfcvtn bfdot bfmmla bfmlal'),
  feature('DGH', 32 + 15, ISAR1, 48, 1, 'hint'),
]

/** The features whose rows are all there. */
export function announcedFeatures<C>(rows: readonly Row<C>[]): readonly Feature[] {
  /** By mnemonic, which is a row's name or what stands before one of its points: whether all its rows have a meaning. */
  const complete = new Map<string, boolean>()
  for (const { name, missing } of rows) {
    for (let end = name.indexOf('.'); ; end = name.indexOf('.', end + 1)) {
      const mnemonic = end < 0 ? name : name.slice(0, end)
      if (missing) complete.set(mnemonic, false)
      else if (!complete.has(mnemonic)) complete.set(mnemonic, true)
      if (end < 0) break
    }
  }
  return FEATURES.filter((f) => f.rows.every((mnemonic) => complete.get(mnemonic) === true))
}

/** AT_HWCAP and AT_HWCAP2, both below 2^32. */
export function hwcaps(announced: readonly Feature[]): readonly [hwcap: number, hwcap2: number] {
  const word = (from: number): number =>
    announced.filter((f) => f.bit >= from && f.bit < from + 32).reduce((sum, f) => sum + 2 ** (f.bit - from), 0)
  return [word(0), word(32)]
}

export interface IdRegister {
  readonly name: string
  readonly crm: number
  readonly op2: number
  /** Low word without features: what Linux shows of the fields that it hides. */
  readonly base: number
}

/** MIDR_EL1: implementer 0 (software), architecture by ID registers (15), a part number of ours. */
export const MIDR = 0x000fde00
/** MPIDR_EL1: bit 31 is one; the first processor. */
const MPIDR = 0x80000000

export const ID_REGISTERS: readonly IdRegister[] = [
  { name: 'midr_el1', crm: 0, op2: 0, base: MIDR },
  { name: 'mpidr_el1', crm: 0, op2: 5, base: MPIDR },
  { name: 'revidr_el1', crm: 0, op2: 6, base: 0 },
  // EL0 and EL1 are AArch64 only
  { name: PFR0, crm: 4, op2: 0, base: 0x11 },
  { name: 'id_aa64pfr1_el1', crm: 4, op2: 1, base: 0 },
  { name: 'id_aa64zfr0_el1', crm: 4, op2: 4, base: 0 },
  // debug architecture of Armv8
  { name: 'id_aa64dfr0_el1', crm: 5, op2: 0, base: 6 },
  { name: 'id_aa64dfr1_el1', crm: 5, op2: 1, base: 0 },
  { name: ISAR0, crm: 6, op2: 0, base: 0 },
  { name: ISAR1, crm: 6, op2: 1, base: 0 },
  { name: 'id_aa64isar2_el1', crm: 6, op2: 2, base: 0 },
  // TGran4 and TGran64: not told
  { name: 'id_aa64mmfr0_el1', crm: 7, op2: 0, base: 0xff000000 },
  { name: 'id_aa64mmfr1_el1', crm: 7, op2: 1, base: 0 },
  { name: 'id_aa64mmfr2_el1', crm: 7, op2: 2, base: 0 },
]

/** Words of an identification register. */
export function idValue(register: IdRegister, announced: readonly Feature[]): readonly [lo: number, hi: number] {
  const fields = new Array<number>(16).fill(0)
  for (const f of announced) if (f.register === register.name) fields[f.shift / 4] = Math.max(fields[f.shift / 4]!, f.value)
  const word = (from: number): number => fields.slice(from, from + 8).reduce((sum, field, n) => sum | (field << (4 * n)), 0)
  return [register.base | word(0) | 0, word(8)]
}
