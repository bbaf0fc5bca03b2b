/** What compiled code is linked to: addresses of the runtime and the exits it gets. Given by src/translate. */

/** What an exit id stands for. */
export const EXIT_CHAIN = 0
export const EXIT_TRAP = 1
export const EXIT_EMULATE = 2
export const EXIT_SYSCALL = 3
export const EXIT_POLL = 4

export interface CompileEnv {
  /** Host addresses of the runtime's entry points (see src/runtime): `mov eax, id; jmp exit`; with the guest pc in rcx `mov eax, id; jmp poll`, and with the pc behind it in rdx, too, `mov eax, id; call syscall`. */
  readonly exit: number
  readonly poll: number
  readonly syscall: number
  /** Entered by `jmp` with the guest pc in rcx: stores it to the state's pc and looks it up. */
  readonly lookup: number
  /**
   * A new exit of the region being compiled. `pc`: where the guest goes on (CHAIN: the target). `site`: position of the 4-byte
   * displacement that chaining patches, -1 if none. Returns its id.
   */
  newExit(kind: number, pc: number, arg: number, arg2: number, site: number): number
  /**
   * Each result of an operation that may be NaN is tested. False: the host is to trap at invalid operations (MXCSR.IM = 0), and whoever takes the trap makes
   * the NaN that the guest wants (src/translate/float-traps.ts).
   */
  readonly checksNaN: boolean
  /** False: every way to another region goes through the engine. */
  readonly publish: boolean
  /** Host address of a runtime routine. */
  routine(name: string): number
  /** Host address of a 16-byte aligned constant in the code area. */
  constant16(w0: number, w1: number, w2: number, w3: number): number
}
