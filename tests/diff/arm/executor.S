// The executor of the differential test for AArch32: a static program without a libc that runs single instructions, A32 or Thumb, on a
// given machine state and reports the state they leave behind.
//
//   executor [probe] < batches > results
//
// A batch is a 16-byte header (u32 count, rest zero) and `count` case records; the answer is `count` result
// records. End of input or a count of 0 ends the program with exit status 0. The layouts below are the ones
// of tests/diff/arm/layout.ts.
//
//   case record (656 bytes)                         result record (592 bytes)
//     0  u8  code[24]     the code under test         0  u32 status     0, or the signal (probe only)
//    24  u32 slot         number of the code slot     4  u32 cpsr   8 u32 fpscr
//    28  u32 cpsr  32 u32 fpscr                      16  u32 r0..r14
//    36  u32 thumb        1: the code is Thumb       80  d0..d31
//    48  u32 r0..r14     108 u32 (for pc)           336  u8 window[256]
//   112  u8 data[32]      behind the code
//   144  d0..d31
//   400  u8 window[256]
//
// Every case runs from its own 64-byte slot at BUFFER + 64 * slot. All slots of a batch are written and
// synchronised (cacheflush) before the first one runs.
//
//   slot:  0..23 code    24 ldr pc, slot+28 (in the code's instruction set)    28 u32 leave    32 data[32]
//
// With `probe`, SIGILL, SIGSEGV, SIGBUS, SIGTRAP and SIGFPE of the code under test end the case with status =
// signal; without it no handler is installed and such a signal kills the program. TPIDRURW is used for keeping lr.

        .equ    BUFFER, 0x41000000
        .equ    BUFFER_SIZE, 0x4000000
        .equ    WINDOW_PAGES, 0x50000000
        .equ    WINDOW, 0x50000f80
        .equ    CASE_SIZE, 656
        .equ    RESULT_SIZE, 592
        .equ    MAX_BATCH, 128

        .syntax unified
        .arm
        .text
        .global _start
_start:
        ldr     r4, [sp]                        // argc
        ldr     r0, =saved_sp
        str     sp, [r0]

        ldr     r0, =BUFFER                     // mmap(BUFFER, RWX)
        ldr     r1, =BUFFER_SIZE
        mov     r2, #7
        bl      map_fixed
        ldr     r0, =WINDOW_PAGES               // mmap(WINDOW_PAGES, RW)
        mov     r1, #0x2000
        mov     r2, #3
        bl      map_fixed

        cmp     r4, #1
        ble     next_batch
        ldr     r0, =alt_stack                  // sigaltstack({alt, 0, size})
        mov     r1, #0
        mov     r7, #186
        svc     #0
        ldr     r4, =signals
1:      ldrb    r0, [r4], #1                    // rt_sigaction(signal, {handler, SA_SIGINFO|SA_ONSTACK|SA_NODEFER})
        cmp     r0, #0
        beq     next_batch
        ldr     r1, =action
        mov     r2, #0
        mov     r3, #8
        mov     r7, #174
        svc     #0
        b       1b

next_batch:
        ldr     r0, =header
        mov     r1, #16
        bl      read_all
        ldr     r0, =header
        ldr     r5, [r0]                        // r5 = count
        cmp     r5, #0
        beq     done
        cmp     r5, #MAX_BATCH
        bhi     bad_input
        ldr     r1, =CASE_SIZE
        mul     r1, r1, r5
        ldr     r0, =cases
        bl      read_all

        ldr     r4, =cases                      // write the slots
        mov     r6, r5
