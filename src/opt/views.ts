/**
 * Slots that are parts of others (StateSlot.within) for passes that know of none: behind this pass a region names each byte of the state by one slot only.
 *
 * A guest whose registers overlap (a double is two singles, a quadword two doubles) reads and writes them as its instructions do. Here each register that
 * is named as a whole and in part becomes the largest slot of those that the region names: reading a part takes the lane, writing one puts the lane into the
 * whole. What is named in one way only, as most code does, stays as it is, so scalars live in registers of their own and whole vectors cost nothing.
 *
 * The rows are made anew only where something has to change.
 */
import { F32 } from '../ir/op-row.ts'
import { OP } from '../ir/ops.ts'
import { NONE, type Region, type StateSlot } from '../ir/region.ts'
import { RowCopy } from './row-copy.ts'

/** By state: has it such slots. */
const overlapping = new Map<readonly StateSlot[], boolean>()
function overlaps(state: readonly StateSlot[]): boolean {
  let found = overlapping.get(state)
  if (found === undefined) overlapping.set(state, (found = state.some((slot) => slot.within !== undefined)))
  return found
}

/** By slot: does the region name it; the slot that stands for it. */
let isNamed = new Uint8Array(0)
let standsFor = new Int32Array(0)

export function unifyViews(region: Region): void {
  if (overlaps(region.state) && chooseSlots(region)) new Rewriting(region).run()
}

/** Finds for each named slot the largest named one that it is in; true if that is another for any. */
function chooseSlots({ state, op, imm, rowCount }: Region): boolean {
  if (state.length > isNamed.length) {
    isNamed = new Uint8Array(state.length)
    standsFor = new Int32Array(state.length)
  }
  isNamed.fill(0)
  for (let row = 0; row < rowCount; row++) if (op[row] === OP.get || op[row] === OP.put) isNamed[imm[row]!] = 1
  let isChanged = false
  for (let slot = 0; slot < state.length; slot++) {
    standsFor[slot] = slot
    if (isNamed[slot] === 0) continue
    for (let at = state[slot]!.within; at !== undefined; at = state[at]!.within) if (isNamed[at] === 1) standsFor[slot] = at
    if (standsFor[slot] !== slot) isChanged = true
  }
  return isChanged
}

/** Lane of slot `part` in slot `whole`, in lanes of the part's width. */
function laneIn(state: readonly StateSlot[], part: number, whole: number): number {
  return (state[part]!.offset - state[whole]!.offset) / (state[part]!.type === F32 ? 4 : 8)
}

class Rewriting {
  private readonly region: Region
  private readonly rows: RowCopy

  constructor(region: Region) {
    this.region = region
    this.rows = new RowCopy(region)
  }

  run(): void {
    const { rows } = this
    const { op, imm } = rows.old
    rows.run((row) => {
      const slot = imm[row]!
      const isAccess = op[row] === OP.get || op[row] === OP.put
      if (!isAccess || standsFor[slot] === slot) rows.keep(row)
      else if (op[row] === OP.get) rows.made[row] = this.take(slot, standsFor[slot]!)
      else this.place(slot, standsFor[slot]!, rows.arg('a', row))
    })
  }

  /** The slot `whole` as a vector. */
  private vector(whole: number): number {
    const { region } = this
    const value = region.get(whole)
    return region.state[whole]!.within === undefined ? value : region.emit(OP['v.holdf'], value)
  }

  private take(part: number, whole: number): number {
    const { region } = this
    const isSingle = region.state[part]!.type === F32
    const lane = laneIn(region.state, part, whole)
    const vector = this.vector(whole)
    const first = lane === 0 ? vector : region.emit(isSingle ? OP.vdup32 : OP.vdup64, vector, NONE, NONE, lane)
    return region.emit(isSingle ? OP['v.tof32'] : OP['v.tof64'], first)
  }

  private place(part: number, whole: number, value: number): void {
    const { region } = this
    const lane = laneIn(region.state, part, whole)
    const holding = region.emit(OP['v.holdf'], value)
    const vector = this.vector(whole)
    const placed =
      region.state[part]!.type === F32
        ? region.emit(OP.vmove32, vector, holding, NONE, lane, 0)
        : lane === 0
          ? region.emit(OP.vmove64, vector, holding, NONE, 0, 0)
          : region.emit(OP.vziplo64, vector, holding)
    region.put(whole, region.state[whole]!.within === undefined ? placed : region.emit(OP['v.tof64'], placed))
  }
}
