/** Those of Debian's armhf programs that `npm run test:real` has no time for. DEMOTIC_REAL=REGEXP runs only the commands that match. */
import { isForSoak } from '../real/cases.ts'
import { ARMHF_PROGRAMS, testPrograms } from '../real/program-cases.ts'

const only = new RegExp(process.env['DEMOTIC_REAL'] ?? '')

testPrograms(ARMHF_PROGRAMS, (c) => only.test(c.command) && isForSoak(c))
