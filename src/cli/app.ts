/**
 * What `demotic` does, from arguments to exit code. Its exit code is the guest's; a guest killed by a signal kills us with it; 126 and 127
 * mean what they mean to a shell; 125 is a mistake in the command line, or of ours.
 */
import { readFileSync } from 'node:fs'
import { CPUS, LOG_ITEMS } from '../../linux-user/options.ts'
import type { GivenCommand } from './options.ts'
import { rawArguments, rawEnvironment, runOptions, UsageError } from './run-options.ts'
import { scan } from './scan.ts'

const EXIT_USAGE = 125

async function command(args: readonly string[]): Promise<number> {
  const run = scan(args)
  if (run) return runCommand(run)
  if (args.length === 0 || args.every((arg) => arg === 'run')) throw new UsageError('names no program to run; demotic --help says more')
  const { parseWithYargs } = await import('./yargs.ts')
  const parsed = await parseWithYargs(args, version())
  if (parsed.command === 'done') return 0
  if (parsed.command === 'support') return (await import('./support.ts')).printSupport()
  if (parsed.program.length === 0 && !asksForHelp(parsed)) throw new UsageError('names no program to run; demotic --help says more')
  return runCommand(parsed)
}

async function runCommand(given: GivenCommand): Promise<number> {
  if (asksForHelp(given)) return printLists(given)
  const options = runOptions(given, rawArguments(given.program), rawEnvironment())
  const { runProgram } = await import('../../linux-user/run.ts')
  app.hasRun = true
  return runProgram(options)
}

/** `-d help` and `-cpu help` print a list, with or without PROG. */
function asksForHelp({ options }: GivenCommand): boolean {
  return includesHelp(options.log) || includesHelp(options.cpu)
}

function includesHelp(values: readonly string[] | true | undefined): boolean {
  return Array.isArray(values) && values.includes('help')
}

function printLists({ options }: GivenCommand): number {
  const rows = Object.entries(includesHelp(options.log) ? LOG_ITEMS : CPUS)
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  for (const [name, about] of rows) process.stdout.write(`${name.padEnd(width)}${about}\n`)
  return 0
}

function version(): string {
  const file = new URL('../../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version: string }
  return version
}

/** A mistake of the user is one sentence; a mistake of ours too, with its stack for who asks. */
function report(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error)
  const isUsage = error instanceof UsageError
  process.stderr.write(`demotic: ${isUsage ? '' : 'internal error: '}${message}\n`)
  if (!isUsage && process.env['DEMOTIC_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return EXIT_USAGE
}

export interface App {
  /** The exit code. */
  main(args: readonly string[]): Promise<number>
  /** A program was run, or tried to. */
  hasRun: boolean
}

export const app: App = { main: (args) => command(args).catch(report), hasRun: false }
