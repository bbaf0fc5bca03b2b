/** What every exit id means: columns that grow; ids are never reused while a code space lives. */
import { NONE } from '../ir/region.ts'
import { type Column, eachRun } from './space-image.ts'

/** Columns, each as long as there are exits. */
export interface ExitColumns {
  readonly kind: Uint8Array
  readonly pc: Float64Array
  readonly arg: Int32Array
  readonly arg2: Int32Array
  readonly site: Float64Array
  readonly region: Int32Array
  readonly linked: Int32Array
}

export class Exits implements ExitColumns {
  count = 0
  kind = new Uint8Array(4096)
  /** Guest pc: of the target (CHAIN), of the instruction (others). */
  pc = new Float64Array(4096)
  arg = new Int32Array(4096)
  arg2 = new Int32Array(4096)
  /** Host address of the displacement that chaining patches, 0 if none. */
  site = new Float64Array(4096)
  /** Region it belongs to, and the region it is chained to (NONE). */
  region = new Int32Array(4096)
  linked = new Int32Array(4096)

  add(kind: number, pc: number, arg: number, arg2: number, site: number, region: number): number {
    const id = this.count++
    if (id >= this.kind.length) this.grow()
    this.kind[id] = kind
    this.pc[id] = pc
    this.arg[id] = arg
    this.arg2[id] = arg2
    this.site[id] = site
    this.region[id] = region
    this.linked[id] = NONE
    return id
  }

  /** What there is, as views. */
  get columns(): ExitColumns {
    const { count } = this
    return {
      kind: this.kind.subarray(0, count),
      pc: this.pc.subarray(0, count),
      arg: this.arg.subarray(0, count),
      arg2: this.arg2.subarray(0, count),
      site: this.site.subarray(0, count),
      region: this.region.subarray(0, count),
      linked: this.linked.subarray(0, count),
    }
  }

  /** In the place of what there is: copies of columns, whose rows have the ids that `runs` has, [from, to) pairs. The other ids are of exits that are gone. */
  restore(columns: ExitColumns, runs: Int32Array): void {
    const count = runs.at(-1) ?? 0
    this.count = count
    const spread = <A extends { set(part: Column, at: number): void }>(from: Column, to: A): A => {
      eachRun(runs, (first, end, at) => to.set(from.subarray(at, at + end - first), first))
      return to
    }
    this.kind = spread(columns.kind, new Uint8Array(count))
    this.pc = spread(columns.pc, new Float64Array(count))
    this.arg = spread(columns.arg, new Int32Array(count))
    this.arg2 = spread(columns.arg2, new Int32Array(count))
    this.site = spread(columns.site, new Float64Array(count))
    this.region = spread(columns.region, new Int32Array(count))
    this.linked = spread(columns.linked, new Int32Array(count))
  }

  private grow(): void {
    const n = Math.max(this.kind.length * 2, 1024)
    const copy = <A extends { set(from: A): void }>(from: A, to: A): A => {
      to.set(from)
      return to
    }
    this.kind = copy(this.kind, new Uint8Array(n))
    this.pc = copy(this.pc, new Float64Array(n))
    this.arg = copy(this.arg, new Int32Array(n))
    this.arg2 = copy(this.arg2, new Int32Array(n))
    this.site = copy(this.site, new Float64Array(n))
    this.region = copy(this.region, new Int32Array(n))
    this.linked = copy(this.linked, new Int32Array(n))
  }
}
