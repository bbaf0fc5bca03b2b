/** The command line: the scan of the run path and yargs read the same; what is wrong is one sentence. */
import { describe, expect, it } from 'vitest'
import { rawArguments, runOptions, UsageError } from '../../../src/cli/run-options.ts'
import { scan } from '../../../src/cli/scan.ts'
import { parseWithYargs } from '../../../src/cli/yargs.ts'

const words = (line: string): string[] => line.split(' ').filter((word) => word !== '')

const runLines = [
  './prog',
  'run ./prog a b',
  'run run',
  './prog -L x --help',
  '-L /sys ./prog',
  '-L /sys -L /other ./prog',
  '--sysroot=/sys ./prog -- x',
  '-E A=1 -E B=2=3 -U C --set-env=D= ./prog',
  '-E=A=1 ./prog',
  '-0 name -cpu max -strace ./prog -strace',
  '-d in_asm,op -d int -D log.txt -dfilter 0x1000+0x10 ./prog',
  '--verify --lockstep --host-cpu v2 --tier 1 ./prog',
  '--strace -- -prog',
  '-g 1234,suspend=n ./prog',
  '-- ./prog',
  '- x',
]

describe('run lines', () => {
  for (const line of runLines) {
    it(line, async () => {
      const scanned = scan(words(line))
      expect(scanned).not.toBeNull()
      expect(await parseWithYargs(words(line), '1.0')).toEqual({ command: 'run', ...scanned })
    })
  }
})

it('leaves everything else to yargs', () => {
  for (const line of ['--help', '-h', '--version', 'support', '-x ./prog', '-L', '-L dir', '--verify=1 ./p', ''])
    expect(scan(words(line)), line).toBeNull()
})

it('yargs says what is wrong', async () => {
  for (const line of ['-x ./prog', '--nonsense', '-L', '-E'])
    await expect(parseWithYargs(words(line), '1'), line).rejects.toThrow(UsageError)
  await expect(parseWithYargs(['-L'], '1')).rejects.toThrow('-L needs a value: -L DIR')
})

it('knows support', async () => {
  expect(await parseWithYargs(['support'], '1')).toEqual({ command: 'support' })
})

describe('run options', () => {
  const options = (line: string, env: string[] = []): ReturnType<typeof runOptions> => {
    const given = scan(words(line))!
    return runOptions(
      given,
      rawArguments(given.program),
      env.map((entry) => Buffer.from(entry)),
      'version',
    )
  }
  const text = (list: readonly Uint8Array[]): string[] => list.map((bytes) => Buffer.from(bytes).toString())

  it('are the caller’s unless something is said', () => {
    const run = options('./prog a', ['HOME=/x', 'HOME=/y', 'odd', 'DEMOTIC_X=1'])
    expect(text(run.argv)).toEqual(['./prog', 'a'])
    expect(text(run.env)).toEqual(['HOME=/x', 'HOME=/y', 'odd'])
    expect(run).toMatchObject({
      sysroot: null,
      cpu: null,
      hostCpu: null,
      strace: false,
      logFile: null,
      filter: null,
      verify: false,
      lockstep: false,
      tier: null,
      gdb: null,
      settings: [expect.stringMatching(/^DEMOTIC_CACHE=./)],
    })
  })

  it('hold for programs of the other guest where they hold for a tree', () => {
    const run = options('-L / -strace --cache 0 --nan check ./prog', ['DEMOTIC_TIER=1', 'DEMOTIC_SET_ENV=A=1'])
    expect(run.settings).toEqual(['DEMOTIC_SYSROOT=/', 'DEMOTIC_CACHE=0', 'DEMOTIC_NAN=check', 'DEMOTIC_TIER=1'])
  })

  it('change the environment and argv[0]', () => {
    const run = options('-0 zero -U A -E B=new -E B=newer -E C= ./prog x', ['A=1', 'B=2', 'Z=3'])
    expect(text(run.argv)).toEqual(['zero', 'x'])
    expect(text(run.env)).toEqual(['Z=3', 'B=newer', 'C='])
    expect(text([run.program])).toEqual(['./prog'])
  })

  it('come from variables where the line says nothing', () => {
    const env = [
      'DEMOTIC_SYSROOT=/usr',
      'DEMOTIC_STRACE=1',
      'DEMOTIC_LOG=int,unimp',
      'DEMOTIC_SET_ENV=A=1,B=2',
      'DEMOTIC_VERIFY=0',
      'DEMOTIC_TIER=1',
    ]
    const run = options('./prog', env)
    expect(run).toMatchObject({ sysroot: '/usr', strace: true, verify: false, tier: 1 })
    expect([...run.log]).toEqual(['int', 'unimp', 'strace'])
    expect(text(run.env)).toEqual(['A=1', 'B=2'])
    expect(options('-L /etc ./prog', env).sysroot).toBe('/etc')
  })

  it('read ranges', () => {
    expect(options('-dfilter 0x1000..0x1fff,0x2000+0x10,100-10 ./p').filter).toEqual([
      { start: 0x1000, end: 0x2000 },
      { start: 0x2000, end: 0x2010 },
      { start: 90, end: 100 },
    ])
  })

  it('say what is wrong', () => {
    const wrong = [
      ['-L /etc/passwd ./p', '-L takes a directory, which /etc/passwd is not'],
      ['-d nonsense ./p', '-d does not know nonsense; -d help lists what it knows'],
      ['-cpu pentium ./p', '-cpu does not know pentium for programs of aarch64; it knows max'],
      ['-cpu cortex-a99 tests/guest/arm/bin/kuser.arm', '-cpu does not know cortex-a99 for programs of arm; it knows max, arm926, arm1176'],
      ['-E novalue ./p', '-E takes VAR=VALUE, not novalue'],
      ['-dfilter 5..2 ./p', '-dfilter takes START..END, START+SIZE or END-SIZE, not 5..2'],
      ['--tier x ./p', '--tier takes 1 or 2, not x'],
      ['-g 70000 ./p', '-g takes a port or the path of a socket, not 70000'],
      ['-g 1,wait ./p', '-g takes suspend=y or suspend=n behind the comma, not wait'],
    ] as const
    for (const [line, message] of wrong) expect(() => options(line)).toThrow(message)
  })
})

it('-g takes ports and sockets', () => {
  const gdb = (line: string): unknown => {
    const given = scan(words(line))!
    return runOptions(given, rawArguments(given.program), [], '').gdb
  }
  expect(gdb('-g 1234 ./p')).toEqual({ place: 1234, waits: true })
  expect(gdb('--gdb=/tmp/gdb-%d,suspend=n ./p')).toEqual({ place: '/tmp/gdb-%d', waits: false })
})
