/** `demotic -g` without a gdb: the packets of its protocol on small programs. tests/real/gdb.test.ts has gdb itself. */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { ARM_FOLDER, FOLDER } from './guest/programs.ts'
import { ROOT } from './lib/emulator.ts'
import { DebuggedProgram, GdbClient, sleep } from './lib/gdb-client.ts'

const HELLO = `${ROOT}guest-programs/hello`
const GREETING = 'Hello from AArch64.\n'
const WORD = 4
const EVERYWHERE = '0,7fffffffffff'

const started: DebuggedProgram[] = []
function start(command: readonly string[], settings = ''): DebuggedProgram {
  const program = new DebuggedProgram(command, [], settings)
  started.push(program)
  return program
}
afterEach(() => {
  for (const program of started.splice(0)) program.kill()
})

const guest = (name: string): string => `${FOLDER}bin/${name}`

describe('a debugged program', () => {
  test('waits for gdb, and is told of', async () => {
    const program = start([HELLO])
    const gdb = await program.connect()
    const stop = await gdb.begin()
    const [, pid] = /^T05.*;thread:p([0-9a-f]+)\.\1;$/.exec(stop) ?? []
    expect(pid).toBeDefined()
    expect(await gdb.ask('qfThreadInfo')).toBe(`mp${pid}.${pid}`)
    expect(await gdb.ask('qsThreadInfo')).toBe('l')
    expect(await gdb.ask(`qXfer:exec-file:read:${pid}:0,fff`)).toBe(`l${HELLO}`)
    expect(await gdb.ask('qXfer:features:read:target.xml:0,20')).toMatch(/^m<\?xml/)
    const auxv = Buffer.from((await gdb.ask('qXfer:auxv:read::0,1000')).slice(1), 'latin1')
    const AT_ENTRY = 9n
    const entry = Array.from({ length: auxv.length / 16 }, (_, n) => n).find((n) => auxv.readBigUInt64LE(16 * n) === AT_ENTRY)!
    expect(Number(auxv.readBigUInt64LE(16 * entry + 8))).toBe(await gdb.pc())
    // 31 x, sp, pc, cpsr, 32 v, fpsr, fpcr, tpidr
    expect(await gdb.ask('g')).toHaveLength(2 * (33 * 8 + 4 + 32 * 16 + 8 + 8))
    expect(program.stdout).toBe('')
    expect(await gdb.ask('vCont;c')).toBe(`W00;process:${pid}`)
    expect(await program.ended).toMatchObject({ code: 0, stdout: GREETING })
  })

  test('stops at breakpoints and steps', async () => {
    const program = start([HELLO])
    const gdb = await program.connect()
    await gdb.begin()
    const first = await gdb.pc()
    expect(await gdb.ask(`Z0,${(first + 2 * WORD).toString(16)},4`)).toBe('OK')
    const code = await gdb.ask(`m${first.toString(16)},10`)
    expect(await gdb.ask('vCont;s:p-1.-1')).toMatch(/^T05/)
    expect(await gdb.pc()).toBe(first + WORD)
    expect(await gdb.ask('vCont;c')).toMatch(/^T05swbreak:;/)
    expect(await gdb.pc()).toBe(first + 2 * WORD)
    // The guest's memory is as it was.
    expect(await gdb.ask(`m${first.toString(16)},10`)).toBe(code)
    expect(await gdb.ask(`z0,${(first + 2 * WORD).toString(16)},4`)).toBe('OK')
    expect(await gdb.ask('vCont;c')).toMatch(/^W00/)
    expect(await program.ended).toMatchObject({ code: 0, stdout: GREETING })
  })

  test('has registers and memory that can be written', async () => {
    const program = start([HELLO])
    const gdb = await program.connect()
    await gdb.begin()
    expect(await gdb.ask('P5=efcdab8967452301')).toBe('OK')
    expect(await gdb.ask('p5')).toBe('efcdab8967452301')
    expect(await gdb.ask(`P25=${'0123456789abcdef'.repeat(2)}`)).toBe('OK')
    expect(await gdb.ask('p25')).toBe('0123456789abcdef'.repeat(2))
    for (const flags of ['00000060', '000000f0', '00000000']) {
      expect(await gdb.ask(`P21=${flags}`)).toBe('OK')
      expect(await gdb.ask('p21')).toBe(flags)
    }
    const sp = Number(Buffer.from(await gdb.ask('p1f'), 'hex').readBigUInt64LE())
    expect(await gdb.ask(`M${(sp - 16).toString(16)},4:01020304`)).toBe('OK')
    expect(await gdb.ask(`m${(sp - 16).toString(16)},4`)).toBe('01020304')
    expect(await gdb.ask('m10,4')).toBe('E0e')
    expect(await gdb.ask('M10,1:00')).toBe('E0e')
    // Code, too: MOV X0, #7 ; MOV X8, #94 (exit_group) ; SVC #0
    const code = Buffer.from(Uint32Array.of(0xd28000e0, 0xd2800bc8, 0xd4000001).buffer).toString('hex')
    expect(await gdb.ask(`M${(await gdb.pc()).toString(16)},c:${code}`)).toBe('OK')
    expect(await gdb.ask('vCont;c')).toMatch(/^W07/)
    expect(await program.ended).toMatchObject({ code: 7 })
  })

  test('is killed, let go, left alone', async () => {
    const killed = start([HELLO])
    const first = await killed.connect()
    const [, pid] = /p([0-9a-f]+)\./.exec(await first.begin())!
    expect(await first.ask(`vKill;${pid}`)).toBe('OK')
    expect(await killed.ended).toMatchObject({ signal: 'SIGKILL', stdout: '' })

    const freed = start([HELLO])
    const second = await freed.connect()
    await second.begin()
    expect(await second.ask('D')).toBe('OK')
    expect(await freed.ended).toMatchObject({ code: 0, stdout: GREETING })

    const left = start([HELLO])
    const third = await left.connect()
    await third.begin()
    third.close()
    expect(await left.ended).toMatchObject({ code: 0, stdout: GREETING })

    expect(await start([HELLO], ',suspend=n').ended).toMatchObject({ code: 0, stdout: GREETING })
  })

  test('tells of faults, and dies of them', async () => {
    const program = start([guest('fault-null-write.O2')])
    const gdb = await program.connect()
    await gdb.begin()
    expect(await gdb.ask('vCont;c')).toMatch(/^T0b/)
    const info = Buffer.from((await gdb.ask('qXfer:siginfo:read::0,80')).slice(1), 'latin1')
    expect(info.readInt32LE(0)).toBe(11)
    expect(await gdb.ask('vCont;C0b')).toMatch(/^X0b/)
    expect(await program.ended).toMatchObject({ signal: 'SIGSEGV' })
  })

  test('with signal handlers runs as ever when each signal is passed', async () => {
    const program = start([guest('signal-fault.O1')])
    const gdb = await program.connect()
    await gdb.begin()
    let stop = await gdb.ask('vCont;c')
    while (stop.startsWith('T')) stop = await gdb.ask(`vCont;C${stop.slice(1, 3)}`)
    const { code, stdout } = await program.ended
    expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${FOLDER}expect/signal-fault`, 'latin1'))
  }, 60_000)

  test.each(['exclusives.O1'])(
    '%s in single steps',
    async (name) => {
      const program = start([guest(name)])
      const gdb = await program.connect()
      await gdb.begin()
      gdb.send(`vCont;r${EVERYWHERE}:p-1.-1`)
      const { code, stdout } = await program.ended
      expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${FOLDER}expect/${name.split('.')[0]}`, 'latin1'))
    },
    60_000,
  )

  test('of 32-bit ARM has its registers, and breakpoints in both instruction sets', async () => {
    const program = start([`${ARM_FOLDER}bin/execute.thumb`])
    const gdb = await program.connect()
    const stop = await gdb.begin()
    const word = (hex: string): number => Buffer.from(hex, 'hex').readUInt32LE()
    const first = word(await gdb.ask('pf'))
    expect(stop).toContain(`;0f:${await gdb.ask('pf')};`)
    // 16 r, cpsr, 32 d, fpscr, tpidruro, 16 q
    expect(await gdb.ask('g')).toHaveLength(2 * (16 * 4 + 4 + 32 * 8 + 8 + 16 * 16))
    // A32, with Q and GE; Thumb, with ITSTATE, too.
    expect(await gdb.ask('p19')).toBe('10000000')
    for (const cpsr of ['10000f28', '30000f2e', '30040000', '30000000']) {
      expect(await gdb.ask(`P19=${cpsr}`)).toBe('OK')
      expect(await gdb.ask('p19')).toBe(cpsr)
      expect(word(await gdb.ask('pf'))).toBe(first)
    }
    expect(await gdb.ask('P1d=efcdab8967452301')).toBe('OK')
    expect(await gdb.ask('p3d')).toBe('0000000000000000efcdab8967452301')
    expect(await gdb.ask(`Z0,${(first + 1).toString(16)},2`)).toBe('E0e')
    // MOVS r0, #7 ; IT EQ ; ADDEQ r0, #1 ; MOVS r7, #248 (exit_group) ; SVC #0
    const code = Buffer.from(Uint16Array.of(0x2007, 0xbf08, 0x3001, 0x27f8, 0xdf00).buffer).toString('hex')
    expect(await gdb.ask(`M${first.toString(16)},a:${code}`)).toBe('OK')
    expect(await gdb.ask(`Z0,${(first + 4).toString(16)},2`)).toBe('OK')
    expect(await gdb.ask('vCont;c')).toMatch(/^T05swbreak:;/)
    expect([word(await gdb.ask('pf')), word(await gdb.ask('p19')) & 0x600_fc3f]).toEqual([first + 4, 0x830])
    expect(await gdb.ask('vCont;s:p-1.-1')).toMatch(/^T05/)
    expect([word(await gdb.ask('pf')), word(await gdb.ask('p19')) & 0x600_fc3f]).toEqual([first + 6, 0x30])
    expect(await gdb.ask('vCont;c')).toMatch(/^W07/)
  })

  test.each(['kuser.thumb', 'kuser.arm'])(
    '%s of 32-bit ARM in single steps',
    async (name) => {
      const program = start([`${ARM_FOLDER}bin/${name}`])
      const gdb = await program.connect()
      await gdb.begin()
      gdb.send('vCont;r0,ffffffff:p-1.-1')
      const { code, stdout } = await program.ended
      expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${ARM_FOLDER}expect/${name.split('.')[0]}`, 'latin1'))
    },
    60_000,
  )

  test('is interrupted, again and again', async () => {
    const program = start([guest('fp-arith.O1')], ',suspend=n')
    const gdb = await program.connect().catch(() => null)
    if (gdb === null || (await gdb.begin()).startsWith('W')) return
    for (let n = 0; n < 20; n++) {
      gdb.send('vCont;c')
      await sleep(5)
      const stop = await gdb.interrupt()
      if (stop.startsWith('W') || gdb.closed) break
      expect(stop).toMatch(/^T02/)
    }
    if (!gdb.closed) gdb.send('vCont;c')
    const { code, stdout } = await program.ended
    expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${FOLDER}expect/fp-arith`, 'latin1'))
  }, 60_000)
})

