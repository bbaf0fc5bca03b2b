/**
 * A Debian root file system for arm64 that programs of its own install, in a chroot, by binfmt_misc: debootstrap's second stage, dpkg, ldconfig, locale-gen,
 * adduser, su, programs with credentials of their own. DEMOTIC_KEEP_ROOT=1 goes on with the root that an earlier run has left.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from '../lib/emulator.ts'
import { CACHE } from './sysroots.ts'

const FIRST = `${CACHE}/root-arm64.first`
const DEBS = `${CACHE}/root-arm64.debs`
const TREE = `${CACHE}/root-arm64`
const DEMOTIC = [process.execPath, `${ROOT}dist/demotic.cjs`] as const
const BINFMT = '/proc/sys/fs/binfmt_misc'
const ENTRY = `${BINFMT}/demotic-aarch64`
const MINUTE = 60_000
const KEEPS = process.env['DEMOTIC_KEEP_ROOT'] !== undefined

function demotic(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(DEMOTIC[0], [DEMOTIC[1], ...args], { encoding: 'utf8', timeout: MINUTE })
}

function missing(): string | null {
  if (process.getuid?.() !== 0) return 'only root may chroot and register'
  if (!existsSync(`${CACHE}/root-arm64.done`)) return 'tests/real/install-root.sh has not made a root'
  if (!existsSync(`${BINFMT}/register`) && spawnSync('mount', ['-t', 'binfmt_misc', 'none', BINFMT]).status !== 0)
    return 'binfmt_misc cannot be mounted'
  if (existsSync(ENTRY) && !readFileSync(ENTRY, 'latin1').includes('flags: POCF')) return `${ENTRY} is not ours`
  return null
}

/** A script of /bin/bash in the root, with /proc, /dev/pts and the network of the host. */
function inRoot(script: string, timeoutMs = MINUTE): { status: number | null; output: string } {
  const mounts = 'mount -t proc proc "$1/proc" && { mountpoint -q "$1/dev/pts" || mount -t devpts devpts "$1/dev/pts"; } && exec'
  const chroot =
    'env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb LC_ALL=C DEBIAN_FRONTEND=noninteractive chroot "$1" /bin/bash -c "$2"'
  const run = spawnSync('unshare', ['-m', 'sh', '-c', `${mounts} ${chroot} 2>&1`, 'sh', TREE, script], {
    encoding: 'utf8',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: 1 << 26,
  })
  return { status: run.status, output: run.stdout }
}

const reason = missing()
const wasRegistered = existsSync(ENTRY)

