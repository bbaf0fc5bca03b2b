/**
 * Cold instructions that the engine carries out: a row emits `exit.emulate` with the number of a helper registered
 * here; the engine looks the helper up, runs it on the canonical state, and goes on at the next instruction.
 */

/** What a helper sees: the guest's registers, and the translator's side of an instruction. */
export interface EmulatedCpu {
  /** The STATE area of the thread. */
  readonly state: DataView
  /** Guest address of the instruction. */
  readonly pc: number
  /** Code at [address, address + length) may have changed: its translations must go. */
  invalidate(address: number, length: number): void
}

/** `argument` is what the row gave. */
export type EmulateFn = (cpu: EmulatedCpu, argument: number) => void

export interface EmulateHelper {
  readonly name: string
  readonly fn: EmulateFn
}

/** By number. */
export const EMULATE_HELPERS: EmulateHelper[] = []

/** Registers a helper at load time; the number is what `exit.emulate` carries. */
export function emulateHelper(name: string, fn: EmulateFn): number {
  EMULATE_HELPERS.push({ name, fn })
  return EMULATE_HELPERS.length - 1
}
