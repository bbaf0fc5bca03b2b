import { describe, expect, it } from 'vitest'
import { A64 } from '../../../src/guest/a64/index.ts'
import { ambiguities, Decoder } from '../../../src/guest/decoder.ts'
import { disassembleRow } from '../../../src/guest/disasm.ts'
import { NEXT, notation } from '../../../src/guest/insn.ts'
import { leadingBits, parsePattern } from '../../../src/guest/pattern.ts'

interface Context {
  seen: string[]
  undefinedInsn(): 1
  unimplemented(name: string): 1
}
const { insn, todo } = notation<Context>()

const rows = [
  insn('add', 'sf:1 0 0 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5', 'add {r:rd}, {r:rn}, {r.z:rm}{extra}', (t, f) => {
    t.seen.push(`add ${f.sf} ${f.shift} ${f.rm} ${f.imm6} ${f.rn} ${f.rd}`)
    // @ts-expect-error a misspelt field does not compile
    if (f.rdd === 0) return NEXT
    return NEXT
  }),
  insn('add.zero', 'sf:1 0 0 01011 00 0 rm:5 000000 rn:5 rd:5', 'add0', () => NEXT),
  todo('SUB', 'sf:1 1 0 01011 shift:2 0 rm:5 imm6:6 rn:5 rd:5'),
  insn('any', 'word:32', 'any {word}', () => NEXT),
]

describe('instruction rows', () => {
  it('rejects patterns that are not 32 bits, name a field twice or have an odd word', () => {
    expect(() => parsePattern('0101')).toThrow('4 bits, not 32')
    expect(() => parsePattern('a:16 a:16')).toThrow("'a' occurs twice")
    expect(() => parsePattern('012 a:29')).toThrow("'012' is neither")
  })

  it('reads the first bits alone as with the rest', () => {
    for (const { text } of [...rows, ...A64.rows]) {
      const { mask, value } = parsePattern(text)
      expect(leadingBits(text), text).toBe(((mask >>> 24) << 8) | (value >>> 24))
    }
    expect(leadingBits('0 x xx a:1 x:3 1 0:22')).toBe(0x8000)
  })

  it('finds the most specific row and gives it the fields', () => {
    const decoder = new Decoder(rows)
    const seen: string[] = []
    const unimplemented = (name: string): 1 => {
      seen.push(name)
      return 1
    }
    const t: Context = { seen, undefinedInsn: () => 1, unimplemented }
    const run = (word: number) => decoder.decode(word)!.run(t, word)
    run(0x8b821c83 | 0)
    expect(seen).toEqual(['add 1 2 2 7 4 3'])
    expect(decoder.decode(0x0b020083)!.name).toBe('add.zero')
    expect(run(0x4b020083)).toBe(1)
    expect(seen.at(-1)).toBe('SUB')
    expect(decoder.decode(0)!.name).toBe('any')
    expect(new Decoder(rows.slice(0, 3)).decode(0)).toBeUndefined()
  })

  it('names rows that overlap without an order', () => {
    expect(ambiguities(rows)).toEqual([])
    const other = insn('other', '0 xx 01011 x:24', '', () => NEXT)
    expect(ambiguities([...rows, other]).map(([a, b]) => `${a.name} ${b.name}`)).toEqual(['add other', 'add.zero other', 'SUB other'])
  })

  it('disassembles by template', () => {
    const formatters = {
      r: (n: number, f: Record<string, number>, arg: string) => `${f['sf'] ? 'x' : 'w'}${n}${arg}`,
      extra: (_: number, f: Record<string, number>) => `, #${f['imm6']}`,
    }
    expect(disassembleRow(rows[0]!, 0x8b821c83 | 0, 0, formatters)).toBe('add x3, x4, x2z, #7')
    expect(() => disassembleRow(rows[3]!, 0, 0, formatters)).toThrow("row 'any': no formatter 'word'")
  })
})
