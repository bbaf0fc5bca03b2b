/**
 * A host fault as the kernel left it on the slot's signal stack: siginfo_t, ucontext_t and the XSAVE image, read and edited in place.
 * The runner's two pointers are checked before anything is read through them.
 */
import { SIGINFO, UCONTEXT, UCONTEXT_GPR } from '../runtime/host-kernel.ts'
import { ALTSTACK_OFFSET, ALTSTACK_SIZE, FAULT_CONTEXT, FAULT_INFO, FAULT_SIGNAL } from '../runtime/layout.ts'
import { xsaveOffsets } from './cpuid.ts'
import type { HostFault } from './runner-api.ts'
import type { Slot } from './slots.ts'

const TWO_32 = 0x1_0000_0000
const SIGINFO_SIZE = 128
const FXSAVE_SIZE = 512
const MXCSR = 24
const XMM = 160
const XMM_SIZE = 16
/** XSAVE header behind the legacy area; and what the kernel says about the frame inside the legacy area. */
const XSTATE_BV = 512
const SW_MAGIC1 = 464
const SW_MAGIC1_VALUE = 0x4650_5853
const SW_XSTATE_SIZE = 480
const COMPONENT_SSE = 1
const COMPONENT_HI16_ZMM = 7
const ZMM_SIZE = 64

export class SlotFault implements HostFault {
  private readonly slot: Slot
  private readonly violation: () => void
  private readonly view: DataView
  /** Slot offsets; 0 when there is none. */
  private infoAt = 0
  private context = 0
  private fpstate = 0
  private xstate = 0
  private signalNumber = 0

  constructor(slot: Slot, violation: () => void) {
    this.slot = slot
    this.violation = violation
    this.view = new DataView(slot.u8.buffer, slot.u8.byteOffset, slot.u8.byteLength)
  }

  /** Takes the pointers that the handler stored. False, and the runner ends, when they lead outside the signal stack. */
  capture(): boolean {
    this.signalNumber = this.slot.i32[FAULT_SIGNAL >> 2]!
    this.infoAt = this.pointer(FAULT_INFO, SIGINFO_SIZE)
    this.context = this.pointer(FAULT_CONTEXT, UCONTEXT.size)
    this.fpstate = this.context === 0 ? 0 : this.pointer(this.context + UCONTEXT.fpstate, FXSAVE_SIZE)
    if (this.infoAt === 0 || this.fpstate === 0) {
      this.violation()
      return false
    }
    const extended = this.view.getUint32(this.fpstate + SW_MAGIC1, true) === SW_MAGIC1_VALUE
    const size = extended ? this.view.getUint32(this.fpstate + SW_XSTATE_SIZE, true) : FXSAVE_SIZE
    this.xstate = size <= ALTSTACK_OFFSET + ALTSTACK_SIZE - this.fpstate ? size : FXSAVE_SIZE
    return true
  }

  get signal(): number {
    return this.signalNumber
  }

  get code(): number {
    return this.view.getInt32(this.infoAt + SIGINFO.code, true)
  }

  get address(): number {
    return this.u64(this.infoAt + SIGINFO.addr)
  }

  get addressLow(): number {
    return this.view.getUint32(this.infoAt + SIGINFO.addr, true)
  }

  get rip(): number {
    return this.u64(this.context + UCONTEXT.rip)
  }

  get error(): number {
    return this.view.getUint32(this.context + UCONTEXT.err, true)
  }

  get mxcsr(): number {
    return this.view.getUint32(this.fpstate + MXCSR, true)
  }

  set mxcsr(value: number) {
    this.view.setUint32(this.fpstate + MXCSR, value, true)
  }

  get eflags(): number {
    return this.view.getUint32(this.context + UCONTEXT.eflags, true)
  }

  set eflags(value: number) {
    this.view.setUint32(this.context + UCONTEXT.eflags, value, true)
  }

  get maskLo(): number {
    return this.view.getInt32(this.context + UCONTEXT.sigmask, true)
  }

  set maskLo(bits: number) {
    this.view.setInt32(this.context + UCONTEXT.sigmask, bits, true)
  }

  get maskHi(): number {
    return this.view.getInt32(this.context + UCONTEXT.sigmask + 4, true)
  }

  set maskHi(bits: number) {
    this.view.setInt32(this.context + UCONTEXT.sigmask + 4, bits, true)
  }

  info(): Uint8Array {
    return this.slot.u8.slice(this.infoAt, this.infoAt + SIGINFO_SIZE)
  }

  gprLo(reg: number): number {
    return this.view.getInt32(this.context + UCONTEXT_GPR[reg]!, true)
  }

  gprHi(reg: number): number {
    return this.view.getInt32(this.context + UCONTEXT_GPR[reg]! + 4, true)
  }

  setGpr(reg: number, lo: number, hi: number): void {
    this.view.setInt32(this.context + UCONTEXT_GPR[reg]!, lo, true)
    this.view.setInt32(this.context + UCONTEXT_GPR[reg]! + 4, hi, true)
  }

  setRip(address: number): void {
    this.setU64(this.context + UCONTEXT.rip, address)
  }

  readXmm(reg: number, out: Uint8Array, offset: number): void {
    const at = this.xmmAt(reg)
    if (at === 0) out.fill(0, offset, offset + XMM_SIZE)
    else out.set(this.slot.u8.subarray(at, at + XMM_SIZE), offset)
  }

  writeXmm(reg: number, bytes: Uint8Array): void {
    const at = this.xmmAt(reg)
    if (at !== 0) this.slot.u8.set(bytes, at)
  }

  /** Makes sigreturn continue at a host address as `resume` would. */
  redirect(rip: number, rbp: number, rsp: number): void {
    this.setRip(rip)
    this.setU64(this.context + UCONTEXT_GPR[5], rbp)
    this.setU64(this.context + UCONTEXT.rsp, rsp)
  }

  /** Slot offset of an xmm register, 0 when its component is in the initial state or not saved. */
  private xmmAt(reg: number): number {
    const high = reg >= 16
    const component = high ? COMPONENT_HI16_ZMM : COMPONENT_SSE
    if (this.xstate > FXSAVE_SIZE && ((this.view.getUint32(this.fpstate + XSTATE_BV, true) >>> component) & 1) === 0) return 0
    if (!high) return this.fpstate + XMM + reg * XMM_SIZE
    const offset = xsaveOffsets().hi16Zmm + (reg - 16) * ZMM_SIZE
    return offset + ZMM_SIZE <= this.xstate ? this.fpstate + offset : 0
  }

  private pointer(at: number, size: number): number {
    const offset = this.u64(at) - this.slot.address
    return offset >= ALTSTACK_OFFSET && offset + size <= ALTSTACK_OFFSET + ALTSTACK_SIZE ? offset : 0
  }

  private u64(at: number): number {
    return this.view.getUint32(at + 4, true) * TWO_32 + this.view.getUint32(at, true)
  }

  private setU64(at: number, value: number): void {
    this.view.setUint32(at, value >>> 0, true)
    this.view.setUint32(at + 4, Math.floor(value / TWO_32), true)
  }
}
