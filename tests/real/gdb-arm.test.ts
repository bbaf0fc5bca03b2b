/** gdb-multiarch on 32-bit ARM programs under `demotic -g`, in A32 and in Thumb, and on their core files: what differs from AArch64 (gdb.test.ts). */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { hasProgram } from '../lib/emulator.ts'
import { DebuggedProgram } from '../lib/gdb-client.ts'
import { breakAtRandom, interruptAtRandom } from '../lib/gdb-random.ts'
import { builder, crash, debug, expectLines, hasPlainPattern } from '../lib/gdb-scripts.ts'

const COMPILER = 'arm-linux-gnueabihf-gcc'
const CROSS_ROOT = '/usr/arm-linux-gnueabihf'
const isInstalled = hasProgram('gdb-multiarch') && hasProgram(COMPILER)
const folder = mkdtempSync(join(tmpdir(), 'demotic-gdb-arm-'))
const build = builder(COMPILER, folder)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!isInstalled).each([
  ['A32', '-marm', 0x10],
  ['Thumb', '-mthumb', 0x30],
] as const)('gdb on %s (tests/real/install.sh has run)', (_name, set, state) => {
  test('breakpoints, steps, variables, registers, calls', async () => {
    const { text, ended } = await debug(
      [build('basic', set, '-static')],
      `break add
       continue
       bt
       info args
       finish
       next
       next
       print/x $cpsr & 0x3f
       stepi
       delete
       print twice(21)
       print counter
       set var counter = 5
       print counter
       set $d3 = 2.5
       print $q1.f64[1]
       set $r5 = 0x12345678
       print/x $r5
       print origin
       continue`,
    )
    expectLines(text, [
      'in _start ()',
      'Breakpoint 1, add (a=0, b=0) at',
      'int sum = a + b;',
      /^#0 +add \(a=0, b=0\)/,
      /^#1 .*in twice \(n=0\)/,
      /^#2 .*in main \(argc=1/,
      'a = 0',
      'in twice (n=0)',
      'Value returned is $1 = 0',
      'return r;',
      `$2 = 0x${state.toString(16)}`,
      '$3 = 42',
      '$4 = 42',
      '$5 = 5',
      '$6 = 2.5',
      '$7 = 0x12345678',
      'x = 1, y = 2, d = 3.5',
      'Program received signal SIGUSR1',
    ])
    expect(ended.signal).toBe('SIGKILL')
  })

  test('signals are passed, their handlers have frames', async () => {
    const { text, ended } = await debug(
      [build('basic', set, '-static')],
      `break on_usr1
       continue
       print $_siginfo.si_signo
       continue
       bt
       finish
       stepi
       stepi
       handle SIGUSR1 nostop noprint pass
       continue`,
    )
    expectLines(text, [
      'Program received signal SIGUSR1',
      '$1 = 10',
      'Breakpoint 1, on_usr1 (s=10)',
      /^#0 +on_usr1/,
      '<signal handler called>',
      'raise',
      '<signal handler called>',
      'exited with code 024',
    ])
    expect(ended).toMatchObject({ code: 20, stdout: 'total 20 counter 20\ncounter 1010\n' })
  })

  test('conditional instructions, one by one and at breakpoints', async () => {
    const { text, ended } = await debug(
      [build('conditional', set, '-static')],
      `break choose
       continue
       stepi 4
       print/x $r2
       delete
       break chosen
       continue
       print (int)$r2
       continue
       print (int)$r2
       delete
       continue`,
    )
    expectLines(text, ['Breakpoint 1, ', '$1 = 0x11', 'Breakpoint 2, ', '$2 = 17', 'Breakpoint 2, ', '$3 = 34', 'exited normally'])
    expect(ended).toMatchObject({ code: 0, stdout: '17 34\n' })
  })

  test('a dynamic program that gdb reads from the target', async () => {
    const { text, ended } = await debug(
      [build('basic', set)],
      `break add
       continue
       bt
       info sharedlibrary
       info auxv
       info proc mappings
       detach`,
      { options: ['-L', CROSS_ROOT], sysroot: 'target:', isUnnamed: true },
    )
    expectLines(text, [
      'Reading symbols from target:',
      'in ?? () from target:/lib/ld-linux-armhf.so.3',
      'add (a=0, b=0)',
      /^#2 .*in main/,
      'target:/lib/libc.so.6',
      /AT_HWCAP +Machine-dependent CPU capability hints/,
      /AT_ENTRY +Entry point of program/,
      /r-xp +\S*basic-/,
      'detached',
    ])
    expect(ended).toMatchObject({ code: 20 })
  })

  test('watchpoints', async () => {
    const { text, ended } = await debug(
      [build('watched', set, '-static')],
      `break main
       continue
       watch line[3]
       awatch line[22]
       continue
       continue
       continue
       delete
       continue`,
    )
    expectLines(text, [
      'Hardware watchpoint 2: line[3]',
      "New value = 100 'd'",
      "Old value = 100 'd'",
      "New value = 120 'x'",
      'Hardware access (read/write) watchpoint 3: line[22]',
      "New value = 108 'l'",
      'exited normally',
    ])
    expect(ended).toMatchObject({ code: 0, stdout: 'abcxefgh 1999000\n' })
  })

  test('threads', async () => {
    const { text, ended } = await debug(
      [build('threads', set, '-static')],
      `break all_ready
       continue
       info threads
       thread apply all bt 3
       print ready
       thread 3
       print n
       stepi
       stepi
       thread 1
       next
       continue`,
    )
    expectLines(text, [
      'hit Breakpoint 1, all_ready ()',
      /^\* 1 +Thread \d+\.\d+ \(main\) +all_ready/,
      /^ {2}2 +Thread .* busy \(n=0\)/,
      'in pause ()',
      'in run (arg=0x3)',
      '$1 = 4',
      '$2 = 1',
      'exited normally',
    ])
    expect(ended).toMatchObject({ code: 0, stdout: 'slept\ndone\n' })
  })

  test('fork and vfork, following the parent; exec', async () => {
    const script = 'break in_child\nbreak in_parent\ncontinue\nbt\ncontinue\ncontinue'
    const { text, ended } = await debug([build('processes', set, '-static')], script)
    expectLines(text, ['Breakpoint 2, in_parent (n=7)', /^#1 .*in main/])
    expect(ended.stdout).toContain('executed again\n')
  })

  test('faults', async () => {
    const { text, ended } = await debug(
      [build('blocked', set, '-static'), 'segv'],
      'continue\nprint $_siginfo._sifields._sigfault\ncontinue',
    )
    expectLines(text, ['Program received signal SIGSEGV', 'si_addr = 0x8', 'Program terminated with signal SIGSEGV'])
    expect(ended.signal).toBe('SIGSEGV')
  })

  test.each([1, 2])('interrupts in processes, threads, timers, at random: %d', (seed) =>
    interruptAtRandom(build('storm', set, '-static'), seed),
  )

  test.each([1, 2])('breakpoints, steps, forks at random: %d', (seed) => breakAtRandom(build('storm', set, '-static'), seed, 'f'))

  test('all in single steps', async () => {
    const program = new DebuggedProgram([build('conditional', set, '-static')])
    const gdb = await program.connect()
    await gdb.begin()
    gdb.send('vCont;r0,ffffffff:p-1.-1')
    expect(await program.ended).toMatchObject({ code: 0, stdout: '17 34\n' })
  })
})

describe.skipIf(!isInstalled || !hasPlainPattern).each([
  ['A32', '-marm'],
  ['Thumb', '-mthumb'],
] as const)('core files of %s', (_name, set) => {
  test('of a static program', () => {
    const questions = [
      'bt',
      'info registers pc r0',
      'print $d8',
      'print $s17',
      'print *list->next',
      'print ratio',
      'info auxv',
      'print $_siginfo.si_signo',
    ]
    const { text } = crash(CROSS_ROOT, [], build('crash', set, '-static'), 'segv', questions)
    expectLines(text, [
      'Core was generated by',
      'Program terminated with signal SIGSEGV',
      /^#0 .*depth \(n=0, p=0x10\)/,
      /^#4 .*depth \(n=4, p=0x10\)/,
      /^#5 .*main \(argc=2/,
      /^pc .*<depth\+\d+>/,
      /^r0 +0x/,
      '$1 = 2.5',
      '$3 = {key = 1, name = "item',
      '$4 = 2.5',
      'AT_ENTRY',
      '$5 = 11',
    ])
  })

  test('of a dynamic program', () => {
    const { text } = crash(CROSS_ROOT, ['-L', CROSS_ROOT], build('crash', set), 'segv', ['bt', 'info sharedlibrary', 'info proc mappings'])
    expectLines(text, [/^#0 .*depth \(n=0/, /^#5 .*main \(argc=2/, /Yes.*libc\.so\.6/, /libc\.so\.6/])
  })

  test('of threads', () => {
    const { text } = crash(CROSS_ROOT, [], build('crash', set, '-static'), 'threads', ['info threads', 'thread apply all bt 2'])
    expectLines(text, [/^\* 1 +.*depth \(n=0/, / 3 .*spins \(arg=/, 'in start_thread', 'in pause ()', /^#1 .*depth \(n=1/])
  })

  test('of abort, told to the parent', () => {
    expect(crash(CROSS_ROOT, [], build('crash', set, '-static'), 'child', []).stdout).toBe('signal 6 core 1\n')
  })
})
