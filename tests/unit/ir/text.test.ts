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
  %0:i64 = get x0
  %1:i64 = const 0x123456789abcdef0
  %2:i64 = const -1
  %3:v128 = constv 00000001_00000002_ffffffff_80000000
  %4:f64 = constf 0x3ff0000000000000
  jump -> 1(%0 %1)
block 1 0x10004
  at 0x10000
  %6:i64 = param 0
  %7:i64 = param 1
  at 0x10004
  %8:flags = flags.sub %6 %7
  %9:i32 = test %8 hi
  at 0x10008
  %10:i64 = load64 %6 16
  %11:i64 = rmw %6 %10 8 smax
  %12:i64 = add %6 %2
  %13:i32 = icmp %12 %7 ne
  br %13 -> 1(%12 %11) 2
block 2 0x10010
  at -
  put %12 x1
  %16:i64 = zext32 %9
  put %16 x0
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
    expect(problems('v0:i32 = const 1\nput v0 x0\nexit.direct 0')).toEqual(['block 0: put %0 x0: the slot is i64'])
    expect(problems('v0:i32 = const 1\nv1:i64 = const 1\nv2:i64 = add v1 v0\nexit.direct 0')[0]).toMatch('%0 is i32')
    expect(problems('v0:i32 = const 1\nv1:f32 = load64 v0 0\nexit.direct 0')).toHaveLength(2)
  })
  it('finds uses that are not dominated', () => {
    const text = 'v0:i32 = const 1\nbr v0 -> 1 2\nblock 1 0\nv2:i64 = const 1\njump -> 2\nblock 2 0\nput v2 x0\nexit.direct 0'
    expect(problems(text)).toEqual(['block 2: put %2 x0: %2 of block 1 is not defined on every way here'])
  })
  it('finds ends that are missing and edges that do not fit', () => {
    expect(problems('v0:i32 = const 1')[0]).toMatch('block 0')
    expect(problems('v0:i32 = const 1\njump -> 1\nblock 1 0\nv2:i32 = param 0\nexit.direct 0')).toEqual([
      'block 0, edge to 1: passes 0 values to 1 parameters',
    ])
    expect(problems('v0:i32 = const 1\njump -> 1(v0)\nblock 1 0\nv2:i64 = param 0\nexit.direct 0')).toEqual([
      'block 0, edge to 1: %0 is i32, the parameter i64',
    ])
  })
})
