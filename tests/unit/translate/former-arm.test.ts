/** Regions of a guest whose instructions have two lengths and are executed in several translation states. */
import { describe, expect, it } from 'vitest'
import { ArmContext } from '../../../src/guest/arm/context.ts'
import { ARM } from '../../../src/guest/arm/index.ts'
import { OP } from '../../../src/ir/ops.ts'
import { Region } from '../../../src/ir/region.ts'
import { assertValid } from '../../../src/ir/verify.ts'
import { Former } from '../../../src/translate/former.ts'
import { PAGE_SIZE, pageOf } from '../../../src/translate/guest-code.ts'
import { HotFormer } from '../../../src/translate/hot-former.ts'
import { RegionInsns } from '../../../src/translate/region-insns.ts'

const BASE = 0x10000
const THUMB = 1
const TWO_32 = 2 ** 32
const BX_LR = 0xe12fff1e
const ADDS_R0 = 0xe2900001
const ADDEQ_R0 = 0x02800001
const BNE = (words: number): number => 0x1a000000 | ((words - 2) & 0xffffff)
const BLX_THUMB = (words: number): number => 0xfa000000 | ((words - 2) & 0xffffff)
// Thumb halfwords
const IT_EQ = 0xbf08
const ITE_NE = 0xbf14
const MOVS_R0 = 0x2001
const NOP = 0xbf00
const MOV_W_R1 = [0xf04f, 0x0102] as const
const BX_LR_16 = 0x4770
const B_16 = (halfwords: number): number => 0xe000 | ((halfwords - 2) & 0x7ff)

const region = new Region(ARM.state)
const former = new Former(ARM, region)
former.use(new ArmContext(region, former))
const hot = new HotFormer(ARM, region)
hot.use(new ArmContext(region, hot))

/** Two pages at BASE with these halfwords from `offset` on. */
function memory(halfwords: readonly number[], offset = 0): Uint8Array {
  const bytes = new Uint8Array(2 * PAGE_SIZE)
  new Uint16Array(bytes.buffer).set(halfwords, offset / 2)
  return bytes
}

const pagesOf = (bytes: Uint8Array) => (address: number) =>
  address >= BASE && address < BASE + bytes.length ? bytes.subarray(address - BASE, address - BASE + PAGE_SIZE) : null

const halves = (words: readonly number[]): number[] => words.flatMap((word) => [word & 0xffff, word >>> 16])

function exits(): number[] {
  const found: number[] = []
  for (let row = 0; row < region.rowCount; row++)
    if (region.op[row] === OP['exit.direct']) found.push((region.imm2[row]! >>> 0) * TWO_32 + (region.imm[row]! >>> 0))
  return found
}

/** The pcs of the instructions of the region at `pc`, and of its direct exits. */
function formed(bytes: Uint8Array, pc: number, isStep = false): { insns: number[]; exits: number[] } {
  former.form(pc, pageOf(ARM, pc, pagesOf(bytes))!, isStep)
  assertValid(region, 'former')
  return { insns: [...region.insnPc.subarray(0, region.insnCount)], exits: exits() }
}

describe('a region of A32', () => {
  it('is a loop, and goes on behind it', () => {
    const code = memory(halves([ADDS_R0, BNE(-1), BX_LR]))
    expect(formed(code, BASE)).toEqual({ insns: [BASE, BASE + 4, BASE + 8], exits: [] })
  })

  it('has no branch for a conditional instruction that only computes', () => {
    formed(memory(halves([ADDS_R0, ADDEQ_R0, BX_LR])), BASE)
    expect(region.blockCount).toBe(1)
  })

  it('calls Thumb at an address with bit 0', () => {
    expect(formed(memory(halves([BLX_THUMB(4)])), BASE).exits).toEqual([BASE + 16 + THUMB])
    expect([former.calleePc, former.returnPc]).toEqual([BASE + 16 + THUMB, BASE + 4])
  })
})

