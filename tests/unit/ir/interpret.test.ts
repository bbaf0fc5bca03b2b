import { describe, expect, it } from 'vitest'
import { GuestFault, interpretRegion, type Machine } from '../../../src/ir/interpret.ts'
import { MEANINGS, MXCSR_DEFAULT } from '../../../src/ir/interpret-core.ts'
import { I32, I64 } from '../../../src/ir/op-row.ts'
import { OP_NAMES, OP_ROWS } from '../../../src/ir/ops.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { assertValid } from '../../../src/ir/verify.ts'

const STATE = [
  { name: 'x0', offset: 0, type: I64 },
  { name: 'x1', offset: 8, type: I64 },
  { name: 'nzcv', offset: 16, type: I32 },
]
const MEMORY_SIZE = 4096

function machine(x0: bigint, x1 = 0n): Machine & { readonly bytes: Uint8Array; x(n: number): bigint } {
  const state = new Uint8Array(64)
  const view = new DataView(state.buffer)
  view.setBigUint64(0, BigInt.asUintN(64, x0), true)
  view.setBigUint64(8, BigInt.asUintN(64, x1), true)
  const bytes = new Uint8Array(MEMORY_SIZE)
  const check = (address: number, length: number, isWrite: boolean) => {
    if (address + length > MEMORY_SIZE) throw new GuestFault(address, isWrite)
  }
  return {
    state,
    bytes,
    x: (n) => view.getBigUint64(8 * n, true),
    mxcsr: MXCSR_DEFAULT,
    memory: {
      read(address, into) {
        check(address, into.length, false)
        into.set(bytes.subarray(address, address + into.length))
      },
      write(address, from) {
        check(address, from.length, true)
        bytes.set(from, address)
      },
    },
    cycles: () => 7n,
    syscall() {
      view.setBigUint64(0, 99n, true)
    },
  }
}

function run(rows: string, m: Machine) {
  const region = parseRegion(`region 0x1000\nblock 0 0x1000\nat 0x1000\n${rows}`, STATE)
  assertValid(region, 'parsing')
  return interpretRegion(region, m)
}

/** Result of one op on x0 and x1. */
function compute(type: 'i32' | 'i64', op: string, x0: bigint, x1 = 0n): bigint {
  const m = machine(x0, x1)
  const narrow = type === 'i32'
  const args = narrow ? 'v2:i32 = trunc v0\nv3:i32 = trunc v1' : 'v2:i64 = or v0 v0\nv3:i64 = or v1 v1'
  const count = OP_ROWS[OP_NAMES.indexOf(op as 'add')]!.args.length
  const value = `v4:${type} = ${op} v2${count > 1 ? ' v3' : ''}`
  run(
    `v0:i64 = get x0\nv1:i64 = get x1\n${args}\n${value}\n${narrow ? 'v5:i64 = zext32 v4' : 'v5:i64 = or v4 v4'}\nput v5 x0\nexit.direct 0`,
    m,
  )
  return m.x(0)
}

