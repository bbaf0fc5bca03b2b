/** What cannot be run gets one sentence and exit code 126 (127 where nothing is there), never a stack trace or a hang. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterAll, describe, expect, test } from 'vitest'
import { EMULATOR, ROOT } from './lib/emulator.ts'

const folder = mkdtempSync(`${tmpdir()}/demotic-bad-`)
afterAll(() => rmSync(folder, { recursive: true }))

const good = readFileSync(`${ROOT}guest-programs/tour`)
const PHDR = Number(good.readBigUInt64LE(32))
const PHDR_SIZE = 56
const TIMEOUT_MS = 20_000

function file(name: string, bytes: Uint8Array | string, mode = 0o755): string {
  writeFileSync(`${folder}/${name}`, bytes)
  chmodSync(`${folder}/${name}`, mode)
  return `${folder}/${name}`
}

/** The good program with bytes changed. */
function changed(name: string, change: (bytes: Buffer) => void): string {
  const bytes = Buffer.from(good)
  change(bytes)
  return file(name, bytes)
}

function withInterpreter(name: string, text: string): string {
  return changed(name, (b) => {
    const at = b.length - 128
    b.write(text, at, 'latin1')
    const header = PHDR + PHDR_SIZE * (b.readUInt16LE(56) - 1)
    b.writeUInt32LE(3, header) // PT_INTERP
    b.writeBigUInt64LE(BigInt(at), header + 8)
    b.writeBigUInt64LE(BigInt(text.length), header + 32)
  })
}

const programs: Record<string, { path: () => string; code?: number }> = {
  'nothing there': { path: () => `${folder}/none`, code: 127 },
  'a dangling link': {
    path: () => {
      symlinkSync('nowhere', `${folder}/dangling`)
      return `${folder}/dangling`
    },
    code: 127,
  },
  'a folder': {
    path: () => {
      mkdirSync(`${folder}/sub`)
      return `${folder}/sub`
    },
  },
  'a path through a file': { path: () => `${file('plain', 'x')}/x` },
  'a name that is too long': { path: () => `${folder}/${'x'.repeat(300)}` },
  'an empty file': { path: () => file('empty', '') },
  'one byte': { path: () => file('one', '\x7f') },
  text: { path: () => file('text', 'echo hello\n') },
  'not executable': { path: () => file('mode', good, 0o644) },
  'the magic alone': { path: () => file('magic', good.subarray(0, 4)) },
  'half a header': { path: () => file('half', good.subarray(0, 40)) },
  'a header alone': { path: () => file('header', good.subarray(0, 64)) },
  'program headers cut off': { path: () => file('cut', good.subarray(0, PHDR + 20)) },
  'segments cut off': { path: () => file('segments', good.subarray(0, 600)) },
  '32 bits': { path: () => changed('class', (b) => b.writeUInt8(1, 4)) },
  'an unknown class': { path: () => changed('class9', (b) => b.writeUInt8(9, 4)) },
  'big-endian': { path: () => changed('data', (b) => b.writeUInt8(2, 5)) },
  'another machine': { path: () => changed('machine', (b) => b.writeUInt16LE(8, 18)) },
  'an unknown machine': { path: () => changed('machine9', (b) => b.writeUInt16LE(0xfefe, 18)) },
  'an object file': { path: () => changed('type', (b) => b.writeUInt16LE(1, 16)) },
  'a core file': { path: () => changed('core', (b) => b.writeUInt16LE(4, 16)) },
  'no segments': { path: () => changed('none-load', (b) => b.writeUInt16LE(0, 56)) },
  'headers of a wrong size': { path: () => changed('phentsize', (b) => b.writeUInt16LE(32, 54)) },
  'headers far outside': { path: () => changed('phoff', (b) => b.writeBigUInt64LE(1n << 40n, 32)) },
  'headers at the end of the world': { path: () => changed('phoff2', (b) => b.writeBigUInt64LE(0xffffffffffffffffn, 32)) },
  'a segment of 2^60 bytes': { path: () => changed('huge', (b) => b.writeBigUInt64LE(1n << 60n, PHDR + 40)) },
  'a segment in the kernel': { path: () => changed('kernel', (b) => b.writeBigUInt64LE(0xffff000000000000n, PHDR + 16)) },
  'a segment that wraps round': { path: () => changed('wrap', (b) => b.writeBigUInt64LE(0xffffffffffffff00n, PHDR + 40)) },
  'more in the file than in memory': { path: () => changed('sizes', (b) => b.writeBigUInt64LE(16n, PHDR + 40)) },
  'offset and address that disagree': {
    path: () => changed('offset', (b) => b.writeBigUInt64LE(b.readBigUInt64LE(PHDR + 8) + 8n, PHDR + 8)),
  },
  'an interpreter that is not there': { path: () => withInterpreter('interp', '/none/ld.so\0') },
  'an interpreter without an end': { path: () => withInterpreter('interp-end', '/none/ld.so') },
  'an interpreter without a name': { path: () => withInterpreter('interp-empty', '\0') },
  'an interpreter that is text': { path: () => withInterpreter('interp-text', `${file('t', 'text')}\0`) },
  'a script without an interpreter': { path: () => file('script', '#!\n') },
  'a script whose interpreter is missing': { path: () => file('script2', '#!/none/interpreter -x\n') },
  'a script that is its own interpreter': { path: () => file('script3', `#!${folder}/script3\n`) },
}

describe('programs that cannot run', () => {
  test.each(Object.entries(programs))('%s', (_, { path, code }) => {
    const [program, ...args] = [...EMULATOR, path()]
    const run = spawnSync(program!, args, { encoding: 'utf8', timeout: TIMEOUT_MS, killSignal: 'SIGKILL' })
    expect(run.signal).toBe(null)
    expect(run.stderr).toMatch(/^demotic: [^\n]+\n$/)
    expect(run.stderr).not.toMatch(/internal error|undefined|NaN|\bat \S+:\d/)
    expect(run.stdout).toBe('')
    expect([126, 127]).toContain(run.status)
    if (code !== undefined) expect(run.status).toBe(code)
  })
})
