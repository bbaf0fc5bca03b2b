/** What gdb is told when a thread goes while everything is being stopped for it. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Control, type StopEvent } from '../../../linux-user/gdb/control.ts'
import type { GdbTarget } from '../../../linux-user/gdb/target.ts'
import type { ThreadControl } from '../../../linux-user/gdb/thread-control.ts'
import type { GuestProcess } from '../../../linux-user/process.ts'
import type { GuestThread } from '../../../linux-user/thread.ts'
import type { Tree } from '../../../linux-user/tree.ts'
import { Death } from '../../../src/host/process.ts'

const PID = 5
const NOTHING = {} as GdbTarget

let process: GuestProcess
let control: Control
let told: StopEvent[]

function addThread(): GuestThread {
  const thread = { process, runner: { state: 'stopped', tid: 0 } } as unknown as GuestThread
  process.threads.add(thread)
  return thread
}

beforeEach(() => {
  process = { pid: PID, threads: new Set(), memory: {}, executing: null, execution: null } as unknown as GuestProcess
  const engine = { watch: () => undefined, unwatch: () => undefined }
  control = new Control({ engine, abi: { resultAt: 0 }, processes: new Map([[PID, process]]) } as unknown as Tree, NOTHING)
  told = []
  control.client = {
    follows: { fork: false, vfork: false, exec: false },
    passed: new Set(),
    stopped: (event) => told.push(event),
    poll: () => undefined,
  }
})
afterEach(() => control.close())

function remove(thread: GuestThread): void {
  process.threads.delete(thread)
  control.removed(thread)
}

it('the end of a process whose only thread was to be interrupted', () => {
  const thread = addThread()
  control.attachAgain()
  control.interrupt()
  remove(thread)
  expect(told).toEqual([])
  const death = new Death(PID, 0, null)
  control.ended(process, death)
  expect(told).toEqual([{ kind: 'exit', thread: null, pid: PID, death }])
})

it('an interrupt of a process whose first thread ends meanwhile', () => {
  const [first, second] = [addThread(), addThread()]
  control.attachAgain()
  control.interrupt()
  const left = control.threads.get(second) as ThreadControl
  left.isHeld = true
  remove(first)
  expect(told).toEqual([{ kind: 'interrupt', thread: left }])
})
