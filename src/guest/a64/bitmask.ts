/** Bit masks as word pairs: the manual's DecodeBitMasks() and runs of ones. Results in `maskLo`, `maskHi` until the next call. */
import type { AnyFields } from '../pattern.ts'

/** Low and high word (int32) of the last mask made; in 32-bit masks both are the mask. */
export let maskLo = 0
export let maskHi = 0

/** Ones at bits [lsb, lsb + width) of 64; 1 <= width <= 64 - lsb. */
export function onesMask(lsb: number, width: number): void {
  const lo = width >= 32 ? -1 : (1 << width) - 1
  const hi = width <= 32 ? 0 : width === 64 ? -1 : (1 << (width - 32)) - 1
  if (lsb >= 32) {
    maskHi = lo << (lsb - 32)
    maskLo = 0
  } else {
    maskLo = lo << lsb
    maskHi = lsb === 0 ? hi : (hi << lsb) | (lo >>> (32 - lsb))
  }
}

/** The immediate of the logical instructions. False if N:imms:immr is reserved for `sf`. */
export function decodeBitMask(sf: number, n: number, imms: number, immr: number): boolean {
  if (!sf && n) return false
  const levels = (n << 6) | (~imms & 0x3f)
  const length = 31 - Math.clz32(levels)
  if (length < 1) return false
  const size = 1 << length
  const ones = (imms & (size - 1)) + 1
  const rotate = immr & (size - 1)
  if (ones === size) return false
  if (size === 64) {
    onesMask(0, ones)
    rotateRight64(rotate)
    return true
  }
  let element = ones === 32 ? -1 : (1 << ones) - 1
  if (rotate !== 0) element = (element >>> rotate) | (element << (size - rotate))
  if (size < 32) element &= (1 << size) - 1
  for (let width = size; width < 32; width *= 2) element |= element << width
  maskLo = maskHi = element | 0
  return true
}

function rotateRight64(by: number): void {
  let lo = maskLo
  let hi = maskHi
  if (by >= 32) {
    lo = maskHi
    hi = maskLo
  }
  const r = by & 31
  maskLo = r === 0 ? lo : (lo >>> r) | (hi << (32 - r))
  maskHi = r === 0 ? hi : (hi >>> r) | (lo << (32 - r))
}

/** `#0x…` of a logical immediate, for disassembly. */
export function bitmaskText(f: AnyFields): string {
  if (!decodeBitMask(f['sf']!, f['N']!, f['imms']!, f['immr']!)) return '#reserved'
  const high = f['sf'] && maskHi !== 0 ? (maskHi >>> 0).toString(16) : ''
  const low = (maskLo >>> 0).toString(16)
  return `#0x${high}${high === '' ? low : low.padStart(8, '0')}`
}
