/**
 * A world of its own for binfmt_misc: user, mount, network (for abstract sockets) and PID namespaces, which need no rights where unprivileged user
 * namespaces are allowed. Since Linux 6.7 each user namespace may have a binfmt_misc of its own. Everything in it ends with its first process.
 */
import { spawnSync } from 'node:child_process'
import { ROOT } from './emulator.ts'

const UNSHARE = ['unshare', '-U', '-r', '-m', '-n', '-p', '-f', '--kill-child', '--mount-proc']
const FOLDER = '/proc/sys/fs/binfmt_misc'

export interface Result {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a script of /bin/sh there; `demotic` in it is the bundled command. */
export function inOwnWorld(script: string, timeoutMs = 50_000): Result {
  const head = `mount -t binfmt_misc none ${FOLDER} || exit 99
demotic() { ${process.execPath} ${ROOT}dist/demotic.cjs "$@"; }
cd ${ROOT}
`
  const run = spawnSync(UNSHARE[0]!, [...UNSHARE.slice(1), 'sh', '-c', head + script], {
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    env: { ...process.env, DEMOTIC_IDLE: '20' },
  })
  return { status: run.status, stdout: run.stdout, stderr: run.stderr }
}

/** Why there is none; null: there is one. */
export function noOwnWorld(): string | null {
  const { status, stderr } = inOwnWorld(`test -e ${FOLDER}/register`)
  return status === 0 ? null : `no user namespace with a binfmt_misc of its own: ${stderr.trim() || `status ${status}`}`
}
