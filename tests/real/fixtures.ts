/** The files that the cases work on, the same bytes in both trees and at every run. */
import { cpSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { Random } from '../diff/random.ts'
import { ROOT } from '../lib/emulator.ts'
import { AMD64, clearWork, nativeOutput, WORK } from './sysroots.ts'

const WORDS =
  'the of and a to in is translator block region register memory guest host code cache page fault signal process thread kernel value number flag carry overflow branch loop Zürich naïve 東京 x86 AArch64'.split(
    ' ',
  )

function text(lines: number): string {
  const r = new Random('text', lines)
  return `${Array.from({ length: lines }, () => Array.from({ length: 3 + r.below(9) }, () => r.pick(WORDS)).join(' ')).join('\n')}\n`
}

function table(rows: number): string {
  const r = new Random('table', rows)
  return `${Array.from(
    { length: rows },
    (_, n) => `${r.pick(WORDS)}\t${r.below(100000) - 50000}\t${(r.u32() / 65536).toFixed(3)}\t${n}`,
  ).join('\n')}\n`
}

function json(rows: number): string {
  const r = new Random('json', rows)
  return JSON.stringify({
    name: 'fixture',
    items: Array.from({ length: rows }, (_, id) => ({
      id,
      word: r.pick(WORDS),
      value: r.below(1000) / 8,
      tags: [r.pick(WORDS), r.pick(WORDS)],
      deep: { ok: r.oneIn(2), none: null },
    })),
  })
}

function bytes(length: number): Uint8Array {
  const r = new Random('bytes', length)
  return Uint8Array.from({ length }, () => r.below(256))
}

/** Half text, half noise with repeats: what compressors meet. */
function mixture(): Uint8Array {
  const noise = bytes(60_000)
  return Buffer.concat([Buffer.from(text(3000)), noise, Buffer.alloc(50_000), noise.subarray(1000, 30_000), Buffer.from(table(2000))])
}

const FIXED_TIME = new Date('2024-02-29T12:34:56Z')

/** Fills the working folders of the amd64 tree and of a guest's. */
export function makeFixtures(guest: string): void {
  clearWork([AMD64, guest])
  const work = `${AMD64}${WORK}`
  const put = (name: string, data: string | Uint8Array) => writeFileSync(`${work}/${name}`, data)
  put('words.txt', text(4000))
  put('other.txt', text(3990))
  put('short.txt', text(12))
  put('table.txt', table(1500))
  put('table.csv', table(300).replaceAll('\t', ','))
  put('data.json', json(400))
  put('noise.bin', bytes(300_000))
  put('mixture.bin', mixture())
  put('empty', '')
  put('numbers.txt', `${Array.from({ length: 500 }, (_, n) => (n * 7919) % 1009).join('\n')}\n`)
  put('dependencies.txt', 'a b\nb c\nc d\na d\ne a\n')
  put('page.tar.gz', gzipSync(Buffer.from(text(100)), { level: 9 }))
  mkdirSync(`${work}/tree/inner`, { recursive: true })
  put('tree/one.c', '#include <stdio.h>\nint main(void) { return 0; }\n')
  put('tree/inner/two.h', '#define TWO 2\n')
  put('tree/three.txt', text(30))
  for (const name of readdirSync(`${ROOT}tests/real/scripts`)) cpSync(`${ROOT}tests/real/scripts/${name}`, `${work}/${name}`)
  put('words.bz2', nativeOutput(['bzip2', '-c', 'words.txt']))
  put('words.xz', nativeOutput(['xz', '-c', 'words.txt']))
  put('words.zst', nativeOutput(['zstd', '-q', '-c', 'words.txt']))
  put('words.gz', nativeOutput(['gzip', '-n', '-c', 'words.txt']))
  put(
    'tree.tar',
    nativeOutput(['tar', '--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=2024-01-01', '-cf', '-', 'tree']),
  )
  put('rsa.pem', nativeOutput(['openssl', 'genrsa', '2048']))
  put('rsa.pub', nativeOutput(['openssl', 'rsa', '-in', 'rsa.pem', '-pubout']))
  put('ec.pem', nativeOutput(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout']))
  put('ec.pub', nativeOutput(['openssl', 'ec', '-in', 'ec.pem', '-pubout']))
  put('ed.pem', nativeOutput(['openssl', 'genpkey', '-algorithm', 'ed25519']))
  put('words.sig', nativeOutput(['openssl', 'dgst', '-sha256', '-sign', 'ec.pem', 'words.txt']))
  put(
    'words.enc',
    nativeOutput(['openssl', 'enc', '-aes-256-cbc', '-pbkdf2', '-S', '0011223344556677', '-k', 'secret', '-in', 'words.txt']),
  )
  stamp(work)
  cpSync(work, `${guest}${WORK}`, { recursive: true })
  stamp(`${guest}${WORK}`)
}

function stamp(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) stamp(`${folder}/${entry.name}`)
    utimesSync(`${folder}/${entry.name}`, FIXED_TIME, FIXED_TIME)
  }
}
