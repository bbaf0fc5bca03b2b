/** AArch64's registers as gdb numbers them, and the target description that says so (gdb/features/aarch64-*.xml). */

import { A64_STATE, SLOT_FPCR, SLOT_NZCV, SLOT_PC, SLOT_SP, SLOT_TPIDR, SLOT_V0, SLOT_X0 } from '../../src/guest/a64/state.ts' // biome-ignore format: a list
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { getFpsr, setFloatControl } from '../arch/aarch64-frame.ts'
import { packFlags, type StoppedThread, unpackFlags } from '../arch/frame.ts'

interface Register {
  readonly name: string
  /** Bytes. */
  readonly size: number
  get(thread: StoppedThread): Uint8Array
  set(thread: StoppedThread, bytes: Uint8Array): void
}

const X = 8
const V = 16
const W = 4
const GENERAL = 31
const VECTORS = 32

function plain(name: string, slot: number, size: number): Register {
  const at = STATE_OFFSET + A64_STATE[slot]!.offset
  return {
    name,
    size,
    get: (thread) => thread.u8.slice(at, at + size),
    set: (thread, bytes) => thread.u8.set(bytes.subarray(0, size), at),
  }
}

function word(name: string, get: (thread: StoppedThread) => number, set: (thread: StoppedThread, value: number) => void): Register {
  return {
    name,
    size: W,
    get: (thread) => new Uint8Array(Int32Array.of(get(thread)).buffer),
    set: (thread, bytes) => set(thread, new DataView(bytes.buffer, bytes.byteOffset, W).getInt32(0, true)),
  }
}

const NZCV = (STATE_OFFSET + A64_STATE[SLOT_NZCV]!.offset) >> 2
const FPCR = (STATE_OFFSET + A64_STATE[SLOT_FPCR]!.offset) >> 2

const core: Register[] = [
  ...Array.from({ length: GENERAL }, (_, n) => plain(`x${n}`, SLOT_X0 + n, X)),
  plain('sp', SLOT_SP, X),
  plain('pc', SLOT_PC, X),
  word(
    'cpsr',
    ({ i32 }) => unpackFlags(i32[NZCV]!),
    ({ i32 }, value) => {
      i32[NZCV] = packFlags(value)
    },
  ),
]
const float: Register[] = [
  ...Array.from({ length: VECTORS }, (_, n) => plain(`v${n}`, SLOT_V0 + n, V)),
  word('fpsr', getFpsr, (thread, value) => setFloatControl(thread, value, thread.i32[FPCR]!)),
  word(
    'fpcr',
    ({ i32 }) => i32[FPCR]!,
    (thread, value) => setFloatControl(thread, getFpsr(thread), value),
  ),
]
const tls: Register[] = [plain('tpidr', SLOT_TPIDR, X)]

/** By gdb's number. */
export const REGISTERS: readonly Register[] = [...core, ...float, ...tls]
export const REGISTER_FP = 29
export const REGISTER_SP = 31
export const REGISTER_PC = 32

const LANES = [
  ['v2d', 'ieee_double', 2],
  ['v2u', 'uint64', 2],
  ['v2i', 'int64', 2],
  ['v4f', 'ieee_single', 4],
  ['v4u', 'uint32', 4],
  ['v4i', 'int32', 4],
  ['v8f', 'ieee_half', 8],
  ['v8u', 'uint16', 8],
  ['v8i', 'int16', 8],
  ['v16u', 'uint8', 16],
  ['v16i', 'int8', 16],
  ['v1u', 'uint128', 1],
  ['v1i', 'int128', 1],
] as const
const UNIONS = [
  ['vnd', ['v2d:f', 'v2u:u', 'v2i:s']],
  ['vns', ['v4f:f', 'v4u:u', 'v4i:s']],
  ['vnh', ['v8f:f', 'v8u:u', 'v8i:s']],
  ['vnb', ['v16u:u', 'v16i:s']],
  ['vnq', ['v1u:u', 'v1i:s']],
  ['aarch64v', ['vnd:d', 'vns:s', 'vnh:h', 'vnb:b', 'vnq:q']],
] as const

function xml(): string {
  const reg = (r: Register, type: string): string => `<reg name="${r.name}" bitsize="${r.size * 8}" type="${type}"/>`
  const vectors = LANES.map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`)
  const unions = UNIONS.map(([id, fields]) => {
    const lines = fields.map((field) => field.split(':')).map(([type, name]) => `<field name="${name}" type="${type}"/>`)
    return `<union id="${id}">${lines.join('')}</union>`
  })
  const coreType = (r: Register): string =>
    r.name === 'sp' ? 'data_ptr' : r.name === 'pc' ? 'code_ptr' : r.name === 'cpsr' ? 'cpsr_flags' : 'int'
  const flag = (name: string, bit: number): string => `<field name="${name}" start="${bit}" end="${bit}"/>`
  return [
    '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">',
    '<architecture>aarch64</architecture><osabi>GNU/Linux</osabi>',
    '<feature name="org.gnu.gdb.aarch64.core">',
    `<flags id="cpsr_flags" size="4">${flag('V', 28)}${flag('C', 29)}${flag('Z', 30)}${flag('N', 31)}</flags>`,
    ...core.map((r) => reg(r, coreType(r))),
    '</feature><feature name="org.gnu.gdb.aarch64.fpu">',
    ...vectors,
    ...unions,
    ...float.map((r) => reg(r, r.size === V ? 'aarch64v' : 'int')),
    '</feature><feature name="org.gnu.gdb.aarch64.tls">',
    ...tls.map((r) => reg(r, 'data_ptr')),
    '</feature></target>',
  ].join('\n')
}

export const TARGET_XML = xml()
