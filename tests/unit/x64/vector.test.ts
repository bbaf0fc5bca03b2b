/** Every vector op: host code at several CPU levels against the interpreter, with operands that die, live on, coincide or are constants. */
import { describe, expect, it } from 'vitest'
import { hostCpuFeatures } from '../../../src/host/cpuid.ts'
import { I32, I64, V128 } from '../../../src/ir/op-row.ts'
import { OP, OP_NAMES, OP_ROWS, type OpName } from '../../../src/ir/ops.ts'
import { VECTOR_OPS } from '../../../src/ir/ops-vector.ts'
import { NONE, type Region } from '../../../src/ir/region.ts'
import { BASELINE_CPU, type HostCpu, parseHostCpu, vectorRegisters } from '../../../src/x64/cpu.ts'
import { LOWERINGS } from '../../../src/x64/lowering.ts'
import { HostRunner, interpreted } from './host-vectors.ts'

const host = hostCpuFeatures()
/** Levels that this machine has. */
const LEVELS: [string, HostCpu, boolean][] = [['x86-64-v2', BASELINE_CPU, false]]
for (const text of ['x86-64-v2,+aes,+pclmul,+sha,+gfni', 'x86-64-v3', 'x86-64-v4', 'x86-64-v4,+aes,+pclmul,+sha', 'native']) {
  try {
    const cpu = parseHostCpu(text, host)
    LEVELS.push([text, cpu, false])
    if (vectorRegisters(cpu) > 16) LEVELS.push([`${text}, registers above xmm15 first`, cpu, true])
  } catch {
    // this machine has less
  }
}

/** Of these ops others own the test: no lowering of their own, or floating-point arguments. */
const WITHOUT = new Set(['vzero', 'constv', 'v.fromf', 'v.holdf', 'v.tof32', 'v.tof64', 'f.bits', 'f.frombits'])
const NAMES = (Object.keys(VECTOR_OPS) as OpName[]).filter((name) => !WITHOUT.has(name))

/** Immediates that an op is tried with: [imm, imm2]. */
function immediates(name: OpName): [number, number][] {
  const width = Number(/\d+$/.exec(name)?.[0] ?? 0)
  const upTo = (from: number, to: number): [number, number][] => Array.from({ length: to - from + 1 }, (_, i) => [from + i, 0])
  if (/^v(shl|shr|sar)\d/.test(name)) return upTo(0, width)
  if (/^vrshr/.test(name)) return upTo(1, width)
  if (/^vror/.test(name)) return upTo(1, width - 1)
  if (/^v(dup|ins|get)\d/.test(name)) return upTo(0, 128 / width - 1)
  if (/^vmove/.test(name))
    return upTo(0, 128 / width - 1).flatMap(([to]): [number, number][] => [
      [to, 0],
      [to, 128 / width - 1],
      [to, to],
    ])
  if (name === 'vlow')
    return [
      [8, 0],
      [16, 0],
      [32, 0],
      [64, 0],
    ]
  if (name === 'vext') return upTo(0, 15)
  if (/^vshufx?32/.test(name))
    return [
      [0x1b, 0],
      [0xe4, 0],
      [0x4e, 0],
      [0xa0, 0],
    ]
  if (name === 'vclmul64')
    return [
      [0, 0],
      [1, 0],
      [0x10, 0],
      [0x11, 0],
    ]
  if (name === 'vsha1rnds4') return upTo(0, 3)
  if (OP_ROWS[OP[name]]!.imms > 0) throw new Error(`test: immediates of ${name}?`)
  return [[0, 0]]
}

/** A small generator with its own seed. */
function random(seed: number): () => number {
  let s = seed
  return () => {
    s = (Math.imul(s, 1103515245) + 12345) | 0
    return (s >>> 8) & 0xffff
  }
}
const SPECIAL = [0, 1, 0xff, 0x7f, 0x80, 0x81, 0xfe, 8, 7, 0xf8, 16, 0x0f]
function fill(state: Uint8Array, next: () => number): void {
  for (let v = 0; v < 8; v++) {
    const mode = next() % 6
    for (let i = 0; i < 16; i++) {
      const at = 256 + 16 * v + i
      state[at] = mode < 3 ? next() : SPECIAL[next() % SPECIAL.length]!
      // lanes such as 0x8000.., 0x7fff.. and small counts
      if (mode === 4 && i % 2 === 0) state[at] = next() % 2 === 0 ? 0 : 0xff
      if (mode === 5 && i % 4 !== 3) state[at] = next() % 2 === 0 ? 0xff : 0
    }
  }
}

type Variant = 'dying' | 'living' | 'same' | 'constant'

/** The rows of one test region: the op on slots 0..2, its result to slot 3; what is used is seen in slots 4.. */
function build(region: Region, name: OpName, imm: number, imm2: number, variant: Variant, constant: readonly number[]): void {
  const row = OP_ROWS[OP[name]]!
  const sources: number[] = []
  const args = row.args.map((type, k) => {
    const v = region.get(variant === 'same' ? 0 : k)
    if (type === V128) {
      const value =
        variant === 'constant' && k === row.args.length - 1 ? region.constV(constant[0]!, constant[1]!, constant[2]!, constant[3]!) : v
      sources.push(value)
      return value
    }
    return region.emit(type === I32 || (type !== I64 && imm2 === 32) ? OP['v.toi32'] : OP['v.toi64'], v)
  })
  let d = region.emit(OP[name], args[0] ?? NONE, args[1] ?? NONE, args[2] ?? NONE, imm, imm2)
  if (row.result === I32 || row.result === I64) d = region.emit(OP['v.fromi'], d)
  region.put(3, d)
  if (variant === 'living') sources.forEach((v, k) => void region.put(4 + k, v))
  region.end(OP['exit.direct'], NONE, 0x2000, 0)
}

const VARIANTS: Variant[] = ['dying', 'living', 'same', 'constant']
const ROUNDS = 12

describe.each(LEVELS)('%s', (level, cpu, highFirst) => {
  const runner = new HostRunner(cpu, highFirst)
  it.each(NAMES)('%s', (name) => {
    expect(LOWERINGS[OP[name]], 'lowering').toBeTruthy()
    for (const [imm, imm2] of immediates(name)) {
      for (const variant of VARIANTS) {
        const next = random(OP_NAMES.indexOf(name) * 1000 + imm * 16 + imm2)
        const constant = Array.from({ length: 4 }, () => (next() << 16) | next())
        const run = runner.compile((region) => build(region, name, imm, imm2, variant, constant))
        for (let round = 0; round < ROUNDS; round++) {
          fill(runner.state, next)
          const before = runner.state.slice()
          const want = interpreted(runner.region, before)
          run()
          const got = runner.state.slice()
          if (Buffer.compare(got, want) === 0) continue
          const show = (s: Uint8Array, k: number) =>
            Buffer.from(s.subarray(256 + 16 * k, 272 + 16 * k))
              .reverse()
              .toString('hex')
          throw new Error(
            `${name} imm ${imm},${imm2} ${variant} on ${level}\n a ${show(before, 0)}\n b ${show(before, 1)}\n c ${show(before, 2)}\n want ${show(want, 3)}\n got  ${show(got, 3)}` +
              (Buffer.compare(got.subarray(0, 256 + 64), want.subarray(0, 256 + 64)) === 0 ? '\n an argument was changed' : ''),
          )
        }
      }
    }
  })
})
