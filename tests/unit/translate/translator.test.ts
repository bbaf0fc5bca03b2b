/** Translation while others are served: no region is made of pages that have changed since they were read. */
import { describe, expect, it } from 'vitest'
import { A64Context } from '../../../src/guest/a64/context.ts'
import { A64 } from '../../../src/guest/a64/index.ts'
import { CODE_AREA_BASE } from '../../../src/runtime/layout.ts'
import { type CodeMemory, CodeSpace } from '../../../src/translate/code-space.ts'
import { type CodeSource, Translator } from '../../../src/translate/translator.ts'
import { BASELINE_CPU } from '../../../src/x64/cpu.ts'
import { loop, PAGE } from './two-page-loop.ts'

const HERE = 0x10000
const NOWHERE: CodeMemory = {
  write: () => undefined,
  patch32: () => undefined,
  patch8: () => undefined,
  read: (_, length) => new Uint8Array(length),
  view: (_, length) => new ArrayBuffer(length),
}

function makeSpace(): CodeSpace {
  const somewhere = CODE_AREA_BASE - PAGE
  return new CodeSpace(
    NOWHERE,
    { exit: somewhere, poll: somewhere, syscall: somewhere, lookup: somewhere },
    CODE_AREA_BASE,
    () => somewhere,
    A64,
  )
}

function makeTranslator(): Translator<A64Context> {
  return new Translator({ guest: A64, context: (region, targets) => new A64Context(region, targets), cpu: BASELINE_CPU })
}

describe('a page that changes while the next one is asked for', () => {
  const { entry, pageOf } = loop(HERE, 3)
  const space = makeSpace()
  let changes: [asked: number, changed: number] | null = null
  const source: CodeSource = {
    space,
    makeRoom: () => space.flush(),
    codePage: (address) => {
      if (address === changes?.[0]) space.invalidate(changes[1], changes[1] + PAGE)
      return pageOf(address)
    },
  }
  const translator = makeTranslator()

  it('makes no region of tier 2', () => {
    expect(translator.hotRegionFor(source, entry)).not.toBeNull()
    changes = [HERE + PAGE, HERE]
    expect(translator.hotRegionFor(source, entry)).toBeNull()
    changes = null
    expect(translator.hotRegionFor(source, entry)).not.toBeNull()
  })

  it('brings no region back', () => {
    expect(space.find(entry)?.isHot).toBe(true)
    for (const asked of [null, HERE + PAGE]) {
      space.invalidate(HERE, HERE + PAGE)
      changes = asked === null ? null : [asked, HERE]
      expect(space.revive(entry, source.codePage) === undefined).toBe(asked !== null)
    }
  })
})
