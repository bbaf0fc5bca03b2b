/** The guest's standard streams are the caller's, as the caller left them: blocking, and whatever they are. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { CASE_SIZE, HEADER_SIZE, RESULT_SIZE } from './diff/layout.ts'
import { EMULATOR, ROOT } from './lib/emulator.ts'

const EXECUTOR = `${ROOT}tests/diff/executor/executor`
const HELLO = `${ROOT}guest-programs/hello`
const NOP = 0xd503201f

test('standard input that comes late is waited for', async () => {
  const [program, ...args] = [...EMULATOR, EXECUTOR]
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  const header = Buffer.alloc(HEADER_SIZE)
  header.writeUInt32LE(1)
  const record = Buffer.alloc(CASE_SIZE)
  for (let n = 0; n < 4; n++) record.writeUInt32LE(NOP, 4 * n)
  let received = 0
  child.stdout.on('data', (data: Buffer) => {
    received += data.length
  })
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
  child.stdin.write(header)
  await pause(400)
  child.stdin.write(record.subarray(0, 500))
  await pause(200)
  child.stdin.end(record.subarray(500))
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect({ code, received }).toEqual({ code: 0, received: RESULT_SIZE })
})

test('output into a file, with closed and empty input', () => {
  const folder = mkdtempSync(`${tmpdir()}/demotic-streams-`)
  try {
    const fd = openSync(`${folder}/out`, 'w')
    const [program, ...args] = [...EMULATOR, HELLO]
    expect(spawnSync(program!, args, { stdio: ['ignore', fd, 'inherit'] }).status).toBe(0)
    closeSync(fd)
    expect(readFileSync(`${folder}/out`, 'utf8')).toBe('Hello from AArch64.\n')
    const closed = spawnSync('sh', ['-c', '"$@" <&- >out 2>&-; echo $?', 'sh', program!, ...args], { cwd: folder, encoding: 'utf8' })
    expect(closed.stdout).toBe('0\n')
    expect(readFileSync(`${folder}/out`, 'utf8')).toBe('Hello from AArch64.\n')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a reader that goes away ends the guest by SIGPIPE', () => {
  const [program, ...args] = [...EMULATOR, `${ROOT}tests/guest/bin/loadstore.O1`]
  const run = spawnSync('bash', ['-c', '"$@" | true; echo $PIPESTATUS', 'bash', program!, ...args], { encoding: 'utf8' })
  expect(['0', '141']).toContain(run.stdout.trim())
})
