/** One connection with gdb: packets in, what they ask of the control, packets out. The packets are those of the GDB manual, appendix E. */
import type { StreamSocket } from '../../src/host/stream-socket.ts'
import { milliseconds } from '../../src/util/clock.ts'
import { guestInfo } from '../../syscalls/siginfo-form.ts'
import { readMemory, writeMemory } from '../forced-memory.ts'
import type { GuestProcess } from '../process.ts'
import type { Client, Control, StopEvent } from './control.ts'
import { RemoteFiles } from './files.ts'
import {
  ACKNOWLEDGED,
  framed,
  fromHex,
  PacketReader,
  parseThread,
  part,
  REFUSED,
  type ThreadName,
  textToHex,
  toHex,
  toText,
} from './packets.ts'
import { fromGdb, toGdb } from './signal-numbers.ts'
import type { GdbRegister } from './target.ts'
import type { Action, ThreadControl } from './thread-control.ts'
import type { WatchKind } from './watch.ts'

const OK = 'OK'
const UNSUPPORTED = ''
const ERROR_ARGUMENT = 'E16'
const ERROR_MEMORY = 'E0e'
const ERROR_THREAD = 'E03'
const SIGINT = 2
const SIGTRAP = 5
/** A busy guest's requests let gdb's packets be looked for this often. */
const POLL_MS = 10
const PACKET_SIZE = 0x20000
const LONGEST_MEMORY = 0xfff0
const FEATURES = [
  `PacketSize=${PACKET_SIZE.toString(16)}`,
  'QStartNoAckMode+',
  'qXfer:features:read+',
  'qXfer:auxv:read+',
  'qXfer:exec-file:read+',
  'qXfer:siginfo:read+',
  'QPassSignals+',
  'multiprocess+',
  'swbreak+',
  'hwbreak+',
  'vContSupported+',
  'fork-events+',
  'vfork-events+',
  'exec-events+',
].join(';')
const WATCH_KINDS: Readonly<Record<string, WatchKind>> = { '2': 'watch', '3': 'rwatch', '4': 'awatch' }
const HELP =
  'Demotic, a translator of programs of other processors.\nmonitor help      this text\nmonitor processes the processes of the tree\n'

export class Session implements Client {
  readonly follows = { fork: false, vfork: false, exec: false }
  passed: ReadonlySet<number> = new Set()
  private readonly control: Control
  private readonly socket: StreamSocket
  private readonly onClose: () => void
  private readonly reader = new PacketReader()
  private readonly files = new RemoteFiles()
  private acknowledges = true
  private isMulti = false
  private last = new Uint8Array(0)
  private lastPoll = 0
  /** The thread of registers and memory (Hg), and that of c and s (Hc). */
  private general: ThreadName = { pid: 0, tid: 0 }
  private continuing: ThreadName = { pid: 0, tid: -1 }
  private listed: ThreadControl[] = []
  private lastStop: StopEvent | null = null
  /** gdb waits for something to stop. */
  private isWaiting = false
  /** A `?` waits until everything has stopped. */
  private owesStop = false

  constructor(control: Control, socket: StreamSocket, onClose: () => void) {
    this.control = control
    this.socket = socket
    this.onClose = onClose
  }

  // Bytes

  poll(): void {
    const now = milliseconds()
    if (now - this.lastPoll < POLL_MS) return
    this.lastPoll = now
    this.readable()
  }

  readable(): void {
    const bytes = this.socket.receive()
    if (bytes === null) {
      this.close()
      return
    }
    for (const event of this.reader.feed(bytes)) {
      if (event.kind === 'interrupt') this.control.interrupt()
      else if (event.kind === 'nak') this.socket.send(this.last)
      else if (!event.isValid) this.socket.send(REFUSED)
      else this.received(event.data)
    }
  }

  close(): void {
    this.files.closeAll()
    this.onClose()
  }

  private received(data: string): void {
    if (this.acknowledges) this.socket.send(ACKNOWLEDGED)
    const answer = this.answer(data)
    if (answer !== null) this.send(answer)
  }

  private send(data: string): void {
    this.last = Buffer.from(framed(data))
    this.socket.send(this.last)
  }

