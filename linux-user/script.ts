/**
 * The `#!` line as the kernel reads it (fs/binfmt_script.c): within the first 256 bytes, an interpreter path and at
 * most one argument, which is the rest of the line without the blanks around it.
 */
export const SCRIPT_HEAD = 256

export interface ScriptLine {
  readonly interpreter: Uint8Array
  readonly argument: Uint8Array | null
}

export function isScript(head: Uint8Array): boolean {
  return head[0] === 0x23 && head[1] === 0x21
}

/** `head`: the file's first 256 bytes, or all of a shorter file. null: the line names no interpreter (ENOEXEC). */
export function readScriptLine(head: Uint8Array): ScriptLine | null {
  const line = new Uint8Array(SCRIPT_HEAD)
  line.set(head.subarray(0, SCRIPT_HEAD))
  const last = SCRIPT_HEAD - 1
  let end = line.indexOf(0x0a)
  if (end < 0) {
    const name = skipBlanks(line, 2, last)
    // Without a blank or NUL behind it, the path may have been cut off.
    if (name < 0 || findTerminator(line, name, last) < 0) return null
    end = last
  }
  while (isBlank(line[end - 1])) end--
  const name = skipBlanks(line, 2, end)
  if (name < 0 || name >= end) return null
  const separator = findTerminator(line, name, end)
  const interpreter = line.slice(name, separator >= 0 && separator < end ? separator : end)
  if (interpreter.length === 0) return null
  let argument: Uint8Array | null = null
  if (separator >= 0 && separator < end && line[separator] !== 0) {
    const start = skipBlanks(line, separator, end)
    if (start >= 0 && start < end) argument = untilNul(line.slice(start, end))
  }
  return { interpreter, argument }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09
}

function skipBlanks(line: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (!isBlank(line[i])) return i
  return -1
}

function findTerminator(line: Uint8Array, from: number, last: number): number {
  for (let i = from; i <= last; i++) if (isBlank(line[i]) || line[i] === 0) return i
  return -1
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0)
  return end < 0 ? bytes : bytes.subarray(0, end)
}
