/**
 * What `demotic` does, from arguments to exit code. Its exit code is the guest's; a guest killed by a signal kills us with it; 126 and 127
 * mean what they mean to a shell; 125 is a mistake in the command line, or of ours.
 */
import { existsSync, readFileSync } from 'node:fs'
import { CPUS, LOG_ITEMS } from '../../linux-user/options.ts'
import { publishFile } from '../host/publish.ts'
import type { GivenCommand } from './options.ts'
import { rawArguments, rawEnvironment, runOptions, UsageError } from './run-options.ts'
import { scan } from './scan.ts'

const EXIT_USAGE = 125

async function command(args: readonly string[], launch: Launch): Promise<number> {
  if (args[0] === 'engine') return (await import('./engine.ts')).engine(args.slice(1), launch.version)
  if (args[0] === 'cache') return (await import('./cache.ts')).cache(args.slice(1), launch.version)
  if (args[0] === 'binfmt') return (await import('./binfmt.ts')).binfmt(args.slice(1))
  const run = scan(args)
  if (run) return runCommand(run, launch)
  if (args.length === 0 || args.every((arg) => arg === 'run')) throw new UsageError('names no program to run; demotic --help says more')
  const { parseWithYargs } = await import('./yargs.ts')
  const parsed = await parseWithYargs(args, version())
  if (parsed.command === 'done') return 0
  if (parsed.command === 'support') return (await import('./support.ts')).printSupport()
  if (parsed.program.length === 0 && !asksForHelp(parsed)) throw new UsageError('names no program to run; demotic --help says more')
  return runCommand(parsed, launch)
}

async function runCommand(given: GivenCommand, { version, atEnd }: Launch): Promise<number> {
  if (asksForHelp(given)) return printLists(given)
  const options = runOptions(given, rawArguments(given.program), rawEnvironment(), version)
  const { runProgram } = await import('../../linux-user/run.ts')
  return runProgram(options, atEnd)
}

/** `-d help` and `-cpu help` print a list, with or without PROG. */
function asksForHelp({ options }: GivenCommand): boolean {
  return includesHelp(options.log) || includesHelp(options.cpu)
}

function includesHelp(values: readonly string[] | true | undefined): boolean {
  return Array.isArray(values) && values.includes('help')
}

function printLists({ options }: GivenCommand): number {
  if (includesHelp(options.log)) printList('', LOG_ITEMS)
  else for (const [guest, cpus] of Object.entries(CPUS)) printList(`for programs of ${guest}:\n`, cpus)
  return 0
}

function printList(heading: string, items: Readonly<Record<string, string>>): void {
  const rows = Object.entries(items)
  const width = Math.max(...rows.map(([name]) => name.length)) + 2
  process.stdout.write(heading + rows.map(([name, about]) => `${name.padEnd(width)}${about}\n`).join(''))
}

function version(): string {
  // Above the compiled module, or above the bundle.
  for (let folder = new URL('.', import.meta.url); ; folder = new URL('..', folder)) {
    const file = new URL('package.json', folder)
    if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
    if (folder.pathname === '/') throw new Error('package.json is missing')
  }
}

/** A mistake of the user, or a host that has no more of something, is one sentence; a mistake of ours too, with its stack for who asks. */
function report(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error)
  const isUsage = error instanceof UsageError
  const isOurs = !isUsage && !(error instanceof Error && error.name === 'HostError')
  process.stderr.write(`demotic: ${isOurs ? 'internal error: ' : ''}${message}\n`)
  if (!isUsage && process.env['DEMOTIC_DEBUG'] && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  return EXIT_USAGE
}

/** What the installed command knows of itself (launch.ts). */
export interface Launch {
  /** Tells our code from that of other versions; '': unknown. */
  readonly version: string
  /** Called when a guest has ended, before we end like it, with the number of its instructions that were translated. */
  readonly atEnd?: (translated: number) => void
}

export interface App {
  /** The exit code; does not return when a guest has run. */
  main(args: readonly string[], launch?: Launch): Promise<number>
  readonly publishFile: typeof publishFile
}

export const app: App = { main: (args, launch = { version: '' }) => command(args, launch).catch(report), publishFile }
