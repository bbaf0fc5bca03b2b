/** Advanced SIMD and VFP of ARMv8.2 and later: sums of four products (FEAT_DotProd); the others are known and missing. */
import { OP } from '../../ir/ops.ts'
import { NONE } from '../../ir/region.ts'
import type { Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { builtRow } from './fp-rows.ts'
import { finish, m, n, oddThree, old, type Three } from './neon-rows.ts'
import { todo } from './notation.ts'
import { destinationD, firstD, getQ, isOdd } from './vfp-registers.ts'

const SIGNS = [
  ['s', '0', OP.vdots8],
  ['u', '1', OP.vdotu8],
] as const

const dotRows = SIGNS.flatMap(([sign, u, op]) => [
  builtRow<Three>(
    `v${sign}dot`,
    `1111 1100 0 d:1 10 vn:4 vd:4 1101 n:1 q:1 m:1 ${u} vm:4`,
    `v${sign}dot.${sign}8 {vd}, {vn}, {vm}`,
    (t, f) => (oddThree(f) ? t.undefinedInsn() : finish(t, f, t.ir.emit(op, old(t, f), n(t, f), m(t, f)))),
  ),
  // Four bytes of m, chosen by the index, with every four bytes of n.
  builtRow<Three>(
    `v${sign}dot.scalar`,
    `1111 1110 0 d:1 10 vn:4 vd:4 1101 n:1 q:1 m:1 ${u} vm:4`,
    `v${sign}dot.${sign}8 {vd}, {vn}, {elem.2}`,
    (t, f) => {
      if (isOdd(f.q, destinationD(f), firstD(f))) return t.undefinedInsn()
      const element = t.ir.emit(OP.vdup32, getQ(t, f.vm >> 1), NONE, NONE, 2 * (f.vm & 1) + f.m)
      return finish(t, f, t.ir.emit(op, old(t, f), n(t, f), element))
    },
  ),
])

/** Half precision (FEAT_FP16) has coprocessor 9, and size 01 in vectors. */
const missingRows = [
  todo('fp16.three', 'cond:4 1110 o:1 d:1 oo:2 vn:4 vd:4 1001 n:1 op:1 m:1 0 vm:4', 'fp16'),
  todo('fp16.load', 'cond:4 1101 U:1 d:1 0 L:1 rn:4 vd:4 1001 imm8:8', 'fp16'),
  todo('vmov.f16.r', 'cond:4 1110 000 0 vn:4 rt:4 1001 n:1 00 1 0000', 'vmov.f16'),
  todo('vmov.r.f16', 'cond:4 1110 000 1 vn:4 rt:4 1001 n:1 00 1 0000', 'vmov.f16'),
  todo('vins', '1111 1110 1 d:1 11 0000 vd:4 1010 11 m:1 0 vm:4', 'vins'),
  todo('vmovx', '1111 1110 1 d:1 11 0000 vd:4 1010 01 m:1 0 vm:4', 'vmovx'),
  todo('vjcvt', 'cond:4 1110 1 d:1 11 1001 vd:4 1011 11 m:1 0 vm:4', 'vjcvt'),
  todo('fp16.directed', '1111 1110 x d:1 xx xxxx vd:4 1001 xx m:1 0 vm:4', 'fp16'),
  todo('vcmla', '1111 110 rot:2 d:1 1 s:1 vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4', 'vcmla'),
  todo('vcadd', '1111 110 rot:1 1 d:1 0 s:1 vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4', 'vcadd'),
  todo('vcmla.scalar', '1111 1110 s:1 d:1 rot:2 vn:4 vd:4 1000 n:1 q:1 m:1 0 vm:4', 'vcmla'),
  todo('vfmal', '1111 1100 s:1 d:1 10 vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4', 'vfmal'),
  todo('vfmal.scalar', '1111 1110 0 d:1 0 s:1 vn:4 vd:4 1000 n:1 q:1 m:1 1 vm:4', 'vfmal'),
  todo('vusdot', '1111 1100 1 d:1 10 vn:4 vd:4 1101 n:1 q:1 m:1 0 vm:4', 'vusdot'),
  todo('vusdot.scalar', '1111 1110 1 d:1 00 vn:4 vd:4 1101 n:1 q:1 m:1 u:1 vm:4', 'vusdot'),
  todo('vmmla', '1111 1100 b:1 d:1 10 vn:4 vd:4 1100 n:1 1 m:1 u:1 vm:4', 'vmmla'),
  ...(
    [
      ['vfma', '0', '1100', '1'],
      ['vadd', '0', '1101', '0'],
      ['vmla', '0', '1101', '1'],
      ['vceq', '0', '1110', '0'],
      ['vmax', '0', '1111', '0'],
      ['vrecps', '0', '1111', '1'],
      ['vpadd', '1', '1101', '0'],
      ['vmul', '1', '1101', '1'],
      ['vcge', '1', '1110', '0'],
      ['vacge', '1', '1110', '1'],
      ['vpmax', '1', '1111', '0'],
      ['vmaxnm', '1', '1111', '1'],
    ] as const
  ).map(([name, u, opcode, o1]) =>
    todo(`${name}.f16`, `1111 001 ${u} 0 d:1 op:1 1 vn:4 vd:4 ${opcode} n:1 q:1 m:1 ${o1} vm:4`, `${name}.f16`),
  ),
]

export const neonExtensionRows: readonly Row<ArmContext>[] = [...dotRows, ...missingRows]
