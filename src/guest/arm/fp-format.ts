/** Operand formatters of VFP and Advanced SIMD, as GNU objdump prints them. Registers are named without a field: `{dd}` is D:Vd, `{sn}` Vn:N, `{qm}` M:Vm as a Q register. */
import { expandNumber } from '../arm-common/fp-fields.ts'
import type { Formatters } from '../disasm.ts'
import type { AnyFields } from '../pattern.ts'
import { CONDITIONS, field, REGISTERS } from './format.ts'
import { isThumb, itStateOf } from './instruction-set.ts'
import { scalarOf } from './vfp-transfer.ts'

const singleOf = (f: AnyFields, v: string, x: string) => 2 * field(f, v) + field(f, x)
const doubleOf = (f: AnyFields, v: string, x: string) => 16 * field(f, x) + field(f, v)
const s = (f: AnyFields, v: string, x: string) => `s${singleOf(f, v, x)}`
const d = (f: AnyFields, v: string, x: string) => `d${doubleOf(f, v, x)}`
const q = (f: AnyFields, v: string, x: string) => `q${doubleOf(f, v, x) >> 1}`
const isDouble = (f: AnyFields) => field(f, 'sz') !== 0
const scalar = (f: AnyFields, v: string, x: string) => (isDouble(f) ? d : s)(f, v, x)
const vector = (f: AnyFields, v: string, x: string) => (field(f, 'q') ? q : d)(f, v, x)

/** `{d0-d3}`, `{s5}`. */
function list(letter: string, first: number, count: number): string {
  return count === 1 ? `{${letter}${first}}` : `{${letter}${first}-${letter}${first + count - 1}}`
}
function condition(f: AnyFields, pc: number): string {
  const itState = itStateOf(pc)
  return CONDITIONS[f['cond'] ?? (isThumb(pc) && itState !== 0 ? itState >> 4 : 14)]!
}

const SP = 13
/** Loads and stores of several registers; VPUSH and VPOP are those by SP. */
function multiple(name: string, f: AnyFields, suffix: string, pc: number): string {
  const imm8 = field(f, 'imm8')
  const isOfDoubles = isDouble(f)
  const registers = isOfDoubles ? list('d', doubleOf(f, 'vd', 'd'), imm8 >> 1) : list('s', singleOf(f, 'vd', 'd'), imm8)
  const changes = suffix === 'db' || field(f, 'W') !== 0
  const c = condition(f, pc)
  const base = REGISTERS[field(f, 'rn')]!
  if (isOfDoubles && imm8 & 1) return `f${name.slice(1)}${suffix}x${c} ${base}${changes ? '!' : ''}, ${registers}`
  if (field(f, 'rn') === SP && changes && suffix === (name === 'vldm' ? 'ia' : 'db'))
    return `${name === 'vldm' ? 'vpop' : 'vpush'}${c} ${registers}`
  return `${name}${suffix}${c} ${base}${changes ? '!' : ''}, ${registers}`
}

/** `size` field of 8-, 16-, 32-, 64-bit lanes, or the place of the highest one in imm6 with L. */
function bitsOf(f: AnyFields): number {
  const size = f['size']
  if (size !== undefined) return 8 << size
  return shiftBits(f)
}
/** Lane width of a shift by an immediate. */
function shiftBits(f: AnyFields): number {
  return f['l'] ? 64 : 8 << (31 - Math.clz32(field(f, 'imm6') >> 3))
}

/** A scalar operand m of 16 or 32 bits. */
function elementText(f: AnyFields, size: number): string {
  const [m, vm] = [field(f, 'm'), field(f, 'vm')]
  return size === 1 ? `d${vm & 7}[${2 * m + (vm >> 3)}]` : `d${vm}[${m}]`
}

/** i:imm3:imm4 of a modified immediate. */
function imm8(i: string, f: AnyFields): number {
  return (Number(i) << 7) | (field(f, 'imm3') << 4) | field(f, 'imm4')
}
/** Each bit a byte. */
function bytesOfBits(bits: number): string {
  return Array.from({ length: 8 }, (_, k) => ((bits >> (7 - k)) & 1 ? 'ff' : '00')).join('')
}

