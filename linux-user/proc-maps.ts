/**
 * /proc/PID/maps and smaps as the guest's: the host's own text, which knows device, inode and name of every mapping,
 * cut and joined to the mappings of the guest's list, with the guest's protections. What lies at GUEST_LIMIT and above
 * (the runner) is left out; pieces that only write protection split are one again.
 */
import { GUEST_LIMIT } from './layout.ts'
import { MAP_SHARED, rights } from './mman.ts'
import type { Vma } from './vma-list.ts'

interface HostEntry {
  start: number
  end: number
  offset: number
  /** Device, a blank, inode. */
  readonly file: string
  readonly name: string
  /** smaps: the lines below the header. */
  readonly details: string[]
}

/** Column at which the kernel writes the name. */
const NAME_COLUMN = 73
/** Lines of smaps that are not sums over pages. */
const NOT_SUMMED = new Set(['KernelPageSize', 'MMUPageSize'])

/** `hostText`: the host's maps or smaps. `nameOf`: what the guest calls a host file. Bytes are characters in all texts. */
export function guestMaps(hostText: string, vmas: readonly Vma[], nameOf: (hostName: string) => string): string {
  const entries = parse(hostText)
  let text = ''
  let index = 0
  for (const vma of vmas) {
    while (index < entries.length && entries[index]!.end <= vma.start) index++
    let joined: HostEntry | null = null
    for (let i = index; i < entries.length && entries[i]!.start < vma.end; i++) {
      const part = cut(entries[i]!, vma.start, vma.end)
      if (joined && continues(joined, part)) {
        joined.end = part.end
        addDetails(joined.details, part.details)
      } else {
        if (joined) text += line(joined, vma, nameOf)
        joined = part
      }
    }
    if (joined) text += line(joined, vma, nameOf)
  }
  return text
}

function parse(text: string): HostEntry[] {
  const entries: HostEntry[] = []
  for (const line of text.split('\n')) {
    const match = /^([0-9a-f]+)-([0-9a-f]+) \S{4} ([0-9a-f]+) (\S+ \d+) *(.*)$/.exec(line)
    if (!match) {
      if (line !== '') entries.at(-1)?.details.push(line)
      continue
    }
    const start = Number.parseInt(match[1]!, 16)
    if (start >= GUEST_LIMIT) break
    entries.push({
      start,
      end: Number.parseInt(match[2]!, 16),
      offset: Number.parseInt(match[3]!, 16),
      file: match[4]!,
      name: match[5]!,
      details: [],
    })
  }
  return entries
}

function cut(entry: HostEntry, start: number, end: number): HostEntry {
  const from = Math.max(entry.start, start)
  const offset = entry.file === '00:00 0' ? 0 : entry.offset + from - entry.start
  return { ...entry, start: from, end: Math.min(entry.end, end), offset, details: [...entry.details] }
}

function continues(a: HostEntry, b: HostEntry): boolean {
  return a.end === b.start && a.file === b.file && a.name === b.name && (a.file === '00:00 0' || a.offset + a.end - a.start === b.offset)
}

/** Adds the kB figures of `more` to those of `details`, line by line. */
function addDetails(details: string[], more: readonly string[]): void {
  for (const [i, line] of details.entries()) {
    const match = /^(\w+):( +)(\d+) kB$/.exec(line)
    const other = /^(\w+): +(\d+) kB$/.exec(more[i] ?? '')
    if (!match || !other || match[1] !== other[1] || NOT_SUMMED.has(match[1]!)) continue
    const sum = String(Number(match[3]) + Number(other[2]))
    details[i] = `${match[1]}:${sum.padStart(match[2]!.length + match[3]!.length)} kB`
  }
}

function line(entry: HostEntry, vma: Vma, nameOf: (hostName: string) => string): string {
  const head = `${hex(entry.start)}-${hex(entry.end)} ${rights(vma.prot)}${vma.flags & MAP_SHARED ? 's' : 'p'} ${hex(entry.offset)} ${entry.file} `
  const ours = entry.name === '[heap]' || entry.name === '[stack]' ? '' : entry.name
  const name = vma.name || (ours.startsWith('/') ? nameOf(ours) : ours)
  const header = name === '' ? head : head.padEnd(NAME_COLUMN) + name
  return [header, ...entry.details].map((text) => `${text}\n`).join('')
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0')
}
