/** Descriptors in the engine's poll: none is lost when others go. */
import { closeSync, writeSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { Doorbell } from '../../../src/host/doorbell.ts'
import { pipe } from '../../../src/host/memory.ts'
import { WatchList } from '../../../src/host/watch-list.ts'
import { HEADER_SIZE } from '../../../src/runtime/layout.ts'

const MOST = 16

let doorbell: Doorbell
let watches: WatchList
let open: number[]
beforeEach(() => {
  doorbell = new Doorbell(new Int32Array(HEADER_SIZE >> 2), MOST)
  watches = new WatchList(doorbell)
  open = []
})
afterEach(() => {
  for (const fd of open) closeSync(fd)
  doorbell.close()
})

function readablePipe(): number {
  const [read, write] = pipe()
  open.push(read, write)
  writeSync(write, 'x')
  return read
}

/** What one look at the poll calls, in its order. */
function looked(): void {
  doorbell.prepareToSleep()
  doorbell.sleep((fd) => watches.note(fd), 0)
  watches.serve()
}

it('one that is not watched can be removed', () => {
  const [here, elsewhere] = [readablePipe(), readablePipe()]
  const heard: number[] = []
  watches.add(here, () => heard.push(here))
  watches.remove(elsewhere)
  looked()
  expect(heard).toEqual([here])
})

it('whoever is called may remove one that is readable, too', () => {
  const [first, second, third] = [readablePipe(), readablePipe(), readablePipe()]
  const heard: number[] = []
  watches.add(first, () => {
    heard.push(first)
    watches.remove(second)
  })
  watches.add(second, () => heard.push(second))
  watches.add(third, () => heard.push(third))
  looked()
  looked()
  expect(heard.sort()).toEqual([first, first, third, third].sort())
})
