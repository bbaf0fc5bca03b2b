/**
 * The whole table: every row by name and, for a guest ABI, by number. A number without a row is a system call that the
 * kernel does not have either (ENOSYS).
 */
import type { Abi } from './abi/abi.ts'
import type { Row } from './row.ts'
import * as directories from './rows/directories.ts'
import * as files from './rows/files.ts'
import * as identity from './rows/identity.ts'
import * as ioctl from './rows/ioctl.ts'
import * as ipc from './rows/ipc.ts'
import * as memory from './rows/memory.ts'
import * as misc from './rows/misc.ts'
import * as older from './rows/older.ts'
import * as pipes from './rows/pipes.ts'
import * as polling from './rows/polling.ts'
import * as process from './rows/process.ts'
import * as signals from './rows/signals.ts'
import * as sockets from './rows/sockets.ts'
import * as time from './rows/time.ts'

export interface Family {
  readonly name: string
  readonly rows: readonly Row[]
}

export const families: readonly Family[] = Object.entries<Record<string, Row>>({
  files,
  directories,
  memory,
  time,
  identity,
  polling,
  sockets,
  pipes,
  ioctl,
  process,
  signals,
  ipc,
  misc,
  older,
}).map(([name, rows]) => ({ name, rows: Object.values(rows) }))

export const rowsByName: ReadonlyMap<string, Row> = collect()

function collect(): Map<string, Row> {
  const rows = new Map<string, Row>()
  for (const family of families) {
    for (const row of family.rows) {
      if (rows.has(row.name)) throw new Error(`system call ${row.name} has two rows`)
      rows.set(row.name, row)
    }
  }
  return rows
}

/** Numbers from here on are an architecture's own: few, and far above. */
const DENSE = 0x1000

interface Numbered {
  readonly dense: readonly (Row | undefined)[]
  readonly sparse: ReadonlyMap<number, Row>
}

const tables = new WeakMap<Abi, Numbered>()

function numbered(abi: Abi): Numbered {
  const known = tables.get(abi)
  if (known !== undefined) return known
  const dense: (Row | undefined)[] = []
  const sparse = new Map<number, Row>()
  for (const [name, number] of Object.entries(abi.numbers)) {
    const row = rowsByName.get(name)
    if (number < DENSE) dense[number] = row
    else if (row !== undefined) sparse.set(number, row)
  }
  const made = { dense, sparse }
  tables.set(abi, made)
  return made
}

/** Rows by number in an ABI, without its own ones; computed once. */
export function syscallTable(abi: Abi): readonly (Row | undefined)[] {
  return numbered(abi).dense
}

/** The row of any number. */
export function rowOf(abi: Abi, number: number): Row | undefined {
  const { dense, sparse } = numbered(abi)
  return dense[number] ?? sparse.get(number)
}

/** Names of an ABI's calls that no row declares; the tests demand that there are none for the ABIs in use. */
export function undeclared(abi: Abi): string[] {
  return Object.keys(abi.numbers).filter((name) => !rowsByName.has(name))
}
