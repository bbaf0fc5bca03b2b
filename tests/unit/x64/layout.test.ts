/** Where fields of the control block lie in relation to each other. */
import { describe, expect, test } from 'vitest'
import { A64_STATE } from '../../../src/guest/a64/state.ts'
import { ARM_STATE } from '../../../src/guest/arm/state.ts'
import { typeSize } from '../../../src/ir/region.ts'
import {
  LOOKUP_MASK,
  LOOKUP_TABLE,
  MXCSR,
  NAMES_MAPPED,
  POLL_FLAG,
  SIGNAL_PENDING,
  SPILL_OFFSET,
  SYSCALL_COUNT,
  SYSCALL_TABLE,
} from '../../../src/x64/layout.ts'

describe('loads of translated code are not taken for loads of the guest state', () => {
  const ALIAS = 1024
  const taken = new Set(
    [...A64_STATE, ...ARM_STATE].flatMap((slot) => Array.from({ length: typeSize(slot.type) }, (_, n) => (slot.offset + n) % ALIAS)),
  )

  test.each([
    ['POLL_FLAG', POLL_FLAG, 4],
    ['SYSCALL_TABLE', SYSCALL_TABLE, 8],
    ['LOOKUP_TABLE', LOOKUP_TABLE, 8],
    ['LOOKUP_MASK', LOOKUP_MASK, 8],
    ['SYSCALL_COUNT', SYSCALL_COUNT, 4],
    ['NAMES_MAPPED', NAMES_MAPPED, 4],
    ['SIGNAL_PENDING', SIGNAL_PENDING, 4],
    ['MXCSR', MXCSR, 4],
    ['SPILL_OFFSET', SPILL_OFFSET, 160],
  ] as const)('%s', (_, offset, size) => {
    const same = Array.from({ length: size }, (_, n) => (offset + n) % ALIAS).filter((low) => taken.has(low))
    expect(same).toEqual([])
  })
})
