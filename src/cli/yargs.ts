/**
 * The command line in full, parsed by yargs: help, version, `support`, and `run` when the scan of the run path
 * declined. Loaded only then.
 */
import yargs, { type Option } from 'yargs'
import { type GivenCommand, OPTIONS, type OptionName, type OptionRow, SPELLINGS } from './options.ts'
import { UsageError } from './run-options.ts'

export type Command = ({ readonly command: 'run' } & GivenCommand) | { readonly command: 'support' } | { readonly command: 'done' }

/** `version` is printed for --version. Throws UsageError. */
export async function parseWithYargs(args: readonly string[], version: string): Promise<Command> {
  let result: Command = { command: 'done' }
  const { front, program } = split(args)
  const parser = yargs([...front, ...(program.length > 0 ? ['--', ...program] : [])])
    .scriptName('demotic')
    .usage(
      'Runs Linux programs of other processors.\n\n  demotic [run] [options] PROG [ARGS…]\n  demotic binfmt install|remove|status\n  demotic engine [--guest=aarch64|arm] [--detach] [--idle=SECONDS]\n  demotic cache info|clear\n  demotic support',
    )
    .parserConfiguration({
      'populate--': true,
      'camel-case-expansion': false,
      'parse-numbers': false,
      'short-option-groups': false,
      'duplicate-arguments-array': true,
    })
    .command(
      ['run', '$0'],
      'run a program (the default)',
      (command) => {
        for (const row of Object.values(OPTIONS)) command.option(row.names.at(-1)!, yargsOption(row))
        return command.strictOptions()
      },
      (given) => {
        result = { command: 'run', options: pick(given), program: (given['--'] as string[] | undefined) ?? [] }
      },
    )
    .command('support', 'print what is supported: instructions and system calls', {}, () => {
      result = { command: 'support' }
    })
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(100)
    .epilogue('Options come before PROG; what follows PROG is the program’s. QEMU’s spellings with one dash work: -cpu, -strace, -dfilter.')
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new UsageError(`${lowerFirst(message ?? '')}; demotic --help lists the options`)
    })
  await parser.parseAsync()
  return result
}

/** Options of `run` stop at PROG, whatever follows looks like; `-cpu` becomes `--cpu`. */
function split(args: readonly string[]): { front: string[]; program: readonly string[] } {
  const front: string[] = args[0] === 'run' || args[0] === 'support' ? [args[0]] : []
  let i = front.length
  for (; i < args.length; i++) {
    const arg = args[i]!
    if (arg === '--') return { front, program: args.slice(i + 1) }
    if (!arg.startsWith('-') || arg === '-') break
    const equals = arg.indexOf('=')
    const option = SPELLINGS.get(equals < 0 ? arg : arg.slice(0, equals))
    if (option === undefined) {
      front.push(arg)
      continue
    }
    const row: OptionRow = OPTIONS[option]
    const name = `--${row.names.at(-1)}`
    if (row.value === null) front.push(equals < 0 ? name : `${name}${arg.slice(equals)}`)
    else if (equals >= 0) front.push(`${name}${arg.slice(equals)}`)
    else if (i + 1 < args.length) front.push(`${name}=${args[++i]}`)
    else throw new UsageError(`${arg} needs a value: ${arg} ${row.value}`)
  }
  return { front, program: args.slice(i) }
}

function yargsOption(row: OptionRow): Option {
  const aliases = row.names.slice(0, -1)
  const variable = row.variable === null ? '' : ` [${row.variable}]`
  const kind = row.value === null ? { type: 'boolean' as const } : { type: 'string' as const, requiresArg: true }
  return { alias: aliases, describe: `${row.about}${variable}`, ...kind }
}

function pick(given: Record<string, unknown>): GivenCommand['options'] {
  const options: { [N in OptionName]?: string[] | true } = {}
  for (const [name, row] of Object.entries(OPTIONS) as [OptionName, OptionRow][]) {
    const value = given[row.names.at(-1)!]
    if (value === undefined || value === false) continue
    if (row.value === null) options[name] = true
    else {
      const values = Array.isArray(value) ? value.map(String) : [String(value)]
      options[name] = row.list ? values : values.slice(-1)
    }
  }
  return options
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')
}
