// SIGFPE that the program sends itself kills it; division by zero does not.
        .text
        .global _start
_start: mov     x0, #1
        adr     x1, text
        mov     x2, #7
        mov     x8, #64
        svc     #0
        mov     x20, #20
        movi    v8.16b, #8
        sdiv x0, x20, xzr
        cbnz x0, 1f
        mov x8, #172
        svc #0
        mov x1, #8
        mov x8, #129
        svc #0
        1: nop
        mov     x0, #99
        mov     x8, #94
        svc     #0
        .balign 4
text:   .ascii  "before\n"
        .balign 8
data:   .quad   0x1234, 0
