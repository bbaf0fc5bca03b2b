/** From what was typed, the environment and the raw bytes of both to the options of a run, or a sentence. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { findGuest } from '../../linux-user/find-guest.ts'
import type { GuestName } from '../../linux-user/guests.ts'
import { type AddressRange, CPUS, type GdbOptions, LOG_ITEMS, type LogItem, type RunOptions, UsageError } from '../../linux-user/options.ts'
import { hostCpuFeatures } from '../host/cpuid.ts'
import { parseHostCpu } from '../x64/cpu.ts'
import { translationFolder } from './code-cache.ts'
import { type GivenCommand, OPTIONS, type OptionName } from './options.ts'

export { UsageError }

const VARIABLE_PREFIX = 'DEMOTIC_'

/** `rawArgs`: PROG and ARGS as bytes; `rawEnv`: the whole environment; `version`: of our code, '' when nobody knows. */
export function runOptions(
  given: GivenCommand,
  rawArgs: readonly Uint8Array[],
  rawEnv: readonly Uint8Array[],
  version: string,
): RunOptions {
  const variables = new Map<string, string>()
  for (const entry of rawEnv) {
    const text = Buffer.from(entry).toString('utf8')
    if (text.startsWith(VARIABLE_PREFIX)) variables.set(text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1))
  }
  const list = (option: OptionName): readonly string[] => {
    const typed = given.options[option]
    if (typed !== undefined && typed !== true) return typed
    const fromVariable = variables.get(OPTIONS[option].variable)
    if (fromVariable === undefined || fromVariable === '') return []
    return 'list' in OPTIONS[option] ? fromVariable.split(',') : [fromVariable]
  }
  const last = (option: OptionName): string | null => list(option).at(-1) ?? null
  const flag = (option: OptionName): boolean => {
    const value = variables.get(OPTIONS[option].variable)
    return given.options[option] === true || (value !== undefined && value !== '' && value !== '0')
  }
  const log = logItems(list('log'))
  if (flag('strace')) log.add('strace')
  if (flag('perfmap')) log.add('perfmap')
  const argv0 = last('argv0')
  const sysroot = directory(last('sysroot'))
  const kept = cache(last('cache'), version)
  const guest = findGuest(rawArgs[0]!, sysroot)
  return {
    guest,
    program: rawArgs[0]!,
    argv: argv0 === null ? rawArgs : [Buffer.from(argv0), ...rawArgs.slice(1)],
    env: guestEnvironment(rawEnv, list('setEnv'), list('unsetEnv')),
    sysroot,
    cpu: cpu(last('cpu'), guest),
    hostCpu: hostCpu(last('hostCpu')),
    strace: log.has('strace'),
    log,
    logFile: last('logFile'),
    filter: ranges(list('filter')),
    verify: flag('verify'),
    lockstep: flag('lockstep'),
    tier: tier(last('tier')),
    nan: nan(last('nan')),
    cache: kept,
    gdb: gdb(last('gdb')),
    settings: settings({
      sysroot: sysroot === null ? null : resolve(sysroot),
      hostCpu: last('hostCpu'),
      cache: kept?.folder ?? '0',
      nan: last('nan'),
      tier: last('tier'),
    }),
    settingsName: null,
  }
}

/** As variables. A processor's name is of one guest. */
function settings(values: { readonly [N in OptionName]?: string | null }): string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === null ? [] : [`${OPTIONS[name as OptionName].variable}=${value}`]))
}

/** The environment without Demotic's own variables, with -U and -E applied in this order. */
function guestEnvironment(env: readonly Uint8Array[], set: readonly string[], unset: readonly string[]): Uint8Array[] {
  for (const entry of set) if (entry.indexOf('=') < 1) throw new UsageError(`-E takes VAR=VALUE, not ${entry}`)
  const nameOf = (entry: string): string => entry.slice(0, entry.indexOf('='))
  const gone = new Set([...unset, ...set.map(nameOf)])
  const kept = env.filter((entry) => {
    const name = nameOf(Buffer.from(entry).toString('utf8'))
    return !gone.has(name) && !name.startsWith(VARIABLE_PREFIX)
  })
  const last = new Map(set.map((entry) => [nameOf(entry), entry]))
  return [...kept, ...[...last.values()].map((entry) => Buffer.from(entry))]
}

function logItems(lists: readonly string[]): Set<LogItem> {
  const items = new Set<LogItem>()
  for (const item of lists.flatMap((list) => list.split(','))) {
    if (item === '') continue
    if (!Object.hasOwn(LOG_ITEMS, item)) throw new UsageError(`-d does not know ${item}; -d help lists what it knows`)
    items.add(item as LogItem)
  }
  return items
}

