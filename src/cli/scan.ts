/**
 * The run path's own look at the command line. Loading yargs takes 65 ms, twice as long as everything else that
 * Demotic does before a guest runs, so a line that is plainly `[run] [options] PROG [ARGS…]` is read here, by the same
 * rows that yargs gets. Everything else (help, other commands, errors) gives null and is left to yargs.
 */
import { type GivenCommand, type GivenOptions, OPTIONS, type OptionName, SPELLINGS } from './options.ts'

export function scan(args: readonly string[]): GivenCommand | null {
  const start = args[0] === 'run' ? 1 : 0
  if (start === 0 && args[0] === 'support') return null
  const options: { [N in OptionName]?: string[] | true } = {}
  let i = start
  for (; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') {
      i++
      break
    }
    if (!arg.startsWith('-') || arg === '-') break
    const equals = arg.indexOf('=')
    const option = SPELLINGS.get(equals < 0 ? arg : arg.slice(0, equals))
    if (option === undefined) return null
    const row = OPTIONS[option]
    if (row.value === null) {
      if (equals >= 0) return null
      options[option] = true
      continue
    }
    const value = equals >= 0 ? arg.slice(equals + 1) : args[++i]
    if (value === undefined) return null
    const before = options[option]
    options[option] = 'list' in row && Array.isArray(before) ? [...before, value] : [value]
  }
  return i < args.length ? { options: options as GivenOptions, program: args.slice(i) } : null
}
