/**
 * `npm run record:guest [-- NAME…]`: runs the test programs on the oracle (and the portable ones as host programs) and
 * writes expect/ beside them. Says where levels or host and oracle disagree; then nothing is written for that program.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { ARM_ORACLE, ORACLE, ROOT } from '../lib/emulator.ts'
import { ARM_FOLDER, FOLDER, type Program, programs, run } from './programs.ts'

const TIMEOUT_MS = 60_000
const HOST_FLAGS =
  '-O2 -march=x86-64-v3 -nostdlib -static -ffreestanding -fno-stack-protector -fno-strict-aliasing -fwrapv -fno-math-errno -ffp-contract=off'

async function onHost(program: Program): Promise<string> {
  const folder = mkdtempSync(`${tmpdir()}/demotic-host-`)
  try {
    const include = [`-I${ROOT}guest-programs/lib`, `-I${ROOT}tests/guest`]
    const gcc = spawnSync('gcc', [...HOST_FLAGS.split(' '), ...include, '-o', `${folder}/program`, program.source, '-lgcc'], {
      encoding: 'utf8',
    })
    if (gcc.status !== 0) throw new Error(gcc.stderr.split('\n').slice(0, 5).join('\n'))
    return (await run([`${folder}/program`, ...program.arguments], TIMEOUT_MS)).text
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function record(program: Program): Promise<boolean> {
  const results: { what: string; text: string }[] = []
  for (const binary of program.isHostOnly ? [] : program.binaries) {
    const { text } = await run(
      [...(program.folder === ARM_FOLDER ? ARM_ORACLE : ORACLE), ...program.options, binary, ...program.arguments],
      TIMEOUT_MS,
    )
    results.push({ what: binary, text })
  }
  if (program.isPortable) results.push({ what: 'host', text: await onHost(program) })
  const [first] = results
  if (!first) {
    console.log(`${program.name}: not built`)
    return false
  }
  for (const other of results) {
    if (other.text === first.text) continue
    const [a, b] = [first.text.split('\n'), other.text.split('\n')]
    const line = a.findIndex((text, n) => text !== b[n])
    console.log(`${program.name}: ${first.what} and ${other.what} differ:\n  ${a[line]}\n  ${b[line]}`)
    return false
  }
  writeFileSync(`${program.folder}expect/${program.name}`, first.text, 'latin1')
  return true
}

for (const folder of [FOLDER, ARM_FOLDER]) mkdirSync(`${folder}expect`, { recursive: true })
const names = process.argv.slice(2)
let failures = 0
for (const program of [...programs(), ...programs(ARM_FOLDER)]) {
  if (names.length > 0 && !names.some((name) => program.name === name || program.name.startsWith(`${name}.`))) continue
  if (!(await record(program))) failures++
}
process.exitCode = failures > 0 ? 1 : 0
