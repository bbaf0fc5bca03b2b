/**
 * The initial stack, byte for byte in the kernel's form:
 *
 *   top           8 zero bytes (one word)
 *                 file name of the program (AT_EXECFN)
 *                 environment strings, then below them the argument strings, first one lowest
 *                 (down to 16) platform string, 16 random bytes
 *                 AT_NULL
 *                 auxiliary vector
 *                 0
 *                 envp[…]
 *                 0
 *                 argv[…]
 *   sp (16-aligned)  argc
 */
import { AT_NULL } from './auxv.ts'

export interface StackWords {
  readonly size: 4 | 8
  readonly littleEndian: boolean
}

export interface StackImage {
  readonly stackPointer: number
  /** Bytes from stackPointer to the top. */
  readonly bytes: Uint8Array
  readonly argStart: number
  readonly argEnd: number
  readonly envEnd: number
  /** The program's file name as a C string. */
  readonly execfnAt: number
  /** The auxiliary vector with AT_NULL, and where it is. */
  readonly auxv: Uint8Array
  readonly auxvAddress: number
}

export interface StackContents {
  readonly top: number
  readonly words: StackWords
  readonly execfn: Uint8Array
  readonly argv: readonly Uint8Array[]
  readonly env: readonly Uint8Array[]
  readonly platform: string
  readonly random: Uint8Array
  readonly auxv: (at: { random: number; execfn: number; platform: number }) => readonly [number, number][]
}

/** The kernel's MAX_ARG_STRLEN: no string may be longer, its NUL included. */
export const MAX_STRING = 131072
/** _STK_LIM / 4 * 3: no more for strings and pointers, whatever RLIMIT_STACK is. */
const MAX_ARGUMENTS = 6 * 1024 * 1024
const MIN_ARGUMENTS = 131072
const STACK_ALIGN = 16

/** True when execve takes these arguments at this RLIMIT_STACK (bytes); false is E2BIG. */
export function argumentsFit(
  argv: readonly Uint8Array[],
  env: readonly Uint8Array[],
  execfn: Uint8Array,
  stackLimit: number,
  word: number,
): boolean {
  const limit = Math.max(Math.min(stackLimit / 4, MAX_ARGUMENTS), MIN_ARGUMENTS)
  let bytes = (Math.max(argv.length, 1) + env.length) * word + execfn.length + 1
  for (const text of [...argv, ...env]) {
    if (text.length >= MAX_STRING) return false
    bytes += text.length + 1
  }
  return bytes <= limit
}

export function buildStack(contents: StackContents): StackImage {
  const { top, words, argv, env, execfn } = contents
  const sum = (texts: readonly Uint8Array[]): number => texts.reduce((total, text) => total + text.length + 1, 0)
  const execfnAt = top - words.size - execfn.length - 1
  const envAt = execfnAt - sum(env)
  const argAt = envAt - sum(argv)
  const platform = Buffer.from(`${contents.platform}\0`, 'latin1')
  const platformAt = alignDown(argAt) - platform.length
  const randomAt = platformAt - contents.random.length
  const auxv = [...contents.auxv({ random: randomAt, execfn: execfnAt, platform: platformAt }), [AT_NULL, 0] as const]
  const count = 1 + argv.length + 1 + env.length + 1 + auxv.length * 2
  const stackPointer = alignDown(randomAt - count * words.size)

  const bytes = new Uint8Array(top - stackPointer)
  const view = new DataView(bytes.buffer)
  let at = stackPointer
  const putWord = (value: number): void => {
    const offset = at - stackPointer
    const low = value % 2 ** 32
    if (words.size === 4) view.setUint32(offset, low, words.littleEndian)
    else {
      view.setUint32(offset + (words.littleEndian ? 0 : 4), low, words.littleEndian)
      view.setUint32(offset + (words.littleEndian ? 4 : 0), Math.floor(value / 2 ** 32), words.littleEndian)
    }
    at += words.size
  }
  const putStrings = (texts: readonly Uint8Array[], start: number): void => {
    let address = start
    for (const text of texts) {
      putWord(address)
      bytes.set(text, address - stackPointer)
      address += text.length + 1
    }
    putWord(0)
  }
  putWord(argv.length)
  putStrings(argv, argAt)
  putStrings(env, envAt)
  const auxvAddress = at
  for (const [tag, value] of auxv) {
    putWord(tag)
    putWord(value)
  }
  const auxvBytes = bytes.slice(auxvAddress - stackPointer, at - stackPointer)
  bytes.set(contents.random, randomAt - stackPointer)
  bytes.set(platform, platformAt - stackPointer)
  bytes.set(execfn, execfnAt - stackPointer)
  return { stackPointer, bytes, execfnAt, argStart: argAt, argEnd: envAt, envEnd: execfnAt, auxv: auxvBytes, auxvAddress }
}

function alignDown(address: number): number {
  return Math.floor(address / STACK_ALIGN) * STACK_ALIGN
}
