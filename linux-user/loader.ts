/**
 * Loading a found program into a fresh address space: segments, interpreter, heap, stack. All of it by orders to
 * the runner; afterwards the guest can run at `start` with `stackPointer`. A problem comes out as errno and clause;
 * what was mapped until then is the caller's to throw away with the process.
 */
import type { Elf, Segment } from '../src/elf/elf.ts'
import { PF_R, PF_W, PF_X } from '../src/elf/shape.ts'
import { randomBytes } from '../src/host/random.ts'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { errno, errnoClause } from '../syscalls/abi/errno.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { AddressSpace } from './address-space.ts'
import { auxvEntries, type CpuAuxv } from './auxv.ts'
import { startBrk } from './brk.ts'
import { STACK_INITIAL } from './layout.ts'
import * as mm from './mman.ts'
import { tellKernel } from './prctl-mm.ts'
import { isProblem, type LoadProblem } from './problem.ts'
import { closeProgram, type GuestProgram, type OpenElf } from './program.ts'
import { argumentsFit, buildStack, type StackWords } from './stack.ts'
import type { FileIdentity } from './vma-list.ts'

const PR_SET_NAME = 15
/** AT_RANDOM */
const RANDOM_SIZE = 16
/** TASK_COMM_LEN */
const COMM_SIZE = 16

export interface LoadedProgram {
  /** First guest instruction: the interpreter's entry, or the program's own. */
  readonly start: number
  /** The program's own entry (AT_ENTRY). */
  readonly entry: number
  readonly stackPointer: number
  /** What was added to the program's addresses; 0 for one linked to fixed addresses. */
  readonly bias: number
  /** 0 without an interpreter. */
  readonly interpreterBase: number
  /** Host path of the program, which /proc/self/exe names. */
  readonly path: Uint8Array
  readonly execfn: Uint8Array
  readonly argv: readonly Uint8Array[]
  /** Where the guest's argv and envp strings lie. */
  readonly argStart: number
  readonly argEnd: number
  readonly envEnd: number
  /** The auxiliary vector as the guest has it. */
  readonly auxv: Uint8Array
  /** The host shows arguments, environment and vector as the guest's. */
  kernelKnows: boolean
}

/** A load that is written down in the thread's batch. */
export interface Load {
  readonly loaded: LoadedProgram
  /** The number of the order that tells the kernel where all is: the last one, and the only one that may fail. */
  readonly told: number
}

export interface LoadRequest {
  readonly program: GuestProgram
  readonly env: readonly Uint8Array[]
  readonly cpu: CpuAuxv
  /** RLIMIT_STACK in bytes, Infinity for none. */
  readonly stackLimit: number
  /** Maps what of the kernel's a program finds in its address space. */
  readonly mapKernelPages?: (thread: RunnerThread, space: AddressSpace) => void
  /** Address of a guest vDSO that is mapped already; 0: none. */
  readonly vdso: number
}

/** Loads, and closes the program's descriptors, also when it fails. */
export function loadProgram(thread: RunnerThread, space: AddressSpace, request: LoadRequest): LoadedProgram | LoadProblem {
  const load = writeLoad(thread, space, request)
  if (isProblem(load)) return load
  const problem = finishLoad(load, thread.batch.run())
  if (problem === null) return load.loaded
  closeProgram(thread, request.program)
  return problem
}

/**
 * The mappings and what is written to them are decided first and made together: a program is not worth a message for each. They are in the thread's batch
 * then, for whoever carries it out. With a problem nothing is, and the program's descriptors are closed.
 */
export function writeLoad(thread: RunnerThread, space: AddressSpace, request: LoadRequest): Load | LoadProblem {
  space.deferred = thread.batch
  const load = writeDown(thread, space, request)
  space.deferred = null
  if (isProblem(load)) {
    thread.batch.run()
    closeProgram(thread, request.program)
  }
  return load
}

/** The batch of a load has been carried out. It fails for lack of memory, or because the guest's limits say so. */
export function finishLoad(
  { loaded, told }: Load,
  { done, result }: { readonly done: number; readonly result: number },
): LoadProblem | null {
  if (done < told) return noRoom(-result)
  loaded.kernelKnows = done > told
  return null
}