  /** null: nothing yet. */
  private answer(data: string): string | null {
    const rest = data.slice(1)
    switch (data[0]) {
      case '?':
        return this.whyStopped()
      case 'H':
        return this.select(rest)
      case 'T':
        return this.find(parseThread(rest)) === undefined ? ERROR_THREAD : OK
      case 'g':
        return this.withThread((t) => this.registers.map((register) => toHex(register.get(t.runner))).join(''))
      case 'G':
        return this.withThread((t) => this.setAll(t, fromHex(rest)))
      case 'p':
        return this.withThread((t) => {
          const register = this.register(Number.parseInt(rest, 16))
          return register === undefined ? ERROR_ARGUMENT : toHex(register.get(t.runner))
        })
      case 'P':
        return this.withThread((t) => this.setOne(t, rest))
      case 'm':
        return this.readMemory(rest)
      case 'M':
        return this.writeMemory(rest, fromHex)
      case 'X':
        return this.writeMemory(rest, (text) => Buffer.from(text, 'latin1'))
      case 'Z':
      case 'z':
        return this.setPoint(data[0] === 'Z', rest)
      case 'c':
      case 's':
      case 'C':
      case 'S':
        return this.continueOld(data)
      case 'D':
        return this.detach(rest)
      case 'k':
        for (const process of [...this.control.inferiors]) this.control.kill(process)
        return null
      case 'v':
        return this.verbose(data)
      case 'q':
      case 'Q':
        return this.query(data)
      default:
        return UNSUPPORTED
    }
  }

  // Registers

  private get registers(): readonly GdbRegister[] {
    return this.control.target.registers
  }

  private register(number: number): GdbRegister | undefined {
    return this.registers.find((register) => register.number === number)
  }

  // Threads

  private nameOf({ thread }: ThreadControl): string {
    const tid = thread.runner.tid.toString(16)
    return this.isMulti ? `p${thread.process.pid.toString(16)}.${tid}` : tid
  }

  private matches(control: ThreadControl, { pid, tid }: ThreadName): boolean {
    return (pid <= 0 || control.thread.process.pid === pid) && (tid <= 0 || control.runner.tid === tid)
  }

  private find(name: ThreadName): ThreadControl | undefined {
    return this.control.all().find((control) => this.matches(control, name))
  }

  /** The thread that packets without a thread are about. */
  private get current(): ThreadControl | undefined {
    const event = this.lastStop
    if (this.general.tid <= 0 && event?.thread && this.matches(event.thread, this.general)) return event.thread
    return this.find(this.general)
  }

  private withThread(make: (control: ThreadControl) => string): string {
    const { current } = this
    return current === undefined ? ERROR_THREAD : make(current)
  }

  private select(rest: string): string {
    const name = parseThread(rest.slice(1))
    if (rest[0] === 'c') this.continuing = name
    else if (rest[0] === 'g') {
      if (name.tid > 0 && this.find(name) === undefined) return ERROR_THREAD
      this.general = name
    } else return ERROR_ARGUMENT
    return OK
  }

  private setAll({ runner }: ThreadControl, bytes: Uint8Array): string {
    let at = 0
    for (const register of this.registers) {
      if (at + register.size > bytes.length) break
      register.set(runner, bytes.subarray(at, at + register.size))
      at += register.size
    }
    return OK
  }

  private setOne({ runner }: ThreadControl, rest: string): string {
    const [number, value] = rest.split('=')
    const register = this.register(Number.parseInt(number!, 16))
    const bytes = fromHex(value ?? '')
    if (register === undefined || bytes.length < register.size) return ERROR_ARGUMENT
    register.set(runner, bytes)
    return OK
  }

  // Memory

  private readMemory(rest: string): string {
    const [address, length] = rest.split(',').map((text) => Number.parseInt(text, 16))
    return this.withThread(({ thread }) => {
      const runner = this.control.obedient(thread.process.memory)
      if (runner === undefined || length === undefined) return ERROR_MEMORY
      const bytes = readMemory(runner, address!, Math.min(length, LONGEST_MEMORY))
      return bytes.length === 0 && length > 0 ? ERROR_MEMORY : toHex(bytes)
    })
  }

  private writeMemory(rest: string, decode: (text: string) => Uint8Array): string {
    const colon = rest.indexOf(':')
    const [address, length] = rest
      .slice(0, colon)
      .split(',')
      .map((text) => Number.parseInt(text, 16))
    const bytes = decode(rest.slice(colon + 1))
    if (bytes.length !== length) return ERROR_ARGUMENT
    if (length === 0) return OK
    return this.withThread(({ thread }) => {
      const { memory } = thread.process
      const runner = this.control.obedient(memory)
      return runner !== undefined && writeMemory(runner, memory, address!, bytes) ? OK : ERROR_MEMORY
    })
  }

  private setPoint(isSet: boolean, rest: string): string {
    const [type, address, kind] = rest.split(';')[0]!.split(',')
    const at = Number.parseInt(address!, 16)
    return this.withThread(({ thread }) => {
      const { memory } = thread.process
      if (type === '0' || type === '1') {
        const insn = this.control.target.breakpoint(at, Number.parseInt(kind!, 16))
        if (insn === null || (isSet && memory.addresses.executableEnd(at) === 0)) return ERROR_MEMORY
        this.control.setBreakpoint(memory, at, isSet ? insn : null)
        return OK
      }
      const watch = WATCH_KINDS[type!]
      if (watch === undefined) return UNSUPPORTED
      const length = Number.parseInt(kind!, 16)
      if (isSet) this.control.watches.add(memory, watch, at, length)
      else this.control.watches.remove(memory, watch, at, length)
      return OK
    })
  }

