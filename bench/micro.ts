/**
 * The translator alone, without a runner: instructions per second cold and warm, the decoder and the assembler. The guest code is
 * that of tests/guest; what is emitted goes nowhere.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { Bench } from 'tinybench'
import { A64Context } from '../src/guest/a64/context.ts'
import { A64 } from '../src/guest/a64/index.ts'
import { CodeSpace } from '../src/translate/code-space.ts'
import { type CodeSource, Translator } from '../src/translate/translator.ts'
import { Assembler } from '../src/x64/asm/assembler.ts'
import { insn } from '../src/x64/asm/encodings.ts'
import { type BASELINE_CPU, CPU_FEATURES, parseHostCpu } from '../src/x64/cpu.ts'
import { ROOT } from './commands.ts'

const PAGE_SIZE = 4096
const GUEST_BASE = 0x400000
const PT_LOAD = 1
const PF_X = 1

/** The executable segments of all guest test programs, one after the other, padded to whole pages. */
function guestCode(): Uint8Array {
  const folder = `${ROOT}tests/guest/bin/`
  const parts = readdirSync(folder).map((name) => {
    const file = readFileSync(folder + name)
    const headers = Number(file.readBigUInt64LE(32))
    const count = file.readUInt16LE(56)
    for (let at = headers; at < headers + count * 56; at += 56) {
      if (file.readUInt32LE(at) !== PT_LOAD || (file.readUInt32LE(at + 4) & PF_X) === 0) continue
      const entry = Number(file.readBigUInt64LE(24)) - Number(file.readBigUInt64LE(at + 16))
      return file.subarray(
        Number(file.readBigUInt64LE(at + 8)) + Math.min(entry, 0x100),
        Number(file.readBigUInt64LE(at + 8) + file.readBigUInt64LE(at + 32)),
      )
    }
    throw new Error(`${name} has no code`)
  })
  const length = parts.reduce((sum, part) => sum + (part.length & ~3), 0)
  const code = new Uint8Array(Math.ceil(length / PAGE_SIZE) * PAGE_SIZE)
  let at = 0
  for (const part of parts) {
    code.set(part.subarray(0, part.length & ~3), at)
    at += part.length & ~3
  }
  return code
}

const AREA = 0x6200_0000_0000

function translatorOf(code: Uint8Array): { translator: Translator<A64Context>; source: CodeSource } {
  const memory = {
    write: () => undefined,
    patch32: () => undefined,
    patch8: () => undefined,
    read: (_: number, length: number) => new Uint8Array(length),
    view: (_: number, length: number) => new ArrayBuffer(length),
  }
  const space = new CodeSpace(memory, { exit: AREA, poll: AREA, syscall: AREA, lookup: AREA }, AREA + PAGE_SIZE, () => AREA, A64)
  const everything = Object.fromEntries(CPU_FEATURES.map((feature) => [feature, true])) as unknown as typeof BASELINE_CPU
  const translator = new Translator({
    guest: A64,
    context: (region, targets) => new A64Context(region, targets),
    cpu: parseHostCpu('x86-64-v3', everything),
  })
  const source: CodeSource = {
    space,
    makeRoom: () => space.flush(),
    codePage: (address) =>
      address >= GUEST_BASE && address < GUEST_BASE + code.length
        ? code.subarray(address - GUEST_BASE, address - GUEST_BASE + PAGE_SIZE)
        : null,
  }
  return { translator, source }
}

/** Translates from the start of the code, again and again, until `isDone`; the number of instructions. */
function translate(translator: Translator<A64Context>, source: CodeSource, code: Uint8Array, isDone: (insns: number) => boolean): number {
  let insns = 0
  for (;;) {
    source.space.flush()
    for (let pc = GUEST_BASE; pc < GUEST_BASE + code.length; ) {
      const count = translator.regionAt(source, pc)?.insnCount ?? 0
      insns += count
      pc += Math.max(count, 1) * 4
      if (isDone(insns)) return insns
    }
  }
}

const WARM_BATCH = 20_000

export async function runMicro(isQuick: boolean): Promise<void> {
  const code = guestCode()
  const { translator, source } = translatorOf(code)
  console.log('The translator alone')
  const begun = performance.now()
  const marks = [5, 20, 100, 1000]
  const line: string[] = []
  translate(translator, source, code, (insns) => {
    const now = performance.now() - begun
    while (marks.length > 0 && now >= marks[0]!) line.push(`${marks.shift()} ms: ${insns.toLocaleString('en')}`)
    return marks.length === 0
  })
  console.log(`  instructions translated in the first ${line.join(', ')}`)

  const words = new Int32Array(code.buffer)
  const assembler = new Assembler()
  const add = insn('ADD r64, r/m64')
  const store = insn('MOV r/m64, r64')
  const bench = new Bench({ time: isQuick ? 300 : 1500, warmupTime: 200 })
  bench.add('translate', () => void translate(translator, source, code, (insns) => insns >= WARM_BATCH))
  bench.add('disassemble', () => {
    for (let i = 0; i < 1000; i++) A64.disassemble(words[i]!, GUEST_BASE + 4 * i)
  })
  bench.add('assemble', () => {
    assembler.reset(AREA)
    for (let i = 0; i < 1000; i++) {
      assembler.rr(add, i & 15, 3)
      assembler.mr(store, 5, 8 * (i & 31), i & 15)
    }
  })
  await bench.run()
  const perCall: Record<string, number> = { translate: WARM_BATCH, disassemble: 1000, assemble: 2000 }
  for (const task of bench.tasks) {
    const result = task.result
    if (!('latency' in result)) throw new Error(`${task.name}: ${'error' in result ? String(result.error) : result.state}`)
    const rate = (perCall[task.name]! / result.latency.mean) * 1000
    console.log(`  ${task.name.padEnd(14)} ${Math.round(rate).toLocaleString('en').padStart(13)} instructions/s, warm`)
  }
}
