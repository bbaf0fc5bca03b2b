/** `demotic support`: what is supported, computed from the rows that do the work. */
import { syscallSupport } from '../../syscalls/support.ts'
import { guestAbis } from './guests.ts'

const NAME_WIDTH = 28

export function printSupport(): number {
  for (const { guest, abi } of guestAbis) {
    const rows = [...guest.rows]
    const missing = rows.filter((row) => row.missing).map((row) => row.name)
    print(`${guest.name}: ${rows.length - missing.length} of ${rows.length} instruction rows`)
    if (missing.length > 0) print(`  missing: ${missing.join(', ')}`)
    const calls = syscallSupport(abi)
    const counts = new Map<string, number>()
    for (const call of calls) counts.set(call.state, (counts.get(call.state) ?? 0) + 1)
    print(`${guest.name}: ${calls.length} system calls: ${[...counts].map(([state, count]) => `${count} ${state}`).join(', ')}`)
    for (const call of calls) {
      const name = `${String(call.number).padStart(5)}  ${call.name}`.padEnd(NAME_WIDTH)
      print(`${name} ${call.state}${call.note === '' ? '' : `: ${call.note}`}`)
    }
  }
  return 0
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
