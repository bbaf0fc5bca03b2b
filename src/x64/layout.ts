/**
 * The control block ("slot"): the memory that one guest thread shares with the engine. It is the only
 * place where both sides meet, so every offset of it is declared here and nowhere else.
 *
 *   slot + 0x00000  STATE     guest CPU state, laid out by the guest's state.ts (4 KiB)
 *        + 0x01000  CONTROL   mailbox, flags, constants that translated code reads (4 KiB)
 *        + 0x02360  SPILL     spill slots of translated code, 16 bytes each
 *        + 0x04000  ACTIONS   signal actions that the runner may act upon itself (2 KiB)
 *        + 0x04800  STACK     host stack of translated code and of the runtime, grows down (14 KiB)
 *        + 0x08000  GUEST_ACTIONS  the guest's signal actions, for the thunk of rt_sigaction (2 KiB)
 *        + 0x08800  MAP_LOG   what the runner has changed of the guest's mappings (2 KiB)
 *        + 0x09000  ALTSTACK  the host's signal stack (28 KiB)
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
/** The first ten slots have low bits that nothing in STATE has. */
export const SPILL_OFFSET = 0x2360
export const SPILL_SIZE = 0x1aa0
/** 512 bytes that out-of-line code and runtime routines may use between two instructions of translated code. */
export const SCRATCH_OFFSET = 0x3e00
/** {handler u64, restorer u64, mask u64 with the signal itself unless SA_NODEFER, flags u32} by signal - 1. Handler 0: the engine's. */
export const ACTIONS_OFFSET = 0x4000
export const ACTION_SIZE = 32
export const STACK_OFFSET = 0x4800
export const STACK_SIZE = 0x3800
/** struct sigaction as the guest has it, by signal - 1; the upper half of its flags is ACTION_KNOWN, or the entry is empty. */
export const GUEST_ACTIONS_OFFSET = 0x8000
export const GUEST_ACTIONS_SIZE = 64 * ACTION_SIZE
export const ACTION_KNOWN = 1
/** What thunks have done and the engine has not learned, in order: {call u32 (a MAP_ value), prot u32, flags u32, 0, address u64, bytes u64, offset u64} each. */
export const MAP_LOG_OFFSET = 0x8800
export const MAP_LOG_ENTRY_SIZE = 64
export const MAP_LOG_ENTRIES = 32
export const ALTSTACK_OFFSET = 0x9000
export const ALTSTACK_SIZE = 0x7000
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
/** The runtime area: what all runners of an engine execute alike; and behind it the code area of a code space. */
export const RUNTIME_AREA_BASE = 0x6200_0000_0000
export const RUNTIME_AREA_SIZE = 0x20_0000
export const CODE_AREA_BASE = RUNTIME_AREA_BASE + RUNTIME_AREA_SIZE
/** First address a guest may never have: everything of the runner's lies above it. */
export const GUEST_LIMIT = 0x6000_0000_0000

/**
 * Fields of CONTROL, offsets from the slot's start; the runtime adds its own behind 0x1100.
 *
 * What translated code reads here has low ten bits that no field of STATE has: Zen 5 takes a load for a load of what was last stored under the
 * same low ten bits, and pays some 40 cycles when it finds out. (With POLL_FLAG at 0x1000, x0's low bits, a byte-code interpreter took 6.5 times as long.)
 */
export const POLL_FLAG = CONTROL_OFFSET + 0xf80 // u32: non-zero asks translated code to leave at its next safe point
export const SYSCALL_TABLE = CONTROL_OFFSET + 0xf88 // u64: host address of the thunk table
export const LOOKUP_TABLE = CONTROL_OFFSET + 0xf90 // u64: host address of the shared {pc, host} table
export const LOOKUP_MASK = CONTROL_OFFSET + 0xf98 // u64: its entry count - 1
export const SYSCALL_COUNT = CONTROL_OFFSET + 0xfa0 // u32: number of entries of the thunk table; numbers from there on go to the engine
export const NAMES_MAPPED = CONTROL_OFFSET + 0xfa4 // u32: non-zero: a sysroot maps names of files (syscalls/names.ts)
export const SIGNAL_PENDING = CONTROL_OFFSET + 0xfa8 // u32: signals that the host handler took and the engine has not: see the PENDING_ values
export const MXCSR = CONTROL_OFFSET + 0xfac // u32: stored when the runner leaves for the engine, loaded when it is resumed
export const CALL_FAULTED = CONTROL_OFFSET + 0xfb0 // u32: 1 when a thunk leaves a system call to the engine that it has made and that gave EFAULT
export const LISTS_TO_ENGINE = CONTROL_OFFSET + 0xfb4 // u32: non-zero: lists of directories go to the engine (ours may be in them)

