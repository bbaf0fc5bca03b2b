/**
 * AArch32: the records that the differential test and its executor (executor.S) exchange, and the fixed addresses both rely on. A chunk is a
 * 16-byte header (u32 count) and `count` case records.
 */

/** Case record: the code, where it runs, and the whole state before it. */
export const CASE_SIZE = 656
export const CASE_CODE = 0 // 24 bytes
export const CASE_SLOT = 24 // u32
export const CASE_CPSR = 28
export const CASE_FPSCR = 32
/** u32: 1 if the code is Thumb. */
export const CASE_THUMB = 36
export const CASE_R = 48 // u32[15]; the sixteenth is the executor's
export const CASE_DATA = 112 // 32 bytes that lie behind the code, for literal loads
export const CASE_D = 144 // d0..d31
export const CASE_WINDOW = 400 // 256 bytes

/** Result record: the whole state behind it. */
export const RESULT_SIZE = 592
export const RESULT_STATUS = 0
export const RESULT_CPSR = 4
export const RESULT_FPSCR = 8
export const RESULT_R = 16
export const RESULT_D = 80
export const RESULT_WINDOW = 336

export const CODE_BYTES = 24
export const DATA_BYTES = 32
export const D_BYTES = 256

/** Slot `n` starts here + 64 n, with the code under test. */
export const SLOT_BASE = 0x41000000
export const SLOT_SIZE = 64
export const SLOT_COUNT = 0x4000000 / SLOT_SIZE
/** Where the code leaves the slot, and the data behind. */
export const SLOT_END = CODE_BYTES
export const SLOT_DATA = 32

/** The memory the code under test may touch. It lies across a page boundary (at offset 128). */
export const WINDOW = 0x50000f80
export const WINDOW_SIZE = 256

/** CPSR bits under test: NZCV, Q, GE. */
export const CPSR_MASK = 0xf80f0000
/** FPSCR bits under test: NZCV, QC, AHP, DN, FZ, RMode, FZ16, IDC, IXC, UFC, OFC, DZC, IOC. */
export const FPSCR_MASK = 0xffc8009f