function writeDown(thread: RunnerThread, space: AddressSpace, request: LoadRequest): Load | LoadProblem {
  const { program } = request
  const { main, interpreter } = program
  const words: StackWords = { size: main.elf.elfClass === 64 ? 8 : 4, littleEndian: main.elf.littleEndian }
  if (!argumentsFit(program.argv, request.env, program.execfn, request.stackLimit, words.size)) {
    return { errno: errno.E2BIG, reason: 'cannot be run: its arguments and environment are too long' }
  }
  const { uid, euid, gid, egid } = program.standing
  const bias = chooseBias(main.elf, space.layout.pieBase)
  const unmapped = mapSegments(thread, space, main, bias)
  if (unmapped) return unmapped
  startBrk(space, main.elf.end + bias)

  let interpreterBias = 0
  if (interpreter) {
    const size = mm.pageUp(interpreter.elf.end) - mm.pageDown(interpreter.elf.start)
    const place = interpreter.elf.positionIndependent ? space.place(size, maxAlign(interpreter.elf)) : 0
    if (place < 0) return noRoom(-place)
    interpreterBias = chooseBias(interpreter.elf, place)
    const problem = mapSegments(thread, space, interpreter, interpreterBias)
    if (problem) return problem
  }

  const entry = main.elf.entry + bias
  const stack = buildStack({
    top: space.layout.stackTop,
    words,
    execfn: program.execfn,
    argv: program.argv,
    env: request.env,
    platform: request.cpu.platform,
    random: randomBytes(RANDOM_SIZE),
    auxv: (at) =>
      auxvEntries(
        request.cpu,
        {
          programHeaders: main.elf.programHeaderAddress ? main.elf.programHeaderAddress + bias : 0,
          programHeaderSize: main.elf.programHeaderSize,
          programHeaderCount: main.elf.programHeaderCount,
          interpreterBase: interpreterBias,
          entry,
          vdso: request.vdso,
          uid,
          euid,
          gid,
          egid,
        },
        at,
      ),
  })
  request.mapKernelPages?.(thread, space)
  const problem = mapStack(thread, space, stack.bytes.length, main.elf.executableStack)
  if (problem) return problem
  thread.batch.write(stack.stackPointer, stack.bytes)
  // The process is called what the kernel would call it.
  thread.batch.write(stack.stackPointer - COMM_SIZE, commOf(program.comm))
  thread.batch.syscall(nr.prctl, PR_SET_NAME, stack.stackPointer - COMM_SIZE)
  for (const file of [main, interpreter]) if (file !== null) thread.batch.syscall(nr.close, file.fd)
  const told = tellKernel(thread, space, { ...stack, elf: main.elf, bias })
  const loaded = {
    start: interpreter ? interpreter.elf.entry + interpreterBias : entry,
    entry,
    stackPointer: stack.stackPointer,
    bias,
    interpreterBase: interpreterBias,
    path: main.path,
    execfn: program.execfn,
    argv: program.argv,
    argStart: stack.argStart,
    argEnd: stack.argEnd,
    envEnd: stack.envEnd,
    auxv: stack.auxv,
    kernelKnows: true,
  }
  return { loaded, told }
}

/** What is added to the addresses of a position-independent file so that it lies at `base` or, aligned, above. */
function chooseBias(elf: Elf, base: number): number {
  if (!elf.positionIndependent) return 0
  const align = maxAlign(elf)
  return Math.ceil(base / align) * align - Math.floor(elf.start / align) * align
}

function maxAlign(elf: Elf): number {
  return elf.loads.reduce((align, load) => Math.max(align, load.align), mm.PAGE_SIZE)
}

function mapSegments(thread: RunnerThread, space: AddressSpace, { elf, fd, identity }: OpenElf, bias: number): LoadProblem | null {
  if (elf.start + bias < 0 || elf.end + bias > space.layout.limit) {
    return { errno: errno.ENOMEM, reason: `does not fit into the address space: it ends at 0x${(elf.end + bias).toString(16)}` }
  }
  for (const segment of elf.loads) {
    const result = mapSegment(thread, space, segment, fd, identity, bias)
    if (result < 0) return noRoom(-result, segment.vaddr + bias)
  }
  return null
}

/** 0 or -errno. */
function mapSegment(thread: RunnerThread, space: AddressSpace, segment: Segment, fd: number, file: FileIdentity, bias: number): number {
  const prot =
    (segment.flags & PF_R ? mm.PROT_READ : 0) | (segment.flags & PF_W ? mm.PROT_WRITE : 0) | (segment.flags & PF_X ? mm.PROT_EXEC : 0)
  const address = segment.vaddr + bias
  const start = mm.pageDown(address)
  const fileEnd = address + segment.filesz
  const end = mm.pageUp(address + segment.memsz)
  let mapped = start
  if (segment.filesz > 0) {
    mapped = mm.pageUp(fileEnd)
    const offset = segment.offset - (address - start)
    const result = space.mmap(thread, start, mapped - start, prot, mm.MAP_PRIVATE | mm.MAP_FIXED, fd, offset, file)
    if (result < 0) return result
  } else if (address > start && space.vmas.at(start)) {
    mapped = start + mm.PAGE_SIZE // the page is the previous segment's last
  }
  if (segment.memsz > segment.filesz && fileEnd < mapped && prot & mm.PROT_WRITE) {
    // The rest of the last page holds what follows in the file; the program expects zeros.
    thread.batch.write(fileEnd, new Uint8Array(Math.min(mapped, end) - fileEnd))
  }
  if (mapped >= end) return 0
  const anonymous = mm.PROT_READ | mm.PROT_WRITE | (prot & mm.PROT_EXEC)
  const result = space.mmap(thread, mapped, end - mapped, anonymous, mm.MAP_PRIVATE | mm.MAP_ANONYMOUS | mm.MAP_FIXED, -1, 0)
  return Math.min(result, 0)
}

function mapStack(thread: RunnerThread, space: AddressSpace, used: number, executable: boolean): LoadProblem | null {
  const { stackTop } = space.layout
  const size = mm.pageUp(used) + STACK_INITIAL
  const prot = mm.PROT_READ | mm.PROT_WRITE | (executable ? mm.PROT_EXEC : 0)
  const flags = mm.MAP_PRIVATE | mm.MAP_ANONYMOUS | mm.MAP_GROWSDOWN | mm.MAP_FIXED
  const result = space.mmap(thread, stackTop - size, size, prot, flags, -1, 0)
  if (result < 0) return noRoom(-result)
  space.vmas.change(stackTop - size, stackTop, { name: '[stack]' })
  return null
}

/** A name as prctl takes it. */
function commOf(name: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(COMM_SIZE)
  bytes.set(name.subarray(0, COMM_SIZE - 1))
  return bytes
}

function noRoom(code: number, address?: number): LoadProblem {
  const where = address === undefined ? '' : ` at 0x${address.toString(16)}`
  return { errno: code, reason: `cannot be mapped${where}: ${errnoClause(code)}` }
}
