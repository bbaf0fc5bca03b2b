/** gdb's side of the remote protocol, as a test needs it: packets out, answers in, over a unix socket of a `demotic -g`. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { createConnection, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { framed, PacketReader } from '../../linux-user/gdb/packets.ts'
import { DEMOTIC } from './emulator.ts'

const START_MS = 20_000
const ANSWER_MS = 20_000
const LOOK_MS = 20
const INTERRUPT = 3

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A program under `demotic -g` that waits for its debugger. */
export class DebuggedProgram {
  readonly ended: Promise<Ended>
  readonly socketPath: string
  private readonly child: ChildProcess
  private readonly folder: string
  stdout = ''
  private stderr = ''

  constructor(command: readonly string[], options: readonly string[] = [], settings = '', env: NodeJS.ProcessEnv = process.env) {
    this.folder = mkdtempSync(join(tmpdir(), 'demotic-gdb-'))
    this.socketPath = join(this.folder, 'gdb')
    const [node, ...rest] = DEMOTIC
    this.child = spawn(node!, [...rest, '-g', `${this.socketPath}${settings}`, ...options, ...command], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env,
    })
    this.child.stdout!.on('data', (text) => {
      this.stdout += text
    })
    this.child.stderr!.on('data', (text) => {
      this.stderr += text
    })
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => {
        rmSync(this.folder, { recursive: true, force: true })
        resolve({ code, signal, stdout: this.stdout, stderr: this.stderr })
      })
    })
  }

  async listens(): Promise<void> {
    const end = Date.now() + START_MS
    while (!existsSync(this.socketPath)) {
      if (Date.now() > end || this.child.exitCode !== null) throw new Error(`demotic does not listen: ${this.stderr}`)
      await sleep(LOOK_MS)
    }
  }

  async connect(): Promise<GdbClient> {
    await this.listens()
    return GdbClient.connect(this.socketPath)
  }

  kill(): void {
    this.child.kill('SIGKILL')
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export class GdbClient {
  private readonly socket: Socket
  private readonly reader = new PacketReader()
  private readonly answers: string[] = []
  private waiting: ((data: string) => void) | null = null
  closed = false

  private constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (bytes) => {
      for (const event of this.reader.feed(bytes)) if (event.kind === 'packet') this.arrived(event.data)
    })
    socket.on('close', () => {
      this.closed = true
      this.arrived('(closed)')
    })
    socket.on('error', () => {})
  }

  static connect(path: string): Promise<GdbClient> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(path, () => resolve(new GdbClient(socket)))
      socket.once('error', reject)
    })
  }

  private arrived(data: string): void {
    const { waiting } = this
    this.waiting = null
    if (waiting === null) this.answers.push(data)
    else waiting(data)
  }

  /** The next packet. */
  async receive(): Promise<string> {
    const next = this.answers.shift()
    if (next !== undefined) return next
    if (this.closed) return '(closed)'
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer from demotic')), ANSWER_MS)
      this.waiting = (data) => {
        clearTimeout(timer)
        resolve(data)
      }
    })
  }

  send(data: string): void {
    this.socket.write(framed(data))
  }

  ask(data: string): Promise<string> {
    this.send(data)
    return this.receive()
  }

  interrupt(): Promise<string> {
    this.socket.write(Uint8Array.of(INTERRUPT))
    return this.receive()
  }

  /** Speaks as gdb does at first. */
  async begin(features = 'multiprocess+;swbreak+;hwbreak+;fork-events+;vfork-events+;exec-events+'): Promise<string> {
    await this.ask(`qSupported:${features}`)
    await this.ask('QStartNoAckMode')
    return this.ask('?')
  }

  async pc(): Promise<number> {
    return Number(Buffer.from(await this.ask('p20'), 'hex').readBigUInt64LE())
  }

  close(): void {
    this.socket.destroy()
  }
}
