/**
 * What the engine may ask of a runner thread. All calls are synchronous orders: the runner thread has left
 * translated code (it made a request) and obeys until it is resumed.
 *
 * Guest addresses are JS numbers. 64-bit values that need all their bits are lo/hi int32 pairs.
 * Every result that Linux would give as -errno is given as a negative number.
 */

/**
 * What a runner thread stopped for. `exit`: translated code left by `mov eax, exitId; jmp runtime.exit`. `done`: the call of `startSyscall`
 * has returned, or the clone of `startClone`; `hello`: a new thread, or a process that has executed the runner anew, waits for its first order. `signal-before` and `signal-after`: a thunk has stopped before or behind the call `exitId` because a signal was taken.
 */
export type RequestKind = 'hello' | 'exit' | 'syscall' | 'lookup-miss' | 'fault' | 'done' | 'signal-before' | 'signal-after'

/** A host fault: signal, siginfo and the interrupted host context, which may be edited before `resumeFault`. */
export interface HostFault {
  readonly signal: number
  readonly code: number
  /** si_addr */
  readonly address: number
  /** Its low word. */
  readonly addressLow: number
  readonly rip: number
  /** x86 page-fault error code (bit 1: write, bit 4: instruction fetch). */
  readonly error: number
  /** General registers in encoding order RAX..R15 as lo/hi. */
  gprLo(reg: number): number
  gprHi(reg: number): number
  setGpr(reg: number, lo: number, hi: number): void
  setRip(address: number): void
  /** 16 bytes of xmm `reg` (0..31) copied into `out` at `offset`. A component in its initial state reads as zero. */
  readXmm(reg: number, out: Uint8Array, offset: number): void
  /** 16 bytes; nothing happens while the register's component is in its initial state. */
  writeXmm(reg: number, bytes: Uint8Array): void
  mxcsr: number
  eflags: number
  /** The signal mask that the thread had and gets back, as lo/hi. */
  maskLo: number
  maskHi: number
  /** A copy of the siginfo_t. */
  info(): Uint8Array
}

/** Orders that are carried out together; see src/host/batch.ts. */
export interface OrderBatch {
  syscall(nr: number, ...args: readonly number[]): number
  /** As RunnerThread.call. */
  call(nr: number, ...args: readonly number[]): number
  together(orders: number): void
  pass(from: number, n: number): void
  space(length: number): { readonly address: number; readonly bytes: Uint8Array }
  /** Address at which the runner finds these few bytes meanwhile. */
  data(bytes: Uint8Array): number
  write(address: number, bytes: Uint8Array): void
  run(): { readonly done: number; readonly result: number; readonly results: readonly number[] }
  /** The same of a batch that `launch` has begun. */
  outcome(): { readonly done: number; readonly result: number; readonly results: readonly number[] }
}

/** One guest thread as the engine sees it. */
export interface RunnerThread {
  readonly pid: number
  readonly tid: number
  /** Byte view, u32 view and f64 view of the slot's STATE..CONTROL..SPILL area (whole slot). */
  readonly u8: Uint8Array
  readonly i32: Int32Array
  readonly f64: Float64Array

  /** Why it stopped last. */
  readonly request: RequestKind
  readonly exitId: number
  readonly fault: HostFault

  /** The runner makes a host system call. Arguments are numbers (negative: sign-extended; exact to 2^53). Returns the result, -errno on failure. */
  syscall(nr: number, a0?: number, a1?: number, a2?: number, a3?: number, a4?: number, a5?: number): number
  /** The same with full 64-bit arguments, taken as lo/hi pairs from `args` (12 entries); the result's halves go to args[0], args[1]. */
  syscall64(nr: number, args: Int32Array): number

  /**
   * A system call that the guest asked for: not made when a signal was taken and waits for the engine, and not made again behind one.
   * The result is then NOT_MADE.
   */
  call(nr: number, a0?: number, a1?: number, a2?: number, a3?: number, a4?: number, a5?: number): number

