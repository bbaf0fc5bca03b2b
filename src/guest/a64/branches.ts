/** A64 branches and exception generation (manual C4.1.94), without the forms that authenticate pointers. */
import { OP } from '../../ir/ops.ts'
import { CMP_EQ, CMP_NE, EXIT_CALL, EXIT_JUMP, EXIT_RETURN, TRAP_BREAKPOINT } from '../../ir/ops-int.ts'
import { NONE } from '../../ir/region.ts'
import { NEXT, type Outcome } from '../insn.ts'
import { type A64Context, insn, signed } from './context.ts'

const LINK = 30
const ALWAYS = 14

function compareBranch(t: A64Context, f: { sf: number; imm19: number; rt: number }, cmp: number): Outcome {
  const cond = t.ir.emit(OP.icmp, t.x(f.rt, f.sf), t.imm(f.sf, 0), NONE, cmp)
  return t.branchIf(cond, t.pc + 4 * signed(f.imm19, 19))
}

function testBranch(t: A64Context, f: { b5: number; b40: number; imm14: number; rt: number }, cmp: number): Outcome {
  const ir = t.ir
  const value = t.x(f.rt, f.b5)
  const mask = f.b5 ? ir.const64(0, 1 << f.b40) : ir.const32(1 << f.b40)
  const bit = ir.emit(OP.and, value, mask)
  return t.branchIf(ir.emit(OP.icmp, bit, t.imm(f.b5, 0), NONE, cmp), t.pc + 4 * signed(f.imm14, 14))
}

function link(t: A64Context): void {
  t.setX(LINK, 1, t.ir.constNumber(t.pc + 4))
}

export const branchRows = [
  insn('b.cond', '01010100 imm19:19 0 cond:4', 'b.{cc:cond} {label.19:imm19}', (t, f) => {
    const target = t.pc + 4 * signed(f.imm19, 19)
    return f.cond >= ALWAYS ? t.jumpTo(target) : t.branchIf(t.cond(f.cond), target)
  }),
  insn('cbz', 'sf:1 011010 0 imm19:19 rt:5', 'cbz {sf:rt}, {label.19:imm19}', (t, f) => compareBranch(t, f, CMP_EQ)),
  insn('cbnz', 'sf:1 011010 1 imm19:19 rt:5', 'cbnz {sf:rt}, {label.19:imm19}', (t, f) => compareBranch(t, f, CMP_NE)),
  insn('tbz', 'b5:1 011011 0 b40:5 imm14:14 rt:5', 'tbz {tbx:rt}, {bit:b40}, {label.14:imm14}', (t, f) => testBranch(t, f, CMP_EQ)),
  insn('tbnz', 'b5:1 011011 1 b40:5 imm14:14 rt:5', 'tbnz {tbx:rt}, {bit:b40}, {label.14:imm14}', (t, f) => testBranch(t, f, CMP_NE)),
  insn('b', '0 00101 imm26:26', 'b {label.26:imm26}', (t, f) => t.jumpTo(t.pc + 4 * signed(f.imm26, 26))),
  insn('bl', '1 00101 imm26:26', 'bl {label.26:imm26}', (t, f) => {
    link(t)
    return t.jumpTo(t.pc + 4 * signed(f.imm26, 26), EXIT_CALL)
  }),
  insn('br', '1101011 0000 11111 000000 rn:5 00000', 'br {x:rn}', (t, f) => t.jumpIndirect(t.x(f.rn), EXIT_JUMP)),
  insn('blr', '1101011 0001 11111 000000 rn:5 00000', 'blr {x:rn}', (t, f) => {
    const target = t.x(f.rn)
    link(t)
    return t.jumpIndirect(target, EXIT_CALL)
  }),
  insn('ret', '1101011 0010 11111 000000 rn:5 00000', 'ret {ret:rn}', (t, f) => t.jumpIndirect(t.x(f.rn), EXIT_RETURN)),

  insn('svc', '11010100 000 imm16:16 00001', 'svc {imm:imm16}', (t) => {
    t.ir.systemCall(t.pc + 4)
    return NEXT
  }),
  insn('hvc', '11010100 000 imm16:16 00010', 'hvc {imm:imm16}', (t) => t.undefinedInsn()),
  insn('smc', '11010100 000 imm16:16 00011', 'smc {imm:imm16}', (t) => t.undefinedInsn()),
  insn('brk', '11010100 001 imm16:16 00000', 'brk {imm:imm16}', (t, f) => t.trap(TRAP_BREAKPOINT, f.imm16)),
  insn('hlt', '11010100 010 imm16:16 00000', 'hlt {imm:imm16}', (t) => t.undefinedInsn()),
  insn('udf', '0000000000000000 imm16:16', 'udf {dec:imm16}', (t) => t.undefinedInsn()),
]