write_slot:
        ldr     r1, [r4, #24]
        ldr     r0, =BUFFER
        add     r0, r0, r1, lsl #6
        ldr     r2, [r4, #36]
        orr     r1, r0, r2
        str     r1, [r4, #108]                  // where the code begins, with its instruction set
        cmp     r2, #0
        ldreq   r3, =0xe51ff004                 // ldr pc, [pc, #-4]
        ldrne   r3, =0xf000f8df                 // ldr.w pc, [pc, #0]
        str     r3, [r0, #24]
        ldr     r3, =leave
        str     r3, [r0, #28]
        ldmia   r4, {r1, r2, r3, r8, r9, r10}
        stmia   r0, {r1, r2, r3, r8, r9, r10}
        add     r2, r4, #112
        vld1.8  {d0-d3}, [r2]
        add     r2, r0, #32
        vst1.8  {d0-d3}, [r2]
        add     r1, r0, #64                     // cacheflush(slot, slot + 64, 0)
        mov     r2, #0
        ldr     r7, =0xf0002
        svc     #0
        add     r4, r4, #CASE_SIZE
        subs    r6, r6, #1
        bne     write_slot

        ldr     r0, =loop_state                 // case, result, left; kept in memory while the case runs
        ldr     r4, =cases
        ldr     r6, =results
        stmia   r0, {r4, r5, r6}                // case, left, result

run_case:                                       // r4 = case
        ldr     r1, =WINDOW
        add     r2, r4, #400
        mov     r3, #8
1:      vld1.8  {d0-d3}, [r2]!
        vst1.8  {d0-d3}, [r1]!
        subs    r3, r3, #1
        bne     1b
        add     r1, r4, #144
        vldmia  r1!, {d0-d15}
        vldmia  r1, {d16-d31}
        ldr     r1, [r4, #32]
        vmsr    fpscr, r1
        ldr     r1, [r4, #28]
        msr     CPSR_fs, r1
        clrex
        add     lr, r4, #48
        ldmia   lr, {r0-r12, sp, lr, pc}

leave:                                          // the code under test comes back here
        mcr     p15, 0, lr, c13, c0, 2
        ldr     lr, =loop_state
        ldr     lr, [lr, #8]
        add     lr, lr, #16
        stmia   lr, {r0-r12}
        str     sp, [lr, #52]
        mrc     p15, 0, r0, c13, c0, 2
        str     r0, [lr, #56]
        mrs     r0, CPSR
        str     r0, [lr, #-12]
        vmrs    r0, fpscr
        str     r0, [lr, #-8]
        mov     r0, #0
        str     r0, [lr, #-16]
        str     r0, [lr, #-4]
        str     r0, [lr, #60]
        add     r1, lr, #64
        vstmia  r1!, {d0-d15}
        vstmia  r1, {d16-d31}
after_case:
        mov     r0, #0
        vmsr    fpscr, r0
        ldr     r0, =loop_state
        ldmia   r0, {r4, r5, r6}
        ldr     r1, =WINDOW
        add     r2, r6, #336
        mov     r3, #8
1:      vld1.8  {d0-d3}, [r1]!
        vst1.8  {d0-d3}, [r2]!
        subs    r3, r3, #1
        bne     1b
        add     r4, r4, #CASE_SIZE
        add     r6, r6, #RESULT_SIZE
        sub     r5, r5, #1
        stmia   r0, {r4, r5, r6}
        cmp     r5, #0
        bne     run_case

        ldr     r0, =saved_sp
        ldr     sp, [r0]
        ldr     r4, =results
        sub     r5, r6, r4                      // bytes to write
1:      mov     r0, #1
        mov     r1, r4
        mov     r2, r5
        mov     r7, #4
        svc     #0
        cmp     r0, #0
        ble     bad_input
        add     r4, r4, r0
        subs    r5, r5, r0
        bne     1b
        b       next_batch

handler:                                        // (signal, siginfo, ucontext): resume at `faulted`, in A32
        ldr     r3, =loop_state
        ldr     r3, [r3, #8]
        str     r0, [r3]
        ldr     r3, =faulted
        str     r3, [r2, #92]                   // uc_mcontext.arm_pc
        mov     r3, #0x10
        str     r3, [r2, #96]                   // arm_cpsr
        bx      lr
restorer:
        mov     r7, #173
        svc     #0
faulted:                                        // the rest of the result record is zero but for the window
        ldr     r0, =loop_state
        ldr     r0, [r0, #8]
        add     r0, r0, #4
        mov     r1, #83
        mov     r2, #0
1:      str     r2, [r0], #4
        subs    r1, r1, #1
        bne     1b
        b       after_case

// r0 address, r1 length, r2 protection
map_fixed:
        ldr     r3, =0x4032                     // MAP_NORESERVE | MAP_ANONYMOUS | MAP_FIXED | MAP_PRIVATE
        push    {r4, r5, r7, lr}
        mvn     r4, #0
        mov     r5, #0
        mov     r7, #192
        svc     #0
        cmn     r0, #4096
        bhi     bad_input
        pop     {r4, r5, r7, pc}

// reads exactly r1 bytes from stdin to r0; end of input ends the program
read_all:
        mov     r8, r0
        mov     r9, r1
1:      cmp     r9, #0
        bxeq    lr
        mov     r0, #0
        mov     r1, r8
        mov     r2, r9
        mov     r7, #3
        svc     #0
        cmp     r0, #0
        ble     done
        add     r8, r8, r0
        sub     r9, r9, r0
        b       1b

done:   mov     r0, #0
        mov     r7, #248
        svc     #0
bad_input:
        mov     r0, #2
        mov     r7, #248
        svc     #0

signals:
        .byte   4, 11, 7, 5, 8, 0
        .balign 4
        .ltorg

        .data
        .balign 16
alt_stack:
        .word   alt_stack_bytes, 0, 16384
action:
        .word   handler, 0x4c000004, restorer, 0, 0    // SA_NODEFER | SA_ONSTACK | SA_RESTORER | SA_SIGINFO

        .bss
        .balign 16
saved_sp:
        .skip   16
loop_state:
        .skip   16
header: .skip   16
        .balign 16
cases:  .skip   CASE_SIZE * MAX_BATCH
results:
        .skip   RESULT_SIZE * MAX_BATCH
        .balign 16
alt_stack_bytes:
        .skip   16384
