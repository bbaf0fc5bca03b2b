/**
 * The control block ("slot"): the memory that one guest thread shares with the engine. It is the only
 * place where both sides meet, so every offset of it is declared here and nowhere else.
 *
 *   slot + 0x00000  STATE     guest CPU state, laid out by the guest's state.ts (4 KiB)
 *        + 0x01000  CONTROL   mailbox, flags, constants that translated code reads (4 KiB)
 *        + 0x02000  SPILL     spill slots of translated code, 16 bytes each (8 KiB)
 *        + 0x04000  STACK     host stack of translated code and of the runtime, grows down (16 KiB)
 *        + 0x08000  ALTSTACK  the host's signal stack (32 KiB)
 *        + 0x10000  JUMPS     inline jump cache: 4,096 x {guest pc u64, host address u64} (64 KiB)
 *        + 0x20000  TRANSFER  bytes on their way between engine and guest memory (128 KiB)
 *
 * While translated code runs, rbp = slot + STATE_BIAS, so that the first 256 bytes of STATE are reached
 * with a one-byte displacement.
 */
export const SLOT_SIZE = 0x40000
export const STATE_OFFSET = 0
export const STATE_SIZE = 0x1000
export const CONTROL_OFFSET = 0x1000
export const SPILL_OFFSET = 0x2000
export const SPILL_SIZE = 0x1e00
/** 512 bytes that out-of-line code and runtime routines may use between two instructions of translated code. */
export const SCRATCH_OFFSET = 0x3e00
export const STACK_OFFSET = 0x4000
export const STACK_SIZE = 0x4000
export const ALTSTACK_OFFSET = 0x8000
export const ALTSTACK_SIZE = 0x8000
export const JUMPS_OFFSET = 0x10000
export const JUMPS_COUNT = 4096
export const JUMP_ENTRY_SIZE = 16
export const TRANSFER_OFFSET = 0x20000
export const TRANSFER_SIZE = 0x20000

/** rbp points this many bytes into the slot. */
export const STATE_BIAS = 128

/** Displacement from rbp of the byte at `slotOffset`. */
export function fromRbp(slotOffset: number): number {
  return slotOffset - STATE_BIAS
}

/** Fixed host addresses in a runner; all outside what the guest may map. */
export const RUNNER_BASE = 0x6000_0000_0000
export const CONTROL_AREA_BASE = 0x6100_0000_0000
export const CODE_AREA_BASE = 0x6200_0000_0000
/** First address a guest may never have: everything of the runner's lies above it. */
export const GUEST_LIMIT = 0x6000_0000_0000

/** Fields of CONTROL, offsets from the slot's start; the runtime adds its own behind 0x1100. */
export const POLL_FLAG = CONTROL_OFFSET + 0x00 // u32: non-zero asks translated code to leave at its next safe point
export const SYSCALL_TABLE = CONTROL_OFFSET + 0x08 // u64: host address of the thunk table
export const LOOKUP_TABLE = CONTROL_OFFSET + 0x10 // u64: host address of the shared {pc, host} table
export const LOOKUP_MASK = CONTROL_OFFSET + 0x18 // u64: its entry count - 1
