/**
 * C programs built by the cross compiler at every level and for several processor features, static and dynamic: each prints what the host
 * build prints. The sources are tests/real/programs and the portable ones of tests/guest.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { basename } from 'node:path'
import { describe, expect, test } from 'vitest'
import { programs, run } from '../guest/programs.ts'
import { ARM_ORACLE, EMULATOR, hasProgram, ROOT } from '../lib/emulator.ts'
import { ARM64, ARMHF, BUILD, isInstalled } from './sysroots.ts'

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

/** A compiler, what its programs are built with, and where their libraries are. */
interface Target {
  readonly compiler: string
  readonly root: string
  readonly common: readonly string[]
  readonly variants: readonly (readonly string[])[]
  /** For programs about processes and signals, which take time. */
  readonly few: readonly (readonly string[])[]
}

const AARCH64_FEW = [['-O0'], ['-O2', '-fPIE', '-pie'], ['-O2', '-march=armv8.1-a+lse', '-static']]
const ARMHF_FEW = [
  ['-O0', '-mthumb'],
  ['-O2', '-marm', '-mfpu=neon-vfpv4', '-fPIE', '-pie'],
]
const ARMEL_FEW = [['-O2', '-mthumb', '-march=armv5te', '-static']]

const TARGETS: readonly Target[] = [
  {
    compiler: 'aarch64-linux-gnu-gcc',
    root: ARM64,
    common: ['-mno-outline-atomics'],
    few: AARCH64_FEW,
    variants: [
      ...AARCH64_FEW,
      ['-O1'],
      ['-O2'],
      ['-O3'],
      ['-Os'],
      ['-O3', '-march=armv8.2-a+fp16+dotprod+crypto+rcpc'],
      ['-O3', '-march=armv8.5-a', '-mbranch-protection=standard', '-static'],
      ['-O3', '-funroll-loops', '-fomit-frame-pointer', '-mtune=cortex-a57', '-static'],
    ],
  },
  {
    compiler: 'arm-linux-gnueabihf-gcc',
    root: ARMHF,
    common: [],
    few: ARMHF_FEW,
    variants: [
      ...ARMHF_FEW,
      ['-O0', '-marm'],
      ['-O1', '-marm', '-march=armv6', '-mfpu=vfpv2'],
      ['-O1', '-mthumb', '-mfpu=vfpv3-d16'],
      ['-O2', '-mthumb', '-mfpu=neon'],
      ['-Os', '-mthumb'],
      ['-O3', '-marm', '-march=armv7-a', '-mfpu=neon', '-static'],
      ['-O3', '-mthumb', '-march=armv8-a', '-mfpu=crypto-neon-fp-armv8', '-static'],
      ['-O3', '-marm', '-funroll-loops', '-mcpu=cortex-a7', '-mfpu=neon-vfpv4'],
    ],
  },
  {
    compiler: 'arm-linux-gnueabi-gcc',
    root: '/usr/arm-linux-gnueabi',
    common: [],
    few: ARMEL_FEW,
    variants: [
      ...ARMEL_FEW,
      ['-O0', '-marm', '-march=armv5te'],
      ['-O3', '-marm', '-march=armv5te'],
      ['-O2', '-marm', '-march=armv6', '-mfloat-abi=softfp', '-mfpu=vfp', '-fPIE', '-pie'],
    ],
  },
]

function compile(compiler: string, args: readonly string[]): void {
  const gcc = spawnSync(compiler, args, { encoding: 'utf8' })
  if (gcc.status !== 0) throw new Error(`${compiler}: ${gcc.error?.message ?? gcc.stderr.split('\n').slice(0, 5).join('\n')}`)
}

function variantsOf(target: Target, program: { readonly name: string; readonly isFree: boolean }): Target['variants'] {
  if (program.isFree) {
    if (!is64(target) && !ON_32_BITS.test(program.name)) return []
    const variants = target.variants.filter((v) => !v.includes('-static') && !v.includes('-pie'))
    return NEEDS_V7.test(program.name) ? variants.filter((v) => !v.some((option) => OLD.test(option))) : variants
  }
  return program.name.startsWith('signals-') ? target.few : target.variants
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

/** Shows how wide long is: its oracle for 32-bit ARM is qemu-arm. */
const WIDE_ONLY = /^library$/
/** Of the programs without a C library the others name system calls, or have integers, that only 64-bit Linux has. */
const ON_32_BITS = /^(compiled|fp-compiled|atomics)$/
/** Needs atomic operations of 64 bits in line. */
const NEEDS_V7 = /^atomics$/
const OLD = /^-march=armv[56]/

const is64 = (target: Target): boolean => target.root === ARM64
const isPossible = (target: Target): boolean =>
  existsSync(target.root) && hasProgram(target.compiler) && (is64(target) || hasProgram(ARM_ORACLE[0]!))

for (const target of TARGETS) {
  describe.skipIf(!isInstalled || !isPossible(target))(`C programs of ${target.compiler} (tests/real/install.sh has run)`, () => {
    mkdirSync(BUILD, { recursive: true })
    for (const program of [...own, ...portable]) {
      const host = `${BUILD}/${program.name}.host`
      const guest = `${BUILD}/${program.name}.guest`
      let expected: Promise<{ text: string }> | undefined
      for (const variant of variantsOf(target, program)) {
        test(
          `${program.name} ${variant.join(' ')}`,
          async () => {
            compile(target.compiler, [...target.common, ...program.flags, ...variant, '-o', guest, program.source, ...program.libraries])
            if (!is64(target) && WIDE_ONLY.test(program.name)) expected = run([...ARM_ORACLE, '-L', target.root, guest], TIMEOUT_MS)
            if (!expected) {
              compile('gcc', ['-O2', '-march=x86-64-v3', ...program.flags, '-o', host, program.source, ...program.libraries])
              expected = run([host], TIMEOUT_MS)
            }
            const { text, stderr } = await run([...EMULATOR, '-L', target.root, guest], TIMEOUT_MS)
            expect(text, stderr).toBe((await expected).text)
          },
          3 * TIMEOUT_MS,
        )
      }
    }
  })
}
