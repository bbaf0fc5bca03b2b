/** Guest memory as debuggers read and write it: what is write-protected is written all the same. */
import type { Thread } from '../src/host/thread.ts'
import { TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { GuestMemory } from './guest-memory.ts'
import { GUEST_LIMIT } from './layout.ts'
import * as mm from './mman.ts'

/** As much from `address` on as can be read. */
export function readMemory(runner: Thread, address: number, length: number): Uint8Array {
  const parts: Uint8Array[] = []
  const end = Math.min(address + length, GUEST_LIMIT)
  for (let at = address; at < end; ) {
    const wanted = Math.min(end - at, TRANSFER_SIZE)
    const piece = runner.readPartial(at, wanted).slice()
    parts.push(piece)
    at += piece.length
    if (piece.length < wanted) break
  }
  return Buffer.concat(parts)
}

/** False when it cannot be written whole. */
export function writeMemory(runner: Thread, memory: GuestMemory, address: number, bytes: Uint8Array): boolean {
  const end = address + bytes.length
  const { addresses } = memory
  if (end > addresses.layout.limit || !addresses.vmas.covers(address, end)) return false
  addresses.prepareWrite(runner, address, bytes.length)
  // Others that have the same code are not to see this.
  if (addresses.executableEnd(address) !== 0) memory.serve(runner).separate()
  let isWritten = true
  for (const vma of addresses.vmas.pieces(mm.pageDown(address), mm.pageUp(end))) {
    const from = Math.max(vma.start, address)
    const piece = bytes.subarray(from - address, Math.min(vma.end, end) - address)
    const isLocked = (vma.prot & mm.PROT_WRITE) === 0
    if (isLocked) runner.syscall(nr.mprotect, vma.start, vma.end - vma.start, mm.hostProt(vma.prot) | mm.PROT_WRITE | mm.PROT_READ)
    isWritten = runner.write(from, piece) && isWritten
    if (isLocked) runner.syscall(nr.mprotect, vma.start, vma.end - vma.start, mm.hostProt(vma.prot))
  }
  if (addresses.executableEnd(address) !== 0) memory.invalidate(address, bytes.length)
  return isWritten
}
