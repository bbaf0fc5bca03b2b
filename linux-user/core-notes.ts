/** The notes of an AArch64 core file (include/linux/elfcore.h, arch/arm64/include/asm/elf.h): structures as bytes. */

import { floatRegisters, generalRegisters, NT_ARM_TLS, NT_FPREGSET, NT_PRSTATUS, threadPointer } from './arch/aarch64-regsets.ts'
import type { StoppedThread } from './arch/frame.ts'

const NT_PRPSINFO = 3
const NT_AUXV = 6
const NT_SIGINFO = 0x5349_4749
const NT_FILE = 0x4649_4c45
const NOTE_ALIGNMENT = 4
const PAGE_SIZE = 4096

const PRSTATUS = { signo: 0, code: 4, errno: 8, cursig: 12, pid: 32, ppid: 36, pgrp: 40, sid: 44, registers: 112, fpvalid: 384, size: 392 }
const PRPSINFO = { state: 0, sname: 1, uid: 16, gid: 20, pid: 24, ppid: 28, pgrp: 32, sid: 36, fname: 40, psargs: 56, size: 136 }
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

function status(process: ProcessFacts, { tid, thread, pc }: ThreadFacts, info: Uint8Array | null, signal: number): Uint8Array {
  const bytes = new Uint8Array(PRSTATUS.size)
  const view = new DataView(bytes.buffer)
  if (info !== null) bytes.set([...info.subarray(0, 4), ...info.subarray(8, 12), ...info.subarray(4, 8)], PRSTATUS.signo)
  view.setUint16(PRSTATUS.cursig, signal, true)
  view.setInt32(PRSTATUS.pid, tid, true)
  view.setInt32(PRSTATUS.ppid, process.ppid, true)
  view.setInt32(PRSTATUS.pgrp, process.pgrp, true)
  view.setInt32(PRSTATUS.sid, process.sid, true)
  bytes.set(generalRegisters(thread, new Uint8Array(BigUint64Array.of(BigInt(pc)).buffer)), PRSTATUS.registers)
  view.setInt32(PRSTATUS.fpvalid, 1, true)
  return note('CORE', NT_PRSTATUS, bytes)
}

function processInfo(process: ProcessFacts): Uint8Array {
  const bytes = new Uint8Array(PRPSINFO.size)
  const view = new DataView(bytes.buffer)
  bytes[PRPSINFO.sname] = 0x52 // R
  view.setUint32(PRPSINFO.uid, process.uid, true)
  view.setUint32(PRPSINFO.gid, process.gid, true)
  view.setInt32(PRPSINFO.pid, process.pid, true)
  view.setInt32(PRPSINFO.ppid, process.ppid, true)
  view.setInt32(PRPSINFO.pgrp, process.pgrp, true)
  view.setInt32(PRPSINFO.sid, process.sid, true)
  bytes.set(Buffer.from(process.comm, 'latin1').subarray(0, FNAME_SIZE - 1), PRPSINFO.fname)
  bytes.set(Buffer.from(process.args, 'latin1').subarray(0, PSARGS_SIZE - 1), PRPSINFO.psargs)
  return note('CORE', NT_PRPSINFO, bytes)
}

function mappedFiles(files: readonly MappedFile[]): Uint8Array {
  const names = Buffer.from(files.map((file) => `${file.name}\0`).join(''), 'latin1')
  const bytes = new Uint8Array(16 + 24 * files.length + names.length)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(files.length), true)
  view.setBigUint64(8, BigInt(PAGE_SIZE), true)
  for (const [n, { start, end, offset }] of files.entries())
    for (const [field, value] of [start, end, offset / PAGE_SIZE].entries()) view.setBigUint64(16 + 24 * n + 8 * field, BigInt(value), true)
  bytes.set(names, 16 + 24 * files.length)
  return note('CORE', NT_FILE, bytes)
}

/** All notes in the kernel's order; the first thread is the one that the signal has ended. */
export function coreNotes(
  process: ProcessFacts,
  threads: readonly ThreadFacts[],
  signal: { readonly number: number; readonly info: Uint8Array },
  auxv: Uint8Array,
  files: readonly MappedFile[],
): Uint8Array {
  const tls = ({ thread }: ThreadFacts): Uint8Array => note('LINUX', NT_ARM_TLS, threadPointer(thread))
  const parts: Uint8Array[] = []
  for (const [n, thread] of threads.entries()) {
    parts.push(status(process, thread, n === 0 ? signal.info : null, signal.number))
    if (n === 0) parts.push(processInfo(process), note('CORE', NT_SIGINFO, signal.info), note('CORE', NT_AUXV, auxv), mappedFiles(files))
    parts.push(note('CORE', NT_FPREGSET, floatRegisters(thread.thread)), tls(thread))
  }
  return Buffer.concat(parts)
}
