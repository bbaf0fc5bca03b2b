/**
 * What the host CPU can do beyond x86-64-v2, which is always there. One row per feature: where CPUID says it, which level it belongs to, and
 * what it cannot be used without. The type, detection, masking (`--host-cpu`) and the text form are derived from the rows.
 */

interface Feature {
  /** CPUID leaf (subleaf 0), output register 'a'..'d', bit. */
  readonly at: readonly [leaf: number, register: 'a' | 'b' | 'c' | 'd', bit: number]
  /** The x86-64 level that includes it; extras have none. */
  readonly level?: 3 | 4
  /** Off when one of these is off. */
  readonly needs?: readonly string[]
}

const FEATURES = {
  avx: { at: [1, 'c', 28], level: 3 },
  avx2: { at: [7, 'b', 5], level: 3, needs: ['avx'] },
  bmi1: { at: [7, 'b', 3], level: 3 },
  bmi2: { at: [7, 'b', 8], level: 3 },
  fma: { at: [1, 'c', 12], level: 3, needs: ['avx'] },
  f16c: { at: [1, 'c', 29], level: 3, needs: ['avx'] },
  lzcnt: { at: [0x8000_0001, 'c', 5], level: 3 },
  movbe: { at: [1, 'c', 22], level: 3 },
  avx512f: { at: [7, 'b', 16], level: 4, needs: ['avx2', 'fma', 'f16c'] },
  avx512vl: { at: [7, 'b', 31], level: 4, needs: ['avx512f'] },
  avx512bw: { at: [7, 'b', 30], level: 4, needs: ['avx512f'] },
  avx512dq: { at: [7, 'b', 17], level: 4, needs: ['avx512f'] },
  avx512cd: { at: [7, 'b', 28], level: 4, needs: ['avx512f'] },
  avx512ifma: { at: [7, 'b', 21], needs: ['avx512f'] },
  avx512vbmi: { at: [7, 'c', 1], needs: ['avx512bw'] },
  avx512vbmi2: { at: [7, 'c', 6], needs: ['avx512bw'] },
  avx512vnni: { at: [7, 'c', 11], needs: ['avx512f'] },
  avx512bitalg: { at: [7, 'c', 12], needs: ['avx512bw'] },
  avx512vpopcntdq: { at: [7, 'c', 14], needs: ['avx512f'] },
  aes: { at: [1, 'c', 25] },
  pclmul: { at: [1, 'c', 1] },
  sha: { at: [7, 'b', 29] },
  gfni: { at: [7, 'c', 8] },
  vaes: { at: [7, 'c', 9], needs: ['avx', 'aes'] },
  vpclmul: { at: [7, 'c', 10], needs: ['avx', 'pclmul'] },
  adx: { at: [7, 'b', 19] },
  rdrand: { at: [1, 'c', 30] },
  rdseed: { at: [7, 'b', 18] },
  erms: { at: [7, 'b', 9] },
  fsrm: { at: [7, 'd', 4] },
  clflushopt: { at: [7, 'b', 23] },
  clwb: { at: [7, 'b', 24] },
  fsgsbase: { at: [7, 'b', 0] },
  rdtscp: { at: [0x8000_0001, 'd', 27] },
} as const satisfies Record<string, Feature>

export type CpuFeature = keyof typeof FEATURES
/** Which features may be used. */
export type HostCpu = { readonly [F in CpuFeature]: boolean }

export const CPU_FEATURES = Object.keys(FEATURES) as readonly CpuFeature[]
const ROWS: Readonly<Record<CpuFeature, Feature>> = FEATURES

/** x86-64-v2 beyond the first x86-64: CMPXCHG16B, LAHF, POPCNT, SSE3, SSSE3, SSE4.1, SSE4.2. */
const BASELINE: Readonly<Record<string, Feature['at']>> = {
  sse3: [1, 'c', 0],
  ssse3: [1, 'c', 9],
  cx16: [1, 'c', 13],
  'sse4.1': [1, 'c', 19],
  'sse4.2': [1, 'c', 20],
  popcnt: [1, 'c', 23],
  'lahf-sahf': [0x8000_0001, 'c', 0],
}
const BASE_LEVEL = 2

const XCR0_AVX = 0x6
const XCR0_AVX512 = 0xe6
const OSXSAVE: Feature['at'] = [1, 'c', 27]

