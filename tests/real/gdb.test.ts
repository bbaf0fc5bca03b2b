/**
 * gdb-multiarch on programs under `demotic -g`, in batch mode: what it prints has the expected lines in their order. Then gdb's part by packets alone,
 * at random: a program whose result shows what an interrupt or a step has broken. Then core files.
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FOLDER, programs } from '../guest/programs.ts'
import { DEMOTIC, hasProgram } from '../lib/emulator.ts'
import { DebuggedProgram, sleep } from '../lib/gdb-client.ts'
import { breakAtRandom, interruptAtRandom } from '../lib/gdb-random.ts'
import { builder, crash, debug, expectLines, hasPlainPattern } from '../lib/gdb-scripts.ts'

const CROSS_ROOT = '/usr/aarch64-linux-gnu'
const isInstalled = hasProgram('gdb-multiarch') && hasProgram('aarch64-linux-gnu-gcc')
const folder = mkdtempSync(join(tmpdir(), 'demotic-gdb-real-'))

const build = builder('aarch64-linux-gnu-gcc', folder)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.skipIf(!isInstalled)('gdb (tests/real/install.sh has run)', () => {
  test('breakpoints, steps, variables, calls', async () => {
    const { text, ended } = await debug(
      [build('basic', '-static')],
      `break add
       continue
       bt
       info args
       x/3i $pc
       finish
       next
       next
       info registers pc cpsr fpcr
       stepi
       delete
       print twice(21)
       print counter
       set var counter = 5
       print counter
       print/x $v0.q.u[0]
       print origin
       continue`,
    )
    expectLines(text, [
      'in _start ()',
      'Breakpoint 1 at 0x',
      'Breakpoint 1, add (a=0, b=0) at',
      'int sum = a + b;',
      /^#0 +add \(a=0, b=0\)/,
      /^#1 .*in twice \(n=0\)/,
      /^#2 .*in main \(argc=1/,
      'a = 0',
      'b = 0',
      /^=> 0x[0-9a-f]+ <add\+12>:\tldr\tw1, \[sp, #12\]$/,
      'in twice (n=0)',
      'Value returned is $1 = 0',
      'return r;',
      /^pc +0x[0-9a-f]+ /,
      'cpsr',
      '$2 = 42',
      '$3 = 42',
      '$4 = 5',
      'x = 1, y = 2, d = 3.5',
      'Program received signal SIGUSR1',
    ])
    expect(ended.signal).toBe('SIGKILL')
  })

  test('signals are passed, their handlers have frames', async () => {
    const { text, ended } = await debug(
      [build('basic', '-static')],
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

  test('a dynamic program that gdb reads from the target', async () => {
    const { text, ended } = await debug(
      [build('basic')],
      `break add
       continue
       bt
       info sharedlibrary
       info auxv
       info proc mappings
       monitor help
       detach`,
      { options: ['-L', CROSS_ROOT], sysroot: 'target:', isUnnamed: true },
    )
    expectLines(text, [
      'Reading symbols from target:',
      'in ?? () from target:/lib/ld-linux-aarch64.so.1',
      'add (a=0, b=0)',
      /^#2 .*in main/,
      'target:/lib/libc.so.6',
      /AT_ENTRY +Entry point of program/,
      /r-xp +\S*basic$/,
      'monitor help',
      'detached',
    ])
    expect(ended).toMatchObject({ code: 20 })
  })

  test('watchpoints', async () => {
    const { text, ended } = await debug(
      [build('watched', '-static')],
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
      [build('threads', '-static')],
      `break all_ready
       continue
       info threads
       thread apply all bt 3
       print ready
       thread 3
       print n
       step
       step
       thread 1
       next
       continue`,
    )
    expectLines(text, [
      'hit Breakpoint 1, all_ready ()',
      /^\* 1 +Thread \d+\.\d+ \(main\) +all_ready/,
      /^ {2}2 +Thread .* busy \(n=0\)/,
      /^ {2}5 +Thread .* pause \(\)/,
      /^#0 .* pause \(\)/,
      'in run (arg=0x3)',
      '$1 = 4',
      '$2 = 1',
      'exited normally',
    ])
    expect(ended).toMatchObject({ code: 0, stdout: 'slept\ndone\n' })
  })

  const PROCESSES = 'child 7 6\nparent 7 -7\nexecuted again\nparent 9 -9\n'

  test('fork and vfork, following the parent', async () => {
    const script = 'break in_child\nbreak in_parent\ncontinue\nbt\ncontinue\ncontinue'
    const { text, ended } = await debug([build('processes', '-static')], script)
    expectLines(text, [
      'Detaching after fork from child process',
      'Breakpoint 2, in_parent (n=7)',
      'Detaching after vfork from child process',
      'Breakpoint 2, in_parent (n=9)',
      'exited normally',
    ])
    expect(ended).toMatchObject({ code: 0, stdout: PROCESSES })
  })

  test('fork, following the child', async () => {
    const script = 'set follow-fork-mode child\nbreak in_child\nbreak in_parent\ncontinue\nbt\ncontinue'
    const { text, ended } = await debug([build('processes', '-static')], script)
    expectLines(text, [
      'Attaching after',
      'Detaching after fork from parent process',
      'hit Breakpoint 1, in_child (n=6)',
      'exited with code 07',
    ])
    expect(ended).toMatchObject({ code: 0, stdout: PROCESSES })
  })

  test('fork, both', async () => {
    const { text, ended } = await debug(
      [build('processes', '-static')],
      `set detach-on-fork off
       catch fork
       break in_child
       break in_parent
       continue
       next
       info inferiors
       inferior 2
       continue
       continue
       inferior 1
       continue
       kill inferiors 1`,
    )
    expectLines(text, ['Catchpoint 1 (forked process', 'in_child (n=6)', 'Inferior 2 (process', 'in_parent (n=7)'])
    expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: 'child 7 6\n' })
  })

  test('vfork and exec, following the child', async () => {
    const script = 'set follow-fork-mode child\nbreak main\ncontinue\ncatch exec\ncontinue\ncontinue\ncontinue'
    const { text, ended } = await debug([build('vfork', '-static')], script)
    expectLines(text, ['main (argc=1', 'is executing new program', 'Catchpoint 2 (exec', 'main (argc=2', 'exited with code 011'])
    expect(ended).toMatchObject({ code: 0, stdout: 'executed again\nparent 9\n' })
  })

  for (const [mode, expected] of [
    ['sleep', 'sleep 0 \n'],
    ['poll', 'poll 0 \n'],
    ['spin', 'spun\n'],
  ] as const)
    test(`Ctrl-C: ${mode}`, async () => {
      const script = 'continue\nbt\nprint helper(7)\nset var spin = 0\nsignal 0'
      const { text, ended } = await debug([build('blocked', '-static'), mode], script, { interruptAt: 'begin' })
      expectLines(text, ['Program received signal SIGINT', 'in main (argc=2', '$1 = 21', 'exited normally'])
      expect(ended).toMatchObject({ code: 0, stdout: `begin\n${expected}` })
    })

  test('Ctrl-C in a call that blocks, and kill', async () => {
    const { text, ended } = await debug([build('blocked', '-static'), 'read'], 'continue\nbt\nkill', { interruptAt: 'begin' })
    expectLines(text, ['Program received signal SIGINT', /^#0 .* read \(\)/, 'killed'])
    expect(ended).toMatchObject({ signal: 'SIGKILL', stdout: 'begin\n' })
  })

  test('Ctrl-C while job control has stopped a process', async () => {
    const program = new DebuggedProgram([build('stopped', '-static')])
    const gdb = await program.connect()
    await gdb.begin()
    const child = Number.parseInt(/fork:p([0-9a-f]+)\./.exec(await gdb.ask('vCont;c'))![1]!, 16)
    const SETTLE_MS = 500
    gdb.send('vCont;c')
    await sleep(SETTLE_MS)
    expect(await gdb.interrupt()).toMatch(/^T02/)
    gdb.send('vCont;c')
    await sleep(SETTLE_MS)
    process.kill(child, 'SIGCONT')
    expect(await gdb.receive()).toBe(`W04;process:${child.toString(16)}`)
    expect(await gdb.ask('vCont;c')).toMatch(/^W00/)
    expect(await program.ended).toMatchObject({ code: 0, stdout: 'continued\n4\n' })
  })

  test('a child that outlives its parent', async () => {
    const { text, ended } = await debug([build('daemon', '-static')], 'set follow-fork-mode child\nbreak work\ncontinue\ncontinue')
    expectLines(text, ['Detaching after fork from parent', 'Breakpoint 1, work', 'exited with code 04'])
    expect(ended).toMatchObject({ code: 3, stdout: 'parent\ndaemon\n' })
  })

  test('faults', async () => {
    const { text, ended } = await debug([build('blocked', '-static'), 'segv'], 'continue\nprint $_siginfo._sifields._sigfault\ncontinue')
    expectLines(text, ['Program received signal SIGSEGV', 'si_addr = 0x8', 'Program terminated with signal SIGSEGV'])
    expect(ended.signal).toBe('SIGSEGV')
  })
})

describe.skipIf(!isInstalled)('gdb’s packets at random', () => {
  test.each([1, 2, 3, 4])('interrupts in processes, threads, timers: %d', (seed) => interruptAtRandom(build('storm', '-static'), seed))

  test.each([1, 2])('breakpoints, steps, forks: %d', (seed) => breakAtRandom(build('storm', '-static'), seed))

  test.each(['flags', 'smc'])('%s in single steps', async (name) => {
    const { binaries } = programs().find((program) => program.name === name)!
    const program = new DebuggedProgram([binaries[0]!])
    const gdb = await program.connect()
    await gdb.begin()
    gdb.send('vCont;r0,7fffffffffff:p-1.-1')
    const { code, stdout } = await program.ended
    expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${FOLDER}expect/${name}`, 'latin1'))
  })
})

describe.skipIf(!isInstalled)('core files', () => {
  test.skipIf(!hasPlainPattern)('of a static program', () => {
    const questions = [
      'bt',
      'info registers pc x0',
      'print $d8',
      'print *list->next',
      'print ratio',
      'info auxv',
      'print $_siginfo.si_signo',
    ]
    const { text } = crash(CROSS_ROOT, [], build('crash', '-static'), 'segv', questions)
    expectLines(text, [
      'Core was generated by',
      'Program terminated with signal SIGSEGV',
      /^#0 .*depth \(n=0, p=0x10\)/,
      /^#4 .*depth \(n=4, p=0x10\)/,
      /^#5 .*main \(argc=2/,
      /^pc .*<depth\+\d+>/,
      /^x0 +0x10 /,
      '$1 = {f = 2.5',
      '$2 = {key = 1, name = "item',
      '$3 = 2.5',
      'AT_ENTRY',
      '$4 = 11',
    ])
  })

  test.skipIf(!hasPlainPattern)('of a dynamic program', () => {
    const { text } = crash(CROSS_ROOT, ['-L', CROSS_ROOT], build('crash'), 'segv', ['bt', 'info sharedlibrary'])
    expectLines(text, [/^#0 .*depth \(n=0/, /^#5 .*main \(argc=2/, /Yes.*libc\.so\.6/])
  })

  test.skipIf(!hasPlainPattern)('of threads', () => {
    const { text } = crash(CROSS_ROOT, [], build('crash', '-static'), 'threads', ['info threads', 'thread apply all bt 2'])
    expectLines(text, [/^\* 1 +Thread .*depth \(n=0/, /pause \(\)/, /spins \(/, 'in start_thread', 'in waits ('])
  })

  test.skipIf(!hasPlainPattern)('of abort, told to the parent', () => {
    expect(crash(CROSS_ROOT, [], build('crash', '-static'), 'child', []).stdout).toBe('signal 6 core 1\n')
  })

  test.skipIf(!hasPlainPattern)('are not written without RLIMIT_CORE', () => {
    const place = mkdtempSync(join(tmpdir(), 'demotic-core-test-'))
    const [node, ...rest] = DEMOTIC
    const { signal } = spawnSync('sh', ['-c', `ulimit -c 0; exec '${node}' ${rest.join(' ')} '${build('crash', '-static')}' segv`], {
      cwd: place,
    })
    expect({ signal, files: readdirSync(place) }).toEqual({ signal: 'SIGSEGV', files: [] })
    rmSync(place, { recursive: true })
  })
})