  /** `call`, begun: a call that may block, without waiting for it: `engine.wait()` gives the thread with request 'done', and `syscallResult` the result. */
  startSyscall(nr: number, a0?: number, a1?: number, a2?: number, a3?: number, a4?: number, a5?: number): void
  /** The same with arguments as lo/hi pairs: registers that the call does not take may hold anything. */
  startSyscall64(nr: number, args: Int32Array): void
  /** What is in the batch, begun the same way: `syscallResult` is that of the last order that was carried out. */
  startBatch(): void
  readonly syscallResult: number

  /** Orders that are carried out together. Nothing else may be ordered between the first of them and `run`. */
  readonly batch: OrderBatch
  /**
   * A batch that needs no message of its own: it is carried out when the thread is resumed, or before the next other order. `failed` is called with what the first
   * order gives that fails; the thread has not gone on then, or is stopped again with `launchFailed` (see `recoverLater`).
   */
  later(failed: (result: number) => void): OrderBatch
  /** Does now what was put off, with all that follows when it fails. */
  settle(): void
  /** After `launchFailed`: true when it was what `later` has put off, and `failed` has been called. */
  recoverLater(): boolean

  /** Guest memory -> the returned view (valid until the next call or order; at most TRANSFER_SIZE bytes). null: the whole range is not readable (EFAULT). */
  read(address: number, length: number): Uint8Array | null
  /** Guest memory read as far as it is readable: the returned view may be shorter. */
  readPartial(address: number, length: number): Uint8Array
  /** Guest memory up to the end of the page of `address`: without an order where the host lets the engine look. Valid until the next call or order. Empty: not readable. */
  readPage(address: number): Uint8Array
  /** As `write`, without an order where the host lets the engine. */
  writeShort(address: number, bytes: Uint8Array): boolean
  /** bytes -> guest memory. Returns false on EFAULT (a prefix may have been written). Longer than TRANSFER_SIZE is split. */
  write(address: number, bytes: Uint8Array): boolean
  /** fstat and fstatfs of a descriptor of the thread's, as the host's structures, without an order where the host lets the engine; valid until the next call or order. Or -errno. */
  readStat(fd: number): Uint8Array | number
  readStatfs(fd: number): Uint8Array | number
  /** NUL-terminated string at most `limit` bytes; a number is -EFAULT or -ENAMETOOLONG. */
  readString(address: number, limit?: number): Uint8Array | number

  /** Place bytes that a host system call of this thread may read or write: an address in the slot's TRANSFER area as the runner sees it, and the engine's view of it. */
  scratch(length: number): { readonly address: number; readonly bytes: Uint8Array }

  /** Leave the engine: run at a host address with a fresh host stack. After a fault, MXCSR and vector registers are what the fault interrupted. */
  resume(hostAddress: number): void
  /** Carry out the batch, then `resume`. When something of the batch fails, the next request is 'done' and `launchFailed` is true. */
  launch(hostAddress: number): void
  readonly launchFailed: boolean
  /** After a 'syscall' request: go on behind the call of `runtime.syscall`, on the same host stack. */
  resumeSyscall(): void
  /** After a 'syscall' request: go on at a thunk, as if `runtime.syscall` had found it in the table. */
  enterThunk(hostAddress: number): void
  /** MXCSR of the guest while the thread is stopped; a change takes effect when it is resumed. */
  mxcsr: number
  /** It stopped for a fault and has not been resumed: its mask is in `fault`, and everything but faults is blocked meanwhile. */
  readonly inFault: boolean
  /** Return from a fault with the (possibly edited) host context. */
  resumeFault(): void
  /** exit(code) of this thread alone; it makes no request any more. */
  end(code: number): void
  /** exit_group(code); `engine.wait()` gives the death. */
  exit(code: number): void
  /**
   * End the process as if the host signal had killed it (resets the disposition, unblocks, kills itself), without a core dump of ours unless
   * `mayDump`.
   */
  die(signal: number, mayDump?: boolean): void
}
