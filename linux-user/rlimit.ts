/** struct rlimit as the host gives it. */
export const RLIMIT_STACK = 3
export const RLIMIT_CORE = 4
export const RLIMIT_SIZE = 16
const RLIM_INFINITY_HIGH = 0xffff_ffff
const TWO_32 = 0x1_0000_0000

/** The soft limit, Infinity for none. */
export function softLimit(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, RLIMIT_SIZE)
  const high = view.getUint32(4, true)
  return high === RLIM_INFINITY_HIGH ? Number.POSITIVE_INFINITY : high * TWO_32 + view.getUint32(0, true)
}
