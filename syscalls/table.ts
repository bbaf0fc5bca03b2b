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

const tables = new WeakMap<Abi, readonly (Row | undefined)[]>()

/** Rows by number in an ABI; computed once. */
export function syscallTable(abi: Abi): readonly (Row | undefined)[] {
  let table = tables.get(abi)
  if (table === undefined) {
    const made: (Row | undefined)[] = []
    for (const [name, number] of Object.entries(abi.numbers)) made[number] = rowsByName.get(name)
    tables.set(abi, (table = made))
  }
  return table
}

/** Names of an ABI's calls that no row declares; the tests demand that there are none for the ABIs in use. */
export function undeclared(abi: Abi): string[] {
  return Object.keys(abi.numbers).filter((name) => !rowsByName.has(name))
}
