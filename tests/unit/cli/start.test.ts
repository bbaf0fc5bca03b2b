/** What a run loads, because that is what its start costs (`node dist/bench/start.js` has the times). */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from '../../lib/emulator.ts'

const COMMAND = `${ROOT}dist/demotic.cjs`
const HELLO = `${ROOT}guest-programs/hello`
/** Modules of Node that take a millisecond or more each; some of them make stdin, stdout and stderr streams, too. */
const SLOW = ['assert', 'stream', 'perf_hooks', 'v8', 'crypto', 'child_process', 'worker_threads', 'net', 'tty', 'http', 'zlib', 'readline']

/** Modules of Node, and files, that a run has loaded at its end. */
function loaded(): { builtins: string[]; files: string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'demotic-start-'))
  const list = join(folder, 'list.json')
  const preload = join(folder, 'preload.cjs')
  writeFileSync(
    preload,
    `const before = new Set(process.moduleLoadList)
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(list)}, JSON.stringify({
  builtins: process.moduleLoadList.filter((name) => !before.has(name)).map((name) => name.replace('NativeModule ', '')),
  files: Object.keys(require.cache).filter((name) => name !== __filename),
})))`,
  )
  try {
    const run = spawnSync(process.execPath, ['-r', preload, COMMAND, HELLO], { encoding: 'utf8' })
    expect([run.stdout, run.stderr, run.status]).toEqual(['Hello from AArch64.\n', '', 0])
    return JSON.parse(readFileSync(list, 'utf8')) as { builtins: string[]; files: string[] }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe.skipIf(!existsSync(COMMAND))('a run of the bundle (needs npm run build)', () => {
  it('loads two files, and nothing slow of Node', () => {
    const { builtins, files } = loaded()
    expect(builtins.filter((name) => SLOW.includes(name))).toEqual([])
    expect(files.filter((name) => name.includes('/dist/')).map((name) => name.slice(name.indexOf('/dist/') + 1))).toEqual(
      expect.arrayContaining(['dist/demotic.cjs', 'dist/bundle/run.cjs']),
    )
    expect(files.length).toBeLessThanOrEqual(4)
  })
})
