/** What programs are told about the processor: HWCAP and HWCAP2 of 32-bit ARM (uapi/asm/hwcap.h). */

export const HWCAP = {
  SWP: 1 << 0,
  HALF: 1 << 1,
  THUMB: 1 << 2,
  FAST_MULT: 1 << 4,
  VFP: 1 << 6,
  EDSP: 1 << 7,
  NEON: 1 << 12,
  VFPv3: 1 << 13,
  TLS: 1 << 15,
  VFPv4: 1 << 16,
  IDIVA: 1 << 17,
  IDIVT: 1 << 18,
  VFPD32: 1 << 19,
  LPAE: 1 << 20,
} as const

export const HWCAP2 = { AES: 1 << 0, PMULL: 1 << 1, SHA1: 1 << 2, SHA2: 1 << 3, CRC32: 1 << 4 } as const

/** All of `bits`. */
export function all(bits: Readonly<Record<string, number>>): number {
  let mask = 0
  for (const bit of Object.values(bits)) mask |= bit
  return mask
}
