/**
 * The options of `demotic run`, one row each. From the rows are made: the scan of the run path (scan.ts), what yargs
 * parses and prints as help (yargs.ts), and the DEMOTIC_* variables. An option on the command line comes before
 * its variable, except where a row says that both are taken.
 */
export interface OptionRow {
  /** As it is typed with one dash (short names, and QEMU's long ones) or two. */
  readonly names: readonly string[]
  /** What its value is called in help; null: it takes none. */
  readonly value: string | null
  /** May be given several times; its variable is a list with commas. */
  readonly list?: true
  readonly variable: string | null
  readonly about: string
}

export const OPTIONS = {
  sysroot: { names: ['L', 'sysroot'], value: 'DIR', variable: 'DEMOTIC_SYSROOT', about: 'look for absolute guest paths in DIR first' },
  setEnv: { names: ['E', 'set-env'], value: 'VAR=VALUE', list: true, variable: 'DEMOTIC_SET_ENV', about: 'set a variable of the guest' },
  unsetEnv: { names: ['U', 'unset-env'], value: 'VAR', list: true, variable: 'DEMOTIC_UNSET_ENV', about: 'remove a variable of the guest' },
  argv0: { names: ['0', 'argv0'], value: 'ARGV0', variable: 'DEMOTIC_ARGV0', about: 'what the guest sees as argv[0]' },
  cpu: { names: ['cpu'], value: 'NAME', variable: 'DEMOTIC_CPU', about: 'guest processor; `help` lists them' },
  strace: { names: ['strace'], value: null, variable: 'DEMOTIC_STRACE', about: 'print system calls' },
  log: {
    names: ['d', 'log'],
    value: 'ITEMS',
    list: true,
    variable: 'DEMOTIC_LOG',
    about: 'print ITEMS, a list with commas; `help` lists them',
  },
  logFile: {
    names: ['D', 'log-file'],
    value: 'FILE',
    variable: 'DEMOTIC_LOG_FILE',
    about: 'print to FILE instead of stderr; %d is the process id',
  },
  filter: {
    names: ['dfilter'],
    value: 'RANGES',
    list: true,
    variable: 'DEMOTIC_DFILTER',
    about: 'print only code in RANGES: START..END, START+SIZE, END-SIZE',
  },
  gdb: {
    names: ['g', 'gdb'],
    value: 'PORT|SOCKET',
    variable: 'DEMOTIC_GDB',
    about: 'wait for gdb on a TCP port of this machine or a socket (%d is the process id); `,suspend=n` does not wait',
  },
  perfmap: { names: ['perfmap'], value: null, variable: 'DEMOTIC_PERFMAP', about: 'write /tmp/perf-PID.map for perf' },
  verify: { names: ['verify'], value: null, variable: 'DEMOTIC_VERIFY', about: 'check the IR after each pass' },
  lockstep: { names: ['lockstep'], value: null, variable: 'DEMOTIC_LOCKSTEP', about: 'run the IR interpreter beside the machine code' },
  hostCpu: {
    names: ['host-cpu'],
    value: 'FEATURES',
    variable: 'DEMOTIC_HOST_CPU',
    about: 'host features to use, such as x86-64-v2 or native,-bmi2',
  },
  cache: { names: ['cache'], value: 'DIR', variable: 'DEMOTIC_CACHE', about: 'keep translations in DIR for later runs; 0 keeps none' },
  nan: {
    names: ['nan'],
    value: 'HOW',
    variable: 'DEMOTIC_NAN',
    about: 'check: test each floating-point result for NaN; trap: by traps of the host alone',
  },
  tier: { names: ['tier'], value: 'N', variable: 'DEMOTIC_TIER', about: '1: compile all at tier 1; 2: at tier 2 at once, hot or not' },
} as const satisfies Record<string, OptionRow>

export type OptionName = keyof typeof OPTIONS

/** What was given, before it is checked: flags as true, values as text, repeated ones in order. */
export type GivenOptions = { readonly [N in OptionName]?: readonly string[] | true }

export interface GivenCommand {
  readonly options: GivenOptions
  /** PROG and ARGS. */
  readonly program: readonly string[]
}

/** `-L`, `-cpu`, `--sysroot`: every way to type an option, with its name in the table. */
export const SPELLINGS: ReadonlyMap<string, OptionName> = new Map(
  (Object.keys(OPTIONS) as OptionName[]).flatMap((option) =>
    OPTIONS[option].names.flatMap((name): [string, OptionName][] => [
      [`-${name}`, option],
      [`--${name}`, option],
    ]),
  ),
)
