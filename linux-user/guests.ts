/** The guests by name. What only one of them needs is loaded only for it. */
import { aarch64Linux } from './arch/aarch64.ts'
import type { GuestArch } from './arch/arch.ts'

export const GUEST_NAMES = ['aarch64', 'arm'] as const
export type GuestName = (typeof GUEST_NAMES)[number]

export async function guestArch(name: GuestName): Promise<GuestArch> {
  return name === 'arm' ? (await import('./arch/arm.ts')).armLinux : aarch64Linux
}
