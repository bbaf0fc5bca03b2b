/** `lookup`: entered by `jmp` from an indirect jump whose cache entry did not match, guest pc in rcx. */
import { insn, RBP, RCX } from '../../x64/asm/index.ts'
import { fromRbp } from '../layout.ts'
import { routine } from '../routines.ts'

const STORE = insn('MOV r/m64, r64')

routine('lookup', (asm, env) => {
  asm.mr(STORE, RBP, fromRbp(env.pcOffset), RCX)
  asm.jmpTo(env.lookup)
})
