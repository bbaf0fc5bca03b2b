/** A32 branches and exception generation (manual F4.1.5 and F4.1.3). */
import { EXIT_CALL, EXIT_JUMP, EXIT_RETURN, TRAP_BREAKPOINT } from '../../ir/ops-int.ts'
import { type ArmContext, LR, PC, signed } from './context.ts'
import { insn } from './notation.ts'

/** Target of a branch by `imm24` words. */
function target(t: ArmContext, imm24: number): number {
  return t.pcValue + 4 * signed(imm24, 24)
}

export const a32BranchRows = [
  insn('b', 'cond:4 101 0 imm24:24', 'b{c:cond} {label24:imm24}', (t, f) => t.jumpTo(target(t, f.imm24))),
  insn('bl', 'cond:4 101 1 imm24:24', 'bl{c:cond} {label24:imm24}', (t, f) => {
    t.link()
    return t.jumpTo(target(t, f.imm24), EXIT_CALL)
  }),
  insn('blx.imm', '1111 101 H:1 imm24:24', 'blx {label24h:imm24}', (t, f) => {
    t.link()
    return t.jumpTo(target(t, f.imm24) + 2 * f.H, EXIT_CALL, true)
  }),
  insn('bx', 'cond:4 00010010 1111 1111 1111 0001 rm:4', 'bx{c:cond} {r:rm}', (t, f) =>
    t.bxWritePc(t.r(f.rm), f.rm === LR ? EXIT_RETURN : EXIT_JUMP),
  ),
  // Without Jazelle it is BX.
  insn('bxj', 'cond:4 00010010 1111 1111 1111 0010 rm:4', 'bxj{c:cond} {r:rm}', (t, f) => t.bxWritePc(t.r(f.rm), EXIT_JUMP)),
  insn('blx.reg', 'cond:4 00010010 1111 1111 1111 0011 rm:4', 'blx{c:cond} {r:rm}', (t, f) => {
    if (f.rm === PC) return t.undefinedInsn()
    const value = t.r(f.rm)
    t.link()
    return t.bxWritePc(value, EXIT_CALL)
  }),

  insn('svc', 'cond:4 1111 imm24:24', 'svc{c:cond} {hex8:imm24}', (t) => t.systemCall()),
  insn('bkpt', '1110 00010010 imm12:12 0111 imm4:4', 'bkpt {hex12_4:imm12}', (t, f) => t.trap(TRAP_BREAKPOINT, (f.imm12 << 4) | f.imm4)),
  insn('udf', '1110 01111111 imm12:12 1111 imm4:4', 'udf {imm12_4:imm12}', (t) => t.undefinedInsn()),
]
