// The executor of the differential test: a static AArch64 program without a libc that runs single
// instructions on a given machine state and reports the state they leave behind.
//
//   executor [probe] < batches > results
//
// A batch is a 16-byte header (u32 count, rest zero) and `count` case records; the answer is `count` result
// records. End of input or a count of 0 ends the program with exit status 0. The layouts below are the ones
// of tests/diff/layout.ts.
//
//   case record (1104 bytes)                        result record (1056 bytes)
//     0  u32 words[4]     the code under test         0  u64 status     0, or the signal (probe only)
//    16  u64 slot         number of the code slot     8  u32 nzcv  12 u32 fpcr  16 u32 fpsr
//    24  u32 nzcv  28 u32 fpcr  32 u32 fpsr          24  u64 sp
//    40  u64 sp                                      32  u64 x0..x30
//    48  u64 x0..x30                                288  v0..v31
//   304  u8 data[32]      behind the code           800  u8 window[256]
//   336  v0..v31
//   848  u8 window[256]
//
// Every case runs from its own 64-byte slot at BUFFER + 64 * slot. All slots of a batch are written and
// synchronised (dc cvau, ic ivau) before the first one runs.
//
//   slot:  0 ldr x30, slot+24    4..16 words[0..3]    20 b leave    24 u64 x30    32 data[32]
//
// With `probe`, SIGILL, SIGSEGV, SIGBUS, SIGTRAP and SIGFPE of the code under test end the case with status =
// signal; without it no handler is installed and such a signal kills the program.

        .equ    BUFFER, 0x41000000
        .equ    BUFFER_SIZE, 0x4000000
        .equ    WINDOW_PAGES, 0x50000000
        .equ    WINDOW, 0x50000f80
        .equ    CASE_SIZE, 1104
        .equ    RESULT_SIZE, 1056
        .equ    MAX_BATCH, 128

        .text
        .global _start
_start:
        ldr     x19, [sp]                       // argc
        mov     x9, sp
        adrp    x10, saved_sp
        str     x9, [x10, :lo12:saved_sp]

        ldr     x0, =BUFFER                     // mmap(BUFFER, RWX)
        ldr     x1, =BUFFER_SIZE
        mov     x2, #7
        bl      map_fixed
        ldr     x0, =WINDOW_PAGES               // mmap(WINDOW_PAGES, RW)
        mov     x1, #0x2000
        mov     x2, #3
        bl      map_fixed

        cmp     x19, #1
        b.le    next_batch
        adrp    x0, alt_stack                   // sigaltstack({alt, 0, size})
        add     x0, x0, :lo12:alt_stack
        mov     x1, xzr
        mov     x8, #132
        svc     #0
        adr     x20, signals
1:      ldrb    w0, [x20], #1                   // rt_sigaction(signal, {handler, SA_SIGINFO|SA_ONSTACK|SA_NODEFER})
        cbz     w0, next_batch
        adrp    x1, action
        add     x1, x1, :lo12:action
        mov     x2, xzr
        mov     x3, #8
        mov     x8, #134
        svc     #0
        b       1b

next_batch:
        adrp    x0, header
        add     x0, x0, :lo12:header
        mov     x1, #16
        bl      read_all
        adrp    x0, header
        ldr     w21, [x0, :lo12:header]         // x21 = count
        cbz     w21, done
        cmp     w21, #MAX_BATCH
        b.hi    bad_input
        mov     x1, #CASE_SIZE
        mul     x1, x1, x21
        adrp    x19, cases
        add     x19, x19, :lo12:cases
        mov     x0, x19
        bl      read_all

        mov     x20, x19                        // write the slots
        mov     x22, x21
        adr     x12, leave