/** Mailbox: who may write is said by MAIL. The runtime and src/host alone use what follows. */
export const MAIL = CONTROL_OFFSET + 0x100 // u32: see the MAIL_ values
export const RUNNER_SLEEPS = CONTROL_OFFSET + 0x104 // u32: 1 while the runner may be in futex(MAIL)
export const RUNNER_SPIN = CONTROL_OFFSET + 0x108 // u32: PAUSEs before it sleeps
export const ORDER = CONTROL_OFFSET + 0x10c // u32: see the ORDER_ values
export const REQUEST = CONTROL_OFFSET + 0x110 // u32: see the REQUEST_ values
export const EXIT_ID = CONTROL_OFFSET + 0x114 // u32
export const RESULT = CONTROL_OFFSET + 0x118 // i64
export const ARGS = CONTROL_OFFSET + 0x120 // 7 x i64: number and arguments of a system call; operands of the other orders
export const FAULT_SIGNAL = CONTROL_OFFSET + 0x158 // u32
export const FAULT_INFO = CONTROL_OFFSET + 0x160 // u64: siginfo_t *, inside ALTSTACK
export const FAULT_CONTEXT = CONTROL_OFFSET + 0x168 // u64: ucontext_t *, inside ALTSTACK
/** u64: the stack pointer that the kernel has given to a runner from outside, whose stack the engine unmaps (src/runtime/outside.ts); 0 for all others. */
export const INITIAL_STACK = CONTROL_OFFSET + 0x178

/** Written by the engine before the thread starts, only read by the runner. */
export const SELF = CONTROL_OFFSET + 0x180 // u64: slot + STATE_BIAS; GS points here
export const PENDING_WORD = CONTROL_OFFSET + 0x188 // u64: address of this slot's word in the header's bitmap
export const PENDING_BIT = CONTROL_OFFSET + 0x190 // u32: this slot's bit in it
export const HIDDEN_FDS = CONTROL_OFFSET + 0x194 // u32: the first of the HIDDEN_ descriptors
export const ENGINE_POLLFD = CONTROL_OFFSET + 0x198 // struct pollfd: the engine's life line, POLLIN: hangs up when the engine has ended
export const SLEEP_LIMIT = CONTROL_OFFSET + 0x1a0 // struct timespec: a sleeper looks after the engine this often
export const DOORBELL_VALUE = CONTROL_OFFSET + 0x1b0 // u64: 1
export const COMM = CONTROL_OFFSET + 0x1b8 // char[16]: PR_SET_NAME at the start
export const CODE_OFFSET = CONTROL_OFFSET + 0x1c8 // u64: where the code area is in HIDDEN_CODE

