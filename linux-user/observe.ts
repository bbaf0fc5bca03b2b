/** `-d in_asm,op,op_opt,out_asm`, `--verify` and `-perfmap`: regions as they are translated. */
import { closeSync, writeSync } from 'node:fs'
import type { Guest } from '../src/guest/targets.ts'
import { printRegion } from '../src/ir/print.ts'
import type { Region } from '../src/ir/region.ts'
import { assertValid } from '../src/ir/verify.ts'
import type { TranslationObserver } from '../src/translate/translator.ts'
import { disassemble } from '../src/x64/asm/index.ts'
import { type Log, openFor } from './log.ts'
import { isWithin, type RunOptions } from './options.ts'

/** What to call at each stage; undefined when nothing was asked for. `wordAt` reads a guest instruction; `pid` is the runner's. */
export function observer(
  options: Pick<RunOptions, 'filter' | 'verify'>,
  guest: Guest<never>,
  log: Log,
  wordAt: (pc: number) => number,
  pid: number,
): TranslationObserver | undefined {
  const { filter, verify } = options
  const items = ['in_asm', 'op', 'op_opt', 'out_asm', 'perfmap'] as const
  if (!verify && !items.some((item) => log.has(item))) return undefined
  const shown = (region: Region): boolean => isWithin(filter, region.pc)
  const perfMap = log.has('perfmap') ? perfMapWriter(pid) : undefined
  return {
    lifted(region) {
      if (verify) assertValid(region, 'after lifting')
      if (!shown(region)) return
      if (log.has('in_asm')) log.line(`IN: 0x${region.pc.toString(16)}\n${guestText(region, guest, wordAt)}\n`)
      if (log.has('op')) log.line(`OP: 0x${region.pc.toString(16)}\n${printRegion(region)}`)
    },
    optimised(region) {
      if (verify) assertValid(region, 'after optimisation')
      if (log.has('op_opt') && shown(region)) log.line(`OP after optimisation: 0x${region.pc.toString(16)}\n${printRegion(region)}`)
    },
    compiled(region, code, host) {
      perfMap?.(region, code, host)
      if (!log.has('out_asm') || !shown(region)) return
      log.line(`OUT: 0x${region.pc.toString(16)} at 0x${host.toString(16)}, ${code.length} bytes\n${disassemble(code, host).join('\n')}\n`)
    },
  }
}

function guestText(region: Region, guest: Guest<never>, wordAt: (pc: number) => number): string {
  const lines: string[] = []
  for (let i = 0; i < region.insnCount; i++) {
    const pc = region.insnPc[i]!
    const word = wordAt(pc)
    lines.push(`0x${pc.toString(16)}:  ${word.toString(16).padStart(8, '0')}  ${guest.disassemble(word, pc)}`)
  }
  return lines.join('\n')
}

/** One line a region, `ADDRESS SIZE NAME` in hexadecimal, as perf reads it (linux/tools/perf/Documentation/jit-interface.txt). */
function perfMapWriter(pid: number): (region: Region, code: Uint8Array, host: number) => void {
  const fd = openFor('-perfmap', `/tmp/perf-${pid}.map`)
  process.once('exit', () => closeSync(fd))
  return (region, code, host) => {
    writeSync(fd, `${host.toString(16)} ${code.length.toString(16)} guest_0x${region.pc.toString(16)}\n`)
  }
}
