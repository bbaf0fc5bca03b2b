/**
 * Debian's arm64 and armhf programs under the emulator: the same command on the same input as natively with the amd64 package of the same
 * version gives the same bytes, exit status and messages. DEMOTIC_REAL=REGEXP runs only the commands that match.
 */
import { isForSoak } from './cases.ts'
import { ARM64_PROGRAMS, ARMHF_PROGRAMS, testPrograms } from './program-cases.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')

testPrograms(ARM64_PROGRAMS, (c) => only.test(c.command))
testPrograms(ARMHF_PROGRAMS, (c) => only.test(c.command) && !isForSoak(c))