/** What the host's signal handler took (src/runtime/signals.ts). One asynchronous signal at most: the handler leaves all others blocked. */
export const SIGNAL_CLAIMED = CONTROL_OFFSET + 0x1d0 // 5 x u32, one for each of FAULT_SIGNALS: 1 from the moment its entry is written until the engine has read it
export const SIGNAL_MASK = CONTROL_OFFSET + 0x1e8 // u64: the thread's mask when the asynchronous signal was taken
export const IN_KERNEL = CONTROL_OFFSET + 0x1f8 // u32: 1 while a thunk may be in its system call: behind it the thread looks at SIGNAL_PENDING before it goes back to translated code
export const DEATH_SIGNAL = CONTROL_OFFSET + 0x1fc // u32: what the process gets when the engine, its parent, ends; 0: another process is its parent
export const CLONE_MASK = CONTROL_OFFSET + 0x1f0 // u64: the mask that the thread had before ORDER_CLONE, ORDER_END
export const SIGNAL_INFO = CONTROL_OFFSET + 0x200 // siginfo_t of the asynchronous signal, then one for each of FAULT_SIGNALS
export const SIGNAL_INFO_SIZE = 128
/** u32: the signals that translated code raises itself and the guest has blocked, as bits of a mask's low word: the kernel is not told. */
export const BLOCKED_SYNCHRONOUS = CONTROL_OFFSET + 0x500
/** u32: non-zero while the engine keeps fault signals that somebody sent and the guest has blocked: a change of the mask is the engine's then. */
export const KEEPS_SENT = CONTROL_OFFSET + 0x504
/** Two masks, for the thunk of rt_sigprocmask. */
export const MASKS = CONTROL_OFFSET + 0x508
/** u32: 1 when the thunk of rt_sigreturn has put the frame into TRANSFER. */
export const FRAME_READ = CONTROL_OFFSET + 0x518
/** What frames show and the engine keeps: the guest's signal stack (address u64, size u64, flags u32), address and syndrome of the last fault (u64 each). */
export const SIGNAL_STACK = CONTROL_OFFSET + 0x520
export const SIGNAL_STACK_SIZE = CONTROL_OFFSET + 0x528
export const SIGNAL_STACK_FLAGS = CONTROL_OFFSET + 0x530
export const LAST_FAULT = CONTROL_OFFSET + 0x538
export const LAST_SYNDROME = CONTROL_OFFSET + 0x540
/** u64: host address of what enters the guest's handlers without the engine; 0: nothing does. See `deliver` in src/runtime/signals.ts. */
export const DELIVER = CONTROL_OFFSET + 0x548
/** u64: the first argument of the call that a thunk has made last, whose result is in the same register. */
export const FIRST_ARGUMENT = CONTROL_OFFSET + 0x550
/** u32: 0, or what the process is about to end with by itself: a wait status in the low 16 bits (syscalls/exit-thunk.ts). */
export const END_STATUS = CONTROL_OFFSET + 0x558
/** u32: exceptions that MXCSR never masks, as its mask bits: invalid, while the thread's code is not `checksNaN`. */
export const UNMASKED = CONTROL_OFFSET + 0x55c
/** u64: the host address at which a cloned child begins, as by ORDER_RESUME; 0: it says hello and waits. And u32: its thread's id, as it knows it. */
export const START = CONTROL_OFFSET + 0x560
export const THREAD_ID = CONTROL_OFFSET + 0x568
/** u32: 1 when the runner may answer rt_sigaction itself, by GUEST_ACTIONS; and u64: the signals, as bits, whose actions it has changed and the engine has not learned. */
export const ACTIONS_ALONE = CONTROL_OFFSET + 0x56c
export const ACTION_LOG = CONTROL_OFFSET + 0x570
/** u32: 1 when the runner may change the guest's mappings itself (syscalls/memory-thunks.ts), and how many entries MAP_LOG has. */
export const MAPS_ALONE = CONTROL_OFFSET + 0x578
export const MAPS_COUNT = CONTROL_OFFSET + 0x57c
/** u64 each: where it places the next mapping, and the end of the memory for that; begin and end of the heap, and what the end may grow to. */
export const MAPS_NEXT = CONTROL_OFFSET + 0x580
export const MAPS_END = CONTROL_OFFSET + 0x588
export const HEAP_START = CONTROL_OFFSET + 0x590
export const HEAP_END = CONTROL_OFFSET + 0x598
export const HEAP_LIMIT = CONTROL_OFFSET + 0x5a0
/** Two u64: the guest pc of the thread's last system call, and the one behind it. */
export const CALL_PC = CONTROL_OFFSET + 0x5a8
export const PC_BEHIND_CALL = CONTROL_OFFSET + 0x5b0
/** Orders of a batch: {order u64, ARGS, RESULT} each. */
export const BATCH_LEFT = CONTROL_OFFSET + 0x5f0 // u32: entries that have not been carried out
export const BATCH_NEXT = CONTROL_OFFSET + 0x5f8 // u64: address of the next entry
export const BATCH = CONTROL_OFFSET + 0x600
export const BATCH_ENTRY_SIZE = 72
export const BATCH_SIZE = 32

/** Calls in MAP_LOG. */
export const MAP_MMAP = 1
export const MAP_MUNMAP = 2
export const MAP_MPROTECT = 3
export const MAP_BRK = 4

/** SIGNAL_PENDING: bit 0 the asynchronous signal; bit 1 + n: FAULT_SIGNALS[n], sent by somebody. */
export const PENDING_ASYNC = 1
/** SIGNAL_PENDING: the engine wants the thread to come, also from behind a system call; nothing else is meant. */
export const PENDING_STOP = 1 << 8

/** POLL_FLAG: the bits say who asks. Whoever sets one keeps the reason elsewhere: the engine clears all when the thread has left. */
export const POLL_SIGNAL = 1
export const POLL_STOP = 2
export const POLL_SAMPLE = 4
export const POLL_INVALID = 8

/** MAIL: the runner writes POSTED and then waits; the engine writes ORDERED. */
export const MAIL_RUNNING = 0
export const MAIL_POSTED = 1
export const MAIL_ORDERED = 2

/** REQUEST: why the runner posted. DONE: the order is carried out. */
export const REQUEST_DONE = 0
export const REQUEST_HELLO = 1
export const REQUEST_EXIT = 2
export const REQUEST_SYSCALL = 3
export const REQUEST_LOOKUP_MISS = 4
export const REQUEST_FAULT = 5
export const REQUEST_SIGNAL_BEFORE = 6 // at a system call that has not been made, because of SIGNAL_PENDING; EXIT_ID is the call's
export const REQUEST_SIGNAL_AFTER = 7 // behind one whose result is in the state

