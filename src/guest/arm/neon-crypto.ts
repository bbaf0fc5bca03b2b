/** AES, SHA-1, SHA-256 (manual F4.1.18, F4.1.19), and CRC32. Rounds are in arm-common/crypto-operations.ts. */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import {
  aesd, aese, aesimc, aesmc, type CryptoOperation, sha1c, sha1h, sha1m, sha1p, sha1su0, sha1su1, sha256h, sha256h2, sha256su0, sha256su1,
} from '../arm-common/crypto-operations.ts' // biome-ignore format: a list
import { simd } from '../arm-common/simd-lanes.ts'
import { NEXT, type Outcome, type Row } from '../insn.ts'
import { type ArmContext, PC } from './context.ts'
import { FULL, simdRow } from './neon-rows.ts'
import { insn } from './notation.ts'
import { SLOT_Q0 } from './state.ts'
import { type Destination, destinationD, type First, firstD, getQ, isOdd, type Second, secondD, setQ } from './vfp-registers.ts'

interface Two extends Destination, Second {}
interface Three extends Two, First {}

function two(name: string, pattern: string, type: string, operation: CryptoOperation): Row<ArmContext> {
  return simdRow<Two>(name, '1', `1 d:1 11 ${pattern} m:1 0 vm:4`, `${name}.${type} {qd}, {qm}`, (t, f) => {
    const [d, m] = [destinationD(f), secondD(f)]
    if (isOdd(1, d, m)) return t.undefinedInsn()
    setQ(t, d >> 1, operation(simd(t, FULL), getQ(t, d >> 1), getQ(t, m >> 1), NONE))
    return NEXT
  })
}
function mix(name: string, q: string, operation: typeof aesmc): Row<ArmContext> {
  return simdRow<Two>(name, '1', `1 d:1 11 00 00 vd:4 0 0111 ${q} m:1 0 vm:4`, `${name}.8 {qd}, {qm}`, (t, f) => {
    const [d, m] = [destinationD(f), secondD(f)]
    if (isOdd(1, d, m)) return t.undefinedInsn()
    setQ(t, d >> 1, operation(simd(t, FULL), getQ(t, m >> 1), SLOT_Q0 + (m >> 1)))
    return NEXT
  })
}
function three(name: string, u: string, size: string, operation: CryptoOperation): Row<ArmContext> {
  return simdRow<Three>(name, u, `0 d:1 ${size} vn:4 vd:4 1100 n:1 1 m:1 0 vm:4`, `${name}.32 {qd}, {qn}, {qm}`, (t, f) => {
    const [d, n, m] = [destinationD(f), firstD(f), secondD(f)]
    if (isOdd(1, d, n, m)) return t.undefinedInsn()
    setQ(t, d >> 1, operation(simd(t, FULL), getQ(t, d >> 1), getQ(t, n >> 1), getQ(t, m >> 1)))
    return NEXT
  })
}
/** SHA1H gives a word; the rest becomes zero. */
const rotated: CryptoOperation = (s, d, n, m) => s.low(sha1h(s, d, n, m), 32)

export const neonCryptoRows: readonly Row<ArmContext>[] = [
  two('aese', '00 00 vd:4 0 0110 0', '8', aese),
  two('aesd', '00 00 vd:4 0 0110 1', '8', aesd),
  mix('aesmc', '0', aesmc),
  mix('aesimc', '1', aesimc),
  two('sha1h', '10 01 vd:4 0 0101 1', '32', rotated),
  two('sha1su1', '10 10 vd:4 0 0111 0', '32', sha1su1),
  two('sha256su0', '10 10 vd:4 0 0111 1', '32', sha256su0),
  three('sha1c', '0', '00', sha1c),
  three('sha1p', '0', '01', sha1p),
  three('sha1m', '0', '10', sha1m),
  three('sha1su0', '0', '11', sha1su0),
  three('sha256h', '1', '00', sha256h),
  three('sha256h2', '1', '01', sha256h2),
  three('sha256su1', '1', '10', sha256su1),
]

// CRC32: the polynomials of 32 bits, of a byte, a halfword or a word

interface Crc {
  readonly rn: number
  readonly rd: number
  readonly rm: number
}
function crc(t: ArmContext, f: Crc, op: number, size: number): Outcome {
  if (f.rn === PC || f.rd === PC || f.rm === PC) return t.undefinedInsn()
  t.setR(f.rd, t.ir.emit(op, t.r(f.rn), t.ir.emit(OP.zext32, t.r(f.rm)), NONE, 8 << size))
  return NEXT
}
const CRCS = [
  ['crc32', '0', OP.crc32],
  ['crc32c', '1', OP.crc32c],
] as const
const LETTERS = ['b', 'h', 'w'] as const
export const crcA32Rows = CRCS.flatMap(([name, c, op]) =>
  LETTERS.map((letter, size) =>
    insn(
      `${name}${letter}`,
      `cond:4 00010 ${size.toString(2).padStart(2, '0')} 0 rn:4 rd:4 00 ${c} 0 0100 rm:4` as 'rn:4 rd:4 rm:4',
      `${name}${letter} {r:rd}, {r:rn}, {r:rm}`,
      (t, f) => crc(t, f, op, size),
    ),
  ),
)
