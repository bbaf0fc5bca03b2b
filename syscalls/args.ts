/**
 * Kinds of system call arguments. A row of the table is made of these and nothing else: the thunk compiler, the generic
 * engine path, strace and the support list all read them.
 *
 * `length`, `count` and `selector` name other arguments of the same row; `RESULT` stands for the call's result.
 */
import type { FlagSet } from './abi/flag-set.ts'
import type { Shape } from './abi/shape.ts'
import { intCell, intPair, longCell, offsetCell, pointerCell, uintCell } from './abi/shapes-files.ts'
import { sigset as sigsetShape, timespec, timespec64, timeval } from './abi/shapes-process.ts'

export type Direction = 'in' | 'out' | 'inout'

/** As a length: as many as the call returned. */
export const RESULT = '(result)'

export type Arg =
  /** 16: a user's or group's number of before there were larger ones. 'long': as many as the ABI's long has. 64 bits take two registers where those have 32. */
  | { readonly kind: 'int'; readonly bits: 16 | 32 | 'long' | 64; readonly signed: boolean; readonly radix: 8 | 10 | 16 }
  /** A file descriptor; `cwd`: AT_FDCWD is one too. `beyond`: the error for one of ours, which is as if it could not exist. */
  | { readonly kind: 'fd'; readonly cwd: boolean; readonly beyond: 'EBADF' | 'EINVAL' }
  | { readonly kind: 'flags'; readonly set: FlagSet }
  | { readonly kind: 'mode' }
  | { readonly kind: 'signal' }
  | { readonly kind: 'device' }
  /** An address that the call takes as a number. */
  | { readonly kind: 'address' }
  /** A pointer whose target no row describes; the layouts agree or the row says that they may not. */
  | { readonly kind: 'pointer'; readonly direction: Direction }
  /** A NUL-terminated file name, looked up from the call's directory argument or the working directory. `empty`: an empty one is the engine's. */
  | { readonly kind: 'path'; readonly follow: Follow; readonly empty?: 'engine' }
  /** A NUL-terminated string that is no file name to be looked up. */
  | { readonly kind: 'string' }
  /** `length`: how many bytes go in, or at most come out; the call's result says how many did. */
  | { readonly kind: 'buffer'; readonly direction: Direction; readonly length: string; readonly hex: boolean }
  | { readonly kind: 'struct'; readonly direction: Direction; readonly shape: Shape; readonly count: string | number }
  | { readonly kind: 'iovec'; readonly direction: Direction; readonly count: string }
  | { readonly kind: 'message'; readonly direction: Direction }
  | { readonly kind: 'messages'; readonly direction: Direction; readonly count: string }
  /** A socket address; `length` names an int argument, or for output a pointer to one. */
  | { readonly kind: 'sockaddr'; readonly direction: Direction; readonly length: string }
  /** A bit set of descriptors for select, of `count` bits. */
  | { readonly kind: 'fdset'; readonly count: string }
  /** A NULL-terminated array of strings; `counted`: text shows only how many there are. */
  | { readonly kind: 'strings'; readonly counted: boolean }
  /** A buffer of linux_dirent64; the result is its length in bytes. */
  | { readonly kind: 'dirents'; readonly direction: 'out'; readonly length: string }
  /** Means something else for each value of another argument, e.g. fcntl's and ioctl's last. */
  | { readonly kind: 'by'; readonly selector: string; readonly cases: ReadonlyMap<number, Arg>; readonly otherwise: Arg }
  /** Present only when one of `mask`'s bits is set in `flags` (open's mode). */
  | { readonly kind: 'optional'; readonly flags: string; readonly set: FlagSet; readonly names: readonly string[]; readonly arg: Arg }
  /** The upper half of the 64-bit argument before it, in a register of its own whatever that one's number is; 64-bit ABIs ignore it. */
  | { readonly kind: 'high' }
  /** Nobody looks at it. */
  | { readonly kind: 'unused' }

