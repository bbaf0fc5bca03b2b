/** 32-bit ARM as gdb sees it (gdb/features/arm/arm-*.xml). The numbers leave room where an FPA's registers were. */
import { addressOf } from '../../src/guest/arm/instruction-set.ts'
import { ARM_STATE, SLOT_D0, SLOT_Q0, SLOT_R0, SLOT_TPIDRURO } from '../../src/guest/arm/state.ts'
import { STATE_OFFSET } from '../../src/runtime/layout.ts'
import { bytesRegister, type GdbRegister, type GdbTarget, wordRegister } from '../gdb/target.ts'
import { cpsrOf, getFpscr, getPc, pcOf, setCpsr, setFpscr, setPc } from './arm-frame.ts'

const GENERAL = 13
const NUMBER_FP = 11
const NUMBER_SP = 13
const NUMBER_LR = 14
const NUMBER_PC = 15
const NUMBER_CPSR = 25
const NUMBER_D0 = 26
const DOUBLES = 32
const NUMBER_Q0 = NUMBER_D0 + DOUBLES + 2
const QUADS = 16
const D = 8
const Q = 16
const W = 4

const at = (slot: number): number => STATE_OFFSET + ARM_STATE[slot]!.offset
const word = (name: string, number: number, slot: number): GdbRegister => bytesRegister(name, number, at(slot), W)

const core: GdbRegister[] = [
  ...Array.from({ length: GENERAL }, (_, n) => word(`r${n}`, n, SLOT_R0 + n)),
  word('sp', NUMBER_SP, SLOT_R0 + NUMBER_SP),
  word('lr', NUMBER_LR, SLOT_R0 + NUMBER_LR),
  // The state's pc has the instruction set and ITSTATE, too, which stay as they are.
  wordRegister(
    'pc',
    NUMBER_PC,
    ({ i32 }) => addressOf(getPc(i32)),
    ({ i32 }, value) => setPc(i32, pcOf(value >>> 0, cpsrOf(i32, getPc(i32)))),
  ),
  wordRegister(
    'cpsr',
    NUMBER_CPSR,
    ({ i32 }) => cpsrOf(i32, getPc(i32)),
    ({ i32 }, value) => {
      setCpsr(i32, value)
      setPc(i32, pcOf(addressOf(getPc(i32)), value))
    },
  ),
]
const vfp: GdbRegister[] = [
  ...Array.from({ length: DOUBLES }, (_, n) => bytesRegister(`d${n}`, NUMBER_D0 + n, at(SLOT_D0) + D * n, D)),
  wordRegister('fpscr', NUMBER_D0 + DOUBLES, getFpscr, setFpscr),
]
const tls: GdbRegister[] = [word('tpidruro', NUMBER_D0 + DOUBLES + 1, SLOT_TPIDRURO)]
// gdb can make them of the d registers by itself, but version 13 does not.
const neon: GdbRegister[] = Array.from({ length: QUADS }, (_, n) => bytesRegister(`q${n}`, NUMBER_Q0 + n, at(SLOT_Q0) + Q * n, Q))

const LANES = ['uint8:16:u8', 'uint16:8:u16', 'uint32:4:u32', 'uint64:2:u64', 'ieee_single:4:f32', 'ieee_double:2:f64'].map((lane) =>
  lane.split(':'),
)

function xml(): string {
  const reg = (r: GdbRegister, type: string): string =>
    `<reg name="${r.name}" bitsize="${r.size * 8}" regnum="${r.number}" type="${type}"/>`
  const coreType = (name: string): string => (name === 'sp' ? 'data_ptr' : name === 'pc' ? 'code_ptr' : name === 'lr' ? 'int' : 'uint32')
  return [
    '<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd"><target version="1.0">',
    '<architecture>arm</architecture><osabi>GNU/Linux</osabi>',
    '<feature name="org.gnu.gdb.arm.core">',
    ...core.map((r) => reg(r, coreType(r.name))),
    '</feature><feature name="org.gnu.gdb.arm.vfp">',
    ...vfp.map((r) => reg(r, r.size === D ? 'ieee_double' : 'int')),
    '</feature><feature name="org.gnu.gdb.arm.tls">',
    ...tls.map((r) => reg(r, 'data_ptr')),
    '</feature><feature name="org.gnu.gdb.arm.neon">',
    ...LANES.map(([type, count, name]) => `<vector id="neon_${name}" type="${type}" count="${count}"/>`),
    `<union id="neon_q">${LANES.map(([, , name]) => `<field name="${name}" type="neon_${name}"/>`).join('')}</union>`,
    ...neon.map((r) => reg(r, 'neon_q')),
    '</feature></target>',
  ].join('\n')
}

/** Kinds: a Thumb instruction of 16 bits, one of 32, an A32 instruction. Of a long one the first halfword is enough. */
const THUMB = 2
const THUMB_WIDE = 3
const A32 = 4
const BKPT_THUMB = [0x00, 0xbe]
const BKPT_A32 = [0x70, 0x00, 0x20, 0xe1]

function breakpoint(address: number, kind: number): Uint8Array | null {
  if (kind === A32) return address % 4 === 0 ? Uint8Array.from(BKPT_A32) : null
  return (kind === THUMB || kind === THUMB_WIDE) && address % 2 === 0 ? Uint8Array.from(BKPT_THUMB) : null
}

export const armGdb: GdbTarget = {
  registers: [...core, ...vfp, ...tls, ...neon],
  expedited: [NUMBER_FP, NUMBER_SP, NUMBER_PC],
  xml: xml(),
  breakpoint,
  mayAccess: () => true,
}
