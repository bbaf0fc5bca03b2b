/**
 * koffi, loaded at first use: the one door to native calls. Everything works on numeric addresses, so that a call costs about
 * 0.3 us and allocates nothing.
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

type NativeFunction = (...args: (number | string)[]) => number

interface Koffi {
  load(path: null): { func(definition: string): NativeFunction }
  view(address: number, length: number): ArrayBuffer
  errno(): number
  proto(definition: string): object
  call(address: number, proto: object, ...args: number[]): number
}

/**
 * The .node file itself: koffi's JavaScript costs 6 ms of start-up that a direct dlopen saves. Where the file is not as expected,
 * require finds the right one (musl, another layout of node_modules).
 */
function loadKoffi(): Koffi {
  const require = createRequire(import.meta.url)
  try {
    const addon: { exports: Partial<Koffi> } = { exports: {} }
    const folder = dirname(require.resolve('@koromix/koffi-linux-x64/package.json'))
    process.dlopen(addon, join(folder, 'linux_x64', 'koffi.node'))
    if (typeof addon.exports.load === 'function') return addon.exports as Koffi
  } catch {
    // fall through to the package's own search
  }
  return require('koffi') as Koffi
}

class Native {
  readonly koffi = loadKoffi()
  readonly lib = this.koffi.load(null)
  readonly syscall = this.lib.func('long syscall(uintptr nr, uintptr a0, uintptr a1, uintptr a2, uintptr a3, uintptr a4, uintptr a5)')
  readonly functions = new Map<string, NativeFunction>()
}

let native: Native | undefined

/** A host system call made by the engine: its result, or -errno. Arguments are numbers; addresses come from `Mapping`. */
export function hostSyscall(nr: number, a0 = 0, a1 = 0, a2 = 0, a3 = 0, a4 = 0, a5 = 0): number {
  native ??= new Native()
  const result = native.syscall(nr, a0, a1, a2, a3, a4, a5)
  return result === -1 ? -native.koffi.errno() : result
}

/** The libc function with this C prototype; its arguments should be `uintptr` or `int`. */
export function libcFunction(prototype: string): NativeFunction {
  native ??= new Native()
  let f = native.functions.get(prototype)
  if (f === undefined) {
    f = native.lib.func(prototype)
    native.functions.set(prototype, f)
  }
  return f
}

/** A function at an address, with this C prototype. */
export function functionAt(address: number, prototype: string): (...args: number[]) => number {
  native ??= new Native()
  const { koffi } = native
  const proto = koffi.proto(prototype)
  return (...args) => koffi.call(address, proto, ...args)
}

/**
 * Memory at an address as an ArrayBuffer. V8 counts every view as external memory of its length, and does not know when the
 * memory is unmapped: make few, keep them as long as the mapping, never more than 4 GiB in one.
 */
export function viewOf(address: number, length: number): ArrayBuffer {
  native ??= new Native()
  return native.koffi.view(address, length)
}
