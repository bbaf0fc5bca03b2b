/**
 * Sets of flags and selectors as facts: names and values as the kernel headers write them, and what follows from
 * them: the text form and the conversion of a value from one ABI's numbering to another's.
 *
 * Values are the low 32 bits, unsigned. Order matters for text only: a flag that contains another's bits
 * (O_SYNC contains O_DSYNC) stands before it.
 */

/** Names an ABI's deviations from asm-generic: 'x64' and 'aarch64' so far. */
export type Flavour = string

export interface FlagSet<N extends string = string> {
  readonly name: string
  /** Bits that hold one of `choices` instead of independent flags; 0 when there are none. */
  readonly mask: number
  readonly choices: ReadonlyMap<number, string>
  /** asm-generic values of every name. */
  readonly values: { readonly [K in N]: number }
  readonly flavours: { readonly [flavour: string]: { readonly [name: string]: number } }
  /** Independent flags in the order in which text names them. */
  readonly bits: readonly string[]
}

interface Declared<C extends string, B extends string> {
  readonly choice?: { readonly mask: number; readonly values: { readonly [K in C]: number } }
  readonly bits: { readonly [K in B]: number }
  readonly flavours?: { readonly [flavour: string]: { readonly [K in B]?: number } }
}

/** Flags that are or-ed together, beside at most one group of mutually exclusive values. */
export function flagSet<B extends string, C extends string = never>(name: string, declared: Declared<C, B>): FlagSet<B | C> {
  const { choice, bits, flavours } = declared
  return new DeclaredSet<B | C>(name, choice?.mask ?? 0, choice?.values ?? NO_VALUES, bits, flavours ?? NO_VALUES)
}

const NO_VALUES = {}
type Values = { readonly [name: string]: number }

/** Names by value and the list of bits are made when they are first asked for: most runs need few. */
class DeclaredSet<N extends string> implements FlagSet<N> {
  readonly name: string
  readonly mask: number
  readonly flavours: FlagSet['flavours']
  private readonly choiceValues: Values
  private readonly bitValues: Values
  private madeChoices: ReadonlyMap<number, string> | undefined
  private madeValues: FlagSet<N>['values'] | undefined
  private madeBits: readonly string[] | undefined

  constructor(name: string, mask: number, choices: object, bits: object, flavours: object) {
    this.name = name
    this.mask = mask
    this.flavours = flavours as FlagSet['flavours']
    this.choiceValues = choices as Values
    this.bitValues = bits as Values
    this.madeChoices = undefined
    this.madeValues = undefined
    this.madeBits = undefined
  }

  get choices(): ReadonlyMap<number, string> {
    if (this.madeChoices === undefined) {
      const choices = new Map<number, string>()
      for (const [text, value] of Object.entries(this.choiceValues)) if (!choices.has(value >>> 0)) choices.set(value >>> 0, text)
      this.madeChoices = choices
    }
    return this.madeChoices
  }

  get values(): FlagSet<N>['values'] {
    this.madeValues ??= { ...this.choiceValues, ...this.bitValues } as FlagSet<N>['values']
    return this.madeValues
  }

  get bits(): readonly string[] {
    this.madeBits ??= Object.keys(this.bitValues)
    return this.madeBits
  }
}

/** A selector: exactly one of the values. `flavours` are for text; what the host is told a row says (`renumbers`). */
export function enumSet<N extends string>(
  name: string,
  values: { readonly [K in N]: number },
  flavours: { readonly [flavour: string]: { readonly [K in N]?: number } } = NO_VALUES,
): FlagSet<N> {
  return new DeclaredSet<N>(name, 0xffff_ffff, values, NO_VALUES, flavours)
}

/** The value of one flag in an ABI. */
export function flagValue<N extends string>(set: FlagSet<N>, flavour: Flavour, name: NoInfer<N>): number {
  return set.flavours[flavour]?.[name] ?? set.values[name]
}

/** Text of a value: `O_WRONLY|O_CREAT|0x40000000`: what has no name prints as a hexadecimal rest. `high` are bits 32 and up. */
export function flagText(set: FlagSet, flavour: Flavour, value: number, high = 0): string {
  const parts: string[] = []
  let rest = value >>> 0
  if (set.mask !== 0) {
    const choice = choiceText(set, flavour, (rest & set.mask) >>> 0)
    if (choice !== undefined) {
      parts.push(choice)
      rest = (rest & ~set.mask) >>> 0
    }
  }
  for (const name of set.bits) {
    const bit = flagValue(set, flavour, name) >>> 0
    if (bit === 0 || (rest & bit) >>> 0 !== bit) continue
    parts.push(name)
    rest = (rest & ~bit) >>> 0
  }
  const above = high > 0 ? high * 0x1_0000_0000 : 0
  if (rest + above !== 0) parts.push(`0x${(rest + above).toString(16)}`)
  return parts.length === 0 ? '0' : parts.join('|')
}

function choiceText(set: FlagSet, flavour: Flavour, value: number): string | undefined {
  const ofFlavour = set.bits.length === 0 ? set.flavours[flavour] : undefined
  for (const name in ofFlavour) if (ofFlavour[name]! >>> 0 === value) return name
  return set.choices.get(value)
}

/** Bits under `mask` (in the source numbering) move left by `shift` places, right when it is negative. */
export interface FlagMove {
  readonly mask: number
  readonly shift: number
}

/** How a value is renumbered: `value & keep`, or-ed with each move's bits. No moves: the numberings agree. */
export interface FlagConversion {
  readonly keep: number
  readonly moves: readonly FlagMove[]
}

/** The conversion of values from one ABI's numbering to another's. Bits without a name keep their place. */
export function flagConversion(set: FlagSet, from: Flavour, to: Flavour): FlagConversion {
  const masks = new Map<number, number>()
  let moved = 0
  for (const name of set.bits) {
    const source = flagValue(set, from, name) >>> 0
    const target = flagValue(set, to, name) >>> 0
    if (source === target || !isSingleBit(source) || !isSingleBit(target)) continue
    const shift = Math.log2(target) - Math.log2(source)
    masks.set(shift, ((masks.get(shift) ?? 0) | source) >>> 0)
    moved = (moved | source) >>> 0
  }
  return { keep: ~moved >>> 0, moves: [...masks].map(([shift, mask]) => ({ mask, shift })) }
}

/** The low 32 bits renumbered; unsigned. */
export function convertFlags(conversion: FlagConversion, value: number): number {
  let result = value & conversion.keep
  for (const { mask, shift } of conversion.moves) result |= shift > 0 ? (value & mask) << shift : (value & mask) >>> -shift
  return result >>> 0
}

function isSingleBit(value: number): boolean {
  return value !== 0 && (value & (value - 1)) === 0
}
