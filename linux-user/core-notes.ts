/** The notes of a core file (include/linux/elfcore.h), whose structures have words of the guest's size, as bytes. */
import type { Abi } from '../syscalls/abi/abi.ts'
import { guestInfo } from '../syscalls/siginfo-form.ts'
import type { StoppedThread } from './arch/frame.ts'
import { NT_PRSTATUS, type RegisterSets } from './arch/register-sets.ts'

const NT_PRPSINFO = 3
const NT_AUXV = 6
const NT_SIGINFO = 0x5349_4749
const NT_FILE = 0x4649_4c45
const NOTE_ALIGNMENT = 4
const PAGE_SIZE = 4096

/** struct elf_prstatus: the signal, two words of signals, who it is, four times of two words, registers, whether there are others. */
const PRSTATUS = { signo: 0, cursig: 12, pending: 16, ids: 16, times: 8 } as const
/** struct elf_prpsinfo, where words have 64 bits, and 32 (and user ids 16). */
const PRPSINFO = {
  8: { sname: 1, uid: 16, gid: 20, pid: 24, fname: 40, psargs: 56, size: 136 },
  4: { sname: 1, uid: 8, gid: 10, pid: 12, fname: 28, psargs: 44, size: 124 },
} as const
const OVERFLOW_ID = 65534
const MAX_SHORT = 0xffff
const FNAME_SIZE = 16
const PSARGS_SIZE = 80

export interface ProcessFacts {
  readonly pid: number
  readonly ppid: number
  readonly pgrp: number
  readonly sid: number
  readonly uid: number
  readonly gid: number
  readonly comm: string
  readonly args: string
}

export interface ThreadFacts {
  readonly tid: number
  readonly thread: StoppedThread
  /** Its own, for a thread that is in a system call. */
  readonly pc: number
}

export interface MappedFile {
  readonly start: number
  readonly end: number
  /** Bytes. */
  readonly offset: number
  readonly name: string
}

function note(name: string, type: number, content: Uint8Array): Uint8Array {
  const pad = (length: number): number => Math.ceil(length / NOTE_ALIGNMENT) * NOTE_ALIGNMENT
  const nameSize = name.length + 1
  const bytes = new Uint8Array(12 + pad(nameSize) + pad(content.length))
  const view = new DataView(bytes.buffer)
  view.setUint32(0, nameSize, true)
  view.setUint32(4, content.length, true)
  view.setUint32(8, type, true)
  bytes.set(Buffer.from(name, 'latin1'), 12)
  bytes.set(content, 12 + pad(nameSize))
  return bytes
}

interface CoreFormat {
  readonly abi: Abi
  readonly registerSets: RegisterSets
}

function putIds(view: DataView, at: number, pid: number, { ppid, pgrp, sid }: ProcessFacts): void {
  for (const [n, id] of [pid, ppid, pgrp, sid].entries()) view.setInt32(at + 4 * n, id, true)
}

function status(
  { abi, registerSets }: CoreFormat,
  process: ProcessFacts,
  { tid, thread, pc }: ThreadFacts,
  info: Uint8Array | null,
  signal: number,
): Uint8Array {
  const word = abi.model.pointer
  const general = registerSets.general(thread, pc)
  const ids = PRSTATUS.pending + 2 * word
  const registers = ids + PRSTATUS.ids + PRSTATUS.times * word
  const valid = registers + general.length
  const bytes = new Uint8Array(Math.ceil((valid + 4) / word) * word)
  const view = new DataView(bytes.buffer)
  if (info !== null) bytes.set([...info.subarray(0, 4), ...info.subarray(8, 12), ...info.subarray(4, 8)], PRSTATUS.signo)
  view.setUint16(PRSTATUS.cursig, signal, true)
  putIds(view, ids, tid, process)
  bytes.set(general, registers)
  view.setInt32(valid, 1, true)
  return note('CORE', NT_PRSTATUS, bytes)
}

function processInfo({ abi }: CoreFormat, process: ProcessFacts): Uint8Array {
  const word = abi.model.pointer
  const at = PRPSINFO[word]
  const bytes = new Uint8Array(at.size)
  const view = new DataView(bytes.buffer)
  bytes[at.sname] = 0x52 // R
  for (const [offset, id] of [
    [at.uid, process.uid],
    [at.gid, process.gid],
  ] as const) {
    if (word === 8) view.setUint32(offset, id, true)
    else view.setUint16(offset, id > MAX_SHORT ? OVERFLOW_ID : id, true)
  }
  putIds(view, at.pid, process.pid, process)
  bytes.set(Buffer.from(process.comm, 'latin1').subarray(0, FNAME_SIZE - 1), at.fname)
  bytes.set(Buffer.from(process.args, 'latin1').subarray(0, PSARGS_SIZE - 1), at.psargs)
  return note('CORE', NT_PRPSINFO, bytes)
}

function mappedFiles({ abi }: CoreFormat, files: readonly MappedFile[]): Uint8Array {
  const words = [files.length, PAGE_SIZE, ...files.flatMap(({ start, end, offset }) => [start, end, offset / PAGE_SIZE])]
  const lists = abi.model.pointer === 8 ? BigUint64Array.from(words, BigInt) : Uint32Array.from(words)
  const names = Buffer.from(files.map((file) => `${file.name}\0`).join(''), 'latin1')
  return note('CORE', NT_FILE, Buffer.concat([new Uint8Array(lists.buffer), names]))
}

/** All notes in the kernel's order; the first thread is the one that the signal has ended. */
export function coreNotes(
  format: CoreFormat,
  process: ProcessFacts,
  threads: readonly ThreadFacts[],
  signal: { readonly number: number; readonly info: Uint8Array },
  auxv: Uint8Array,
  files: readonly MappedFile[],
): Uint8Array {
  const info = guestInfo(format.abi, signal.info)
  const parts: Uint8Array[] = []
  for (const [n, thread] of threads.entries()) {
    parts.push(status(format, process, thread, n === 0 ? info : null, signal.number))
    if (n === 0)
      parts.push(processInfo(format, process), note('CORE', NT_SIGINFO, info), note('CORE', NT_AUXV, auxv), mappedFiles(format, files))
    for (const set of format.registerSets.others) parts.push(note(set.owner, set.type, set.get(thread.thread)))
  }
  return Buffer.concat(parts)
}