  // Stopping

  private whyStopped(): string | null {
    if (!this.control.isStopped) {
      this.owesStop = true
      return null
    }
    const { current } = this
    if (this.lastStop !== null) return this.stopReply(this.lastStop)
    return current === undefined ? 'W00' : this.threadReply(SIGTRAP, '', current)
  }

  stopped(event: StopEvent): void {
    this.lastStop = event
    if (event.thread !== null) {
      this.general = { pid: event.thread.thread.process.pid, tid: event.thread.runner.tid }
      this.continuing = { pid: 0, tid: -1 }
    }
    // It was not gdb's Ctrl-C but its coming that has stopped everything.
    if (event.kind === 'interrupt' && !this.isWaiting) this.lastStop = { kind: 'step', thread: event.thread }
    if (this.isWaiting || this.owesStop) this.send(this.stopReply(this.lastStop))
    this.isWaiting = false
    this.owesStop = false
  }

  private stopReply(event: StopEvent): string {
    switch (event.kind) {
      case 'exit': {
        const { death, pid } = event
        const what = death.exitCode === null ? `X${byte(toGdb(death.signal))}` : `W${byte(death.exitCode)}`
        return this.isMulti ? `${what};process:${pid.toString(16)}` : what
      }
      case 'signal':
        return this.threadReply(event.held.signal, '', event.thread)
      case 'breakpoint':
        return this.threadReply(SIGTRAP, 'swbreak:;', event.thread)
      case 'watch':
        return this.threadReply(SIGTRAP, `${event.watch}:${event.address.toString(16)};`, event.thread)
      case 'fork':
      case 'vfork':
        return this.threadReply(SIGTRAP, `${event.kind}:${this.nameOf(event.child)};`, event.thread)
      case 'vforkdone':
        return this.threadReply(SIGTRAP, 'vforkdone:;', event.thread)
      case 'exec':
        return this.threadReply(SIGTRAP, `exec:${toHex(this.guestPath(event.path))};`, event.thread)
      case 'interrupt':
        return this.threadReply(SIGINT, '', event.thread)
      case 'step':
        return this.threadReply(SIGTRAP, '', event.thread)
    }
  }

  private threadReply(signal: number, what: string, control: ThreadControl): string {
    const { expedited: numbers } = this.control.target
    const expedited = numbers.map((n) => `${byte(n)}:${toHex(this.register(n)!.get(control.runner))};`)
    return `T${byte(toGdb(signal))}${what}${expedited.join('')}thread:${this.nameOf(control)};`
  }

  // Going on

  private continueOld(data: string): string | null {
    const hasSignal = data[0] === 'C' || data[0] === 'S'
    const isStep = data[0] === 's' || data[0] === 'S'
    const signal = hasSignal ? fromGdb(Number.parseInt(data.slice(1, 3), 16)) : 0
    const { current } = this
    this.isWaiting = true
    this.control.resume((control) => {
      const isCurrent = control === current
      if (this.continuing.tid > 0 && !this.matches(control, this.continuing)) return null
      return { kind: isStep && isCurrent ? 'step' : 'continue', signal: isCurrent ? signal : 0, start: 0, end: 0 }
    })
    return null
  }

  /** `vCont;action[:thread]…`: the first action that names a thread is its. */
  private vCont(text: string): string | null {
    const actions = text.split(';').map((item) => {
      const [what, name] = item.split(':')
      return { what: what!, name: name === undefined ? { pid: -1, tid: -1 } : parseThread(name) }
    })
    for (const { what } of actions) if (!/^([cs]|[CS][0-9a-f]{2}|r[0-9a-f]+,[0-9a-f]+|t)$/.test(what)) return ERROR_ARGUMENT
    this.isWaiting = true
    this.control.resume((control) => {
      const found = actions.find(({ name }) => this.matches(control, name))
      return found === undefined || found.what === 't' ? null : parseAction(found.what)
    })
    return null
  }

  private detach(rest: string): string {
    const pid = rest.startsWith(';') ? Number.parseInt(rest.slice(1), 16) : 0
    for (const process of [...this.control.inferiors]) if (pid === 0 || process.pid === pid) this.control.detach(process)
    return OK
  }