write_slot:
        ldr     x1, [x20, #16]
        ldr     x0, =BUFFER
        add     x0, x0, x1, lsl #6
        str     x0, [x20, #16]                  // slot number -> slot address
        ldr     w2, =0x580000de                 // ldr x30, .+24
        str     w2, [x0]
        ldp     x3, x4, [x20]
        stur    x3, [x0, #4]
        stur    x4, [x0, #12]
        sub     x2, x12, x0                     // b leave
        sub     x2, x2, #20
        ubfx    x2, x2, #2, #26
        movz    w3, #0x1400, lsl #16
        orr     w2, w2, w3
        str     w2, [x0, #20]
        ldr     x2, [x20, #48+240]
        str     x2, [x0, #24]
        ldr     q0, [x20, #304]
        ldr     q1, [x20, #320]
        stp     q0, q1, [x0, #32]
        add     x20, x20, #CASE_SIZE
        subs    x22, x22, #1
        b.ne    write_slot

        mrs     x3, ctr_el0                     // make them visible to instruction fetch
        mov     w5, #4
        ubfx    x4, x3, #16, #4
        lsl     w4, w5, w4                      // data line size in bytes
        and     w3, w3, #15
        lsl     w3, w5, w3                      // instruction line size
        mov     x20, x19
        mov     x22, x21
1:      ldr     x0, [x20, #16]
        add     x1, x0, #64
2:      dc      cvau, x0
        add     x0, x0, x4
        cmp     x0, x1
        b.lo    2b
        add     x20, x20, #CASE_SIZE
        subs    x22, x22, #1
        b.ne    1b
        dsb     ish
        mov     x20, x19
        mov     x22, x21
1:      ldr     x0, [x20, #16]
        add     x1, x0, #64
2:      ic      ivau, x0
        add     x0, x0, x3
        cmp     x0, x1
        b.lo    2b
        add     x20, x20, #CASE_SIZE
        subs    x22, x22, #1
        b.ne    1b
        dsb     ish
        isb

        adrp    x20, results
        add     x20, x20, :lo12:results
        adrp    x0, loop_state                  // x19 = case, x20 = result, x22 = left; kept in memory while the case runs
        add     x0, x0, :lo12:loop_state
        stp     x19, x20, [x0]
        str     x21, [x0, #16]

run_case:                                       // x0 = loop_state, x19 = case
        ldr     x1, =WINDOW
        add     x2, x19, #848
        mov     w3, #8
1:      ldp     q0, q1, [x2], #32
        stp     q0, q1, [x1], #32
        subs    w3, w3, #1
        b.ne    1b
        add     x1, x19, #336
        ldp     q0, q1, [x1]
        ldp     q2, q3, [x1, #32]
        ldp     q4, q5, [x1, #64]
        ldp     q6, q7, [x1, #96]
        ldp     q8, q9, [x1, #128]
        ldp     q10, q11, [x1, #160]
        ldp     q12, q13, [x1, #192]
        ldp     q14, q15, [x1, #224]
        ldp     q16, q17, [x1, #256]
        ldp     q18, q19, [x1, #288]
        ldp     q20, q21, [x1, #320]
        ldp     q22, q23, [x1, #352]
        ldp     q24, q25, [x1, #384]
        ldp     q26, q27, [x1, #416]
        ldp     q28, q29, [x1, #448]
        ldp     q30, q31, [x1, #480]
        ldr     w1, [x19, #28]
        msr     fpcr, x1
        ldr     w1, [x19, #32]
        msr     fpsr, x1
        ldr     w1, [x19, #24]
        msr     nzcv, x1
        ldr     x1, [x19, #40]
        mov     sp, x1
        clrex
        mov     x30, x19
        ldp     x0, x1, [x30, #48]
        ldp     x2, x3, [x30, #64]
        ldp     x4, x5, [x30, #80]
        ldp     x6, x7, [x30, #96]
        ldp     x8, x9, [x30, #112]
        ldp     x10, x11, [x30, #128]
        ldp     x12, x13, [x30, #144]
        ldp     x14, x15, [x30, #160]
        ldp     x16, x17, [x30, #176]
        ldp     x18, x19, [x30, #192]
        ldp     x20, x21, [x30, #208]
        ldp     x22, x23, [x30, #224]
        ldp     x24, x25, [x30, #240]
        ldp     x26, x27, [x30, #256]
        ldp     x28, x29, [x30, #272]
        ldr     x30, [x30, #16]
        br      x30

leave:                                          // the code under test comes back here
        msr     tpidr_el0, x30
        adrp    x30, loop_state
        ldr     x30, [x30, :lo12:loop_state + 8]
        str     xzr, [x30]
        stp     x0, x1, [x30, #32]
        stp     x2, x3, [x30, #48]
        stp     x4, x5, [x30, #64]
        stp     x6, x7, [x30, #80]
        stp     x8, x9, [x30, #96]
        stp     x10, x11, [x30, #112]
        stp     x12, x13, [x30, #128]
        stp     x14, x15, [x30, #144]
        stp     x16, x17, [x30, #160]
        stp     x18, x19, [x30, #176]
        stp     x20, x21, [x30, #192]
        stp     x22, x23, [x30, #208]
        stp     x24, x25, [x30, #224]
        stp     x26, x27, [x30, #240]
        stp     x28, x29, [x30, #256]
        mrs     x0, tpidr_el0
        str     x0, [x30, #272]
        mrs     x0, nzcv
        str     w0, [x30, #8]
        mrs     x0, fpcr
        str     w0, [x30, #12]
        mrs     x0, fpsr
        str     w0, [x30, #16]
        mov     x0, sp
        str     x0, [x30, #24]
        add     x30, x30, #288
        stp     q0, q1, [x30]
        stp     q2, q3, [x30, #32]
        stp     q4, q5, [x30, #64]
        stp     q6, q7, [x30, #96]
        stp     q8, q9, [x30, #128]
        stp     q10, q11, [x30, #160]
        stp     q12, q13, [x30, #192]
        stp     q14, q15, [x30, #224]
        stp     q16, q17, [x30, #256]
        stp     q18, q19, [x30, #288]
        stp     q20, q21, [x30, #320]
        stp     q22, q23, [x30, #352]
        stp     q24, q25, [x30, #384]
        stp     q26, q27, [x30, #416]
        stp     q28, q29, [x30, #448]
        stp     q30, q31, [x30, #480]
after_case:
        msr     fpcr, xzr
        adrp    x0, loop_state
        add     x0, x0, :lo12:loop_state
        ldp     x19, x20, [x0]
        ldr     x22, [x0, #16]
        ldr     x1, =WINDOW
        add     x2, x20, #800
        mov     w3, #8
1:      ldp     q0, q1, [x1], #32
        stp     q0, q1, [x2], #32
        subs    w3, w3, #1
        b.ne    1b
        add     x19, x19, #CASE_SIZE
        add     x20, x20, #RESULT_SIZE
        sub     x22, x22, #1
        stp     x19, x20, [x0]
        str     x22, [x0, #16]
        cbnz    x22, run_case

        adrp    x10, saved_sp
        ldr     x9, [x10, :lo12:saved_sp]
        mov     sp, x9
        adrp    x19, results
        add     x19, x19, :lo12:results
        sub     x20, x20, x19                   // bytes to write
1:      mov     x0, #1
        mov     x1, x19
        mov     x2, x20
        mov     x8, #64
        svc     #0
        cmp     x0, #0
        b.le    bad_input
        add     x19, x19, x0
        subs    x20, x20, x0
        b.ne    1b
        b       next_batch

handler:                                        // (signal, siginfo, ucontext): resume at `faulted`
        adrp    x3, loop_state
        ldr     x3, [x3, :lo12:loop_state + 8]
        str     x0, [x3]
        adr     x3, faulted
        str     x3, [x2, #440]                  // uc_mcontext.pc
        ret
restorer:
        mov     x8, #139
        svc     #0
faulted:                                        // the rest of the result record is zero but for the window
        adrp    x30, loop_state
        ldr     x30, [x30, :lo12:loop_state + 8]
        add     x30, x30, #8
        mov     w0, #99
1:      str     xzr, [x30], #8
        subs    w0, w0, #1
        b.ne    1b
        b       after_case

// x0 address, x1 length, x2 protection
map_fixed:
        mov     x3, #0x4032                     // MAP_NORESERVE | MAP_ANONYMOUS | MAP_FIXED | MAP_PRIVATE
        mov     x4, #-1
        mov     x5, #0
        mov     x8, #222
        svc     #0
        cmn     x0, #4095
        b.hs    bad_input
        ret

// reads exactly x1 bytes from stdin to x0; end of input ends the program
read_all:
        mov     x9, x0
        mov     x10, x1
1:      cbz     x10, 2f
        mov     x0, #0
        mov     x1, x9
        mov     x2, x10
        mov     x8, #63
        svc     #0
        cmp     x0, #0
        b.le    done
        add     x9, x9, x0
        sub     x10, x10, x0
        b       1b
2:      ret

done:   mov     x0, #0
        mov     x8, #94
        svc     #0
bad_input:
        mov     x0, #2
        mov     x8, #94
        svc     #0

signals:
        .byte   4, 11, 7, 5, 8, 0
        .balign 8
        .ltorg

        .data
        .balign 16
alt_stack:
        .quad   alt_stack_bytes, 0, 16384
action:
        .quad   handler, 0x4c000004, restorer, 0    // SA_NODEFER | SA_ONSTACK | SA_RESTORER | SA_SIGINFO

        .bss
        .balign 16
saved_sp:
        .skip   8
        .balign 16
loop_state:
        .skip   32
header: .skip   16
        .balign 16
cases:  .skip   CASE_SIZE * MAX_BATCH
results:
        .skip   RESULT_SIZE * MAX_BATCH
        .balign 16
alt_stack_bytes:
        .skip   16384
