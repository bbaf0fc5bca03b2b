/**
 * Layouts of C structures. A *shape* is a declaration in C's words; `layout` places its fields by the rules of an ABI's
 * data model (natural alignment, with that model's sizes of long, pointer and long long). Where an architecture declares
 * a structure of its own, the shape carries that declaration under the architecture's flavour; fields of the same name
 * correspond. Sizes and offsets are bytes.
 */
import type { FlagSet, Flavour } from './flag-set.ts'

export interface DataModel {
  readonly name: string
  readonly long: 4 | 8
  readonly pointer: 4 | 8
  /** Alignment of 64-bit integers: 4 on i386 and m68k-like ABIs. */
  readonly align64: 4 | 8
  readonly littleEndian: boolean
}

export const lp64: DataModel = { name: 'lp64', long: 8, pointer: 8, align64: 8, littleEndian: true }

export const ilp32: DataModel = { name: 'ilp32', long: 4, pointer: 4, align64: 8, littleEndian: true }

/** What layout rules depend on. */
export interface LayoutAbi {
  readonly flavour: Flavour
  readonly model: DataModel
}

/** How text shows a field. */
export type FieldFormat =
  | 'signed'
  | 'unsigned'
  | 'hex'
  | 'octal'
  | 'mode'
  | 'string'
  | 'signal'
  | 'sigset'
  | 'pointer'
  | 'handler'
  | 'device'
  | 'limit'
  | 'status'
  /** An inode number: where it is told to an ABI with words of 32 bits the halves of a larger one are folded, as a kernel with such words does. */
  | 'inode'
  | FlagSet

export interface Shape {
  readonly name: string
  readonly declaration: string
  readonly flavours: { readonly [flavour: string]: string }
  /** Flavours under which the structure is packed: no padding, alignment 1. */
  readonly packed: readonly Flavour[]
  readonly formats: { readonly [field: string]: FieldFormat }
  /** Fields that text shows (`{st_mode=..., ...}`); all when absent. */
  readonly show: readonly string[] | null
  /** Fields that have the value of another one. */
  readonly twins: { readonly [field: string]: string }
  /** Fields whose value has to fit into words of 32 bits: EOVERFLOW. */
  readonly exact: readonly string[]
  /** How bytes of one layout become another's where that is more than copying fields: a union. */
  readonly converts: Conversion | null
}

export type Conversion = (from: Layout, source: Uint8Array, to: Layout, target: Uint8Array) => void

/** A scalar, or an array of scalars, at its place. */
export interface Field {
  /** Path from the outermost structure: `st_atim.tv_sec`. */
  readonly name: string
  readonly offset: number
  /** Of one element. */
  readonly size: 1 | 2 | 4 | 8
  readonly signed: boolean
  readonly pointer: boolean
  /** Elements; 1 for a scalar. */
  readonly count: number
  /** Declared with `char`. */
  readonly char: boolean
}

export interface Layout {
  readonly shape: Shape
  readonly model: DataModel
  readonly size: number
  readonly align: number
  readonly fields: readonly Field[]
}

interface ShapeOptions {
  readonly flavours?: { readonly [flavour: string]: string }
  readonly packed?: readonly Flavour[]
  readonly formats?: { readonly [field: string]: FieldFormat }
  readonly show?: readonly string[]
  readonly twins?: Shape['twins']
  readonly exact?: readonly string[]
  readonly converts?: Conversion
}

const shapes = new Map<string, Shape>()

/** Declares `struct name`. Nested structures are named `struct other` and must have been declared before. */
export function shape(name: string, declaration: string, options: ShapeOptions = {}): Shape {
  if (shapes.has(name)) throw new Error(`struct ${name} is declared twice`)
  const made: Shape = {
    name,
    declaration,
    flavours: options.flavours ?? {},
    packed: options.packed ?? [],
    formats: options.formats ?? {},
    show: options.show ?? null,
    twins: options.twins ?? {},
    exact: options.exact ?? [],
    converts: options.converts ?? null,
  }
  shapes.set(name, made)
  return made
}

/** Every declared shape by name. */
export function allShapes(): ReadonlyMap<string, Shape> {
  return shapes
}

interface Scalar {
  readonly size: number | 'long'
  readonly signed: boolean
}

const scalars: { readonly [type: string]: Scalar } = {
  char: { size: 1, signed: true },
  'signed char': { size: 1, signed: true },
  'unsigned char': { size: 1, signed: false },
  short: { size: 2, signed: true },
  'unsigned short': { size: 2, signed: false },
  int: { size: 4, signed: true },
  unsigned: { size: 4, signed: false },
  'unsigned int': { size: 4, signed: false },
  long: { size: 'long', signed: true },
  'unsigned long': { size: 'long', signed: false },
  'long long': { size: 8, signed: true },
  'unsigned long long': { size: 8, signed: false },
  __s8: { size: 1, signed: true },
  __u8: { size: 1, signed: false },
  __s16: { size: 2, signed: true },
  __u16: { size: 2, signed: false },
  __s32: { size: 4, signed: true },
  __u32: { size: 4, signed: false },
  __s64: { size: 8, signed: true },
  __u64: { size: 8, signed: false },
}