  private verbose(data: string): string | null {
    if (data === 'vCont?') return 'vCont;c;C;s;S;r;t'
    if (data.startsWith('vCont;')) return this.vCont(data.slice('vCont;'.length))
    if (data === 'vCtrlC') {
      this.control.interrupt()
      return OK
    }
    if (data.startsWith('vKill;')) {
      const process = this.process(Number.parseInt(data.slice('vKill;'.length), 16))
      if (process === undefined) return ERROR_THREAD
      this.send(OK)
      this.control.kill(process)
      return null
    }
    if (data.startsWith('vFile:')) return this.files.handle(this.current?.thread.process, data.slice('vFile:'.length)) ?? UNSUPPORTED
    return UNSUPPORTED
  }

  private process(pid: number): GuestProcess | undefined {
    return [...this.control.inferiors].find((process) => process.pid === pid)
  }

  // Queries

  private query(data: string): string {
    const end = data.search(/[:;,]/)
    const name = end < 0 ? data : data.slice(0, end)
    const rest = end < 0 ? '' : data.slice(end + 1)
    switch (name) {
      case 'qSupported': {
        const known = rest.split(';')
        this.isMulti = known.includes('multiprocess+')
        this.follows.fork = this.isMulti && known.includes('fork-events+')
        this.follows.vfork = this.isMulti && known.includes('vfork-events+')
        this.follows.exec = known.includes('exec-events+')
        return FEATURES
      }
      case 'QStartNoAckMode':
        this.acknowledges = false
        return OK
      case 'QPassSignals':
        this.passed = new Set(rest.split(';').map((text) => fromGdb(Number.parseInt(text, 16))))
        return OK
      case 'qXfer':
        return this.transfer(rest)
      case 'qC':
        return this.withThread((control) => `QC${this.nameOf(control)}`)
      case 'qfThreadInfo':
        this.listed = this.control.all()
        return this.nextThreads()
      case 'qsThreadInfo':
        return this.nextThreads()
      case 'qThreadExtraInfo': {
        const control = this.find(parseThread(rest))
        return control === undefined ? ERROR_THREAD : textToHex(extraInfo(control))
      }
      case 'qAttached':
        return '0'
      case 'qSymbol':
        return OK
      case 'qRcmd':
        return textToHex(this.monitor(toText(fromHex(rest))))
      default:
        return UNSUPPORTED
    }
  }

  private nextThreads(): string {
    const some = this.listed.splice(0, 100).filter((control) => control.runner.tid !== 0)
    return some.length === 0 ? 'l' : `m${some.map((control) => this.nameOf(control)).join(',')}`
  }

  /** OBJECT:read:ANNEX:OFFSET,LENGTH */
  private transfer(rest: string): string {
    const [object, operation, annex, range] = rest.split(':')
    if (operation !== 'read' || range === undefined) return UNSUPPORTED
    switch (object) {
      case 'features':
        return annex === 'target.xml' ? part(this.control.target.xml, range) : 'E00'
      case 'auxv':
        return this.withThread(({ thread }) => part(toText(thread.process.program.auxv), range))
      case 'exec-file': {
        const process = annex === '' ? this.current?.thread.process : this.process(Number.parseInt(annex!, 16))
        return process === undefined ? ERROR_THREAD : part(toText(this.guestPath(process.program.path)), range)
      }
      case 'siginfo':
        return this.withThread((control) => part(toText(guestInfo(this.control.tree.abi, control.signal?.info ?? trapInfo())), range))
      default:
        return UNSUPPORTED
    }
  }

  private guestPath(path: Uint8Array): Uint8Array {
    return this.control.tree.sysroot?.guestPath(path) ?? path
  }

  private monitor(command: string): string {
    if (command !== 'processes') return HELP
    const lines = [...this.control.tree.processes.values()].map((process) => {
      const isDebugged = this.control.inferiors.has(process)
      return `${process.pid} ${toText(process.program.path)}${isDebugged ? '' : ' (not debugged)'}\n`
    })
    return lines.join('')
  }
}

function byte(value: number): string {
  return value.toString(16).padStart(2, '0')
}

/** `c`, `s`, `C0b`, `S0b`, `r1000,1010` */
function parseAction(what: string): Action {
  const kind = /^[sSr]/.test(what) ? 'step' : 'continue'
  const signal = /^[CS]/.test(what) ? fromGdb(Number.parseInt(what.slice(1), 16)) : 0
  const [start, end] = what[0] === 'r' ? what.slice(1).split(',') : ['0', '0']
  return { kind, signal, start: Number.parseInt(start!, 16), end: Number.parseInt(end!, 16) }
}

function trapInfo(): Uint8Array {
  const info = new Uint8Array(128)
  info[0] = SIGTRAP
  return info
}

function extraInfo({ thread, isAbsent }: ThreadControl): string {
  return `${thread.process.pid === thread.runner.tid ? 'main' : 'thread'}${isAbsent ? ', in vfork' : ''}`
}
