// The smallest program: writes one line and ends with status 0.
        .text
        .global _start
_start: mov     x0, #1
        adr     x1, text
        mov     x2, #text_size
        mov     x8, #64
        svc     #0
        mov     x0, #0
        mov     x8, #94
        svc     #0
text:   .ascii  "Hello from AArch64.\n"
        .equ    text_size, . - text
