/**
 * The page at 0xffff0000 that Linux on 32-bit ARM lets programs execute (Documentation/arch/arm/kernel_user_helpers.rst): helpers at fixed addresses for what an old
 * processor needs the kernel for, and where handlers return to that name no restorer. It is code like the guest's own, for ARMv7, whatever the guest's processor is.
 */
import { KERNEL_PAGE } from '../../src/guest/arm/instruction-set.ts'
import type { RunnerThread } from '../../src/host/runner-api.ts'
import { x64Numbers as nr } from '../../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from '../address-space.ts'
import * as mm from '../mman.ts'

const SIGNAL_RETURN = 0x500
const HELPER_VERSION = 5

/** Offset in the page, and the words there. */
const CODE: readonly (readonly [number, readonly number[]])[] = [
  [
    SIGNAL_RETURN,
    [
      0xe3a07077, // mov r7, #119 (sigreturn)
      0xef000000, // svc #0
      0xdf002777, // Thumb: movs r7, #119; svc #0
      0xe3a070ad, // mov r7, #173 (rt_sigreturn)
      0xef000000, // svc #0
      0xdf0027ad, // Thumb: movs r7, #173; svc #0
    ],
  ],
  // What __kuser_cmpxchg goes on at.
  [
    0xf00,
    [
      0xf57ff05b, //    dmb ish
      0xe1923f9f, // 1: ldrex r3, [r2]
      0xe0533000, //    subs r3, r3, r0
      0x1a000002, //    bne 2f
      0xe1823f91, //    strex r3, r1, [r2]
      0xe3530000, //    cmp r3, #0
      0x1afffff9, //    bne 1b
      0xe2730000, // 2: rsbs r0, r3, #0
      0xea00001e, //    b __kuser_memory_barrier
    ],
  ],
  // __kuser_cmpxchg64(const s64 *old, const s64 *new, volatile s64 *ptr)
  [
    0xf60,
    [
      0xe92d00f0, //    push {r4, r5, r6, r7}
      0xe1c040d0, //    ldrd r4, r5, [r0]
      0xe1c160d0, //    ldrd r6, r7, [r1]
      0xf57ff05b, //    dmb ish
      0xe1b20f9f, // 1: ldrexd r0, r1, [r2]
      0xe0203004, //    eor r3, r0, r4
      0xe0211005, //    eor r1, r1, r5
      0xe1933001, //    orrs r3, r3, r1
      0x1a000002, //    bne 2f
      0xe1a23f96, //    strexd r3, r6, r7, [r2]
      0xe3530000, //    cmp r3, #0
      0x1afffff7, //    bne 1b
      0xf57ff05b, // 2: dmb ish
      0xe2730000, //    rsbs r0, r3, #0
      0xe8bd00f0, //    pop {r4, r5, r6, r7}
      0xe12fff1e, //    bx lr
    ],
  ],
  // __kuser_memory_barrier()
  [0xfa0, [0xf57ff05b, 0xe12fff1e]], // dmb ish; bx lr
  // __kuser_cmpxchg(s32 old, s32 new, volatile s32 *ptr)
  [0xfc0, [0xeaffffce]], // b to 0xf00
  // __kuser_get_tls()
  [0xfe0, [0xee1d0f70, 0xe12fff1e]], // mrc p15, 0, r0, c13, c0, 3; bx lr
  [0xffc, [HELPER_VERSION]],
]

/** The same in every process, so that its translations are shared. */
const IDENTITY = { key: `[vectors]${HELPER_VERSION}` }

/** Maps it; the orders are in the thread's batch then. */
export function mapKernelPage(thread: RunnerThread, space: AddressSpace): void {
  const { batch } = thread
  const bytes = new Uint8Array(mm.PAGE_SIZE)
  const view = new DataView(bytes.buffer)
  for (const [at, words] of CODE) for (const [n, word] of words.entries()) view.setUint32(at + 4 * n, word, true)
  batch.syscall(nr.mmap, KERNEL_PAGE, mm.PAGE_SIZE, mm.PROT_READ | mm.PROT_WRITE, mm.MAP_PRIVATE | mm.MAP_ANONYMOUS | mm.MAP_FIXED, -1, 0)
  batch.write(KERNEL_PAGE, bytes)
  batch.syscall(nr.mprotect, KERNEL_PAGE, mm.PAGE_SIZE, mm.PROT_READ)
  space.vmas.insert({
    start: KERNEL_PAGE,
    end: KERNEL_PAGE + mm.PAGE_SIZE,
    prot: mm.PROT_READ | mm.PROT_EXEC,
    flags: mm.MAP_PRIVATE | mm.MAP_ANONYMOUS,
    origin: 0,
    offset: 0,
    file: IDENTITY,
    name: '[vectors]',
    atFork: 'copy',
    shm: false,
    isSealed: true,
  })
  space.onExecutable(thread, KERNEL_PAGE, KERNEL_PAGE + mm.PAGE_SIZE)
}

/** Where a handler in A32 or Thumb returns to, with bit 0 for Thumb. */
export function signalReturn(isThumb: boolean, withInfo: boolean): number {
  return KERNEL_PAGE + SIGNAL_RETURN + 4 * ((isThumb ? 2 : 0) + (withInfo ? 3 : 0)) + (isThumb ? 1 : 0)
}
