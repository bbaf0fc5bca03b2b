/**
 * What `demotic run` was asked to do: the interface between the command line (src/cli) and the run itself.
 * Program, arguments and environment are bytes, because file names and arguments need not be UTF-8.
 */

import type { GuestName } from './guests.ts'

/** What `-d` can show. */
export const LOG_ITEMS = {
  in_asm: 'guest instructions of each region as it is translated',
  op: 'IR of each region as lifted',
  op_opt: 'IR of each region after optimisation',
  out_asm: 'host code of each region',
  exec: 'each region that the engine enters',
  int: 'faults: guest address, cause, registers',
  page: 'the guest’s mappings as they change',
  unimp: 'system calls and instructions that are not implemented',
  strace: 'system calls, as -strace',
  perfmap: 'a map of the host code for perf, to /tmp/perf-PID.map',
} as const
export type LogItem = keyof typeof LOG_ITEMS

/** What `-cpu` knows, by guest. */
export const CPUS = {
  aarch64: { max: 'AArch64 with every feature that Demotic has (the default)' },
  arm: {
    max: 'AArch32 with every feature that Demotic has (the default)',
    arm926: 'ARMv5TE, VFPv2',
    arm1176: 'ARMv6K, VFPv2',
    'cortex-a7': 'ARMv7-A with division, VFPv4, Advanced SIMD',
    'cortex-a8': 'ARMv7-A, VFPv3, Advanced SIMD',
    'cortex-a9': 'ARMv7-A, VFPv3 with half precision, Advanced SIMD',
    'cortex-a15': 'ARMv7-A with division, VFPv4, Advanced SIMD',
  },
} as const satisfies Record<GuestName, Readonly<Record<string, string>>>
export const DEFAULT_CPU = 'max'

export interface AddressRange {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/** Is `pc` in one of `ranges`? null is everywhere. */
export function isWithin(ranges: readonly AddressRange[] | null, pc: number): boolean {
  return ranges === null || ranges.some((range) => pc >= range.start && pc < range.end)
}

/** -g */
export interface GdbOptions {
  /** A TCP port of the loopback interface, 0: any; or the path of a socket, in which %d stands for the process id. */
  readonly place: number | string
  /** The program begins when gdb says so. */
  readonly waits: boolean
}

/** What the user has done wrong, as a sentence without the leading `demotic: `. */
export class UsageError extends Error {}

export interface RunOptions {
  /** Whose programs the tree runs. */
  readonly guest: GuestName
  /** Path as it was typed. */
  readonly program: Uint8Array
  /** The guest's argv, argv[0] included. */
  readonly argv: readonly Uint8Array[]
  /** The guest's environment, `NAME=value` each. */
  readonly env: readonly Uint8Array[]
  /** -L: where absolute guest paths are looked for first. */
  readonly sysroot: string | null
  /** -cpu */
  readonly cpu: string | null
  /** --host-cpu: host features to use, for example `v2` or `v3,-bmi2`. null: all that CPUID has. */
  readonly hostCpu: string | null
  readonly strace: boolean
  readonly log: ReadonlySet<LogItem>
  /** -D: where logs go; null is stderr. `%d` stands for the process id. */
  readonly logFile: string | null
  /** -dfilter: only regions that begin within one of these; null is all. Also for -d exec. */
  readonly filter: readonly AddressRange[] | null
  /** --verify: the IR verifier runs after each pass. */
  readonly verify: boolean
  /** --lockstep: the IR interpreter runs beside the machine code. */
  readonly lockstep: boolean
  /** --tier: 1: tier 1 only; 2: tier 2 at once; null: tier 2 for what has become hot. */
  readonly tier: 1 | 2 | null
  /** --nan: how results that are NaN are found: by tests, by traps of the host; null: by traps until there are many. */
  readonly nan: 'check' | 'trap' | null
  /** Where translations are kept for later runs, and by which version of Demotic; null: nowhere. */
  readonly cache: { readonly folder: string; readonly version: string } | null
  /** null: nobody debugs. */
  readonly gdb: GdbOptions | null
  /** The options again that hold for all programs of a tree, as variables: for the engine of the other guest's programs (exec-other.ts). */
  readonly settings: readonly string[]
  /** EngineKind's (src/runtime/outside.ts) of such engines; null: what `settings` gives. */
  readonly settingsName: string | null
}

/** `program` in sentences: `demotic: ./x: is truncated`. */
export function programName(options: RunOptions): string {
  return Buffer.from(options.program).toString('utf8')
}