/** ORDER: what the runner shall do, with its operands in ARGS. */
export const ORDER_SYSCALL = 0 // ARGS = nr, a0..a5; RESULT = rax
export const ORDER_COPY = 1 // ARGS = to, from, length; RESULT = bytes copied before a fault
export const ORDER_STRING = 2 // ARGS = to, from, limit; RESULT = bytes copied, the NUL included if it was met
export const ORDER_RESUME = 3 // ARGS = host address; loads MXCSR
export const ORDER_SIGRETURN = 4 // leave the fault handler
export const ORDER_RETURN = 5 // ret: go on behind the call of `syscall`
export const ORDER_JUMP = 6 // ARGS = host address: go on there, with the same host stack
export const ORDER_CLONE = 8 // ARGS = host flags, child's rbp, parent_tid, child_tid, offset of the child's slot in HIDDEN_CONTROL, 1: also with an asynchronous signal pending; RESULT as ORDER_CALL's
export const ORDER_END = 9 // ARGS = exit code: the thread ends, its slot is unmapped and its bit set in ENDED
export const ORDER_CALL = 7 // as ORDER_SYSCALL for a call of the guest; RESULT = NOT_MADE when a signal is pending, or came and the call is to be made again

export const ORDER_BATCH = 10 // BATCH_LEFT entries from BATCH on, one after the other; a SYSCALL or CALL that fails or a COPY that is short is the last, and the answer is that of the last. One that ends with RESUME or SIGRETURN is only answered when something fails before

/** RESULT of ORDER_CALL: the kernel's ERESTARTSYS, which no call returns. */
export const NOT_MADE = -512

/** Descriptors of a runner that the guest must never see, counted from HIDDEN_FDS. */
export const HIDDEN_CONTROL = 0
export const HIDDEN_CODE = 1
export const HIDDEN_DOORBELL = 2
export const HIDDEN_ENGINE = 3
export const HIDDEN_IMAGE = 4
export const HIDDEN_COUNT = 5
/** Where they go unless RLIMIT_NOFILE is lower. */
export const HIDDEN_FDS_BASE = 1000

/**
 * Slot 0 is nobody's: it begins with the header that all runners and the engine share.
 *
 *   + 0x000  ENGINE_SLEEPS  u32: the engine may be in poll: whoever posts must ring the doorbell
 *   + 0x008  DOORBELL_ONE   u64: 1, to ring the doorbell with
 *   + 0x040  PENDING        bitmap of slots that have posted
 *   + 0x400  ENDED          bitmap of slots whose threads have ended and do not use them any more
 *   + 0x1000 PIDS           u32 for each slot: the process whose thread has it, as the engine knows it; 0: none
 */
export const HEADER_SIZE = 0x5000
export const ENGINE_SLEEPS = 0
export const DOORBELL_ONE = 8
export const PENDING = 0x40
export const ENDED = 0x400
export const PIDS = 0x1000
export const SLOT_COUNT = 4096
export const PENDING_WORDS = SLOT_COUNT / 32

/** Bytes of one code area; with the runtime area in front, rel32 reaches everything. */
export const CODE_AREA_SIZE = 0x2000_0000
/** At the begin of a code area: a bit for each class of guest pages, set if there may be translations of a page of the class (linux-user/known-pages.ts). */
export const PAGE_FILTER = CODE_AREA_BASE
export const PAGE_FILTER_CLASSES = 1 << 16
export const PAGE_FILTER_SIZE = PAGE_FILTER_CLASSES / 8
export const PAGE_FILTER_SALT = 0x9e37
/** Code areas that HIDDEN_CODE has room for, behind the runtime area: when each thread is a program of its own, and each of them executes another. */
export const CODE_AREA_COUNT = 2 * SLOT_COUNT

/**
 * Jump cache: the entry of a guest pc is at byte ((pc << JUMP_INDEX_SHIFT) & JUMP_INDEX_MASK) of JUMPS. An empty entry is zero, except
 * entry 0, whose pc is JUMP_NO_PC: pc 0 is the only one that a zero entry could match.
 */
export const JUMP_INDEX_SHIFT = 2
export const JUMP_INDEX_MASK = (JUMPS_COUNT - 1) * JUMP_ENTRY_SIZE
export const JUMP_NO_PC = -1

/**
 * Shared look-up table: {guest pc u64, host address u64}, open addressing with linear probing. The first entry probed is
 * ((pc >> 2) ^ (pc >> LOOKUP_FOLD)) & mask. A host address of 0 ends a chain, LOOKUP_REMOVED continues it.
 */
export const LOOKUP_FOLD = 15
export const LOOKUP_REMOVED = 1