describe('a region of Thumb', () => {
  it('has instructions of both lengths', () => {
    const code = memory([MOVS_R0, ...MOV_W_R1, BX_LR_16])
    expect(formed(code, BASE + THUMB).insns).toEqual([BASE, BASE + 2, BASE + 6].map((pc) => pc + THUMB))
  })

  it('knows in its pcs where in an IT block it is', () => {
    const code = memory([ITE_NE, MOVS_R0, MOVS_R0, BX_LR_16])
    const [first, second] = [BASE + 2 + THUMB + 0x14 * TWO_32, BASE + 4 + THUMB + 0x08 * TWO_32]
    expect(formed(code, BASE + THUMB).insns).toEqual([BASE + THUMB, first, second, BASE + 6 + THUMB])
    // Begun in the middle, its instruction is conditional all the same.
    expect(formed(code, second, true)).toEqual({ insns: [second], exits: [BASE + 6 + THUMB] })
    expect(region.op.subarray(0, region.rowCount)).toContain(OP.select)
  })

  it('ends before an instruction that reaches over the end of its page, and begins with it', () => {
    const code = memory([MOVS_R0, ...MOV_W_R1, BX_LR_16], PAGE_SIZE - 4)
    const cut = BASE + PAGE_SIZE - 2 + THUMB
    expect(formed(code, BASE + PAGE_SIZE - 4 + THUMB)).toEqual({ insns: [BASE + PAGE_SIZE - 4 + THUMB], exits: [cut] })
    expect(formed(code, cut)).toEqual({ insns: [cut], exits: [cut + 4] })
    expect(region.insnWord[0]).toBe((MOV_W_R1[0] << 16) | MOV_W_R1[1])
    expect(pageOf(ARM, cut, pagesOf(code.subarray(0, PAGE_SIZE)))).toBeNull()
  })

  it('of tier 2 goes over the end of a page', () => {
    const code = memory([MOVS_R0, ...MOV_W_R1, B_16(-3)], PAGE_SIZE - 4)
    expect(hot.form(BASE + PAGE_SIZE - 4 + THUMB, pagesOf(code))).toBe(true)
    assertValid(region, 'hot former')
    const pcs = [0, 2, 6].map((offset) => BASE + PAGE_SIZE - 4 + offset + THUMB)
    expect([...region.insnPc.subarray(0, region.insnCount)]).toEqual(pcs)
  })
})

describe('the instructions of regions', () => {
  it('are kept with their translation states, and belong to the pages that they reach into', () => {
    const code = memory([IT_EQ, MOVS_R0, NOP, ...MOV_W_R1, BX_LR_16], PAGE_SIZE - 8)
    const pc = BASE + PAGE_SIZE - 8 + THUMB
    expect(hot.form(pc, pagesOf(code))).toBe(true)
    const insns = new RegionInsns(ARM)
    const range = insns.add(pc, region.insnPc, region.insnWord, region.insnCount)
    expect(range).toEqual({ from: BASE + PAGE_SIZE - 8, to: BASE + PAGE_SIZE + 4 })
    const at = { pc, insnFrom: 0, insnCount: region.insnCount, ...range }
    const inBlock = pc + 2 + 0x08 * TWO_32
    expect(insns.pc(at, 1)).toBe(inBlock)
    expect([insns.has(at, inBlock), insns.has(at, pc + 2)]).toEqual([true, false])
    expect([...insns.pagesOf(at)]).toEqual([16, 17])
    const copy = new RegionInsns(ARM)
    const { offsets, highs } = insns.image
    copy.restore(offsets.slice(), highs.slice())
    expect(copy.pc(at, 1)).toBe(inBlock)

    expect(insns.isUnchanged(at, pagesOf(code))).toBe(true)
    code[PAGE_SIZE]! ^= 1
    expect(insns.isUnchanged(at, pagesOf(code))).toBe(false)
  })
})
