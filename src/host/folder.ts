import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

const PRIVATE_FOLDER = 0o700

/** Makes the folder and those above that are missing; not Node's recursive way, which never ends where mkdir says ENOENT, as in /proc. */
export function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  const above = dirname(folder)
  if (above !== folder) makeFolder(above)
  mkdirSync(folder, PRIVATE_FOLDER)
}
