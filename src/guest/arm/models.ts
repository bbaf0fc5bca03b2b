/** Processors of 32-bit ARM that a program can be run on: what each has, and what it calls itself. */
import type { Feature } from './features.ts'

export interface ArmModel {
  readonly features: readonly Feature[]
  /** MIDR: implementer 31:24, variant 23:20, part 15:4, revision 3:0. */
  readonly midr: number
  /** As Linux prints it. */
  readonly name: string
  readonly architecture: string
  /** AT_PLATFORM, and what uname calls the machine. */
  readonly platform: string
  readonly machine: string
}

const V6: readonly Feature[] = ['v6', 'v6k']
const V7: readonly Feature[] = [...V6, 'v6t2', 'v7', 'vfp3', 'simd']
/** Multiprocessing and virtualization extensions. */
const V7VE: readonly Feature[] = [...V7, 'half', 'vfp4', 'div', 'lpae']

const v7 = { name: 'ARMv7 Processor', architecture: '7', platform: 'v7l', machine: 'armv7l' }

export const ARM_MODELS = {
  arm926: { features: ['vectors'], midr: 0x4106_9265, name: 'ARM926EJ-S', architecture: '5TEJ', platform: 'v5l', machine: 'armv5tejl' },
  arm1176: {
    features: [...V6, 'vectors'],
    midr: 0x410f_b767,
    name: 'ARMv6-compatible processor',
    architecture: '7',
    platform: 'v6l',
    machine: 'armv6l',
  },
  'cortex-a7': { ...v7, features: V7VE, midr: 0x410f_c075 },
  'cortex-a8': { ...v7, features: [...V7, 'vectors'], midr: 0x413f_c082 },
  'cortex-a9': { ...v7, features: [...V7, 'half'], midr: 0x413f_c090 },
  'cortex-a15': { ...v7, features: V7VE, midr: 0x414f_c0f0 },
  // Nobody's part number: the implementer is software. Build systems know machines by names, of which this one has to be one.
  max: {
    features: [...V7VE, 'v8'],
    midr: 0x000f_de00,
    name: 'ARMv8 Processor',
    architecture: '8',
    platform: 'v8l',
    machine: 'armv7l',
  },
} as const satisfies Record<string, ArmModel>

export type ArmModelName = keyof typeof ARM_MODELS
