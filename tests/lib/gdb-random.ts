/** gdb's part by packets alone, at random, on tests/real/debug/storm.c: a program whose result shows what an interrupt, a breakpoint or a step has broken. */
import { spawnSync } from 'node:child_process'
import { expect } from 'vitest'
import { Random } from '../diff/random.ts'
import { DebuggedProgram, type GdbClient, sleep } from './gdb-client.ts'

const EXPECTED = /^sum 2546416 x [0-9a-f]+ ticked 1\n$/
const ROUNDS = 400

async function expectEnd(program: DebuggedProgram, stop: string): Promise<void> {
  const { code, stdout, stderr } = await program.ended
  expect({ stop: stop.slice(0, 3), code, stderr, stdout }).toEqual({
    stop: 'W00',
    code: 0,
    stderr: '',
    stdout: expect.stringMatching(EXPECTED),
  })
}

export async function interruptAtRandom(path: string, seed: number): Promise<void> {
  const random = new Random('interrupts', seed)
  const program = new DebuggedProgram([path])
  const gdb = await program.connect()
  let stop = await gdb.begin('multiprocess+')
  await gdb.ask('QPassSignals:e')
  for (let n = 0; n < ROUNDS && stop.startsWith('T'); n++) {
    gdb.send('vCont;c')
    await sleep(random.below(15))
    stop = await gdb.interrupt()
  }
  if (stop.startsWith('T')) stop = await gdb.ask('vCont;c')
  await expectEnd(program, stop)
}

/** `ADDRESS,KIND` of a function, as Z0 takes it; a Thumb function's symbol is odd. */
function pointAt(symbols: string, name: string): string {
  const value = Number.parseInt(new RegExp(`^ *\\d+: ([0-9a-f]+) +\\d+ FUNC .* ${name}$`, 'm').exec(symbols)![1]!, 16)
  return value % 2 === 0 ? `${value.toString(16)},4` : `${(value - 1).toString(16)},2`
}

/** The same for the place of a stop. */
async function pointHere(gdb: GdbClient, points: readonly string[], register: string): Promise<string> {
  const pc = Buffer.from(await gdb.ask(`p${register}`), 'hex')
  const address = (pc.length === 8 ? Number(pc.readBigUInt64LE()) : pc.readUInt32LE()).toString(16)
  return points.find((point) => point.startsWith(`${address},`))!
}

/** `pc`: its number, hexadecimal. */
export async function breakAtRandom(path: string, seed: number, pc = '20'): Promise<void> {
  const random = new Random('breakpoints', seed)
  const symbols = spawnSync('readelf', ['-sW', path], { encoding: 'utf8' }).stdout
  const points = ['on_tick', '__pthread_mutex_lock', 'read'].map((name) => pointAt(symbols, name))
  const program = new DebuggedProgram([path])
  const gdb = await program.connect()
  let stop = await gdb.begin()
  const letGo = async (): Promise<void> => {
    const child = /fork:p([0-9a-f]+)\./.exec(stop)?.[1]
    if (child !== undefined) expect(await gdb.ask(`D;${child}`)).toBe('OK')
  }
  await gdb.ask('QPassSignals:e')
  for (let n = 0; n < ROUNDS && stop.startsWith('T'); n++) {
    const thread = /thread:(p[0-9a-f]+\.[0-9a-f]+)/.exec(stop)![1]!
    await letGo()
    if (stop.includes('swbreak')) {
      const point = await pointHere(gdb, points, pc)
      await gdb.ask(`z0,${point}`)
      stop = await gdb.ask(`vCont;s:${thread}`)
      if (random.oneIn(2)) await gdb.ask(`Z0,${point}`)
      continue
    }
    if (random.oneIn(5)) for (const point of points) await gdb.ask(`${random.oneIn(3) ? 'Z' : 'z'}0,${point}`)
    if (random.oneIn(2)) {
      stop = await gdb.ask(`vCont;s:${thread};c`)
      continue
    }
    gdb.send('vCont;c:p-1.-1')
    await sleep(random.below(10))
    stop = await gdb.interrupt()
  }
  for (const point of points) await gdb.ask(`z0,${point}`)
  while (stop.startsWith('T')) {
    await letGo()
    stop = await gdb.ask('vCont;c')
  }
  await expectEnd(program, stop)
}
