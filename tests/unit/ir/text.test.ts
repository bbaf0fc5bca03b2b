import { describe, expect, it } from 'vitest'
import { I32, I64 } from '../../../src/ir/op-row.ts'
import { OP } from '../../../src/ir/ops.ts'
import { CMP_NE } from '../../../src/ir/ops-int.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { printRegion } from '../../../src/ir/print.ts'
import { NONE, Region } from '../../../src/ir/region.ts'
import { verifyRegion } from '../../../src/ir/verify.ts'

const STATE = [
  { name: 'x0', offset: 0, type: I64 },
  { name: 'x1', offset: 8, type: I64 },
  { name: 'nzcv', offset: 16, type: I32 },
]

const LOOP = `region 0x10000
block 0 0x10000
  at 0x10000
  v0:i64 = get x0
  v1:i64 = const 0x123456789abcdef0
  v2:i64 = const -1
  v3:v128 = constv 00000001_00000002_ffffffff_80000000
  v4:f64 = constf 0x3ff0000000000000
  jump -> 1(v0 v1)
block 1 0x10004
  at 0x10000
  v6:i64 = param 0
  v7:i64 = param 1
  at 0x10004
  v8:flags = flags.sub v6 v7
  v9:i32 = test v8 hi
  at 0x10008
  v10:i64 = load64 v6 16
  v11:i64 = rmw v6 v10 8 smax
  v12:i64 = add v6 v2
  v13:i32 = icmp v12 v7 ne
  br v13 -> 1(v12 v11) 2
block 2 0x10010
  at -
  put v12 x1
  v16:i64 = zext32 v9
  put v16 x0
  fence full
  exit.direct 0x7f1234567890
`

describe('text of regions', () => {
  it('prints what it parses', () => {
    expect(printRegion(parseRegion(LOOP, STATE))).toBe(LOOP)
    expect(verifyRegion(parseRegion(LOOP, STATE))).toEqual([])
  })

  it('parses what a builder made into an equal region', () => {
    const r = new Region(STATE)
    r.reset(0x400000)
    const entry = r.addBlock(0x400000)
    const behind = r.addBlock(0x400008)
    const other = r.addBlock(0x400010)
    r.startBlock(entry)
    r.startInsn(0x400000)
    const x = r.get(0)
    const c = r.emit(OP.icmp, x, r.constInt(I64, 5000), NONE, CMP_NE)
    r.end(OP.br, c, 0, 0, other, behind)
    r.startBlock(other)
    r.put(1, x)
    r.end(OP['exit.indirect'], x, 2)
    r.startBlock(behind)
    r.startInsn(0x400004)
    r.end(OP['exit.trap'], NONE, 0, 0)
    const again = parseRegion(printRegion(r), STATE)
    expect(printRegion(again)).toBe(printRegion(r))
    for (const column of ['op', 'type', 'a', 'b', 'c', 'imm', 'imm2', 'at'] as const)
      expect(again[column].slice(0, r.rowCount)).toEqual(r[column].slice(0, r.rowCount))
  })

  it('names the line of a mistake', () => {
    const body = (line: string) => `region 0\nblock 0 0\n  ${line}\n  exit.direct 0\n`
    expect(() => parseRegion(body('v0:i64 = gett x0'), STATE)).toThrow("line 3: no op 'gett'")
    expect(() => parseRegion(body('v0:i64 = get x9'), STATE)).toThrow("line 3: no state slot 'x9'")
    expect(() => parseRegion(body('v0:i64 = not v7'), STATE)).toThrow("line 3: value 'v7' is not defined")
    expect(() => parseRegion(body('v0:i64 = add v7'), STATE)).toThrow("'add' takes 2 values and 0 immediates")
  })
})

describe('verifier', () => {
  const problems = (rows: string) => verifyRegion(parseRegion(`region 0\nblock 0 0\n${rows}`, STATE))
  it('finds wrong types', () => {
    expect(problems('v0:i32 = const 1\nput v0 x0\nexit.direct 0')).toEqual(['block 0: put v0 x0: the slot is i64'])
    expect(problems('v0:i32 = const 1\nv1:i64 = const 1\nv2:i64 = add v1 v0\nexit.direct 0')[0]).toMatch('v0 is i32')
    expect(problems('v0:i32 = const 1\nv1:f32 = load64 v0 0\nexit.direct 0')).toHaveLength(2)
  })
  it('finds uses that are not dominated', () => {
    const text = 'v0:i32 = const 1\nbr v0 -> 1 2\nblock 1 0\nv2:i64 = const 1\njump -> 2\nblock 2 0\nput v2 x0\nexit.direct 0'
    expect(problems(text)).toEqual(['block 2: put v2 x0: v2 of block 1 is not defined on every way here'])
  })
  it('finds ends that are missing and edges that do not fit', () => {
    expect(problems('v0:i32 = const 1')[0]).toMatch('block 0')
    expect(problems('v0:i32 = const 1\njump -> 1\nblock 1 0\nv2:i32 = param 0\nexit.direct 0')).toEqual([
      'block 0, edge to 1: passes 0 values to 1 parameters',
    ])
    expect(problems('v0:i32 = const 1\njump -> 1(v0)\nblock 1 0\nv2:i64 = param 0\nexit.direct 0')).toEqual([
      'block 0, edge to 1: v0 is i32, the parameter i64',
    ])
  })
})
