/** The meaning of the integer and flag ops, and of the moves between registers' classes that belong to no other family. */
import { interpret, type Values } from './interpret-core.ts'
import { I32 } from './op-row.ts'
import type { OpName } from './ops.ts'
import { CMP_NAMES, COND_NAMES, PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from './ops-int.ts'

function bits(v: Values, x: number): number {
  return v.type(x) === I32 ? 32 : 64
}
/** Unsigned value of an i32 or i64. */
export function unsigned(v: Values, x: number): bigint {
  return v.type(x) === I32 ? BigInt(v.u32[x * 4]!) : v.u64[x * 2]!
}
export function set(v: Values, d: number, value: bigint): void {
  if (v.type(d) === I32) v.u32[d * 4] = Number(BigInt.asUintN(32, value))
  else v.u64[d * 2] = BigInt.asUintN(64, value)
}
const signed = (value: bigint, width: number): bigint => BigInt.asIntN(width, value)

/** `f` gets unsigned arguments of `width` bits; its result is cut to the type of d. */
function integer(name: OpName, f: (a: bigint, b: bigint, width: number, imm: number, c: bigint) => bigint): void {
  interpret(name, (v, d, a, b, c, imm) => {
    const width = a < 0 ? 64 : bits(v, a)
    set(v, d, f(a < 0 ? 0n : unsigned(v, a), b < 0 ? 0n : unsigned(v, b), width, imm, c < 0 ? 0n : unsigned(v, c)))
  })
}

interpret('const', (v, d, _a, _b, _c, imm, imm2) => set(v, d, (BigInt(imm2) << 32n) | BigInt(imm >>> 0)))
interpret('constf', (v, d, _a, _b, _c, imm, imm2) => {
  v.i32[d * 4] = imm
  v.i32[d * 4 + 1] = imm2
})
integer('add', (a, b) => a + b)
integer('sub', (a, b) => a - b)
integer('mul', (a, b) => a * b)
integer('mulhs', (a, b) => (signed(a, 64) * signed(b, 64)) >> 64n)
integer('mulhu', (a, b) => (a * b) >> 64n)
integer('sdiv', (a, b, width) => (b === 0n ? 0n : signed(a, width) / signed(b, width)))
integer('udiv', (a, b) => (b === 0n ? 0n : a / b))
integer('and', (a, b) => a & b)
integer('or', (a, b) => a | b)
integer('xor', (a, b) => a ^ b)
integer('andn', (a, b) => a & ~b)
integer('not', (a) => ~a)
integer('neg', (a) => -a)
const amount = (b: bigint, width: number): bigint => b % BigInt(width)
integer('shl', (a, b, width) => a << amount(b, width))
integer('shr', (a, b, width) => a >> amount(b, width))
integer('sar', (a, b, width) => signed(a, width) >> amount(b, width))
integer('ror', (a, b, width) => (a >> amount(b, width)) | (a << (BigInt(width) - amount(b, width))))
integer('funnel', (a, b, width, imm) => ((a << BigInt(width)) | b) >> BigInt(imm))
const zeros = (text: string): number => text.length - text.replace(/^0+/, '').length
const binary = (a: bigint, width: number): string => a.toString(2).padStart(width, '0')
const reversed = (text: string): string => [...text].reverse().join('')
integer('clz', (a, _b, width) => BigInt(zeros(binary(a, width))))
integer('ctz', (a, _b, width) => BigInt(zeros(reversed(binary(a, width)))))
integer('popcnt', (a) => BigInt(a.toString(2).replaceAll('0', '').length))
integer('rbit', (a, _b, width) => BigInt(`0b${reversed(binary(a, width))}`))
integer('bswap', (a, _b, width) => {
  let result = 0n
  for (let n = 0; n < width; n += 8) result = (result << 8n) | ((a >> BigInt(n)) & 0xffn)
  return result
})
integer('sext8', (a) => signed(a, 8))
integer('sext16', (a) => signed(a, 16))
integer('zext8', (a) => a & 0xffn)
integer('zext16', (a) => a & 0xffffn)
integer('sext32', (a) => signed(a, 32))
integer('zext32', (a) => a)
integer('trunc', (a) => a)
integer('adc', (a, b, _width, _imm, c) => a + b + (c & 1n))
integer('sbc', (a, b, _width, _imm, c) => a - b - 1n + (c & 1n))

/** CRC over the low `count` bits of `data`, reflected polynomial. */
function crc(sum: bigint, data: bigint, count: number, polynomial: bigint): bigint {
  for (let n = 0; n < count; n++) {
    const bit = (sum ^ (data >> BigInt(n))) & 1n
    sum = (sum >> 1n) ^ (bit ? polynomial : 0n)
  }
  return sum
}
integer('crc32', (a, b, _width, imm) => crc(a, b, imm, 0xedb88320n))
integer('crc32c', (a, b, _width, imm) => crc(a, b, imm, 0x82f63b78n))

// Flags are kept packed.

export function packedOf(n: boolean, z: boolean, c: boolean, v: boolean): number {
  return (n ? PACKED_N : 0) | (z ? PACKED_Z : 0) | (c ? PACKED_C : 0) | (v ? PACKED_V : 0)
}

/** Flags of a + b + carry, of `width` bits. */
function sumFlags(a: bigint, b: bigint, carry: bigint, width: number): number {
  const sum = a + b + carry
  const result = BigInt.asUintN(width, sum)
  const exact = signed(a, width) + signed(b, width) + carry
  return packedOf(signed(result, width) < 0n, result === 0n, sum !== result, signed(result, width) !== exact)
}
function setFlags(v: Values, d: number, packed: number): void {
  v.u32[d * 4] = packed
}
interpret('flags.add', (v, d, a, b) => setFlags(v, d, sumFlags(unsigned(v, a), unsigned(v, b), 0n, bits(v, a))))
interpret('flags.sub', (v, d, a, b) =>
  setFlags(v, d, sumFlags(unsigned(v, a), BigInt.asUintN(bits(v, a), ~unsigned(v, b)), 1n, bits(v, a))),
)
interpret('flags.adc', (v, d, a, b, c) => setFlags(v, d, sumFlags(unsigned(v, a), unsigned(v, b), unsigned(v, c) & 1n, bits(v, a))))
interpret('flags.sbc', (v, d, a, b, c) =>
  setFlags(v, d, sumFlags(unsigned(v, a), BigInt.asUintN(bits(v, a), ~unsigned(v, b)), unsigned(v, c) & 1n, bits(v, a))),
)
interpret('flags.logic', (v, d, a) =>
  setFlags(v, d, packedOf(signed(unsigned(v, a), bits(v, a)) < 0n, unsigned(v, a) === 0n, false, false)),
)
interpret('flags.or', (v, d, a, b, _c, imm) => setFlags(v, d, v.u32[b * 4] !== 0 ? v.u32[a * 4]! : imm))
interpret('pack', (v, d, a) => setFlags(v, d, v.u32[a * 4]!))
interpret('unpack', (v, d, a) => setFlags(v, d, v.u32[a * 4]! & (PACKED_N | PACKED_Z | PACKED_C | PACKED_V)))

const CONDITIONS: Record<(typeof COND_NAMES)[number], (n: boolean, z: boolean, c: boolean, v: boolean) => boolean> = {
  eq: (_n, z) => z,
  ne: (_n, z) => !z,
  cs: (_n, _z, c) => c,
  cc: (_n, _z, c) => !c,
  mi: (n) => n,
  pl: (n) => !n,
  vs: (_n, _z, _c, v) => v,
  vc: (_n, _z, _c, v) => !v,
  hi: (_n, z, c) => c && !z,
  ls: (_n, z, c) => !c || z,
  ge: (n, _z, _c, v) => n === v,
  lt: (n, _z, _c, v) => n !== v,
  gt: (n, z, _c, v) => !z && n === v,
  le: (n, z, _c, v) => z || n !== v,
}
/** Does condition number `cond` hold of packed flags? */
export function conditionHolds(cond: number, packed: number): boolean {
  const has = (mask: number): boolean => (packed & mask) !== 0
  return CONDITIONS[COND_NAMES[cond]!](has(PACKED_N), has(PACKED_Z), has(PACKED_C), has(PACKED_V))
}
interpret('test', (v, d, a, _b, _c, imm) => set(v, d, conditionHolds(imm, v.u32[a * 4]!) ? 1n : 0n))

const COMPARISONS: Record<(typeof CMP_NAMES)[number], (a: bigint, b: bigint, sa: bigint, sb: bigint) => boolean> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  ult: (a, b) => a < b,
  ule: (a, b) => a <= b,
  ugt: (a, b) => a > b,
  uge: (a, b) => a >= b,
  slt: (_a, _b, sa, sb) => sa < sb,
  sle: (_a, _b, sa, sb) => sa <= sb,
  sgt: (_a, _b, sa, sb) => sa > sb,
  sge: (_a, _b, sa, sb) => sa >= sb,
}
integer('icmp', (a, b, width, imm) => (COMPARISONS[CMP_NAMES[imm]!](a, b, signed(a, width), signed(b, width)) ? 1n : 0n))

/** Value x becomes value `from`, all 16 bytes. */
export function copy(v: Values, x: number, from: number): void {
  v.u8.copyWithin(x * 16, from * 16, from * 16 + 16)
}
for (const name of ['select', 'select.f', 'select.v'] as const) interpret(name, (v, d, a, b, c) => copy(v, d, v.u32[a * 4] !== 0 ? b : c))
