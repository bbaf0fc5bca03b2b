/**
 * A program of another guest: it is not this engine's, which has thunks, translator and layouts of one guest. The process executes the runner that
 * binfmt_misc starts, too (src/runtime/outside.ts), with the program open, and that finds the engine of its user for the other guest, or starts it. The
 * process stays what it is for everybody else, its parent included; this engine hears of it again when it ends.
 *
 * That engine has the options of this one that hold for a whole tree (-L and the like), and their hash in its name, so that trees with other options do not
 * meet it. For what binfmt_misc has started it is the engine that binfmt_misc would have found.
 */
import type { RunnerThread } from '../src/host/runner-api.ts'
import { TRANSFER_SIZE } from '../src/runtime/layout.ts'
import { type EngineKind, HANDED_PROGRAM, hash, outsideImage } from '../src/runtime/outside.ts'
import { errno } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { GuestName } from './guests.ts'
import type { RunOptions } from './options.ts'
import type { OtherProgram } from './program.ts'
import type { Tree } from './tree.ts'

const F_SETFD = 2
const MFD_CLOEXEC = 1
const MFD_EXEC = 0x10
const NAME = Buffer.from('demotic\0')

/** A runner for a program, ready to be executed. */
export interface HandedProgram {
  readonly kind: 'handed'
  /** None: it is executed by its descriptor. */
  readonly path: Uint8Array
  readonly image: number
  readonly argv: readonly Uint8Array[]
  /** It is not executed. */
  close(): void
}

/** What `runner` executes instead of the program, or -errno. The program's descriptor is taken over. */
export function handProgram(tree: Tree, runner: RunnerThread, { guest, main, execfn, argv }: OtherProgram): HandedProgram | number {
  const image = putImage(runner, imageFor(tree.options, guest))
  if (image < 0) {
    runner.syscall(nr.close, main.fd)
    return image
  }
  runner.syscall(nr.fcntl, main.fd, F_SETFD, 0)
  return {
    kind: 'handed',
    path: new Uint8Array(0),
    image,
    argv: [Buffer.from(`${HANDED_PROGRAM}${main.fd}`), main.path, execfn, ...argv],
    close: () => {
      for (const fd of [image, main.fd]) runner.syscall(nr.close, fd)
    },
  }
}

const images = new Map<string, Uint8Array>()

function imageFor({ settings, settingsName }: RunOptions, guest: GuestName): Uint8Array {
  const known = images.get(guest)
  if (known !== undefined) return known
  const kind: EngineKind = { guest, options: settingsName ?? hash(Buffer.from(settings.join('\0'))) }
  const { bytes } = outsideImage({ ...kind, node: process.execPath, script: process.argv[1]!, settings })
  images.set(guest, bytes)
  return bytes
}

/** A file in memory with these bytes, or -errno. */
function putImage(runner: RunnerThread, bytes: Uint8Array): number {
  const name = runner.scratch(NAME.length)
  name.bytes.set(NAME)
  const made = runner.syscall(nr.memfd_create, name.address, MFD_CLOEXEC | MFD_EXEC)
  // Kernels before 6.3 do not know MFD_EXEC: all that there is may be executed.
  const fd = made === -errno.EINVAL ? runner.syscall(nr.memfd_create, name.address, MFD_CLOEXEC) : made
  if (fd < 0) return fd
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, at + TRANSFER_SIZE)
    const { address, bytes: room } = runner.scratch(part.length)
    room.set(part)
    const written = runner.syscall(nr.pwrite64, fd, address, part.length, at)
    if (written <= 0) {
      runner.syscall(nr.close, fd)
      return written === 0 ? -errno.EIO : written
    }
    at += written
  }
  return fd
}
