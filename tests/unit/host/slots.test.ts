/** Slots of control memory: whoever takes one finds nothing of its last user. */
import { describe, expect, it } from 'vitest'
import { Slots } from '../../../src/host/slots.ts'
import { ACTIONS_OFFSET, CONTROL_OFFSET, GUEST_ACTIONS_OFFSET, JUMPS_OFFSET, STATE_OFFSET } from '../../../src/runtime/layout.ts'

const CLEAN = [STATE_OFFSET, CONTROL_OFFSET, ACTIONS_OFFSET, GUEST_ACTIONS_OFFSET, JUMPS_OFFSET]

function isClean(slot: { readonly u8: Uint8Array }): boolean {
  return CLEAN.every((offset) => slot.u8[offset + 8] === 0)
}

describe('a slot', () => {
  it('is clean when it is taken again, by the engine or by its successor', () => {
    const slots = new Slots()
    const taken = [1, 2, 3, 4].map(() => slots.take()!)
    for (const slot of taken) for (const offset of CLEAN) slot.u8[offset + 8] = 0xff
    const again = taken[1]!
    slots.release(again)
    expect(isClean(slots.take()!)).toBe(true)

    // Of four only the first is in use: the others have ended, also those behind it.
    const successor = new Slots({ fd: slots.fd, used: [taken[0]!.index], top: slots.top })
    expect(isClean(successor.at(taken[0]!.index))).toBe(false)
    for (let n = 0; n < 6; n++) expect(isClean(successor.take()!)).toBe(true)
  })
})
