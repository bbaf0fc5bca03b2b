/**
 * A runner thread that is this very Node process: orders become system calls made here, so that the real kernel
 * answers. Only for guest addresses at which Node has nothing, that is from 0x4000_0000_0000 on, bottom-up.
 */
import { hostSyscall, viewOf } from '../../src/host/native.ts'
import { STAT_SIZE, STATFS_SIZE } from '../../src/host/peek.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'

const TRANSFER_SIZE = 0x20000
/** Behind the transfer area: two iovec structures for process_vm_readv and process_vm_writev. */
const IOVEC = TRANSFER_SIZE

export interface SelfRunner extends RunnerThread {
  /** Every system call made, as [number, arguments…, result]; cleared by the tests. */
  readonly log: number[][]
  /** Makes the calls that were put off; `refuse`: the errno, negative, that the first one gives instead of being made. */
  goOn(refuse?: number): void
}

export function selfRunner(): SelfRunner {
  const base = hostSyscall(nr.mmap, 0, TRANSFER_SIZE + 4096, 3, 0x22, -1, 0)
  if (base < 0) throw new Error('no memory for the transfer area')
  const transfer = new Uint8Array(viewOf(base, TRANSFER_SIZE))
  const iovec = new DataView(viewOf(base + IOVEC, 4096))
  const log: number[][] = []

  const copy = (call: number, address: number, length: number): number => {
    const words = [base, length, address, length]
    words.forEach((word, i) => {
      iovec.setBigUint64(i * 8, BigInt(word), true)
    })
    return hostSyscall(call, process.pid, base + IOVEC, 1, base + IOVEC + 16, 1, 0)
  }
  const readPartial = (address: number, length: number): Uint8Array => {
    let done = 0
    while (done < length) {
      // page by page: process_vm_readv is all or nothing per page
      const part = Math.min(length - done, 4096 - (address % 4096 || 0))
      const kept = transfer.slice(0, done)
      if (copy(nr.process_vm_readv, address + done, part) !== part) break
      transfer.copyWithin(done, 0, part)
      transfer.set(kept)
      done += part
    }
    return transfer.subarray(0, done)
  }
  const unused = (): never => {
    throw new Error('not part of the test runner')
  }
  const statOf = (call: number, fd: number, size: number): Uint8Array | number => {
    const result = hostSyscall(call, fd, base)
    return result < 0 ? result : transfer.subarray(0, size)
  }
  const putOff: number[][] = []
  let failed: (result: number) => void = unused
  const runner: Partial<SelfRunner> = {
    pid: process.pid,
    u8: new Uint8Array(0),
    i32: new Int32Array(0),
    f64: new Float64Array(0),
    request: 'hello',
    exitId: 0,
    get fault() {
      return unused()
    },
    log,
    syscall(number, ...args) {
      const result = hostSyscall(number, ...(args as number[]))
      log.push([number, ...(args as number[]), result])
      return result
    },
    syscall64: unused,
    read(address, length) {
      return copy(nr.process_vm_readv, address, length) === length ? transfer.subarray(0, length) : null
    },
    readPartial,
    write(address, bytes) {
      for (let done = 0; done < bytes.length; done += TRANSFER_SIZE) {
        const part = bytes.subarray(done, done + TRANSFER_SIZE)
        transfer.set(part)
        if (copy(nr.process_vm_writev, address + done, part.length) !== part.length) return false
      }
      return true
    },
    readString(address, limit = 4096) {
      const bytes = readPartial(address, limit)
      const end = bytes.indexOf(0)
      if (end >= 0) return bytes.slice(0, end)
      return bytes.length < limit ? -14 : -36
    },
    scratch(length) {
      return { address: base, bytes: transfer.subarray(0, length) }
    },
    readStat: (fd) => statOf(nr.fstat, fd, STAT_SIZE),
    readStatfs: (fd) => statOf(nr.fstatfs, fd, STATFS_SIZE),
    later(whenFailed) {
      failed = whenFailed
      return { syscall: (...call: number[]) => putOff.push(call) - 1 } as unknown as RunnerThread['batch']
    },
    goOn(refuse) {
      let first = refuse
      for (const [number, ...args] of putOff.splice(0)) {
        const result = first ?? runner.syscall!(number!, ...args)
        first = undefined
        if (result >= 0) continue
        putOff.length = 0
        failed(result)
        break
      }
    },
    die: unused,
  }
  // What runs code is missing: only orders are tested with this.
  return runner as unknown as SelfRunner
}
