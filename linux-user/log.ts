/** Where `-d` goes, and how each item is written. Lines go out at once, by one write each. */
import { openSync, writeSync } from 'node:fs'
import { stickyFromMxcsr } from '../src/guest/a64/fp-environment.ts'
import type { Guest } from '../src/guest/targets.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { V128 } from '../src/ir/op-row.ts'
import { PACKED_C, PACKED_N, PACKED_V, PACKED_Z } from '../src/ir/ops-int.ts'
import { STATE_OFFSET } from '../src/runtime/layout.ts'
import { type AddressRange, isWithin, type LogItem, type RunOptions, UsageError } from './options.ts'

const STDERR = 2
const SIGNAL_NAMES: Record<number, string> = { 4: 'SIGILL', 5: 'SIGTRAP', 7: 'SIGBUS', 8: 'SIGFPE', 11: 'SIGSEGV' }

export class Log {
  private readonly items: ReadonlySet<LogItem>
  private readonly fd: number
  private readonly filter: readonly AddressRange[] | null
  readonly exec: boolean
  readonly int: boolean
  readonly unimp: boolean
  readonly page: boolean
  /** Text of an instruction word, given by the guest. */
  disassemble: (word: number, pc: number) => string = (word) => word.toString(16)

  constructor(options: Pick<RunOptions, 'log' | 'logFile' | 'filter'>) {
    this.items = options.log
    this.fd = options.logFile === null ? STDERR : openFor('-D', options.logFile.replace('%d', String(process.pid)))
    this.filter = options.filter
    this.exec = this.has('exec')
    this.int = this.has('int')
    this.unimp = this.has('unimp')
    this.page = this.has('page')
  }

  has(item: LogItem): boolean {
    return this.items.has(item)
  }

  line(text: string): void {
    writeSync(this.fd, `${text}\n`)
  }

  region(pc: number, thread: RunnerThread): void {
    if (isWithin(this.filter, pc)) this.line(`exec: ${thread.pid} ${hex(pc)}`)
  }

  unimplemented(pc: number, word: number): void {
    this.line(`unimp: instruction ${hex8(word)} (${this.disassemble(word, pc)}) at ${hex(pc)}`)
  }

  codeWrite(address: number, pc: number | null): void {
    this.line(`int: write to translated code at ${hex(address)}${pc === null ? '' : ` by ${hex(pc)}`}`)
  }

  /** A guest fault with its registers. */
  fault(thread: RunnerThread, guest: Guest<never>, signal: number, code: number, address: number): void {
    const lines = [`int: ${SIGNAL_NAMES[signal] ?? `signal ${signal}`} code ${code} address ${hex(address)}`]
    let row = ''
    for (const slot of guest.state) {
      if (slot.within !== undefined) continue
      const at = (STATE_OFFSET + slot.offset) >> 2
      const words = slot.type === V128 ? 4 : slot.type === 1 ? 1 : 2
      let text = ''
      for (let w = words - 1; w >= 0; w--) text += hex8(thread.i32[at + w]!)
      if (slot.packed !== undefined) text = conditionFlags(thread.i32[at]!, slot.packed)
      // What the host has raised and the guest has not asked for yet.
      if (slot.name === 'fpsr' && thread.request === 'fault') text = hex8(thread.i32[at]! | stickyFromMxcsr(thread.fault.mxcsr))
      row += `${slot.name.padStart(4)} ${text}  `
      if (row.length > 100) {
        lines.push(row)
        row = ''
      }
    }
    lines.push(row)
    this.line(lines.join('\n'))
  }
}

/** Opens the file that an option writes. */
export function openFor(option: string, path: string): number {
  try {
    return openSync(path, 'w')
  } catch (error) {
    throw new UsageError(`${option} cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
}

const FLAG_BITS = [PACKED_N, PACKED_Z, PACKED_C, PACKED_V]

/** Packed flags as letters: those of `mask`. */
function conditionFlags(packed: number, mask: number): string {
  const letters = FLAG_BITS.map((bit, n) => (packed & bit ? 'NZCV'[n]! : '-'))
  return letters.filter((_, n) => (mask & FLAG_BITS[n]!) !== 0).join('')
}

function hex8(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}

function hex(n: number): string {
  return `0x${n.toString(16)}`
}
