/**
 * C programs built by the cross compiler at every level and for several processor features, static and dynamic: each prints what the host
 * build prints. The sources are tests/real/programs and the portable ones of tests/guest.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programs, run } from '../guest/programs.ts'
import { EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { ARM64, BUILD, isInstalled } from './sysroots.ts'

const TIMEOUT_MS = 120_000
const COMMON = ['-fsigned-char', '-fwrapv', '-fno-strict-aliasing', '-ffp-contract=off', '-w']
const FREESTANDING = [
  '-nostdlib',
  '-ffreestanding',
  '-fno-stack-protector',
  '-static',
  '-fno-math-errno',
  `-I${ROOT}guest-programs/lib`,
  `-I${ROOT}tests/guest`,
]

const VARIANTS: readonly (readonly string[])[] = [
  ['-O0'],
  ['-O1'],
  ['-O2'],
  ['-O3'],
  ['-Os'],
  ['-O2', '-fPIE', '-pie'],
  ['-O2', '-march=armv8.1-a+lse', '-static'],
  ['-O3', '-march=armv8.2-a+fp16+dotprod+crypto+rcpc'],
  ['-O3', '-march=armv8.5-a', '-mbranch-protection=standard', '-static'],
  ['-O3', '-funroll-loops', '-fomit-frame-pointer', '-mtune=cortex-a57', '-static'],
]

function compile(compiler: string, args: readonly string[]): void {
  const gcc = spawnSync(compiler, args, { encoding: 'utf8' })
  if (gcc.status !== 0) throw new Error(`${compiler}: ${gcc.error?.message ?? gcc.stderr.split('\n').slice(0, 5).join('\n')}`)
}

/** What programs about processes and signals, which take time, are built with. */
const FEW_VARIANTS = VARIANTS.filter((v) => v.includes('-O0') || v.includes('-fPIE') || v.includes('-march=armv8.1-a+lse'))

function variantsOf(program: { readonly name: string; readonly isFree: boolean }): typeof VARIANTS {
  if (program.isFree) return VARIANTS.filter((v) => !v.includes('-static') && !v.includes('-pie'))
  return program.name.startsWith('signals-') ? FEW_VARIANTS : VARIANTS
}

const own = readdirSync(`${ROOT}tests/real/programs`).map((file) => ({
  name: basename(file, '.c'),
  source: `${ROOT}tests/real/programs/${file}`,
  flags: COMMON,
  libraries: ['-lm', '-pthread'],
  isFree: false,
}))
const portable = programs()
  .filter((p) => p.isPortable && !p.name.startsWith('fault-') && !p.isHostOnly)
  .map((p) => ({ name: p.name, source: p.source, flags: [...COMMON, ...FREESTANDING], libraries: ['-lgcc'], isFree: true }))

describe.skipIf(!isInstalled || !hasProgram('aarch64-linux-gnu-gcc'))('compiled C programs (tests/real/install.sh has run)', () => {
  mkdirSync(BUILD, { recursive: true })
  for (const program of [...own, ...portable]) {
    const host = `${BUILD}/${program.name}.host`
    let expected: Promise<{ text: string }> | undefined
    for (const variant of variantsOf(program)) {
      test(
        `${program.name} ${variant.join(' ')}`,
        async () => {
          if (!expected) {
            compile('gcc', ['-O2', '-march=x86-64-v3', ...program.flags, '-o', host, program.source, ...program.libraries])
            expected = run([host], TIMEOUT_MS)
          }
          const guest = `${BUILD}/${program.name}.guest`
          compile('aarch64-linux-gnu-gcc', [
            '-mno-outline-atomics',
            ...program.flags,
            ...variant,
            '-o',
            guest,
            program.source,
            ...program.libraries,
          ])
          const { text, stderr } = await run([...EMULATOR, '-L', ARM64, guest], TIMEOUT_MS)
          expect(text, stderr).toBe((await expected).text)
        },
        3 * TIMEOUT_MS,
      )
    }
  }
})
