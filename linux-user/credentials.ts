/**
 * Programs that run with other credentials than their caller's: set-user-id, set-group-id, file capabilities. Only the kernel can give them, and it does
 * where binfmt_misc executes the program (flag C). Then the program gets a runner of its new user's, and that an engine of this user.
 */
import { readFileSync, readlinkSync } from 'node:fs'
import type { RunnerThread } from '../src/host/runner-api.ts'
import { x64Numbers as nr } from '../syscalls/abi/numbers-x64.ts'
import type { GuestName } from './guests.ts'
import type { OpenFile, Standing } from './program.ts'

const S_ISUID = 0o4000
const S_ISGID = 0o2000
const S_IXGRP = 0o010
const CAPABILITY = Buffer.from('security.capability\0')
const ENTRY = '/proc/sys/fs/binfmt_misc/demotic-'

/** Would the kernel, executing the program, give the process other credentials? */
export function changesCredentials(thread: RunnerThread, { fd, status }: OpenFile, standing: Standing): boolean {
  const { mode, uid, gid } = status
  if (mode & S_ISUID && uid !== standing.euid) return true
  if ((mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) && gid !== standing.egid) return true
  if (standing.euid === 0) return false
  const { address, bytes } = thread.scratch(CAPABILITY.length)
  bytes.set(CAPABILITY)
  return thread.syscall(nr.fgetxattr, fd, address, 0, 0) >= 0
}

/** Would binfmt_misc execute a program of the guest by a runner of ours, that finds an engine? Abstract sockets are of a network namespace. */
export function canExecute({ pid }: RunnerThread, guest: GuestName): boolean {
  try {
    return (
      readFileSync(`${ENTRY}${guest}`, 'latin1').startsWith('enabled') &&
      readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')
    )
  } catch {
    return false
  }
}
