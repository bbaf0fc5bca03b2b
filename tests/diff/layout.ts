/**
 * A64: the records that the differential test and its executor (executor/executor.S) exchange, and the fixed
 * addresses both rely on. A chunk is a 16-byte header (u32 count) and `count` case records.
 */
export const HEADER_SIZE = 16

/** Case record: the code, where it runs, and the whole state before it. */
export const CASE_SIZE = 1104
export const CASE_WORDS = 0 // u32[4]
export const CASE_SLOT = 16 // u64
export const CASE_NZCV = 24
export const CASE_FPCR = 28
export const CASE_FPSR = 32
export const CASE_SP = 40
export const CASE_X = 48 // u64[31]
export const CASE_DATA = 304 // 32 bytes that lie behind the code, for literal loads
export const CASE_V = 336 // 16 bytes each
export const CASE_WINDOW = 848 // 256 bytes

/** Result record: the whole state behind it. */
export const RESULT_SIZE = 1056
export const RESULT_STATUS = 0 // u64
export const RESULT_NZCV = 8
export const RESULT_FPCR = 12
export const RESULT_FPSR = 16
export const RESULT_SP = 24
export const RESULT_X = 32
export const RESULT_V = 288
export const RESULT_WINDOW = 800

export const CODE_WORDS = 4
export const MAX_BATCH = 128

/** Slot `n` starts here + 64 n; the first word under test is 4 bytes into it. */
export const SLOT_BASE = 0x41000000
export const SLOT_SIZE = 64
export const SLOT_COUNT = 0x4000000 / SLOT_SIZE
export const SLOT_CODE = 4
export const SLOT_DATA = 32

/** The memory the code under test may touch. It lies across a page boundary (at offset 128). */
export const WINDOW = 0x50000f80
export const WINDOW_SIZE = 256

/** FPCR bits under test: AHP, DN, FZ, RMode, FZ16. */
export const FPCR_MASK = 0x07c80000
/** FPSR bits under test: QC, IDC, IXC, UFC, OFC, DZC, IOC. */
export const FPSR_MASK = 0x0800009f
