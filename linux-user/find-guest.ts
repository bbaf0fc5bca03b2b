/** Which guest a program is of, before there is an engine: the machine in the ELF header behind all `#!`. Whether it can be run is found out later, by the runner. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { hasElfMagic } from '../src/elf/elf.ts'
import { EM_AARCH64, EM_ARM } from '../src/elf/machines.ts'
import { EI_CLASS, ELFCLASS32 } from '../src/elf/shape.ts'
import type { GuestName } from './guests.ts'
import type { ProgramTarget } from './program.ts'
import { isScript, readScriptLine, SCRIPT_HEAD } from './script.ts'
import { Sysroot } from './sysroot.ts'

const E_MACHINE = 18
/** The kernel's limit is five. */
const MAX_SCRIPTS = 6

/** Whose programs are such; null: none of ours. */
export function guestOf({ machine, elfClass, littleEndian }: ProgramTarget): GuestName | null {
  if (!littleEndian) return null
  if (machine === EM_ARM && elfClass === 32) return 'arm'
  return machine === EM_AARCH64 && elfClass === 64 ? 'aarch64' : null
}

/** What cannot be read, or is of neither, is the first guest's to refuse. */
export function findGuest(program: Uint8Array, root: string | null): GuestName {
  const sysroot = root === null ? null : new Sysroot(root)
  let path = program
  for (let scripts = 0; scripts < MAX_SCRIPTS; scripts++) {
    const head = readHead(sysroot?.mapPath(path) ?? path)
    if (isScript(head)) {
      const line = readScriptLine(head)
      if (line === null) break
      path = line.interpreter
      continue
    }
    const isArm = hasElfMagic(head) && head[EI_CLASS] === ELFCLASS32 && (head[E_MACHINE]! | (head[E_MACHINE + 1]! << 8)) === EM_ARM
    return isArm ? 'arm' : 'aarch64'
  }
  return 'aarch64'
}

function readHead(path: Uint8Array): Uint8Array {
  const head = new Uint8Array(SCRIPT_HEAD)
  try {
    // Neither waits for the other end of a pipe.
    const fd = openSync(Buffer.from(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
    const length = fstatSync(fd).isFile() ? readSync(fd, head) : 0
    closeSync(fd)
    return head.subarray(0, length)
  } catch {
    return head.subarray(0, 0)
  }
}
