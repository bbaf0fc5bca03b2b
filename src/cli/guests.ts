/** The guests that Demotic has: instructions and system calls. */

import { aarch64, arm } from '../../syscalls/abi/abi.ts'
import { A64 } from '../guest/a64/index.ts'
import { ARM } from '../guest/arm/index.ts'

export const guestAbis = [
  { guest: A64, abi: aarch64 },
  { guest: ARM, abi: arm },
] as const
