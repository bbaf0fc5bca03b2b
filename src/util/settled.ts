/**
 * Large constant tables by name, quick to make and to read. V8 makes an object of several hundred keys in two ways: growing a hidden class key by
 * key (1 ms for 450 keys, of a start of 40), or as a hash table (0.1 ms), whose reads compiled code cannot fold into constants.
 */

/** So many reads make V8 notice. */
const READS = 20

/** The table that `fill` fills: built as a hash table, then made ordinary by reading it as another object's prototype. */
export function settled<Table extends object>(fill: (table: Table) => void): Table {
  const table = Object.create(null) as Table
  fill(table)
  const heir = Object.create(table) as Record<string, unknown>
  for (const name in table) {
    for (let n = 0; n < READS; n++) heir[name]
    break
  }
  return table
}
