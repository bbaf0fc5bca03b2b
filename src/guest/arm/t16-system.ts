/** T16 branches, exceptions, hints, IT (manual F3.2.5 and F3.2.8). */
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE, EXIT_CALL, EXIT_JUMP, EXIT_RETURN, TRAP_BREAKPOINT } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type ArmContext, LR, PC, signed } from './context.ts'
import { t16 } from './notation.ts'

function compareBranch(t: ArmContext, f: { op: number; i: number; imm5: number; rn: number }): Outcome {
  const compared = t.ir.emit(OP.icmp, t.r(f.rn), t.imm(0), NONE, f.op ? CMP_NE : CMP_EQ)
  return t.branchIf(compared, t.pcValue + ((f.i << 6) | (f.imm5 << 1)))
}

export const t16SystemRows = [
  t16('bx', '0100 0111 0 rm:4 000', 'bx{c} {r:rm}', (t, f) => {
    if (f.rm === PC) return t.jumpTo(t.alignedPc, EXIT_JUMP, false)
    return t.bxWritePc(t.r(f.rm), f.rm === LR ? EXIT_RETURN : EXIT_JUMP)
  }),
  t16('blx.reg', '0100 0111 1 rm:4 000', 'blx{c} {r:rm}', (t, f) => {
    if (f.rm === PC) return t.undefinedInsn()
    const target = t.r(f.rm)
    t.link()
    return t.bxWritePc(target, EXIT_CALL)
  }),
  t16('b.cond', '1101 cond:4 imm8:8', 'b{c:cond}.n {label.8:imm8}', (t, f) =>
    t.branchIf(t.cond(f.cond), t.pcValue + 2 * signed(f.imm8, 8)),
  ),
  t16('b', '1110 0 imm11:11', 'b{c}.n {label.11:imm11}', (t, f) => t.jumpTo(t.pcValue + 2 * signed(f.imm11, 11))),
  t16('cbz', '1011 op:1 0 i:1 1 imm5:5 rn:3', 'cb{n:op}z {r:rn}, {cblabel:imm5}', compareBranch),

  t16('udf', '1101 1110 imm8:8', 'udf{c} {imm:imm8}', (t) => t.undefinedInsn()),
  t16('svc', '1101 1111 imm8:8', 'svc{c} {num:imm8}', (t) => t.systemCall()),
  // Within an IT block it is executed whatever the condition.
  t16('bkpt', '1011 1110 imm8:8', 'bkpt {hex4:imm8}', (t, f) => {
    t.always()
    return t.trap(TRAP_BREAKPOINT, f.imm8)
  }),
  t16('hlt', '1011 1010 10 imm6:6', 'hlt {hex4:imm6}', (t) => {
    t.always()
    return t.undefinedInsn()
  }),

  // Their meaning is in the pc behind it (instruction-set.ts).
  t16('it', '1011 1111 cond:4 mask:4', 'it{itmask:mask} {condition:cond}', () => NEXT),
  t16('hint', '1011 1111 hint:4 0000', '{hint:hint}', () => NEXT),
  t16('setend.le', '1011 0110 010 1 0 000', 'setend le', () => NEXT),
  t16('setend.be', '1011 0110 010 1 1 000', 'setend be', () => NEXT),
  // User mode cannot change what it changes, and is not told.
  t16('cps', '1011 0110 011 im:1 0 aif:3', 'cps{iedisable:im} {aif:aif}', () => NEXT),
]