/** Whether a symbolic link in a name's last place is followed: always, never, or as a flag of another argument says. */
export type Follow = boolean | { readonly flags: string; readonly set: FlagSet; readonly name: string; readonly when: boolean }

export type ArgKind = Arg['kind']

const integer = (bits: 16 | 32 | 'long' | 64, signed: boolean, radix: 8 | 10 | 16 = 10): Arg => ({ kind: 'int', bits, signed, radix })

export const int = integer(32, true)
export const uint = integer(32, false)
export const hex32 = integer(32, false, 16)
export const long = integer('long', true)
export const size = integer('long', false)
export const hexLong = integer('long', false, 16)
/** loff_t, also where a long has 32 bits. */
export const offset = integer(64, true)
export const hex64 = integer(64, false, 16)
/** Process, user, group, key identifiers: -1 is a value that rows print as such. */
export const pid = int
export const uid = int
export const gid = int
export const key = int
export const uid16 = integer(16, true)
export const gid16 = uid16

export const fd: Arg = { kind: 'fd', cwd: false, beyond: 'EBADF' }
export const fdOrCwd: Arg = { kind: 'fd', cwd: true, beyond: 'EBADF' }
/** The least number that F_DUPFD may give. */
export const leastFd: Arg = { kind: 'fd', cwd: false, beyond: 'EINVAL' }
export const mode: Arg = { kind: 'mode' }
export const signal: Arg = { kind: 'signal' }
export const device: Arg = { kind: 'device' }
export const address: Arg = { kind: 'address' }
export const path: Arg = { kind: 'path', follow: true }
/** The directory entry itself, whatever it is. */
export const entry: Arg = { kind: 'path', follow: false }
/** The same; an empty name is the descriptor itself. */
export const entryOrEmpty: Arg = { kind: 'path', follow: false, empty: 'engine' }
export const string: Arg = { kind: 'string' }
export const high: Arg = { kind: 'high' }
export const unused: Arg = { kind: 'unused' }

export const flags = (set: FlagSet): Arg => ({ kind: 'flags', set })
export const pointer = (direction: Direction = 'inout'): Arg => ({ kind: 'pointer', direction })

/** A link in the last place is followed unless the flag is given. */
export const pathUnless = <N extends string>(flagsArgument: string, set: FlagSet<N>, name: NoInfer<N>): Arg => ({
  kind: 'path',
  follow: { flags: flagsArgument, set, name, when: false },
})
/** A link in the last place is followed when the flag is given. */
export const pathIf = <N extends string>(flagsArgument: string, set: FlagSet<N>, name: NoInfer<N>): Arg => ({
  kind: 'path',
  follow: { flags: flagsArgument, set, name, when: true },
})

export const bufferIn = (length: string): Arg => ({ kind: 'buffer', direction: 'in', length, hex: false })
export const bufferOut = (length: string): Arg => ({ kind: 'buffer', direction: 'out', length, hex: false })
export const randomOut = (length: string): Arg => ({ kind: 'buffer', direction: 'out', length, hex: true })

/** `count`: a number, the name of the argument that gives it, or RESULT. */
export const structIn = (shape: Shape, count: string | number = 1): Arg => ({ kind: 'struct', direction: 'in', shape, count })
export const structOut = (shape: Shape, count: string | number = 1): Arg => ({ kind: 'struct', direction: 'out', shape, count })
export const structInOut = (shape: Shape, count: string | number = 1): Arg => ({ kind: 'struct', direction: 'inout', shape, count })

export const timespec64In = structIn(timespec64)
export const timespec64Out = structOut(timespec64)
export const timespecs64In = structIn(timespec64, 2)
export const offsetOut = structOut(offsetCell)
export const timespecIn = structIn(timespec)
/** Written by an interrupted call. */
export const timespecLeft = structInOut(timespec)
export const timespecOut = structOut(timespec)
export const timespecsIn = structIn(timespec, 2)
export const timevalIn = structIn(timeval)
export const intOut = structOut(intCell)
export const uintOut = structOut(uintCell)
export const intInOut = structInOut(intCell)
export const pairOut = structOut(intPair)
/** `off_t`, which is a long. */
export const longInOut = structInOut(longCell)
export const offsetInOut = structInOut(offsetCell)
export const pointerOut = structOut(pointerCell)
export const sigsetIn = structIn(sigsetShape)
export const sigsetOut = structOut(sigsetShape)

