/** Job control at a terminal: an interactive bash of the arm64 tree shows what the host's own shows, key by key (scripts/terminal.py). */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { ARM64, isInstalled } from './sysroots.ts'

const TIMEOUT_MS = 120_000
const BASH = `${ARM64}/bin/bash`
const SHELL = ['--norc', '-i']

function drive(command: readonly string[]): Promise<string> {
  const child = spawn('python3', [`${ROOT}tests/real/scripts/terminal.py`, ...command], { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.on('data', (data: Buffer) => {
    text += data.toString('latin1')
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', () => resolve(text))
  })
}

test.skipIf(!isInstalled || !existsSync(BASH) || !hasProgram('python3'))(
  'bash at a terminal: Ctrl-C, Ctrl-Z, fg, bg, jobs, kill (tests/real/install.sh has run)',
  async () => {
    const [native, emulated] = await Promise.all([drive(['bash', ...SHELL]), drive([...EMULATOR, '-L', ARM64, BASH, ...SHELL])])
    expect(native).toContain('status 3')
    expect(emulated).toBe(native)
  },
  TIMEOUT_MS,
)
