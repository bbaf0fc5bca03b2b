/** ptrace of AArch64's own (arch/arm64/kernel/ptrace.c). */
import { errno } from '../../syscalls/abi/errno.ts'
import { coreRegsets, type PtraceArch, type TraceeRegset } from '../ptrace/arch.ts'
import { aarch64RegisterSets } from './aarch64-regsets.ts'

const NT_ARM_HW_BREAK = 0x402
const NT_ARM_HW_WATCH = 0x403
const NT_ARM_SYSTEM_CALL = 0x404

/** Debug registers there are none: version 8 of the architecture's, and no slots. */
const noDebugRegisters: TraceeRegset = { get: () => new Uint8Array([0, 6, 0, 0, 0, 0, 0, 0]), set: () => undefined }

const systemCall: TraceeRegset = {
  get: (tracee) => new Uint8Array(Int32Array.of(tracee.callNumber ?? tracee.inCall ?? -1).buffer),
  set: (tracee, bytes) => {
    tracee.callNumber = new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
  },
}

export const aarch64Ptrace: PtraceArch = {
  regsets: new Map([
    ...coreRegsets(aarch64RegisterSets),
    [NT_ARM_HW_BREAK, noDebugRegisters],
    [NT_ARM_HW_WATCH, noDebugRegisters],
    [NT_ARM_SYSTEM_CALL, systemCall],
  ]),
  hasSteps: true,
  hasEmulation: true,
  request: () => -errno.EIO,
}