describe('IR interpreter', () => {
  it('has a meaning for every pure op', () => {
    const missing = OP_NAMES.filter((name, op) => OP_ROWS[op]!.effect === 'pure' && MEANINGS[op] === undefined && name !== 'constv')
    expect(missing).toEqual([])
  })

  it.each([
    ['i32', 'add', 0xffffffffn, 2n, 1n],
    ['i64', 'sub', 0n, 1n, 0xffffffffffffffffn],
    ['i64', 'mulhs', -1n, -1n, 0n],
    ['i64', 'mulhu', -1n, -1n, 0xfffffffffffffffen],
    ['i32', 'sdiv', 0x80000000n, 0xffffffffn, 0x80000000n],
    ['i32', 'sdiv', 7n, 0n, 0n],
    ['i32', 'sdiv', 0xfffffff9n, 2n, 0xfffffffdn],
    ['i64', 'sar', -8n, 65n, 0xfffffffffffffffcn],
    ['i32', 'ror', 1n, 1n, 0x80000000n],
    ['i64', 'ror', 1n, 0n, 1n],
    ['i32', 'clz', 0n, 0n, 32n],
    ['i64', 'ctz', 8n, 0n, 3n],
    ['i64', 'rbit', 1n, 0n, 0x8000000000000000n],
    ['i32', 'bswap', 0x11223344n, 0n, 0x44332211n],
    ['i64', 'popcnt', 0xf0fn, 0n, 8n],
    ['i32', 'andn', 0xffn, 0x0fn, 0xf0n],
    ['i32', 'sext8', 0x80n, 0n, 0xffffff80n],
  ] as const)('%s %s %i %i', (type, op, a, b, result) => {
    expect(compute(type, op, a, b)).toBe(result)
  })

  it('computes CRCs of "123456789"', () => {
    for (const [op, wanted] of [
      ['crc32', 0xcbf43926],
      ['crc32c', 0xe3069283],
    ] as const) {
      const rows = [...'123456789'].map(
        (c, n) => `d${n}:i64 = const ${c.charCodeAt(0)}\nc${n}:i32 = ${op} ${n === 0 ? 's' : `c${n - 1}`} d${n} 8`,
      )
      const m = machine(0n)
      run(`s:i32 = const -1\n${rows.join('\n')}\nn:i32 = not c8\nz:i64 = zext32 n\nput z x0\nexit.direct 0`, m)
      expect(Number(m.x(0))).toBe(wanted)
    }
  })

  it.each([
    ['flags.add', 0x7fffffffn, 1n, 'N V'],
    ['flags.sub', 5n, 5n, 'Z C'],
    ['flags.sub', 4n, 5n, 'N'],
    ['flags.sub', 0x80000000n, 1n, 'C V'],
    ['flags.add', 0xffffffffn, 1n, 'Z C'],
  ] as const)('%s %i %i gives %s', (op, a, b, wanted) => {
    const m = machine(a, b)
    run(
      `v0:i64 = get x0\nv1:i64 = get x1\nv2:i32 = trunc v0\nv3:i32 = trunc v1\nv4:flags = ${op} v2 v3\nv5:i32 = pack v4\nput v5 nzcv\nexit.direct 0`,
      m,
    )
    const packed = new DataView(m.state.buffer).getInt32(16, true)
    const names = [
      [15, 'N'],
      [14, 'Z'],
      [8, 'C'],
      [0, 'V'],
    ] as const
    expect(
      names
        .filter(([bit]) => (packed >> bit) & 1)
        .map(([, name]) => name)
        .join(' '),
    ).toBe(wanted)
  })

  it('loops with block parameters, which are written together', () => {
    const m = machine(3n)
    const exit = run(
      `v0:i64 = get x0\nv1:i64 = const 1\nv2:i64 = const 2\njump -> 1(v0 v1 v2)
block 1 0x1004\nv4:i64 = param 0\nv5:i64 = param 1\nv6:i64 = param 2\nv7:i64 = sub v4 v1\nv8:i32 = icmp v7 v1 sge\nbr v8 -> 1(v7 v6 v5) 2
block 2 0x1008\nput v5 x0\nput v6 x1\nexit.direct 0x2000`,
      m,
    )
    expect(exit).toEqual({ kind: 'direct', pc: 0x2000 })
    expect([m.x(0), m.x(1)]).toEqual([1n, 2n])
  })

  it('accesses memory, and leaves with the exact fault', () => {
    const m = machine(100n, 0xfffffffffffffff0n)
    const exit = run(
      `v0:i64 = get x0\nv1:i64 = const -2\nstore16 v0 v1 4\nv3:i64 = load16s v0 4\nv4:i64 = xadd v0 v3 8\nv5:i64 = load8u v0 1\nput v5 x0\nnote v4 x1
at 0x1004\nv8:i64 = const 4094\nv9:i64 = load32 v8 0\nput v9 x0\nexit.direct 0`,
      m,
    )
    expect(exit).toEqual({ kind: 'fault', pc: 0x1004, address: 4094, isWrite: false })
    expect([m.x(0), m.x(1)]).toEqual([0xffn, 0xfffe00000000n])
  })

  it('compares and swaps', () => {
    const m = machine(64n)
    m.bytes[64] = 5
    const rows =
      'v0:i64 = get x0\nv1:i32 = const 0x105\nv2:i32 = const 9\nv3:i32 = cas v0 v1 v2 1\nv4:i64 = zext32 v3\nput v4 x1\nexit.direct 0'
    run(rows, m)
    expect([m.bytes[64], m.x(1)]).toEqual([9, 5n])
    run(rows, m)
    expect([m.bytes[64], m.x(1)]).toEqual([9, 9n])
  })

  it('makes system calls on the state', () => {
    const m = machine(1n)
    run('syscall 0x8\nv1:i64 = get x0\nput v1 x1\nexit.direct 0', m)
    expect(m.x(1)).toBe(99n)
  })
})