/** type, `*` when a pointer, name, array length */
const DECLARATOR = /^(.*?)\s*(\*?)\s*([A-Za-z_]\w*)\s*(?:\[(\d+)\])?$/

const cache = new WeakMap<Shape, Map<string, Layout>>()

/** The layout of a shape in an ABI; computed once. */
export function layout(abi: LayoutAbi, wanted: Shape): Layout {
  const key = `${abi.flavour}/${abi.model.name}`
  let made = cache.get(wanted)
  if (made === undefined) cache.set(wanted, (made = new Map()))
  let result = made.get(key)
  if (result === undefined) made.set(key, (result = place(abi, wanted)))
  return result
}

function place(abi: LayoutAbi, wanted: Shape): Layout {
  const { model, flavour } = abi
  const packed = wanted.packed.includes(flavour)
  const fields: Field[] = []
  let end = 0
  let align = 1
  const skipTo = (alignment: number): void => {
    if (packed) return
    align = Math.max(align, alignment)
    end = roundUp(end, alignment)
  }

  for (const text of (wanted.flavours[flavour] ?? wanted.declaration).split(';')) {
    const statement = text.trim().replace(/\s+/g, ' ')
    if (statement === '') continue
    const match = DECLARATOR.exec(statement)
    if (match === null) throw new Error(`struct ${wanted.name}: cannot read the declaration "${statement}"`)
    const [, type = '', star, name = '', length] = match
    const count = length === undefined ? 1 : Number(length)
    if (star === '*') {
      skipTo(model.pointer)
      fields.push({ name, offset: end, size: model.pointer, signed: false, pointer: true, count, char: false })
      end += model.pointer * count
      continue
    }
    if (type.startsWith('struct ')) {
      const inner = shapes.get(type.slice('struct '.length))
      if (inner === undefined) throw new Error(`struct ${wanted.name}: ${type} is not declared before it`)
      const nested = layout(abi, inner)
      skipTo(nested.align)
      for (let i = 0; i < count; i++) {
        const prefix = count === 1 ? name : `${name}[${i}]`
        for (const f of nested.fields) fields.push({ ...f, name: `${prefix}.${f.name}`, offset: end + f.offset })
        end += nested.size
      }
      continue
    }
    const scalar = scalars[type]
    if (scalar === undefined) throw new Error(`struct ${wanted.name}: unknown type "${type}"`)
    const size = (scalar.size === 'long' ? model.long : scalar.size) as 1 | 2 | 4 | 8
    skipTo(scalar.size === 8 ? model.align64 : size)
    fields.push({ name, offset: end, size, signed: scalar.signed, pointer: false, count, char: type === 'char' })
    end += size * count
  }
  return { shape: wanted, model, size: packed ? end : roundUp(end, align), align: packed ? 1 : align, fields }
}

function roundUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment
}

/** A field by name; a name that the layout lacks is an error of the caller's. */
export function fieldOf(of: Layout, name: string): Field {
  const found = of.fields.find((f) => f.name === name)
  if (found === undefined) throw new Error(`struct ${of.shape.name} has no field ${name}`)
  return found
}

const same = new WeakMap<Layout, WeakMap<Layout, boolean>>()

/** Whether bytes laid out by `a` read the same by `b`: no conversion is needed. */
export function layoutsAgree(a: Layout, b: Layout): boolean {
  let known = same.get(a)
  if (known === undefined) same.set(a, (known = new WeakMap()))
  let result = known.get(b)
  if (result === undefined) known.set(b, (result = compare(a, b)))
  return result
}

function compare(a: Layout, b: Layout): boolean {
  if (a.size !== b.size || a.model.littleEndian !== b.model.littleEndian) return false
  if (a.model.pointer !== b.model.pointer && Object.values(a.shape.formats).includes('inode')) return false
  const other = new Map(b.fields.map((f) => [f.name, f]))
  if (other.size !== a.fields.length) return false
  return a.fields.every((f) => {
    const g = other.get(f.name)
    return g !== undefined && g.offset === f.offset && g.size === f.size && g.count === f.count
  })
}

/** One copy of a scalar between two layouts, as both the thunk compiler and the engine carry it out. */
export interface FieldCopy {
  readonly from: number
  readonly fromSize: 1 | 2 | 4 | 8
  readonly to: number
  readonly toSize: 1 | 2 | 4 | 8
  readonly signed: boolean
  /**
   * fold: the upper half is added to the lower one without carry. limit: the largest value is `none`, and what does not fit is that, too.
   */
  readonly special: 'fold' | 'limit' | null
}

