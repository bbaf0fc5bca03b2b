/** `#!` lines as fs/binfmt_script.c reads them. */
import { expect, it } from 'vitest'
import { isScript, readScriptLine } from '../../../linux-user/script.ts'

const read = (text: string): [string, string | null] | null => {
  const line = readScriptLine(Buffer.from(text, 'latin1').subarray(0, 256))
  const string = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')
  return line && [string(line.interpreter), line.argument && string(line.argument)]
}

const long = (length: number): string => `/${'x'.repeat(length - 1)}`

const cases: [string, [string, string | null] | null][] = [
  ['#!/bin/sh\necho', ['/bin/sh', null]],
  ['#!/bin/sh', ['/bin/sh', null]],
  ['#! \t/bin/sh \t\n', ['/bin/sh', null]],
  ['#!/bin/sh -e  -x \n', ['/bin/sh', '-e  -x']],
  ['#!/bin/sh\t-e\n', ['/bin/sh', '-e']],
  ['#!/usr/bin/env -S a b', ['/usr/bin/env', '-S a b']],
  ['#!\n', null],
  ['#! \t \n/bin/sh', null],
  ['#!', null],
  ['#!/bin/sh\0 -e\n', ['/bin/sh', null]],
  ['#!/bin/sh -e\0f\n', ['/bin/sh', '-e']],
  ['#!/bin/sh -e\r\n', ['/bin/sh', '-e\r']],
  [`#!${long(253)}\n`, [long(253), null]],
  [`#!${long(254)}\n`, null],
  [`#!${long(300)}`, null],
  [`#!/bin/sh ${'y'.repeat(300)}\n`, ['/bin/sh', 'y'.repeat(245)]],
  [`#!${' '.repeat(300)}`, null],
]

for (const [text, expected] of cases) it(JSON.stringify(text.slice(0, 40)), () => expect(read(text)).toEqual(expected))

it('is a script only with #!', () => {
  expect(isScript(Buffer.from('#!x'))).toBe(true)
  expect(isScript(Buffer.from('# !'))).toBe(false)
  expect(isScript(Buffer.from(''))).toBe(false)
})
