/** Thumb data processing of 32 bits (manual F3.1.3). */
import { dataProcessing, isLogical, ORR } from './data-processing.ts'
import { t32 } from './notation.ts'
import { shiftImm } from './shifter.ts'

export const t32DataProcessingRows = [
  t32('orr.reg', '1110101 0010 S:1 rn:4 0 imm3:3 rd:4 imm2:2 type:2 rm:4', 'orr{s:S}{c}.w {r:rd}, {r:rn}, {r:rm}{shift32:imm3}', (t, f) =>
    dataProcessing(t, ORR, f.S, f.rd, f.rn, shiftImm(t, t.r(f.rm), f.type, (f.imm3 << 2) | f.imm2, f.S !== 0 && isLogical(ORR))),
  ),
]
