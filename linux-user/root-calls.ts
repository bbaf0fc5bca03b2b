/**
 * chroot and pivot_root: behind them names lead to what is in the new root, and a sysroot has no say any more. They concern the process that makes them and
 * its children from then on; processes that share their root with it (CLONE_FS) and are not threads of it are not told.
 */
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler } from '../syscalls/call.ts'
import type { GuestProcess } from './process.ts'

export function rootCalls(process: GuestProcess): { readonly [name: string]: Handler } {
  return {
    chroot: (call) => changeRoot(process, call, nr.chroot, 1),
    pivot_root: (call) => changeRoot(process, call, nr.pivot_root, 2),
  }
}

/** The host's call with the first `count` arguments, which are names. */
function changeRoot(process: GuestProcess, call: Call, number: number, count: number): number {
  const names: Uint8Array[] = []
  for (let n = 0; n < count; n++) {
    const path = call.path(n)
    if (typeof path === 'number') return path
    names.push(Buffer.concat([call.ctx.mapPath?.(path, true) ?? path, Uint8Array.of(0)]))
  }
  const { address, bytes } = call.thread.scratch(names.reduce((sum, { length }) => sum + length, 0))
  const addresses: number[] = []
  let at = 0
  for (const name of names) {
    bytes.set(name, at)
    addresses.push(address + at)
    at += name.length
  }
  const result = call.thread.syscall(number, ...addresses)
  if (result === 0) process.leaveRoot()
  return result
}