export const FP_FORMATTERS: Formatters = {
  sd: (_n, f) => s(f, 'vd', 'd'),
  sn: (_n, f) => s(f, 'vn', 'n'),
  sm: (_n, f) => s(f, 'vm', 'm'),
  /** The one behind it. */
  sm1: (_n, f) => `s${singleOf(f, 'vm', 'm') + 1}`,
  dd: (_n, f) => d(f, 'vd', 'd'),
  dn: (_n, f) => d(f, 'vn', 'n'),
  dm: (_n, f) => d(f, 'vm', 'm'),
  qd: (_n, f) => q(f, 'vd', 'd'),
  qn: (_n, f) => q(f, 'vn', 'n'),
  qm: (_n, f) => q(f, 'vm', 'm'),
  // by sz
  fd: (_n, f) => scalar(f, 'vd', 'd'),
  fn: (_n, f) => scalar(f, 'vn', 'n'),
  fm: (_n, f) => scalar(f, 'vm', 'm'),
  fw: (_n, f) => (isDouble(f) ? 'f64' : 'f32'),
  // the other format
  fdto: (_n, f) => (isDouble(f) ? s : d)(f, 'vd', 'd'),
  fto: (_n, f) => (isDouble(f) ? 'f32' : 'f64'),
  // by q
  vd: (_n, f) => vector(f, 'vd', 'd'),
  vn: (_n, f) => vector(f, 'vn', 'n'),
  vm: (_n, f) => vector(f, 'vm', 'm'),

  fimm: (_n, f) => `#${(field(f, 'imm4h') << 4) | field(f, 'imm4l')}`,
  fixed: (_n, f, size) => `#${Number(size) - 2 * field(f, 'imm4') - field(f, 'i')}`,
  /** The offset is in words, or in as many bytes as the argument says. */
  vaddr8: (_n, f, scale) => {
    const offset = (scale === '' ? 4 : Number(scale)) * field(f, 'imm8')
    const rn = field(f, 'rn')
    return `[${REGISTERS[rn]}${offset === 0 && field(f, 'U') ? '' : `, #${field(f, 'U') ? '' : '-'}${offset}`}]`
  },
  vldm: (_n, f, suffix, pc) => multiple('vldm', f, suffix, pc),
  vstm: (_n, f, suffix, pc) => multiple('vstm', f, suffix, pc),

  // transfers
  lanebits: (_n, f) => `${8 << scalarOf(field(f, 'opc1'), field(f, 'opc2'))[0]}`,
  lanetype: (_n, f) => {
    const [size] = scalarOf(field(f, 'opc1'), field(f, 'opc2'))
    return size === 2 ? '32' : `${field(f, 'u') ? 'u' : 's'}${8 << size}`
  },
  lane: (_n, f) => {
    const register = f['vd'] === undefined ? d(f, 'vn', 'n') : d(f, 'vd', 'd')
    return `${register}[${scalarOf(field(f, 'opc1'), field(f, 'opc2'))[1]}]`
  },
  dupbits: (_n, f) => `${32 >> (2 * field(f, 'b') + field(f, 'e') === 2 ? 2 : field(f, 'e'))}`,
  flagsr: (rt) => (rt === 15 ? 'APSR_nzcv' : REGISTERS[rt]!),
  fpreg: (reg) =>
    ['fpsid', 'fpscr', 'c2', 'c3', 'c4', 'mvfr2', 'mvfr1', 'mvfr0', 'fpexc', 'fpinst', 'fpinst2', 'c11', 'vpr', 'p0', 'fpcxtns', 'fpcxts'][
      reg
    ]!,

  // lanes
  bits: (_n, f) => `${bitsOf(f)}`,
  bits2: (_n, f) => `${2 * bitsOf(f)}`,
  su: (_n, f) => (field(f, 'u') ? 'u' : 's'),
  elem: (_n, f, size) => elementText(f, Number(size)),
  /** VTBL's registers. */
  table: (_n, f) => list('d', doubleOf(f, 'vn', 'n'), field(f, 'len') + 1),
  /** VDUP of a scalar: size and index are in imm4. */
  dupscalar: (_n, f) => {
    const imm4 = field(f, 'imm4')
    const size = 31 - Math.clz32(imm4 & -imm4)
    return `${8 << size} ${vector(f, 'vd', 'd')}, ${d(f, 'vm', 'm')}[${imm4 >> (size + 1)}]`
  },
  // rotations of complex numbers
  rot1: (rot) => `#${90 + 180 * rot}`,
  rot2: (rot) => `#${90 * rot}`,
  fbits: (imm, _f, bits) => `#${Number(bits) - imm}`,

  // modified immediates; the argument is i, and how far they are shifted
  immshl: (_n, f, arg) => {
    const [i, shift] = arg.split('.')
    return `#${(imm8(i!, f) << Number(shift)) | 0}`
  },
  immones: (_n, f, arg) => {
    const [i, shift] = arg.split('.')
    return `#${(imm8(i!, f) << Number(shift)) | ((1 << Number(shift)) - 1) | 0}`
  },
  immbytes: (_n, f, i) => `#0x${bytesOfBits(imm8(i, f))}`,
  immf32: (_n, f, i) => `#${expandNumber(imm8(i, f))}`,

  /** VSHLL, or VMOVL for a shift by 0. */
  vshll: (imm, f, type, pc) => {
    const operands = `${q(f, 'vd', 'd')}, ${d(f, 'vm', 'm')}`
    return `${imm === 0 ? 'vmovl' : 'vshll'}${condition(f, pc)}.${type} ${operands}${imm === 0 ? '' : `, #${imm}`}`
  },
  shr: (_n, f) => `#${(f['l'] ? 64 : 2 * shiftBits(f)) - field(f, 'imm6')}`,
  shl: (_n, f) => `#${field(f, 'imm6') - (f['l'] ? 0 : shiftBits(f))}`,
}