export const iovecIn = (count: string): Arg => ({ kind: 'iovec', direction: 'in', count })
export const iovecOut = (count: string): Arg => ({ kind: 'iovec', direction: 'out', count })
export const messageIn: Arg = { kind: 'message', direction: 'in' }
export const messageOut: Arg = { kind: 'message', direction: 'inout' }
export const messagesIn = (count: string): Arg => ({ kind: 'messages', direction: 'in', count })
export const messagesOut = (count: string): Arg => ({ kind: 'messages', direction: 'inout', count })
export const sockaddrIn = (length: string): Arg => ({ kind: 'sockaddr', direction: 'in', length })
export const sockaddrOut = (length: string): Arg => ({ kind: 'sockaddr', direction: 'out', length })
export const direntsOut = (length: string): Arg => ({ kind: 'dirents', direction: 'out', length })
export const fdset = (count: string): Arg => ({ kind: 'fdset', count })
export const strings: Arg = { kind: 'strings', counted: false }
export const environment: Arg = { kind: 'strings', counted: true }

/** `by('cmd', fcntlCommand, { F_SETFL: flags(openFlags) }, long)` */
export function by<N extends string>(selector: string, set: FlagSet<N>, cases: { readonly [K in N]?: Arg }, otherwise: Arg): Arg {
  const byValue = new Map<number, Arg>()
  for (const [name, arg] of Object.entries<Arg | undefined>(cases)) if (arg !== undefined) byValue.set(set.values[name as N] >>> 0, arg)
  return { kind: 'by', selector, cases: byValue, otherwise }
}

export function optional<N extends string>(arg: Arg, flagsArgument: string, set: FlagSet<N>, names: readonly NoInfer<N>[]): Arg {
  return { kind: 'optional', flags: flagsArgument, set, names, arg }
}

/** Names of the other arguments that an argument depends on. */
export function references(arg: Arg): readonly string[] {
  switch (arg.kind) {
    case 'buffer':
    case 'dirents':
    case 'sockaddr':
      return [arg.length]
    case 'struct':
      return typeof arg.count === 'string' && arg.count !== RESULT ? [arg.count] : NOTHING
    case 'iovec':
    case 'messages':
    case 'fdset':
      return [arg.count]
    case 'by':
      return [arg.selector, ...[...arg.cases.values(), arg.otherwise].flatMap(references)]
    case 'optional':
      return [arg.flags, ...references(arg.arg)]
    case 'path':
      return typeof arg.follow === 'object' ? [arg.follow.flags] : NOTHING
    default:
      return NOTHING
  }
}
const NOTHING: readonly string[] = []

/** Whether the kernel may write to guest memory through the argument. */
export function mayWrite(arg: Arg): boolean {
  switch (arg.kind) {
    case 'pointer':
    case 'buffer':
    case 'struct':
    case 'iovec':
    case 'message':
    case 'messages':
    case 'sockaddr':
    case 'dirents':
      return arg.direction !== 'in'
    case 'fdset':
      return true
    case 'by':
      return mayWrite(arg.otherwise) || [...arg.cases.values()].some(mayWrite)
    case 'optional':
      return mayWrite(arg.arg)
    default:
      return false
  }
}

/** Whether the argument register holds an address (all of its 64 bits count). */
export function isPointer(arg: Arg): boolean {
  switch (arg.kind) {
    case 'address':
    case 'pointer':
    case 'path':
    case 'string':
    case 'buffer':
    case 'struct':
    case 'iovec':
    case 'message':
    case 'messages':
    case 'sockaddr':
    case 'fdset':
    case 'dirents':
    case 'strings':
      return true
    default:
      return false
  }
}
