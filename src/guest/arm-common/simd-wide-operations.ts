/** Operations of Advanced SIMD whose operands or results have lanes of double width: sums, differences, high halves. */
import { family, type Operation, type Simd, widthOf } from './simd-lanes.ts'
import { type LongOperation, narrowHigh, ZEXT } from './simd-operations.ts'

const ADD = family('vadd')

type Halves = readonly (readonly number[])[]

/** n OP m, both widened. */
export function widened(ops: readonly number[], extend: Halves): LongOperation {
  return (s, size, n, m, _d, high) => s.op(ops[size + 1]!, s.op(extend[high]![size]!, n), s.op(extend[high]![size]!, m))
}
/** n OP m, m widened. */
export function widenedSecond(ops: readonly number[], extend: Halves): LongOperation {
  return (s, size, n, m, _d, high) => s.op(ops[size + 1]!, n, s.op(extend[high]![size]!, m))
}
/** |n - m| fits an unsigned lane. */
export function differenceLong(name: 'vabds' | 'vabdu'): LongOperation {
  const ops = family(name)
  return (s, size, n, m, _d, high) => s.op(ZEXT[high]![size]!, s.op(ops[size]!, n, m))
}
/** High half of n OP m. */
export function highHalf(ops: readonly number[], rounding: boolean): Operation {
  return (s, size, n, m) => {
    let sum = s.op(ops[size + 1]!, n, m)
    if (rounding) sum = s.op(ADD[size + 1]!, sum, roundingConstant(s, size))
    return narrowHigh(s, size, sum)
  }
}
/** Half of the low half's range in lanes of double width. */
function roundingConstant(s: Simd, size: number): number {
  return size === 2 ? s.ir.constV(-0x8000_0000, 0, -0x8000_0000, 0) : s.splat(size + 1, 1 << (widthOf(size) - 1))
}
