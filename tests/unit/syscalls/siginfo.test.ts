/** Signal information and wait statuses as strace writes them. */
import { expect, test } from 'vitest'
import { aarch64 } from '../../../syscalls/abi/abi.ts'
import { siginfoText, waitStatusText } from '../../../syscalls/strace/siginfo.ts'

function info(words: { readonly [at: number]: number }): Uint8Array {
  const bytes = new Uint8Array(128)
  const view = new DataView(bytes.buffer)
  for (const [at, word] of Object.entries(words)) view.setInt32(Number(at), word, true)
  return bytes
}

const cases: readonly [expected: string, words: { readonly [at: number]: number }][] = [
  ['{si_signo=SIGUSR1, si_code=SI_USER, si_pid=12, si_uid=34}', { 0: 10, 16: 12, 20: 34 }],
  ['{si_signo=SIGTERM, si_code=SI_TKILL, si_pid=12, si_uid=0}', { 0: 15, 8: -6, 16: 12 }],
  ['{si_signo=SIGRT_2, si_code=SI_QUEUE, si_pid=1, si_uid=0, si_int=7, si_ptr=0x100000007}', { 0: 34, 8: -1, 16: 1, 24: 7, 28: 1 }],
  ['{si_signo=SIGALRM, si_code=SI_TIMER, si_timerid=0x3, si_overrun=0, si_int=0, si_ptr=NULL}', { 0: 14, 8: -2, 16: 3 }],
  ['{si_signo=SIGALRM, si_code=SI_KERNEL}', { 0: 14, 8: 0x80 }],
  ['{si_signo=SIGSEGV, si_code=SEGV_ACCERR, si_addr=0x10}', { 0: 11, 8: 2, 16: 16 }],
  [
    '{si_signo=SIGCHLD, si_code=CLD_KILLED, si_pid=5, si_uid=0, si_status=SIGKILL, si_utime=1, si_stime=2}',
    { 0: 17, 8: 2, 16: 5, 24: 9, 32: 1, 40: 2 },
  ],
  [
    '{si_signo=SIGSYS, si_code=SYS_SECCOMP, si_errno=EPERM, si_call_addr=0x1000, si_syscall=__NR_getppid, si_arch=AUDIT_ARCH_AARCH64}',
    { 0: 31, 4: 1, 8: 1, 16: 0x1000, 24: 173, 28: 0xc000_00b7 | 0 },
  ],
]
test.each(cases)('%s', (expected, words) => {
  expect(siginfoText(info(words), aarch64)).toBe(expected)
})

test('wait statuses', () => {
  expect([0x300, 9, 0x8b, 0x137f, 0xffff].map(waitStatusText)).toEqual([
    '{WIFEXITED(s) && WEXITSTATUS(s) == 3}',
    '{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}',
    '{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}',
    '{WIFSTOPPED(s) && WSTOPSIG(s) == SIGSTOP}',
    '{WIFCONTINUED(s)}',
  ])
})
