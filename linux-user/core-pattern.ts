/** Names of core files: /proc/sys/kernel/core_pattern as the kernel reads it (Documentation/admin-guide/sysctl/kernel.rst). */
import { readFileSync } from 'node:fs'

export interface CoreNames {
  readonly pid: number
  readonly tid: number
  readonly uid: number
  readonly gid: number
  readonly signal: number
  readonly comm: string
  readonly executable: string
  readonly hostname: string
  /** Seconds. */
  readonly time: number
  readonly limit: number
}

/** The pattern, whether core_uses_pid is set, the host's name; an empty pattern where /proc does not say. */
export function kernelPattern(): { readonly pattern: string; readonly usesPid: boolean; readonly hostname: string } {
  const read = (name: string): string => {
    try {
      return readFileSync(`/proc/sys/kernel/${name}`, 'latin1').replace(/\n$/, '')
    } catch {
      return ''
    }
  }
  return { pattern: read('core_pattern'), usesPid: Number(read('core_uses_pid')) !== 0, hostname: read('hostname') }
}

/** The name of the file; null: there is none (a pipe, an abstract socket, nothing). */
export function coreName(pattern: string, usesPid: boolean, names: CoreNames): string | null {
  if (pattern.startsWith('|') || pattern.startsWith('@')) return null
  // A name may not lead elsewhere.
  const safe = (text: string): string =>
    text === '.' || text === '..' || text === '' ? text.replaceAll('.', '!') || '!' : text.replaceAll('/', '!')
  const values: Readonly<Record<string, string>> = {
    '%': '%',
    p: String(names.pid),
    P: String(names.pid),
    i: String(names.tid),
    I: String(names.tid),
    u: String(names.uid),
    g: String(names.gid),
    d: '1',
    s: String(names.signal),
    t: String(names.time),
    h: safe(names.hostname),
    e: safe(names.comm),
    f: safe(names.executable.split('/').at(-1) ?? ''),
    E: names.executable.replaceAll('/', '!'),
    c: Number.isFinite(names.limit) ? String(names.limit) : '18446744073709551615',
    C: '0',
  }
  const name = pattern.replace(/%(.?)/g, (_, letter: string) => values[letter] ?? '')
  const full = usesPid && !pattern.includes('%p') ? `${name}.${names.pid}` : name
  return full === '' ? null : full
}
