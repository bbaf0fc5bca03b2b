/** The code cache: what is kept, what is believed, and that a run never fails because of it. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CodeCache } from '../../../src/cli/code-cache.ts'
import { publishFile } from '../../../src/host/publish.ts'
import { ROOT } from '../../lib/emulator.ts'

let folder: string
const before = process.env['XDG_CACHE_HOME']
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'demotic-cache-'))
  process.env['XDG_CACHE_HOME'] = folder
})
afterEach(() => {
  rmSync(folder, { recursive: true })
  if (before === undefined) delete process.env['XDG_CACHE_HOME']
  else process.env['XDG_CACHE_HOME'] = before
})

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const files = (): string[] => (existsSync(join(folder, 'demotic')) ? readdirSync(join(folder, 'demotic')) : [])
const path = (): string => join(folder, 'demotic', files()[0]!)

/** A run with the bundle `id`: what it read, and what it leaves after so much translation. */
function run(id: string, translated: number, data: string): string | null {
  const cache = new CodeCache(id)
  const found = cache.read()?.toString() ?? null
  cache.keep(translated, () => bytes(data), publishFile)
  return found
}

describe('code cache', () => {
  it('gives what the last run left, for the same bundle alone', () => {
    expect(run('a', 100, 'first')).toBeNull()
    expect(run('a', 100, 'second')).toBe('first')
    expect(run('b', 100, 'other')).toBeNull()
    expect(run('a', 100, 'third')).toBe('first')
    expect(files()).toHaveLength(2)
    expect(statSync(path()).mode & 0o777).toBe(0o600)
  })

  it('is replaced by a run that translated much more', () => {
    run('a', 1000, 'small')
    expect(run('a', 5000, 'as small')).toBe('small')
    expect(run('a', 6000, 'large')).toBe('small')
    expect(run('a', 20_000, 'as large')).toBe('large')
    expect(run('a', 1000, 'small again')).toBe('large')
  })

  it('is replaced when V8 does not take it', () => {
    run('a', 1000, 'of other flags')
    const cache = new CodeCache('a')
    cache.read()
    cache.reject()
    cache.keep(10, () => bytes('fitting'), publishFile)
    expect(run('a', 10, '')).toBe('fitting')
  })

  it('is not believed when others may write it, and when it is too short', () => {
    run('a', 1000, 'good')
    chmodSync(path(), 0o660)
    expect(run('a', 1000, 'mine')).toBeNull()
    expect(run('a', 1000, '')).toBe('mine')
    writeFileSync(path(), 'abc')
    expect(run('a', 1000, 'better')).toBeNull()
    expect(run('a', 1000, '')).toBe('better')
  })

  it('is kept for the last four bundles', () => {
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f']) run(id, 100, id)
    expect(files()).toHaveLength(4)
    expect(run('f', 100, '')).toBe('f')
  })

  it('is done without when there is no folder for it', () => {
    process.env['XDG_CACHE_HOME'] = '/proc/none'
    expect(run('a', 1000, 'first')).toBeNull()
    expect(run('a', 1000, 'second')).toBeNull()
    process.env['XDG_CACHE_HOME'] = 'relative'
    expect(new CodeCache('a').read()).toBeNull()
  })
})

describe('published files', () => {
  it('appear with all parts, and replace or leave what is there', () => {
    publishFile(folder, 'x', [bytes('ab'), bytes('c')], false)
    publishFile(folder, 'x', [bytes('left')], false)
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('abc')
    publishFile(folder, 'x', [bytes('new')], true)
    expect(readFileSync(join(folder, 'x'), 'utf8')).toBe('new')
    expect(readdirSync(folder)).toEqual(['x'])
    expect(() => publishFile('/proc/none', 'x', [], true)).toThrow()
  })
})

const COMMAND = `${ROOT}dist/demotic.cjs`
const HELLO = `${ROOT}guest-programs/hello`

function demotic(): Promise<string> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [COMMAND, HELLO], { env: { ...process.env, XDG_CACHE_HOME: folder } })
    let text = ''
    child.stdout.on('data', (part) => (text += part))
    child.stderr.on('data', (part) => (text += part))
    child.on('close', (code, signal) => done(`${text}${code ?? signal}`))
  })
}

describe.skipIf(!existsSync(COMMAND))('the bundled command (needs npm run build)', () => {
  it('runs eight times at once without a cache, and leaves one', async () => {
    const results = await Promise.all(Array.from({ length: 8 }, demotic))
    expect(new Set(results)).toEqual(new Set(['Hello from AArch64.\n0']))
    expect(files()).toHaveLength(1)
    const made = statSync(path()).mtimeMs
    expect(await demotic()).toBe('Hello from AArch64.\n0')
    expect(statSync(path()).mtimeMs).toBe(made)
  })

  it('runs with a cache that is not one', async () => {
    await demotic()
    const whole = readFileSync(path())
    for (const damaged of [Buffer.alloc(whole.length), whole.subarray(0, whole.length >> 1), Buffer.concat([whole, whole])]) {
      writeFileSync(path(), damaged)
      expect(await demotic()).toBe('Hello from AArch64.\n0')
      expect(readFileSync(path()).length).toBeGreaterThan(damaged.length === 0 ? 0 : 1000)
    }
  })
})
