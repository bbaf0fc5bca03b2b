/** A64 code for tests of region formation. */

export const PAGE = 4096

/** A loop over two pages at `base`: its last instruction of the first page, and the jump back behind it. */
export function loop(base: number, count: number): { entry: number; pageOf: (address: number) => Uint8Array | null } {
  const first = new Uint32Array(PAGE / 4)
  const second = new Uint32Array(PAGE / 4)
  const add = 0x91000400 // add x0, x0, #1
  first.fill(add, PAGE / 4 - count)
  second[0] = add
  second[1] = 0xb5000000 | ((-(count + 1) & 0x7ffff) << 5) // cbnz x0, the entry
  const pages = new Map([
    [base, new Uint8Array(first.buffer)],
    [base + PAGE, new Uint8Array(second.buffer)],
  ])
  return { entry: base + PAGE - 4 * count, pageOf: (address) => pages.get(address) ?? null }
}
