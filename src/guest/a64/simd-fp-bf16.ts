/** A64 BFloat16 (FEAT_BF16): known and missing, so that the feature is not announced. */
import type { Row } from '../insn.ts'
import { type A64Context, todo } from './context.ts'

export const bf16Rows: readonly Row<A64Context>[] = [
  todo('bfcvt', '0 0 0 11110 01 1 000110 10000 rn:5 rd:5', 'bfcvt {h:rd}, {s:rn}'),
  todo('bfcvtn', '0 q:1 0 01110 10 10000 10110 10 rn:5 rd:5', 'bfcvtn{two:q} {vh:rd}, {v.4s:rn}'),
  todo('bfdot', '0 q:1 1 01110 01 0 rm:5 11111 1 rn:5 rd:5', 'bfdot {v32:rd}, {vh:rn}, {vh:rm}'),
  todo('bfdot.elem', '0 q:1 0 01111 01 l:1 rm:5 1111 h:1 0 rn:5 rd:5', 'bfdot {v32:rd}, {vh:rn}, {bde:rm}'),
  todo('bfmmla', '0 1 1 01110 01 0 rm:5 11101 1 rn:5 rd:5', 'bfmmla {v.4s:rd}, {v.8h:rn}, {v.8h:rm}'),
  todo('bfmlal', '0 t:1 1 01110 11 0 rm:5 11111 1 rn:5 rd:5', 'bfmlal{bt:t} {v.4s:rd}, {v.8h:rn}, {v.8h:rm}'),
  todo('bfmlal.elem', '0 t:1 0 01111 11 l:1 m:1 rm:4 1111 h:1 0 rn:5 rd:5', 'bfmlal{bt:t} {v.4s:rd}, {v.8h:rn}, {he:rm}'),
]
