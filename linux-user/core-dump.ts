/**
 * Core dumps of the guest: what the kernel writes when a signal ends a process (fs/binfmt_elf.c), with the guest's registers and memory instead of
 * the runner's. The runner itself opens and writes the file, from its memory: with the process's rights and working directory.
 *
 * Written are: anonymous memory that was touched, file mappings that the process has changed, the first page of ELF files. RLIMIT_CORE cuts the
 * file off. For core_pattern, names are expanded as the kernel does; where it is a pipe there is no dump, because its program would be given ours.
 *
 * To be seen in the wait status, the process then lets the kernel dump it, too: at most a page, into a folder that is removed at its end.
 */

import { rmSync } from 'node:fs'
import type { Thread } from '../src/host/thread.ts'
import { AT_FDCWD } from '../src/runtime/host-kernel.ts'
import { EXIT_ID, TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { catchDefaults } from './caught-signals.ts'
import { CoreHeaders, PT_LOAD, PT_NOTE } from './core-headers.ts'
import { coreNotes, type MappedFile, type ProcessFacts, type ThreadFacts } from './core-notes.ts'
import { coreName, kernelPattern } from './core-pattern.ts'
import { getPc, pcBehindCall } from './fault-state.ts'
import { PAGE_SIZE } from './mman.ts'
import { putPath } from './open-program.ts'
import { guestMaps } from './proc-maps.ts'
import type { GuestProcess } from './process.ts'
import { readHostFile } from './procfs.ts'
import { RLIMIT_CORE, RLIMIT_SIZE, softLimit } from './rlimit.ts'
import type { GuestThread } from './thread.ts'

/** QUIT ILL TRAP ABRT BUS FPE SEGV XCPU XFSZ SYS */
const DUMPING = [3, 4, 5, 6, 7, 8, 11, 24, 25, 31]
/** Those of them that are no faults. */
export const CORE_SIGNALS = [3, 6, 24, 25, 31]
export const PR_GET_DUMPABLE = 3
const PR_GET_NAME = 16
const COMM_SIZE = 16
const O_RDWR = 2
const O_CREAT = 0o100
const O_TRUNC = 0o1000
const O_NOFOLLOW = 0o400000
const O_CLOEXEC = 0o2000000
const OWNER_ONLY = 0o600
const OWNER_FOLDER = 0o700

const ELF_MAGIC = 0x464c457f
const MOST_SEGMENTS = 0xfff0
const WRITE_SIZE = 0x40_0000
/** Entries of /proc/PID/pagemap: bit 63 is present, 62 swapped. */
const PAGEMAP_ENTRY = 8
const IN_MEMORY = 0xc000_0000

interface Mapping extends MappedFile {
  readonly flags: number
  /** kB of it that are the process's own. */
  readonly anonymous: number
}

/** Soft RLIMIT_CORE in bytes. */
function coreLimit(runner: Thread): number {
  const { address, bytes } = runner.scratch(RLIMIT_SIZE)
  return runner.syscall(nr.prlimit64, 0, RLIMIT_CORE, 0, address) < 0 ? 0 : softLimit(bytes)
}

/** A program begins: signals that dump core are caught when there may be a dump. `limit`: soft RLIMIT_CORE. */
export function prepareCore(process: GuestProcess, runner: Thread, limit: number): void {
  if (limit > 0) catchDefaults(process, runner, CORE_SIGNALS)
}

/** A signal is about to end the process of `thread`. True: a core file was written, perhaps cut off, and the kernel may dump what is left. */
export function dumpCore(thread: GuestThread, signal: number, info: Uint8Array): boolean {
  const { runner, process } = thread
  if (!DUMPING.includes(signal)) return false
  const limit = coreLimit(runner)
  if (limit < PAGE_SIZE || runner.syscall(nr.prctl, PR_GET_DUMPABLE) !== 1) return false
  const { pattern, usesPid, hostname } = kernelPattern()
  const facts = processFacts(runner, process)
  const executable = Buffer.from(process.program.path).toString('latin1')
  const names = { ...facts, tid: runner.tid, signal, executable, hostname, time: Math.floor(Date.now() / 1000), limit }
  const name = coreName(pattern, usesPid, names)
  if (name === null) return false
  const threads = stopOthers(thread)
  const path = putPath(runner, Buffer.from(name, 'latin1'))
  const fd = path === 0 ? -1 : runner.syscall(nr.openat, AT_FDCWD, path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, OWNER_ONLY)
  if (fd < 0) return false
  new CoreFile(runner, fd, limit).write(facts, threads, { number: signal, info }, process)
  runner.syscall(nr.close, fd)
  return !name.startsWith('/') && leaveTrace(runner, process)
}

function processFacts(runner: Thread, process: GuestProcess): ProcessFacts {
  const { address, bytes } = runner.scratch(COMM_SIZE)
  runner.syscall(nr.prctl, PR_GET_NAME, address)
  const comm = Buffer.from(bytes).toString('latin1').replace(/\0.*/s, '')
  return {
    pid: process.pid,
    ppid: runner.syscall(nr.getppid),
    pgrp: runner.syscall(nr.getpgid, 0),
    sid: runner.syscall(nr.getsid, 0),
    uid: runner.syscall(nr.getuid),
    gid: runner.syscall(nr.getgid),
    comm,
    args: Buffer.concat(process.program.argv.flatMap((arg) => [arg, Buffer.from(' ')]))
      .toString('latin1')
      .trimEnd(),
  }
}

/** Every thread's registers, the dying one's first; the others have left translated code. */
function stopOthers(thread: GuestThread): ThreadFacts[] {
  const { process } = thread
  const { tree } = process
  const others = [...process.threads].filter((other) => other !== thread && other.runner.state !== 'starting')
  const byRunner = new Map(others.map((other) => [other.runner, other]))
  tree.engine.stop(
    byRunner.keys(),
    (runner) => byRunner.get(runner)?.settle() ?? true,
    (runner) => byRunner.get(runner)?.park(),
  )
  return [thread, ...others].map((one) => ({ tid: one.runner.tid, thread: one.runner, pc: pcOf(one) }))
}

/** A thread that is in a thunk's system call: the state's pc is older than the call's. */
function pcOf({ runner, process }: GuestThread): number {
  const { exits } = process.memory.space
  const id = runner.i32[EXIT_ID >> 2]!
  const isInCall = runner.state === 'running' && id >= 0 && id < exits.count
  return isInCall ? pcBehindCall(runner) : getPc(runner, process.tree.pcOffset)
}

/** The guest's mappings with what the host knows of them. */
function mappings(runner: Thread, process: GuestProcess): Mapping[] {
  const host = readHostFile(runner, '/proc/self/smaps') ?? ''
  const sysroot = process.state.hasOwnRoot ? null : process.tree.sysroot
  const nameOf = (name: string): string =>
    sysroot === null ? name : Buffer.from(sysroot.guestPath(Buffer.from(name, 'latin1'))).toString('latin1')
  const found: Mapping[] = []
  let anonymous = 0
  for (const line of guestMaps(host, process.memory.addresses.vmas.all(), nameOf).split('\n')) {
    const kilobytes = /^(?:Anonymous|Swap): *(\d+) kB$/.exec(line)
    if (kilobytes !== null) {
      anonymous += Number(kilobytes[1])
      found.push({ ...found.pop()!, anonymous })
    }
    const head = /^([0-9a-f]+)-([0-9a-f]+) (...)[ps] ([0-9a-f]+) (\S+ \d+) *(.*)$/.exec(line)
    if (head === null) continue
    anonymous = 0
    const [, start, end, rights, offset, , name] = head
    const flags = (rights![0] === 'r' ? 4 : 0) | (rights![1] === 'w' ? 2 : 0) | (rights![2] === 'x' ? 1 : 0)
    const [from, to, at] = [start, end, offset].map((text) => Number.parseInt(text!, 16))
    found.push({ start: from!, end: to!, offset: at!, name: name!, flags, anonymous })
  }
  return found.slice(0, MOST_SEGMENTS)
}

class CoreFile {
  private readonly runner: Thread
  private readonly fd: number
  private readonly limit: number

  constructor(runner: Thread, fd: number, limit: number) {
    this.runner = runner
    this.fd = fd
    this.limit = limit
  }

  write(facts: ProcessFacts, threads: readonly ThreadFacts[], signal: { number: number; info: Uint8Array }, process: GuestProcess): void {
    const maps = mappings(this.runner, process)
    const files = maps.filter(({ name }) => name.startsWith('/'))
    const { arch, abi, target } = process.tree
    const notes = coreNotes({ abi, registerSets: arch.registerSets }, facts, threads, signal, process.program.auxv, files)
    const headers = new CoreHeaders(target, maps.length + 1)
    const { length } = headers.bytes
    headers.put({ type: PT_NOTE, flags: 0, offset: length, address: 0, fileSize: notes.length, size: 0, align: 4 })
    let at = Math.ceil((length + notes.length) / PAGE_SIZE) * PAGE_SIZE
    const contents: { readonly map: Mapping; readonly size: number; readonly at: number }[] = []
    for (const map of maps) {
      const size = this.dumpedSize(map)
      headers.put({
        type: PT_LOAD,
        flags: map.flags,
        offset: at,
        address: map.start,
        fileSize: size,
        size: map.end - map.start,
        align: PAGE_SIZE,
      })
      contents.push({ map, size, at })
      at += size
    }
    this.put(0, headers.bytes)
    this.put(length, notes)
    for (const { map, size, at: place } of contents) this.putMemory(map, size, place)
    if (at <= this.limit) this.runner.syscall(nr.ftruncate, this.fd, at)
  }

  /** Bytes of a mapping that are in the file. */
  private dumpedSize({ start, end, name, flags, anonymous, offset }: Mapping): number {
    if (!name.startsWith('/') || anonymous > 0) return flags === 0 && anonymous === 0 ? 0 : end - start
    const magic = offset === 0 ? this.runner.read(start, 4) : null
    return magic !== null && new DataView(magic.buffer, magic.byteOffset).getUint32(0, true) === ELF_MAGIC ? PAGE_SIZE : 0
  }

  private put(at: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; done += TRANSFER_SIZE) {
      const piece = bytes.subarray(done, done + TRANSFER_SIZE)
      const scratch = this.runner.scratch(piece.length)
      scratch.bytes.set(piece)
      this.putGuest(scratch.address, piece.length, at + done)
    }
  }

  /** Bytes of the runner's memory. */
  private putGuest(address: number, length: number, at: number): void {
    for (let done = 0; done < length; ) {
      const room = Math.min(length - done, WRITE_SIZE, this.limit - at - done)
      if (room <= 0) return
      const written = this.runner.syscall(nr.pwrite64, this.fd, address + done, room, at + done)
      // What the guest itself cannot read stays zero.
      if (written <= 0) return
      done += written
    }
  }

  /** Memory without a file: only pages that were touched, so that the others take no room. */
  private putMemory({ start, name }: Mapping, size: number, at: number): void {
    if (size === 0) return
    if (name.startsWith('/')) {
      this.putGuest(start, size, at)
      return
    }
    const path = putPath(this.runner, Buffer.from('/proc/self/pagemap'))
    const pagemap = this.runner.syscall(nr.openat, AT_FDCWD, path, O_CLOEXEC, 0)
    const step = (TRANSFER_SIZE / PAGEMAP_ENTRY) * PAGE_SIZE
    for (let done = 0; done < size; done += step) {
      const length = Math.min(step, size - done)
      const runs = pagemap < 0 ? [[0, length] as const] : this.touched(pagemap, start + done, length)
      for (const [from, to] of runs) this.putGuest(start + done + from, to - from, at + done + from)
    }
    if (pagemap >= 0) this.runner.syscall(nr.close, pagemap)
  }

  private touched(pagemap: number, address: number, length: number): (readonly [number, number])[] {
    const count = length / PAGE_SIZE
    const scratch = this.runner.scratch(count * PAGEMAP_ENTRY)
    const got = this.runner.syscall(nr.pread64, pagemap, scratch.address, count * PAGEMAP_ENTRY, (address / PAGE_SIZE) * PAGEMAP_ENTRY)
    if (got !== count * PAGEMAP_ENTRY) return [[0, length]]
    const view = new DataView(scratch.bytes.buffer, scratch.bytes.byteOffset, got)
    const runs: [number, number][] = []
    for (let n = 0; n < count; n++) {
      if ((view.getUint32(n * PAGEMAP_ENTRY + 4, true) & IN_MEMORY) === 0) continue
      const last = runs.at(-1)
      if (last !== undefined && last[1] === n * PAGE_SIZE) last[1] += PAGE_SIZE
      else runs.push([n * PAGE_SIZE, (n + 1) * PAGE_SIZE])
    }
    return runs
  }
}

/** Lets the kernel dump the process into a folder of its own, as little as it can. */
function leaveTrace(runner: Thread, process: GuestProcess): boolean {
  const folder = `/tmp/.demotic-core-${process.pid}-${Date.now()}`
  const path = putPath(runner, Buffer.from(folder))
  if (runner.syscall(nr.mkdir, path, OWNER_FOLDER) < 0 || runner.syscall(nr.chdir, path) < 0) return false
  process.atEnd = () => rmSync(folder, { recursive: true, force: true })
  const filter = runner.syscall(nr.openat, AT_FDCWD, putPath(runner, Buffer.from('/proc/self/coredump_filter')), O_RDWR, 0)
  const { address, bytes } = runner.scratch(16)
  bytes[0] = 0x30 // 0
  if (filter >= 0) runner.syscall(nr.write, filter, address, 1)
  bytes.fill(0)
  const view = new DataView(bytes.buffer, bytes.byteOffset, 16)
  view.setUint32(0, PAGE_SIZE, true)
  view.setUint32(8, PAGE_SIZE, true)
  return runner.syscall(nr.prlimit64, 0, RLIMIT_CORE, address, 0) === 0
}
