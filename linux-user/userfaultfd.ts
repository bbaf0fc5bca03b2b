/**
 * userfaultfd: the kernel's own, on the guest's own pages. A thread that touches a missing page waits in the kernel, in translated code as in its calls, and
 * what the guest's handler reads, and its ioctls, are the same on both sides. What has to be thought of:
 *
 * - Pages that hold translated code are write-protected by mprotect, beside what UFFDIO_WRITEPROTECT does: a store meets our protection first, is repeated,
 *   and then meets the guest's. UFFDIO_COPY, ZEROPAGE and CONTINUE fill pages that are missing, of which there are no translations: whatever makes a page
 *   missing (madvise, munmap) drops them. UFFDIO_MOVE takes pages away and gives them to others, so it goes by the engine.
 * - An order that reads or writes guest memory may touch a missing page as well, and then waits for the guest's handler, which may be a thread of the same
 *   memory that needs the engine itself, for its own code or a call. So such orders let the others be served when they take long
 *   (`Thread.sharesCopies`), but not while code is translated: before that, the first page is made present.
 * - Events of fork, mremap, madvise and munmap are not offered: those calls are the engine's, they change its list of mappings, and would wait in the middle
 *   until the guest has read the event.
 *
 * Known gap: a region of code that goes on in another page that is missing, whose handler has not run before.
 */
import { errno } from '../syscalls/abi/errno.ts'
import { ioctlRequest } from '../syscalls/abi/flags/ioctl.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { Call, Handler, Outcome } from '../syscalls/call.ts'
import { isHidden } from '../syscalls/perform.ts'
import type { GuestMemory } from './guest-memory.ts'

const { USERFAULTFD_IOC_NEW, UFFDIO_API, UFFDIO_MOVE } = ioctlRequest.values
/** struct uffdio_api: api, features, ioctls */
const API_SIZE = 24
const API = 0xaa
const FEATURES = 8
/** UFFD_FEATURE_EVENT_FORK, _REMAP, _REMOVE, _UNMAP */
const EVENT_FEATURES = 0x4e
/** struct uffdio_move: dst, src, len */
const MOVE_SIZE = 24

export function userfaultCalls(memory: GuestMemory): { readonly [name: string]: Handler } {
  return {
    userfaultfd: () => {
      memory.beginUserfaults()
      return 'pass'
    },
    ioctl: (call) => {
      const request = call.int(1)
      if (isHidden(call, call.int(0))) return 'pass'
      // Of /dev/userfaultfd; other devices may have a request of this number.
      if (request === USERFAULTFD_IOC_NEW) memory.beginUserfaults()
      if (request === (UFFDIO_API | 0)) return shakeHands(call)
      return request === (UFFDIO_MOVE | 0) ? move(call, memory) : 'pass'
    },
  }
}

function shakeHands(call: Call): Outcome {
  const given = call.read(call.arg(2), API_SIZE)
  if (given === null) return -errno.EFAULT
  const view = new DataView(given.buffer)
  const wanted = view.getUint32(FEATURES, true)
  // As a kernel answers that has not got them.
  const isRefused = view.getUint32(0, true) === API && (wanted & EVENT_FEATURES) !== 0
  if (isRefused) view.setUint32(FEATURES + 4, -1, true)
  const { address, bytes } = call.thread.scratch(API_SIZE)
  bytes.set(given)
  const result = call.thread.syscall(nr.ioctl, call.int(0), UFFDIO_API, address)
  const answer = bytes.slice()
  if (result === 0) answer[FEATURES]! &= ~EVENT_FEATURES
  return call.write(call.arg(2), answer) === 0 ? result : -errno.EFAULT
}

function move(call: Call, { addresses }: GuestMemory): Outcome {
  const given = call.read(call.arg(2), MOVE_SIZE)
  if (given === null) return 'pass'
  const [to, from, length] = [...new BigUint64Array(given.buffer, 0, 3)].map(Number) as [number, number, number]
  for (const start of [to, from]) addresses.releaseCode(call.thread, start, start + length, 'written')
  return 'pass'
}
