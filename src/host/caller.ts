/**
 * What whoever started the engine wants the guest to inherit, and Node has changed by the time JavaScript runs: Node sets every signal to
 * its default (SIGPIPE and SIGXFSZ to ignored), clears the signal mask, and raises the soft limit of open files to the hard one.
 *
 * A launcher that saw the original says so in DEMOTIC_CALLER = "SigIgn SigBlk nofile" (two hexadecimal masks as in /proc/self/status, and the soft limit;
 * "-" where it does not know). Without it, the parent's own state is the best guess: it is right unless the parent changed it just for us, as nohup does.
 */
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { SIGNAL } from '../runtime/host-kernel.ts'

export const CALLER_VARIABLE = 'DEMOTIC_CALLER'

export interface CallerState {
  /** Signals 1..32 and 33..64 as bit masks, low half first. */
  readonly ignored: readonly [lo: number, hi: number]
  readonly blocked: readonly [lo: number, hi: number]
  /** Soft RLIMIT_NOFILE, null: leave it. */
  readonly openFiles: number | null
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function mask(text: string | undefined): [number, number] | null {
  if (text === undefined || !/^[0-9a-f]{1,16}$/.test(text)) return null
  const digits = text.padStart(16, '0')
  return [Number.parseInt(digits.slice(8), 16) | 0, Number.parseInt(digits.slice(0, 8), 16) | 0]
}

function openFilesOf(pid: string): { soft: number; hard: number } | null {
  const found = /^Max open files\s+(\d+)\s+(\d+)/m.exec(readText(`/proc/${pid}/limits`))
  return found === null ? null : { soft: Number(found[1]), hard: Number(found[2]) }
}

function parentsOpenFiles(): number | null {
  const own = openFilesOf('self')
  const parents = openFilesOf(String(process.ppid))
  return own !== null && parents !== null && own.hard === parents.hard && parents.soft < own.soft ? parents.soft : null
}

/** A parent that ignores SIGPIPE does so for itself (Python and Node do); it is not a wish for its children. */
function withoutSigpipe(lo: number): number {
  return lo & ~((1 << (SIGNAL.SIGPIPE - 1)) | (1 << (SIGNAL.SIGXFSZ - 1)))
}

export function callerState(environment: NodeJS.ProcessEnv = process.env): CallerState {
  const [ignored, blocked, files] = (environment[CALLER_VARIABLE] ?? '').split(' ')
  const status = readText(`/proc/${process.ppid}/status`)
  const parents = mask(/^SigIgn:\s*([0-9a-f]+)/m.exec(status)?.[1]) ?? [0, 0]
  return {
    ignored: mask(ignored) ?? [withoutSigpipe(parents[0]), parents[1]],
    blocked: mask(blocked) ?? [0, 0],
    openFiles: files !== undefined && /^\d+$/.test(files) ? Number(files) : parentsOpenFiles(),
  }
}
