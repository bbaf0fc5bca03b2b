/**
 * What the host's execve reads where it cannot read the guest's own lists: a path, and lists of pointers to strings, in memory of the runner. That is its
 * scratch memory; for long lists it is mapped anew, where the host finds room. Nobody else maps anything there meanwhile: other threads of a process that
 * executes a program are not served, and while several threads share a memory all its mappings are the engine's.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE, pageUp } from './mman.ts'

const WORD = 8
const TWO_32 = 0x1_0000_0000

export interface HostArguments {
  readonly path: number
  /** Addresses of the lists. */
  readonly lists: readonly number[]
  /** They have not been executed. */
  release(): void
}

/** -errno: there is no room. */
export function placeArguments(runner: RunnerThread, path: Uint8Array, lists: readonly (readonly Uint8Array[])[]): HostArguments | number {
  const size = lists.reduce((sum, list) => sum + listSize(list), alignUp(path.length + 1))
  const isLong = size > TRANSFER_SIZE
  const room = isLong ? runner.syscall(nr.mmap, 0, pageUp(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : 0
  if (room < 0) return room
  const release = (): void => {
    if (isLong) runner.syscall(nr.munmap, room, pageUp(size))
  }
  const scratch = isLong ? { address: room, bytes: new Uint8Array(size) } : runner.scratch(size)
  const { address, bytes } = scratch
  bytes.set(path)
  bytes[path.length] = 0
  let end = alignUp(path.length + 1)
  const places = lists.map((list) => {
    const at = end
    end += listSize(list)
    putList(bytes.subarray(at, end), address + at, list)
    return address + at
  })
  if (isLong && !runner.write(address, bytes)) {
    release()
    return -errno.ENOMEM
  }
  return { path: address, lists: places, release }
}

function alignUp(size: number): number {
  return Math.ceil(size / WORD) * WORD
}

function listSize(list: readonly Uint8Array[]): number {
  return alignUp(list.reduce((sum, string) => sum + string.length + 1, (list.length + 1) * WORD))
}

/** Pointers and, behind them, strings. */
function putList(bytes: Uint8Array, address: number, list: readonly Uint8Array[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = (list.length + 1) * WORD
  for (const [n, string] of list.entries()) {
    setWord(view, n * WORD, address + at)
    bytes.set(string, at)
    bytes[at + string.length] = 0
    at += string.length + 1
  }
  setWord(view, list.length * WORD, 0)
}

export function setWord(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % TWO_32, true)
  view.setUint32(at + 4, Math.floor(value / TWO_32), true)
}
