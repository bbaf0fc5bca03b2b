/** Random accesses to memory: addresses of every form, loads, stores, atomics, and an access that faults. */
import type { OpName } from '../../src/ir/ops.ts'
import { type Kind, ValueGenerator } from './random-values.ts'
import { FAR_OFFSET, HIGH, LOW, MIDDLE, slotOf, UNMAPPED, WRITABLE } from './region-machine.ts'
import type { PlanRow } from './region-plan.ts'

/** Indices and displacements stay within this of the middle of a window. */
const REACH = 0x7f0
const SIZES = [1, 2, 4, 8] as const

const LOADS = [
  'load8u', 'load8s', 'load16u', 'load16s', 'load32', 'load32s', 'load64', 'load64', 'load32', 'loadf32', 'loadf64', 'loadv', 'loadva',
] as const // biome-ignore format: a list
const LOAD_KINDS: Partial<Record<OpName, Kind>> = { loadf32: 'f32', loadf64: 'f64', loadv: 'v128', loadva: 'v128' }
const STORES = ['store8', 'store16', 'store32', 'store64', 'store64', 'storef32', 'storef64', 'storev'] as const
const STORE_KINDS: Partial<Record<OpName, Kind>> = { storef32: 'f32', storef64: 'f64', storev: 'v128' }

export abstract class MemoryGenerator extends ValueGenerator {
  abstract condition(): PlanRow

  protected load(): void {
    const { random } = this
    const name = random.pick(LOADS)
    const kind = name === 'load64' || name === 'load32s' ? 'i64' : (LOAD_KINDS[name] ?? random.pick(['i32', 'i64'] as const))
    if (kind !== 'i32' && kind !== 'i64' && this.weights.vector + this.weights.float === 0) return
    const address = this.address(name === 'loadva')
    this.row(name, kind, [address], name === 'loadva' ? 0 : this.displacement())
  }

  protected store(): void {
    const { random } = this
    const name = random.pick(STORES)
    const kind = name === 'store64' ? 'i64' : (STORE_KINDS[name] ?? random.pick(['i32', 'i64'] as const))
    if (kind !== 'i32' && kind !== 'i64' && this.weights.vector + this.weights.float === 0) return
    const value = this.pick(kind)
    const address = kind === 'i64' && random.oneIn(16) ? undefined : this.address(false)
    // Sometimes the address itself is stored.
    if (address === undefined) {
      const self = this.address(false)
      this.row(name, null, [self, self], this.displacement())
    } else this.row(name, null, [address, value], this.displacement())
  }

  private displacement(): number {
    const { random } = this
    return random.oneIn(3) ? 0 : random.below(2 * REACH) - REACH
  }

  protected atomic(): void {
    const { random } = this
    const name = random.pick(['cas', 'cas', 'xchg', 'xadd', 'rmw', 'rmw', 'cas128'] as const)
    const address = this.address(true)
    if (name === 'cas128') {
      if (this.weights.vector + this.weights.float === 0) return
      // Half of them succeed.
      const expected = random.oneIn(2) ? this.row('loadva', 'v128', [address]) : this.pick('v128')
      this.row(name, 'v128', [address, expected, random.oneIn(8) ? expected : this.pick('v128')])
      return
    }
    const kind = random.pick(['i32', 'i64'] as const)
    const size = random.pick(kind === 'i32' ? SIZES.slice(0, 3) : SIZES)
    const value = this.pick(kind)
    if (name === 'cas') {
      const load = ({ 1: 'load8u', 2: 'load16u', 4: 'load32', 8: 'load64' } as const)[size]!
      const expected = random.oneIn(2) ? this.row(load, kind, [address]) : this.pick(kind)
      this.row(name, kind, [address, expected, random.oneIn(8) ? expected : value], size)
    } else if (random.oneIn(4) && kind === 'i64') this.row(name, kind, [address, address], size, name === 'rmw' ? random.below(8) : 0)
    else this.row(name, kind, [address, value], size, name === 'rmw' ? random.below(8) : 0)
  }

  /** An address in a window, `REACH` at least away from what is not mapped; or, when the time has come, one that faults. */
  protected address(aligned: boolean): PlanRow {
    const { random } = this
    if (--this.untilFault < 0) {
      this.untilFault = Number.POSITIVE_INFINITY
      const row = this.faultingAddress()
      if (random.oneIn(3)) this.put(random.pick(this.slots.x), row)
      return row
    }
    const usable = this.addresses.filter((address) => address.aligned || !aligned)
    if (usable.length > 0 && random.oneIn(3)) return random.pick(usable).row
    const row = this.newAddress(aligned)
    this.addresses.push({ row, aligned })
    return row
  }

  private faultingAddress(): PlanRow {
    const { random } = this
    switch (random.below(5)) {
      case 0:
        return this.row('get', 'i64', [], slotOf('bad'))
      case 1:
        return this.row('const', 'i64', [], UNMAPPED)
      case 2: // not canonical
        return this.row('const', 'i64', [], 0x1000, 0x4000_0000)
      case 3: // may be read only
        return this.row('const', 'i64', [], LOW + WRITABLE + 0x800)
      default: {
        const far = this.row('const', 'i64', [], UNMAPPED)
        return this.row('select', 'i64', [this.condition(), far, this.newAddress(true)])
      }
    }
  }

  private newAddress(aligned: boolean): PlanRow {
    const { random } = this
    const word = (value: number) => this.row('const', 'i64', [], value | 0, Math.floor(value / 0x1_0000_0000))
    const offset = () => (random.below(2 * REACH) - REACH) & (aligned ? -16 : -1)
    const isHigh = random.oneIn(3)
    const base = () => this.row('get', 'i64', [], slotOf(isHigh ? 'high' : 'base'))
    const index = (shift: number) => {
      const mask = (0x7ff >> shift) & (aligned ? -16 : -1)
      return this.row('and', 'i64', [this.pick('i64'), word(mask)])
    }
    const add = (a: PlanRow, b: PlanRow) => this.row('add', 'i64', random.oneIn(3) ? [b, a] : [a, b])
    const extended = () => {
      const mask = this.row('const', 'i32', [], aligned ? 0x7f0 : 0x7ff)
      return this.row(random.oneIn(2) ? 'zext32' : 'sext32', 'i64', [this.row('and', 'i32', [this.pick('i32'), mask])])
    }
    switch (random.below(12)) {
      case 0:
        return word((isHigh ? HIGH : LOW) + MIDDLE + offset())
      case 1:
        return base()
      case 2:
        return add(base(), word(offset()))
      case 3:
      case 4:
        return add(base(), index(0))
      case 5:
      case 6: {
        const shift = random.below(5)
        return add(base(), this.row('shl', 'i64', [index(shift), word(shift)]))
      }
      case 7: {
        const half = this.row('get', 'i64', [], slotOf('half'))
        return this.row('add', 'i64', [half, half])
      }
      case 8:
        return add(this.row('get', 'i64', [], slotOf('far')), word(FAR_OFFSET + offset()))
      case 9:
        return add(base(), extended())
      case 10:
        return this.row('select', 'i64', [this.condition(), add(base(), word(offset())), base()])
      default: {
        const half = () => (random.below(REACH) - REACH / 2) & (aligned ? -16 : -1)
        return add(add(base(), word(half())), word(half()))
      }
    }
  }
}
