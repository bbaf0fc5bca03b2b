/** All rows of VFP, Advanced SIMD and cryptography, for both instruction sets, and A32's CRC32. */
import type { Row } from '../insn.ts'
import type { ArmContext } from './context.ts'
import { thumbTwin } from './fp-rows.ts'
import { neonCopyRows } from './neon-copy.ts'
import { crcA32Rows, neonCryptoRows } from './neon-crypto.ts'
import { neonExtensionRows } from './neon-extensions.ts'
import { neonFpRows } from './neon-fp.ts'
import { neonHalfRows } from './neon-half.ts'
import { neonLoadStoreRows } from './neon-load-store.ts'
import { neonLongRows } from './neon-long.ts'
import { neonShiftRows } from './neon-shift.ts'
import { neonThreeRows } from './neon-three.ts'
import { neonTwoRows } from './neon-two.ts'
import { vfpRows } from './vfp.ts'
import { vfpConvertRows } from './vfp-convert.ts'
import { vfpHalfRows } from './vfp-half.ts'
import { vfpLoadStoreRows } from './vfp-load-store.ts'
import { vfpTransferRows } from './vfp-transfer.ts'

const shared: readonly Row<ArmContext>[] = [
  ...vfpRows,
  ...vfpConvertRows,
  ...vfpHalfRows,
  ...vfpTransferRows,
  ...vfpLoadStoreRows,
  ...neonThreeRows,
  ...neonLongRows,
  ...neonTwoRows,
  ...neonShiftRows,
  ...neonCopyRows,
  ...neonFpRows,
  ...neonHalfRows,
  ...neonLoadStoreRows,
  ...neonCryptoRows,
  ...neonExtensionRows,
]

export const fpA32Rows: readonly Row<ArmContext>[] = [...shared, ...crcA32Rows]
export const fpThumbRows: readonly Row<ArmContext>[] = shared.map(thumbTwin)
