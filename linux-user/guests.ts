/** The guests by name. What only one of them needs is loaded only for it. */
import { aarch64Linux } from './arch/aarch64.ts'
import type { GuestArch } from './arch/arch.ts'
import { type CPUS, DEFAULT_CPU, type RunOptions } from './options.ts'

export const GUEST_NAMES = ['aarch64', 'arm'] as const
export type GuestName = (typeof GUEST_NAMES)[number]

/** The guest that `options` are for, on the processor that they name. */
export async function guestArch({ guest, cpu }: Pick<RunOptions, 'guest' | 'cpu'>): Promise<GuestArch> {
  return guest === 'arm' ? (await import('./arch/arm.ts')).armLinux((cpu ?? DEFAULT_CPU) as keyof typeof CPUS.arm) : aarch64Linux
}
