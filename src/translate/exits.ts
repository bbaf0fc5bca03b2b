/** What every exit id means: columns that grow; ids are never reused while a code space lives. */
import { NONE } from '../ir/region.ts'

export class Exits {
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

  private grow(): void {
    const n = this.kind.length * 2
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