/** One leaf of CPUID, subleaf 0. */
export interface CpuidLeaf {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
}

/** Features from CPUID; `xcr0` is called only when XGETBV exists. Throws a sentence when the host is below x86-64-v2. */
export function detectHostCpu(cpuid: (leaf: number) => CpuidLeaf, xcr0: () => number): HostCpu {
  const leaves = new Map<number, CpuidLeaf>()
  const has = ([leaf, register, bit]: Feature['at']) => {
    let found = leaves.get(leaf)
    if (found === undefined) leaves.set(leaf, (found = cpuid(leaf)))
    return ((found[register] >>> bit) & 1) === 1
  }
  const missing = Object.keys(BASELINE).filter((name) => !has(BASELINE[name]!))
  if (missing.length > 0) throw new Error(`this CPU is older than x86-64-v2: it has no ${missing.join(', ')}`)
  const state = has(OSXSAVE) ? xcr0() : 0
  const cpu = every((feature) => has(ROWS[feature].at))
  if ((state & XCR0_AVX) !== XCR0_AVX) cpu.avx = false
  if ((state & XCR0_AVX512) !== XCR0_AVX512) cpu.avx512f = false
  return settle(cpu)
}

/** The CPU with nothing but x86-64-v2. */
export const BASELINE_CPU: HostCpu = every(() => false)

/**
 * `text` is a list with commas: `native` (what was detected) or `x86-64-v2`, `-v3`, `-v4` first, then `+feature` and `-feature`.
 * Without a first word the list changes what was detected. Throws a sentence when it names something unknown or something that the host has not.
 */
export function parseHostCpu(text: string, detected: HostCpu): HostCpu {
  let cpu = { ...detected }
  for (const [n, word] of text.split(',').entries()) {
    const level = /^x86-64-v([234])$/.exec(word)
    if (n === 0 && level !== null) cpu = atLevel(Number(level[1]), word, detected)
    else if (/^[+-]/.test(word)) {
      const feature = CPU_FEATURES.find((name) => name === word.slice(1))
      if (feature === undefined) throw new Error(`unknown CPU feature '${word.slice(1)}'; known are ${CPU_FEATURES.join(' ')}`)
      if (word[0] === '+' && !detected[feature]) throw new Error(`this CPU has no ${feature}`)
      cpu[feature] = word[0] === '+'
    } else if (n !== 0 || (word !== 'native' && word !== '')) {
      throw new Error(`unknown CPU '${word}'; use native, x86-64-v2, x86-64-v3 or x86-64-v4, then +feature or -feature`)
    }
  }
  return settle(cpu)
}

/** The text from which `parseHostCpu` makes the same CPU. */
export function formatHostCpu(cpu: HostCpu): string {
  return ['x86-64-v2', ...CPU_FEATURES.filter((feature) => cpu[feature]).map((feature) => `+${feature}`)].join(',')
}

/** How many vector registers translated code has: 32 where AVX-512 has EVEX forms of what AVX2 does with 128 bits. */
export function vectorRegisters(cpu: HostCpu): 16 | 32 {
  return cpu.avx512vl && cpu.avx512bw && cpu.avx512dq && cpu.avx512cd ? 32 : 16
}

type Mutable = { -readonly [F in CpuFeature]: boolean }

function every(value: (feature: CpuFeature) => boolean): Mutable {
  return Object.fromEntries(CPU_FEATURES.map((feature) => [feature, value(feature)])) as Mutable
}

function atLevel(level: number, name: string, detected: HostCpu): Mutable {
  const cpu = every((feature) => (ROWS[feature].level ?? Number.POSITIVE_INFINITY) <= level)
  const missing = CPU_FEATURES.filter((feature) => cpu[feature] && !detected[feature])
  if (level > BASE_LEVEL && missing.length > 0) throw new Error(`this CPU is not ${name}: it has no ${missing.join(', ')}`)
  return cpu
}

/** Turns off what cannot be used without something that is off; rows stand behind what they need. */
function settle(cpu: Mutable): HostCpu {
  for (const feature of CPU_FEATURES) {
    for (const needed of ROWS[feature].needs ?? []) if (!cpu[needed as CpuFeature]) cpu[feature] = false
  }
  return cpu
}