test('gdb may come back', async () => {
  const program = start([guest('fp-arith.O1')])
  let gdb = await program.connect()
  await gdb.begin()
  gdb.send('vCont;c')
  expect(await gdb.interrupt()).toMatch(/^T02/)
  for (let n = 0; n < 3; n++) {
    if (n === 1) gdb.close()
    else {
      expect(await gdb.ask('D')).toBe('OK')
      gdb.close()
    }
    const next = await GdbClient.connect(program.socketPath).catch(() => null)
    if (next === null) break
    gdb = next
    const stop = await gdb.begin()
    if (gdb.closed || stop.startsWith('W')) break
    expect(stop).toMatch(/^T05/)
    expect(await gdb.pc()).toBeGreaterThan(0)
  }
  if (!gdb.closed) gdb.send('vCont;c')
  const { code, stdout } = await program.ended
  expect(`exit ${code}\n${stdout}`).toBe(readFileSync(`${FOLDER}expect/fp-arith`, 'latin1'))
}, 60_000)

test('a second gdb is turned away', async () => {
  const program = start([HELLO])
  const gdb = await program.connect()
  await gdb.begin()
  const second = await GdbClient.connect(program.socketPath)
  expect(await second.receive()).toBe('(closed)')
  expect(await gdb.ask('vCont;c')).toMatch(/^W00/)
})

test('the end is told to a gdb that interrupts what has ended', async () => {
  const program = start([HELLO])
  const gdb = await program.connect()
  await gdb.begin()
  gdb.send('vCont;c')
  // The engine says that the program has ended, and could be gone, before this side reads or writes anything more.
  const blocked = new Int32Array(new SharedArrayBuffer(4))
  setImmediate(() => Atomics.wait(blocked, 0, 0, 700))
  await sleep(1)
  expect(await gdb.interrupt()).toMatch(/^W00/)
  expect(await program.ended).toMatchObject({ code: 0, stdout: GREETING })
})
