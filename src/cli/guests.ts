/** The guests that Demotic has: instructions and system calls. */

import { aarch64 } from '../../syscalls/abi/abi.ts'
import { A64 } from '../guest/a64/index.ts'

export const guestAbis = [{ guest: A64, abi: aarch64 }] as const