/** `0x1000..0x1fff` (inclusive), `0x1000+0x1000`, `0x2000-0x1000`, each an address range. */
function ranges(lists: readonly string[]): AddressRange[] | null {
  const texts = lists.flatMap((list) => list.split(',')).filter((text) => text !== '')
  if (texts.length === 0) return null
  return texts.map((text) => {
    const match = /^(0x[0-9a-f]+|[0-9]+)(\.\.|\+|-)(0x[0-9a-f]+|[0-9]+)$/i.exec(text)
    const a = Number(match?.[1])
    const b = Number(match?.[3])
    const start = match?.[2] === '-' ? a - b : a
    const end = match?.[2] === '..' ? b + 1 : match?.[2] === '+' ? a + b : a
    if (!match || !Number.isSafeInteger(end) || start < 0 || end <= start) {
      throw new UsageError(`-dfilter takes START..END, START+SIZE or END-SIZE, not ${text}`)
    }
    return { start, end }
  })
}

function directory(path: string | null): string | null {
  if (path !== null && !statSync(path, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`-L takes a directory, which ${path} is not`)
  return path
}

function cpu(name: string | null, guest: GuestName): string | null {
  const known = CPUS[guest]
  if (name !== null && !Object.hasOwn(known, name))
    throw new UsageError(`-cpu does not know ${name} for programs of ${guest}; it knows ${Object.keys(known).join(', ')}`)
  return name
}

function hostCpu(text: string | null): string | null {
  if (text === null) return null
  try {
    parseHostCpu(text, hostCpuFeatures())
  } catch (error) {
    throw new UsageError(`--host-cpu: ${(error as Error).message}`)
  }
  return text
}

const HIGHEST_PORT = 65535

/** `1234`, `/tmp/socket-%d`, each with `,suspend=n` or `,suspend=y`. */
function gdb(text: string | null): GdbOptions | null {
  if (text === null) return null
  const [place, ...settings] = text.split(',')
  const wrong = settings.find((setting) => !/^suspend=[yn]$/.test(setting))
  if (wrong !== undefined) throw new UsageError(`-g takes suspend=y or suspend=n behind the comma, not ${wrong}`)
  const port = /^\d+$/.test(place!) ? Number(place) : null
  if (place === '' || (port !== null && port > HIGHEST_PORT)) throw new UsageError(`-g takes a port or the path of a socket, not ${text}`)
  return { place: port ?? place!, waits: settings.at(-1) !== 'suspend=n' }
}

function tier(text: string | null): 1 | 2 | null {
  if (text !== null && text !== '1' && text !== '2') throw new UsageError(`--tier takes 1 or 2, not ${text}`)
  return text === null ? null : text === '1' ? 1 : 2
}

function nan(text: string | null): RunOptions['nan'] {
  if (text !== null && text !== 'check' && text !== 'trap') throw new UsageError(`--nan takes check or trap, not ${text}`)
  return text
}

function cache(folder: string | null, version: string): RunOptions['cache'] {
  if (version === '' || folder === '0') return null
  const place = folder === null || folder === '' ? translationFolder() : resolve(folder)
  return place === null ? null : { folder: place, version }
}

/**
 * The last `count` arguments of this process as bytes. Node decodes argv as UTF-8; where that lost something, the
 * kernel still has the original.
 */
export function rawArguments(args: readonly string[]): Uint8Array[] {
  if (!args.some((arg) => arg.includes('\ufffd'))) return args.map((arg) => Buffer.from(arg))
  const all = splitNul(readProc('cmdline'))
  return all.length >= args.length ? all.slice(-args.length) : args.map((arg) => Buffer.from(arg))
}

/** The environment that this process was started with. */
export function rawEnvironment(): Uint8Array[] {
  const raw = splitNul(readProc('environ'))
  if (raw.length > 0) return raw
  return Object.entries(process.env).map(([name, value]) => Buffer.from(`${name}=${value}`))
}

function readProc(name: string): Uint8Array {
  try {
    return readFileSync(`/proc/self/${name}`)
  } catch {
    return new Uint8Array(0)
  }
}

function splitNul(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = []
  for (let start = 0; start < bytes.length; ) {
    const end = bytes.indexOf(0, start)
    const stop = end < 0 ? bytes.length : end
    parts.push(bytes.subarray(start, stop))
    start = stop + 1
  }
  return parts
}
