import { describe, expect, it } from 'vitest'
import { parseInitialStack } from '../../../linux-user/newcomer.ts'
import { engineSocket, ID_LENGTH, outsideId, outsideImage } from '../../../src/runtime/outside.ts'

const CONFIG = {
  node: '/usr/bin/node',
  script: '/usr/lib/demotic/demotic.cjs',
  guest: 'arm',
  options: '0a',
  settings: ['DEMOTIC_SYSROOT=/root'],
}

describe('the runner for binfmt_misc', () => {
  it('is an executable with the paths in it, the same at every time', () => {
    const { bytes, id } = outsideImage(CONFIG)
    expect(Buffer.from(bytes).equals(outsideImage(CONFIG).bytes)).toBe(true)
    const text = Buffer.from(bytes).toString('latin1')
    expect(text.startsWith('\x7fELF')).toBe(true)
    expect(text).toContain(id)
    for (const part of [CONFIG.node, CONFIG.script, 'engine', '--guest=arm', '--options=0a', ...CONFIG.settings])
      expect(text).toContain(`${part}\0`)
    expect(bytes.length).toBeLessThan(0x2000)
  })

  it('has an id of its code and of the engine that it is for, whatever the paths are', () => {
    expect(outsideId(CONFIG)).toMatch(new RegExp(`^[0-9a-f]{${ID_LENGTH}}$`))
    expect(outsideImage(CONFIG).id).toBe(outsideImage({ ...CONFIG, node: '/n', script: '/s', settings: [] }).id)
    const ids = ['aarch64', 'arm'].flatMap((guest) => ['', '0a', '0b'].map((options) => outsideId({ guest, options })))
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('names sockets by user', () => {
    expect(Buffer.from(engineSocket('0123456789abcdef', 1000, 2)).toString('latin1')).toBe('\0demotic-0123456789abcdef-aaaaadoi-2')
  })
})

/** A stack as the kernel makes it, at `address`. */
function stackOf(address: number, argv: readonly string[], env: readonly string[], auxv: readonly [number, number][]): Uint8Array {
  const words = 1 + argv.length + 1 + env.length + 1 + 2 * (auxv.length + 1)
  const strings = Buffer.from([...argv, ...env].map((text) => `${text}\0`).join(''), 'latin1')
  const bytes = Buffer.alloc(words * 8 + strings.length)
  strings.copy(bytes, words * 8)
  let at = 0
  let string = address + words * 8
  const put = (value: number) => {
    bytes.writeBigUInt64LE(BigInt(value), at)
    at += 8
  }
  put(argv.length)
  for (const list of [argv, env]) {
    for (const text of list) {
      put(string)
      string += text.length + 1
    }
    put(0)
  }
  for (const [tag, value] of [...auxv, [0, 0] as const]) {
    put(tag)
    put(value)
  }
  return bytes
}

describe("the kernel's initial stack", () => {
  const ADDRESS = 0x7ffc_1234_5670
  const text = (strings: readonly Uint8Array[]) => strings.map((bytes) => Buffer.from(bytes).toString('latin1'))

  it('is read', () => {
    const bytes = stackOf(ADDRESS, ['/runner', './program', 'other', 'ä\xff', ''], ['A=1', 'B='], [[2, 3], [8, 1]]) // biome-ignore format: pairs
    const stack = parseInitialStack(bytes, ADDRESS)!
    expect(text(stack.argv)).toEqual(['/runner', './program', 'other', 'ä\xff', ''])
    expect(text(stack.env)).toEqual(['A=1', 'B='])
    expect([...stack.auxv]).toEqual([[2, 3], [8, 1]]) // biome-ignore format: pairs
  })

  it('may be nonsense', () => {
    const bytes = stackOf(ADDRESS, ['a', 'b'], [], [[2, 3]])
    expect(parseInitialStack(bytes, ADDRESS + 4096)).toBe(null)
    for (let length = 0; length < bytes.length; length += 5) expect(parseInitialStack(bytes.subarray(0, length), ADDRESS)).toBe(null)
    expect(parseInitialStack(new Uint8Array(4096).fill(1), ADDRESS)).toBe(null)
  })
})
