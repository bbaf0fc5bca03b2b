/** The fourth argument of futex: a time or a number, as the operation is. */
import { futexOperation } from './abi/flags/process.ts'
import { type Arg, hexLong } from './args.ts'

const { FUTEX_WAIT, FUTEX_LOCK_PI, FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME } =
  futexOperation.values
const waits = [FUTEX_WAIT, FUTEX_LOCK_PI, FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2]
const options = [0, FUTEX_PRIVATE_FLAG, FUTEX_CLOCK_REALTIME, FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME]
/** A timeout for the operations that wait, a number for those that wake. */
export const futexTimeout = (time: Arg): Arg => ({
  kind: 'by',
  selector: 'op',
  cases: new Map(waits.flatMap((wait) => options.map((option) => [wait | option, time] as const))),
  otherwise: hexLong,
})
