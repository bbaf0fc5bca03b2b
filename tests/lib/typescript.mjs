/** `node --import ./tests/lib/typescript.mjs file.ts` runs TypeScript from the tree, for tests that need a process of their own. */
import { readFile } from 'node:fs/promises'
import { register } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isMainThread } from 'node:worker_threads'

if (isMainThread) register(import.meta.url)

/** A loader hook of Node: types are erased, nothing else changes. */
export async function load(url, context, nextLoad) {
  if (!url.endsWith('.ts')) return nextLoad(url, context)
  const { transformSync } = await import('rolldown/experimental')
  const file = fileURLToPath(url)
  return { format: 'module', shortCircuit: true, source: transformSync(file, await readFile(file, 'utf8')).code }
}
