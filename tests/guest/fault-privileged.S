// A system register of EL1 kills with SIGILL.
        .text
        .global _start
_start: mov     x0, #1
        adr     x1, text
        mov     x2, #7
        mov     x8, #64
        svc     #0
        mov     x20, #20
        movi    v8.16b, #8
        mrs x0, sctlr_el1
        mov     x0, #99
        mov     x8, #94
        svc     #0
        .balign 4
text:   .ascii  "before\n"
        .balign 8
data:   .quad   0x1234, 0
