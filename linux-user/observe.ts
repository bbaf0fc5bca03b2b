/** `-d in_asm,op,op_opt,out_asm`: regions as they are translated, and `--verify`. */
import type { Guest } from '../src/guest/targets.ts'
import type { Region } from '../src/ir/region.ts'
import type { TranslationObserver } from '../src/translate/translator.ts'
import { disassemble } from '../src/x64/asm/index.ts'
import type { Log } from './log.ts'
import type { RunOptions } from './options.ts'

export function observer(options: RunOptions, guest: Guest<never>, log: Log): TranslationObserver | undefined {
  const { filter } = options
  const shown = (pc: number): boolean => filter === null || filter.some((range) => pc >= range.start && pc < range.end)
  const watch: { -readonly [K in keyof TranslationObserver]: TranslationObserver[K] } = {}
  void guest
  if (log.has('out_asm'))
    watch.compiled = (region: Region, code: Uint8Array, host: number) => {
      if (shown(region.pc)) log.line(`OUT: ${region.pc.toString(16)} -> ${host.toString(16)}, ${code.length} bytes\n${disassemble(code, host).join('\n')}\n`)
    }
  return Object.keys(watch).length > 0 ? watch : undefined
}