/** Copies that turn bytes laid out by `from` into `to`; fields that only `to` has are left alone (callers zero first). */
export function fieldCopies(from: Layout, to: Layout): FieldCopy[] {
  const copies: FieldCopy[] = []
  for (const target of to.fields) {
    const name = to.shape.twins[target.name] ?? target.name
    const source = from.fields.find((f) => f.name === name)
    if (source === undefined) continue
    const format = to.shape.formats[name]
    const isFolded = format === 'inode' && to.model.pointer < from.model.pointer
    for (let i = 0; i < Math.min(source.count, target.count); i++) {
      copies.push({
        from: source.offset + i * source.size,
        fromSize: source.size,
        to: target.offset + i * target.size,
        toSize: target.size,
        signed: source.signed,
        special: isFolded ? 'fold' : format === 'limit' && source.size !== target.size ? 'limit' : null,
      })
    }
  }
  return copies
}

/** The first field whose value `to` has no room for; undefined: all fit. */
export function misfit(from: Layout, source: Uint8Array, sourceAt: number, to: Layout): string | undefined {
  if (to.model.long >= from.model.long) return undefined
  return to.shape.exact.find((name) => {
    const field = to.fields.find((f) => f.name === name)
    if (field === undefined) return false
    const value = readBig(fieldOf(from, name), from.model, source, sourceAt)
    const bits = 8 * field.size
    return value !== (field.signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value))
  })
}

/** `source` (laid out by `from`) converted into `target` (laid out by `to`), which is zeroed first. */
export function convertStruct(from: Layout, source: Uint8Array, sourceAt: number, to: Layout, target: Uint8Array, targetAt: number): void {
  target.fill(0, targetAt, targetAt + to.size)
  if (to.shape.converts !== null && from.model.pointer !== to.model.pointer) {
    to.shape.converts(from, source.subarray(sourceAt), to, target.subarray(targetAt))
    return
  }
  for (const copy of fieldCopies(from, to)) {
    if (copy.special !== null) {
      copySpecial(copy, from, source, sourceAt, to, target, targetAt)
      continue
    }
    const negative = copy.signed && topBit(source, sourceAt + copy.from, copy.fromSize, from.model.littleEndian)
    for (let i = 0; i < copy.toSize; i++) {
      const byte =
        i < copy.fromSize ? source[sourceAt + copy.from + place8(i, copy.fromSize, from.model.littleEndian)]! : negative ? 0xff : 0
      target[targetAt + copy.to + place8(i, copy.toSize, to.model.littleEndian)] = byte
    }
  }
}

function copySpecial(
  { from: at, fromSize, to: toAt, toSize, special }: FieldCopy,
  from: Layout,
  source: Uint8Array,
  sourceAt: number,
  to: Layout,
  target: Uint8Array,
  targetAt: number,
): void {
  let value = readScalar(from.model, source, sourceAt + at, fromSize)
  const most = BigInt.asUintN(8 * toSize, -1n)
  if (special === 'fold') value = (value & 0xffff_ffffn) ^ (value >> 32n)
  else if (value === BigInt.asUintN(8 * fromSize, -1n) || value > most) value = most
  writeScalar(to.model, target, targetAt + toAt, toSize, value)
}

/** Where the byte of weight 256**i of a scalar lies. */
function place8(i: number, size: number, littleEndian: boolean): number {
  return littleEndian ? i : size - 1 - i
}

function topBit(bytes: Uint8Array, at: number, size: number, littleEndian: boolean): boolean {
  return (bytes[at + place8(size - 1, size, littleEndian)]! & 0x80) !== 0
}

/** A scalar's value: exact to 2^53, or as a bigint by `readBig`. */
export function readField(of: Layout, name: string, bytes: Uint8Array, at = 0): number {
  return Number(readBig(fieldOf(of, name), of.model, bytes, at))
}

/** Element `index` of a field, exact. For text and rare engine work; not for hot paths. */
export function readBig(field: Field, model: DataModel, bytes: Uint8Array, at: number, index = 0): bigint {
  const value = readScalar(model, bytes, at + field.offset + index * field.size, field.size)
  return field.signed ? BigInt.asIntN(field.size * 8, value) : value
}

function readScalar({ littleEndian }: DataModel, bytes: Uint8Array, start: number, size: number): bigint {
  let value = 0n
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[start + place8(i, size, littleEndian)] ?? 0)
  return value
}

function writeScalar({ littleEndian }: DataModel, bytes: Uint8Array, start: number, size: number, value: bigint): void {
  let rest = value
  for (let i = 0; i < size; i++) {
    bytes[start + place8(i, size, littleEndian)] = Number(rest & 0xffn)
    rest >>= 8n
  }
}

/** Stores a number (exact to 2^53, negative sign-extended) or a bigint into a field. */
export function writeField(of: Layout, name: string, bytes: Uint8Array, value: number | bigint, at = 0): void {
  const field = fieldOf(of, name)
  writeScalar(of.model, bytes, at + field.offset, field.size, BigInt.asUintN(field.size * 8, BigInt(value)))
}
