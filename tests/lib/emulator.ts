/**
 * The emulator under test and the oracle, as command prefixes. DEMOTIC_TEST_EMULATOR replaces the emulator under test
 * (for example by `qemu-aarch64 -cpu max`, to try a test itself).
 */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The tree's root with a trailing slash, found from the sources and from dist/ alike. */
export const ROOT = [new URL('../../', import.meta.url), new URL('../../../', import.meta.url)]
  .map((url) => fileURLToPath(url))
  .find((dir) => existsSync(`${dir}package.json`))!

export const DEMOTIC: readonly string[] = [process.execPath, `${ROOT}dist/src/cli/main.js`]

export const EMULATOR: readonly string[] = process.env['DEMOTIC_TEST_EMULATOR']?.split(' ') ?? DEMOTIC

/** qemu with every feature its newest processor model has. */
export const ORACLE: readonly string[] = ['qemu-aarch64', '-cpu', 'max']
export const ARM_ORACLE: readonly string[] = ['qemu-arm', '-cpu', 'max']

/** Whether `program` is on the PATH. */
export function hasProgram(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0
}
