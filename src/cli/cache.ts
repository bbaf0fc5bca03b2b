/** `demotic cache info|clear`: what is kept in the user's cache folder for later runs. */
import { unlinkSync } from 'node:fs'
import { storedFiles } from '../../linux-user/code-store.ts'
import { rawEnvironment, runOptions, UsageError } from './run-options.ts'

const MIB = 1 << 20

/** `version`: as `Launch` has it. */
export function cache(args: readonly string[], version: string): number {
  const [what, ...more] = args
  if ((what !== 'info' && what !== 'clear') || more.length > 0) throw new UsageError('cache takes info or clear')
  const folder = runOptions({ options: {}, program: [] }, [new Uint8Array(0)], rawEnvironment(), version).cache?.folder ?? null
  if (folder === null) {
    process.stdout.write('no translations are kept\n')
    return 0
  }
  const files = storedFiles(folder)
  if (what === 'clear') for (const { path } of files) unlinkSync(path)
  const size = files.reduce((sum, file) => sum + file.size, 0) / MIB
  process.stdout.write(`${folder}: ${what === 'clear' ? 'removed ' : ''}translations of ${files.length} programs, ${size.toFixed(1)} MiB\n`)
  return 0
}
