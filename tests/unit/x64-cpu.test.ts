/** The host CPU's features: levels, masks, dependencies, and agreement with the kernel. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { hostCpuFeatures } from '../../src/host/cpuid.ts'
import { BASELINE_CPU, CPU_FEATURES, type CpuFeature, detectHostCpu, formatHostCpu, type HostCpu, parseHostCpu } from '../../src/x64/cpu.ts'

const on = (cpu: HostCpu) => CPU_FEATURES.filter((feature) => cpu[feature])
const all = Object.fromEntries(CPU_FEATURES.map((feature) => [feature, true])) as HostCpu
const V3 = ['avx', 'avx2', 'bmi1', 'bmi2', 'fma', 'f16c', 'lzcnt', 'movbe']
const ONES = { a: -1, b: -1, c: -1, d: -1 }

test('levels', () => {
  expect(on(parseHostCpu('x86-64-v2', all))).toEqual([])
  expect(on(parseHostCpu('x86-64-v3', all))).toEqual(V3)
  expect(on(parseHostCpu('x86-64-v4', all))).toEqual([...V3, 'avx512f', 'avx512vl', 'avx512bw', 'avx512dq', 'avx512cd'])
  expect(parseHostCpu('native', all)).toEqual(all)
  expect(() => parseHostCpu('x86-64-v3', BASELINE_CPU)).toThrow('this CPU is not x86-64-v3: it has no avx, avx2')
})

test('masks and what depends on what is masked', () => {
  expect(on(parseHostCpu('x86-64-v2,+aes,+pclmul', all))).toEqual(['aes', 'pclmul'])
  expect(on(parseHostCpu('x86-64-v4,-avx', all))).toEqual(['bmi1', 'bmi2', 'lzcnt', 'movbe'])
  expect(parseHostCpu('-avx512bw', all).avx512vbmi).toBe(false)
  expect(parseHostCpu('-aes', all).vaes).toBe(false)
  expect(() => parseHostCpu('+sha', BASELINE_CPU)).toThrow('this CPU has no sha')
  expect(() => parseHostCpu('+ssse9', all)).toThrow("unknown CPU feature 'ssse9'")
  expect(() => parseHostCpu('pentium', all)).toThrow("unknown CPU 'pentium'")
  for (const text of ['x86-64-v2', 'x86-64-v3,+aes', '-avx512f']) {
    const cpu = parseHostCpu(text, all)
    expect(parseHostCpu(formatHostCpu(cpu), all)).toEqual(cpu)
  }
})

test('detection: operating system support, and a CPU that is too old', () => {
  expect(detectHostCpu(() => ONES, () => 0xe7)).toEqual(all) // biome-ignore format: one line
  expect(detectHostCpu(() => ONES, () => 7).avx2).toBe(true) // biome-ignore format: one line
  expect(detectHostCpu(() => ONES, () => 7).avx512f).toBe(false) // biome-ignore format: one line
  expect(detectHostCpu(() => ONES, () => 1).avx2).toBe(false) // biome-ignore format: one line
  const none = { a: 0, b: 0, c: 0, d: 0 }
  expect(() => detectHostCpu(() => none, () => 0)).toThrow('older than x86-64-v2: it has no sse3') // biome-ignore format: one line
})

test('what the kernel reports is found', () => {
  const kernel: Partial<Record<CpuFeature, string>> = {
    lzcnt: 'abm',
    sha: 'sha_ni',
    pclmul: 'pclmulqdq',
    vpclmul: 'vpclmulqdq',
    avx512vbmi2: 'avx512_vbmi2',
  }
  kernel.avx512vnni = 'avx512_vnni'
  kernel.avx512bitalg = 'avx512_bitalg'
  kernel.avx512vpopcntdq = 'avx512_vpopcntdq'
  kernel.aes = 'aes'
  const flags = new Set(/^flags\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1]?.split(' '))
  const cpu = hostCpuFeatures()
  for (const feature of CPU_FEATURES) if (flags.has(kernel[feature] ?? feature)) expect([feature, cpu[feature]]).toEqual([feature, true])
})
