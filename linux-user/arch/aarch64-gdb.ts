/** AArch64 as gdb sees it: its registers, the target description that says so (gdb/features/aarch64-*.xml), breakpoints. */

import { A64_STATE, SLOT_FPCR, SLOT_NZCV, SLOT_PC, SLOT_SP, SLOT_TPIDR, SLOT_V0, SLOT_X0 } from '../../src/guest/a64/state.ts' // biome-ignore format: a list
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { bytesRegister, type GdbRegister, type GdbTarget, wordRegister } from '../gdb/target.ts'
import { getFpsr, setFloatControl } from './aarch64-frame.ts'
import { packFlags, unpackFlags } from './frame.ts'

const X = 8
const V = 16
const GENERAL = 31
const VECTORS = 32

const plain = (name: string, number: number, slot: number, size: number): GdbRegister =>
  bytesRegister(name, number, STATE_OFFSET + A64_STATE[slot]!.offset, size)

const NZCV = (STATE_OFFSET + A64_STATE[SLOT_NZCV]!.offset) >> 2
const FPCR = (STATE_OFFSET + A64_STATE[SLOT_FPCR]!.offset) >> 2

const NUMBER_FP = 29
const NUMBER_SP = 31
const NUMBER_PC = 32
const NUMBER_CPSR = 33
const NUMBER_V0 = 34
const NUMBER_FPSR = NUMBER_V0 + VECTORS

const core: GdbRegister[] = [
  ...Array.from({ length: GENERAL }, (_, n) => plain(`x${n}`, n, SLOT_X0 + n, X)),
  plain('sp', NUMBER_SP, SLOT_SP, X),
  plain('pc', NUMBER_PC, SLOT_PC, X),
  wordRegister(
    'cpsr',
    NUMBER_CPSR,
    ({ i32 }) => unpackFlags(i32[NZCV]!),
    ({ i32 }, value) => {
      i32[NZCV] = packFlags(value)
    },
  ),
]
const float: GdbRegister[] = [
  ...Array.from({ length: VECTORS }, (_, n) => plain(`v${n}`, NUMBER_V0 + n, SLOT_V0 + n, V)),
  wordRegister('fpsr', NUMBER_FPSR, getFpsr, (thread, value) => setFloatControl(thread, value, thread.i32[FPCR]!)),
  wordRegister(
    'fpcr',
    NUMBER_FPSR + 1,
    ({ i32 }) => i32[FPCR]!,
    (thread, value) => setFloatControl(thread, getFpsr(thread), value),
  ),
]
const tls: GdbRegister[] = [plain('tpidr', NUMBER_FPSR + 2, SLOT_TPIDR, X)]

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
  const reg = (r: GdbRegister, type: string): string => `<reg name="${r.name}" bitsize="${r.size * 8}" type="${type}"/>`
  const vectors = LANES.map(([id, type, count]) => `<vector id="${id}" type="${type}" count="${count}"/>`)
  const unions = UNIONS.map(([id, fields]) => {
    const lines = fields.map((field) => field.split(':')).map(([type, name]) => `<field name="${name}" type="${type}"/>`)
    return `<union id="${id}">${lines.join('')}</union>`
  })
  const coreType = (r: GdbRegister): string =>
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

const INSN_SIZE = 4
const BRK = [0x00, 0x00, 0x20, 0xd4]
const DC_ZVA = 0xd50b_7420
const DC_ZVA_MASK = 0xffff_ffe0
/** Bits 27 and 25 of loads and stores are 1 and 0 (Arm ARM C4.1). */
const ACCESS_MASK = 0x0a00_0000
const ACCESS = 0x0800_0000

export const aarch64Gdb: GdbTarget = {
  registers: [...core, ...float, ...tls],
  expedited: [NUMBER_FP, NUMBER_SP, NUMBER_PC],
  xml: xml(),
  breakpoint: (address) => (address % INSN_SIZE === 0 ? Uint8Array.from(BRK) : null),
  mayAccess: (word) => (word & ACCESS_MASK) === ACCESS || (word & DC_ZVA_MASK) >>> 0 === DC_ZVA,
}