describe.skipIf(reason !== null)(`a Debian root${reason === null ? '' : ` (${reason})`}`, () => {
  beforeAll(() => {
    const { status, stderr } = demotic('binfmt', 'install')
    if (status !== 0) throw new Error(stderr)
    if (KEEPS && existsSync(`${TREE}/bin/bash`)) return
    rmSync(TREE, { recursive: true, force: true })
    const copied = spawnSync('cp', ['-a', FIRST, TREE])
    if (copied.status !== 0) throw new Error('the root cannot be copied')
    // Where debootstrap finds itself in a container, it makes a link to itself of this.
    rmSync(`${TREE}/proc`, { recursive: true, force: true })
    spawnSync('mkdir', [`${TREE}/proc`])
  })
  afterAll(() => {
    if (!wasRegistered) demotic('binfmt', 'remove')
  })

  test.skipIf(KEEPS)(
    'second stage of debootstrap',
    () => {
      const { status, output } = inRoot('/debootstrap/debootstrap --second-stage', 15 * MINUTE)
      expect(output.split('\n').at(-2), output.slice(-2000)).toBe('I: Base system installed successfully.')
      expect(status).toBe(0)
      expect(inRoot('dpkg --audit; dpkg --print-architecture; uname -m')).toEqual({ status: 0, output: 'arm64\naarch64\n' })
    },
    16 * MINUTE,
  )

  test(
    'dpkg -i of packages, and their removal',
    () => {
      rmSync(`${TREE}/debs`, { recursive: true, force: true })
      cpSync(DEBS, `${TREE}/debs`, { recursive: true })
      const installed = inRoot('dpkg -i /debs/cron-daemon-common*.deb && dpkg -i /debs/*.deb', 10 * MINUTE)
      expect(installed.status, installed.output).toBe(0)
      const names = readdirSync(DEBS).map((file) => file.split('_')[0]!)
      const { output } = inRoot(`dpkg-query -W -f '\${db:Status-Abbrev}\\n' ${names.join(' ')} | sort | uniq -c`)
      expect(output.trim()).toBe(`${names.length} ii`)
      expect(inRoot(`jq -n '[1,2] | add'; file -b /bin/true | cut -c1-27; perl -MPOSIX -e 'print floor(2.5)'`).output).toBe(
        '3\nELF 64-bit LSB pie executab\n2',
      )
      expect(inRoot('dpkg -P cron cron-daemon-common', 2 * MINUTE).status).toBe(0)
    },
    12 * MINUTE,
  )

  test(
    'ldconfig 100 times',
    () => {
      expect(inRoot('for i in {1..100}; do ldconfig || echo $i; done; ldconfig -p | grep -c libc.so.6', 3 * MINUTE)).toEqual({
        status: 0,
        output: '1\n',
      })
    },
    4 * MINUTE,
  )

  test(
    'locale-gen',
    () => {
      const made = inRoot('printf "en_US.UTF-8 UTF-8\\nde_DE.UTF-8 UTF-8\\n" > /etc/locale.gen; locale-gen', 5 * MINUTE)
      expect(made.status, made.output).toBe(0)
      expect(inRoot('locale -a; LC_ALL=de_DE.UTF-8 date -d 2024-05-01 +%B').output).toBe('C\nC.utf8\nPOSIX\nde_DE.utf8\nen_US.utf8\nMai\n')
    },
    6 * MINUTE,
  )

  test(
    'adduser, su, programs with credentials of their own',
    () => {
      inRoot('deluser --remove-home tester')
      const added = inRoot('adduser --disabled-password --gecos "" tester', 2 * MINUTE)
      expect(added.status, added.output).toBe(0)
      expect(inRoot('getent passwd tester').output).toBe('tester:x:1000:1000:,,,:/home/tester:/bin/bash\n')
      expect(inRoot(`su - tester -c 'id -un; pwd; perl -e "print qq{\\$<\\n}"; cat /etc/shadow'`)).toEqual({
        status: 1,
        output: 'tester\n/home/tester\n1000\ncat: /etc/shadow: Permission denied\n',
      })
      const ids = `cd /usr/local/bin
        cp /usr/bin/id suid-id; chmod 4755 suid-id
        cp /usr/bin/id hidden-id; chmod 4711 hidden-id
        cp /usr/bin/id sgid-id; chgrp daemon sgid-id; chmod 2755 sgid-id
        su tester -c './suid-id; ./hidden-id; ./sgid-id -gn; id -un'`
      const user = 'uid=1000(tester) gid=1000(tester)'
      const groups = 'groups=1000(tester),100(users)'
      expect(inRoot(ids).output).toBe(`${user} euid=0(root) ${groups}\n${user} euid=0(root) ${groups}\ndaemon\ntester\n`)
      expect(
        inRoot('echo "tester ALL=(ALL) NOPASSWD: ALL" > /etc/sudoers.d/tester; su tester -c "sudo -n id -u" 2> /dev/null').output,
      ).toBe('0\n')
    },
    5 * MINUTE,
  )

  test('what a program finds of itself', () => {
    const script = `readlink /proc/self/exe; cat /proc/self/comm; exec -a other bash -c 'echo $0; tr "\\0" : < /proc/self/cmdline'`
    expect(inRoot(`cd /usr; ./bin/readlink /proc/self/exe; ${script}`).output).toBe(
      '/usr/bin/readlink\n/usr/bin/readlink\ncat\nother\ntr:\\0:::',
    )
  })

  test('programs at once, from outside', () => {
    const script = '#!/bin/bash\nfor i in {1..20}; do (echo $BASHPID > /dev/null; /bin/true) & done; wait; echo done\n'
    writeFileSync(`${TREE}/run.sh`, script, { mode: 0o755 })
    const host = 'for i in 1 2 3 4 5 6 7 8; do chroot "$1" /run.sh 2>&1 & done; wait'
    expect(spawnSync('sh', ['-c', host, 'sh', TREE], { encoding: 'utf8', timeout: MINUTE }).stdout).toBe('done\n'.repeat(8))
  })
})
