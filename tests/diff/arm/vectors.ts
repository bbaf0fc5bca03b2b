/** Which words of VFP and Advanced SIMD rows the manual leaves open, and which may not be within an IT block. */

type Fields = Readonly<Record<string, number>>

const LAST_REGISTER = 31
const number = (f: Fields, v: string, x: string): number => (f[x]! << 4) | f[v]!

/** Distance from the first register of a VLDn or VSTn to the last one. */
function span(mnemonic: string, form: readonly string[], f: Fields): number {
  const members = Number(mnemonic[3])
  switch (form[0]) {
    case 'multiple': {
      const [, count, distance] = form.map(Number)
      return count! > members ? count! - 1 : distance! * (count! - 1)
    }
    case 'single': {
      const size = Math.log2(Number(form[1])) - 3
      const isApart = members > 1 && size > 0 && ((f['ia']! >> size) & 1) !== 0
      return (members - 1) * (isApart ? 2 : 1)
    }
    default:
      return members === 1 ? f['apart']! : (members - 1) * (1 + f['apart']!)
  }
}

/** `name` is without `t32.`. */
export function isUnpredictableVector(name: string, f: Fields): boolean {
  const [mnemonic, ...form] = name.split('.') as [string, ...string[]]
  if (/^v(ld|st)[1-4]$/.test(mnemonic)) return number(f, 'vd', 'd') + span(mnemonic, form, f) > LAST_REGISTER
  if (/^v(trn|uzp|zip|swp)$/.test(mnemonic)) return number(f, 'vd', 'd') === number(f, 'vm', 'm')
  if (/^vmov\.rr\./.test(name) && f['rt'] === f['rt2']) return true
  if (name === 'vmov.ss.rr' || name === 'vmov.rr.ss') return f['vm'] === 15 && f['m'] === 1
  if (/\.(from|to)\.[su]16\.(f16\.)?fixed$/.test(name)) return 2 * f['imm4']! + f['i']! > 16
  if (/^vtb[lx]$/.test(mnemonic)) return number(f, 'vn', 'n') + f['len']! > LAST_REGISTER
  return /^crc32/.test(mnemonic) && f['cond'] !== undefined && f['cond'] !== 14
}

/** Those without a condition in A32: an IT block gives them none. */
const NOT_IN_IT =
  /^(vsel|v(max|min)nm|vrint[anpm]\.|vcvt[anpm]\.|aes|sha1|sha256|vins|vmovx|vcadd|vcmla|vfm[as]l|vusdot|vsudot|v(s|u|us)mmla)/
export function mayVectorBeInIt(name: string): boolean {
  return !NOT_IN_IT.test(name)
}

const ALL = ['vd', 'vn', 'vm']
/** Operands that are quadwords in rows without a field q. */
const QUADWORDS: readonly (readonly [name: RegExp, operands: readonly string[]])[] = [
  [/^v(add|sub|aba|abd|mla|mls|mul|qdmla|qdmls|qdmul)l\.|^vshll\.|^vcvt\.f32\.f16$/, ['vd']],
  [/^v(add|sub)w\./, ['vd', 'vn']],
  [/^vr?(add|sub)hn\./, ['vn', 'vm']],
  [/^vq?r?shru?n\.|^vq?movu?n|^vcvt\.f16\.f32$/, ['vm']],
  [/^(aes|sha1|sha256|v(s|u|us)mmla)/, ALL],
]
/** Sources of half the width, as q says. */
const LONG = /^vfm[as]l/
const SCALAR_OPERAND = /\.scalar$/
const DOUBLEWORDS_ALONE = /^vp(add|max|min)\./
/** Values without which most words of a row are undefined. */
const DEFINED: readonly (readonly [name: RegExp, field: string, values: readonly number[]])[] = [
  [/^(vmul\.p|vcnt|vrev16)$/, 'size', [0]],
  [/^vrev32$/, 'size', [0, 1]],
  [/^vqr?d(mulh|mlah|mlsh)\.s$|^vqrdml[as]h\.s$/, 'size', [1, 2]],
  [/^vm(rs|sr)$/, 'reg', [1]],
]

/** Most words of a row as ones that are defined: quadwords with even numbers, sizes that there are. */
export function mostlyDefined(name: string, f: Fields, choose: (count: number) => number): Record<string, number> {
  const g: Record<string, number> = { ...f }
  if (choose(16) === 0) return g
  for (const [row, field, values] of DEFINED) if (row.test(name)) g[field] = values[choose(values.length)]!
  if (g['q'] !== undefined && DOUBLEWORDS_ALONE.test(name)) g['q'] = 0
  const long = g['q'] === 1 && LONG.test(name) ? ['vd'] : undefined
  const operands = long ?? (g['q'] === undefined ? QUADWORDS.find(([row]) => row.test(name))?.[1] : g['q'] === 1 ? ALL : undefined)
  for (const operand of operands ?? []) if (g[operand] !== undefined && !(operand === 'vm' && SCALAR_OPERAND.test(name))) g[operand]! &= ~1
  return g
}
