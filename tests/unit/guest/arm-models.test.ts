/** Processors of 32-bit ARM: which rows each has. */
import { describe, expect, it } from 'vitest'
import { CPUS } from '../../../linux-user/options.ts'
import { HWCAP, hwcapsOf, rowsWith } from '../../../src/guest/arm/features.ts'
import { ARM, armGuest } from '../../../src/guest/arm/index.ts'
import { KERNEL_PAGE } from '../../../src/guest/arm/instruction-set.ts'
import { ARM_MODELS, type ArmModelName } from '../../../src/guest/arm/models.ts'

const NAMES = Object.keys(ARM_MODELS) as ArmModelName[]
const namesOf = (model: ArmModelName): string[] => rowsWith(ARM.rows, ARM_MODELS[model].features).map((row) => row.name)
const text = (model: ArmModelName, word: number, pc = 0x10000): string => armGuest(ARM_MODELS[model]).disassemble(word | 0, pc)

describe('models of processors', () => {
  it('are those that -cpu knows', () => {
    expect(NAMES.sort()).toEqual(Object.keys(CPUS.arm).sort())
  })

  it('have all rows, or those of before', () => {
    expect(namesOf('max')).toEqual(ARM.rows.map((row) => row.name))
    const order: ArmModelName[] = ['arm926', 'arm1176', 'cortex-a8', 'cortex-a9', 'cortex-a15', 'max']
    for (let n = 1; n < order.length; n++) {
      const later = new Set(namesOf(order[n]!))
      expect(namesOf(order[n - 1]!).filter((name) => !later.has(name))).toEqual([])
      expect(later.size).toBeGreaterThan(namesOf(order[n - 1]!).length)
    }
  })

  it('have what a generation brought', () => {
    const brought = (model: ArmModelName, before: ArmModelName): string[] => {
      const had = new Set(namesOf(before))
      return namesOf(model).filter((name) => !had.has(name) && !name.startsWith('t32.'))
    }
    expect(brought('cortex-a9', 'cortex-a8')).toEqual([
      'vcvtb.from16', 'vcvtb.to16', 'vcvtt.from16', 'vcvtt.to16', 'vcvt.f16.f32', 'vcvt.f32.f16',
    ]) // biome-ignore format: a list
    expect(brought('cortex-a15', 'cortex-a9')).toEqual([
      'sdiv', 'udiv', 'vfnms.vfp', 'vfnma.vfp', 'vfma.vfp', 'vfms.vfp', 'vfma.f32', 'vfms.f32',
    ]) // biome-ignore format: a list
    const v6 = brought('arm1176', 'arm926')
    for (const name of [
      'sxtb',
      'uxtah',
      'rev16',
      't16.revsh',
      'strexd',
      'ldrex',
      'clrex',
      'smmla',
      'umaal',
      'uqsub8',
      'sel',
      'usat16',
      't16.sxth',
    ])
      expect(v6, name).toContain(name)
    expect(v6.filter((name) => /^(v|smla\.|smlal\.|sbc|clz|qadd$|ldrd|pld)/.test(name))).toEqual([])
  })

  it('take a word that they do not have for none', () => {
    const movw = 0xe3001234
    expect([text('arm926', movw), text('arm1176', movw), text('cortex-a8', movw)]).toEqual([
      '.inst 0xe3001234',
      '.inst 0xe3001234',
      'movw r1, #564',
    ])
    // The kernel's page is for all.
    expect(text('arm926', 0xf57ff05b, KERNEL_PAGE + 0xfa0)).toBe('dmb ish')
  })

  it('keep the branches of two halfwords that Thumb has always had', () => {
    for (const model of NAMES) expect(text(model, 0xf000f800, 0x10001)).toMatch(/^bl/)
    expect(text('arm1176', 0xf3af8000, 0x10001)).toMatch(/^\.inst/)
  })

  it('announce what they have', () => {
    const [hwcap] = hwcapsOf(ARM_MODELS['cortex-a9'].features)
    expect(hwcap & HWCAP.NEON).not.toBe(0)
    expect(hwcap & (HWCAP.IDIVA | HWCAP.VFPv4)).toBe(0)
  })
})
