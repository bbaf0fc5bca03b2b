/** Linked modules mean what the modules mean to Node: both are executed and compared. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Script } from 'node:vm'
import { afterAll, expect, it } from 'vitest'
import { LinkError, link } from '../../../src/cli/link.ts'

const folder = mkdtempSync(join(tmpdir(), 'demotic-link-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0

function write(modules: Record<string, string>): string {
  const root = join(folder, String(count++))
  for (const [path, text] of Object.entries(modules)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  return `${root}/`
}

/** `app` of the linked modules, and of the modules themselves. */
async function both(modules: Record<string, string>, outside: string[] = []): Promise<[unknown, unknown]> {
  const root = write(modules)
  const code = link(root, 'main.js', new Set(outside))
  expect(code).toMatch(/^[\t\n -~]*$/)
  const linked = new Script(code).runInThisContext()(createRequire(`${root}main.js`), pathToFileURL(root), (url: string) => import(url))
  const original = execFileSync(process.execPath, [
    '-e',
    `import('${root}main.js').then(async (m) => console.log(JSON.stringify(await m.app)))`,
  ])
  return [JSON.parse(JSON.stringify(await linked)), JSON.parse(original.toString())]
}

async function same(modules: Record<string, string>, outside?: string[]): Promise<void> {
  const [linked, original] = await both(modules, outside)
  expect(linked).toEqual(original)
}

it('imports and exports in every form that tsc writes of ours', () =>
  same({
    'main.js': `import { a, b as c } from './lib/x.js'; // comment
import * as all from './lib/x.js';
import './lib/effect.js';
import { readFileSync } from 'node:fs';
import process, { pid } from 'node:process';
import {
  two,
  three,
} from './lib/again.js';
export const app = [a, c, Object.keys(all), new all.K().m(), all.f(), two, three, typeof readFileSync, process.pid === pid, globalThis.effect, 'a → ü'];
`,
    'lib/x.js': `export const b = 2;
export const a = 'a';
export function f() { return 'f' + a; }
export class K { m() { return 'm'; } }
const hidden = 5;
const inner = 6;
export { hidden, inner as outer };
export const { d1, d2 } = { d1: 1, d2: 2 };
export async function later() { }
`,
    'lib/effect.js': 'globalThis.effect = (globalThis.effect ?? 0) + 1;\nglobalThis.effect = 1;\nexport {};\n',
    'lib/again.js': `export { b as two } from './x.js';
export * from './third.js';
`,
    'lib/third.js': 'export const three = 3;\n',
  }))

it('bindings that change', () =>
  same({
    'main.js': `import { n, add } from './n.js';
const before = n;
add();
const record = { n: 1, m: n };
export const app = [before, n, record, 'n', record.n];
`,
    'n.js': 'export let n = 0;\nexport function add() {\n    n++;\n}\n',
  }))

it('cycles', () =>
  same({
    'main.js': "import { even } from './even.js';\nexport const app = [even(10), even(7)];\n",
    'even.js':
      "import { odd } from './odd.js';\nexport const zero = 0;\nexport function even(n) {\n    return n === zero || odd(n - 1);\n}\n",
    'odd.js': "import { even, zero } from './even.js';\nexport function odd(n) {\n    return n !== zero && even(n - 1);\n}\n",
  }))

it('import() inside and outside, and import.meta.url', () =>
  same(
    {
      'main.js': `export const app = (async () => {
  const lazy = await import('./lazy.js');
  const outside = await import('./out/side.js');
  return [lazy.value, outside.value, import.meta.url];
})();
`,
      'lazy.js': "import { load } from './out/load.js';\nexport const value = load;\n",
      'out/load.js': "export const load = 'load';\n",
      'out/side.js': 'export const value = import.meta.url;\n',
    },
    ['out/side.js'],
  ))

it('packages of the other kind', () =>
  same({ 'main.js': "import path from 'node:path';\nexport const app = path.posix.join('a', 'b');\n" }))

it('refuses what it does not know', () => {
  expect(() => link(write({ 'main.js': 'export default 5;\n' }), 'main.js', new Set())).toThrow(LinkError)
  expect(() => link(write({ 'main.js': "import { x } from './y.js';\n", 'y.js': 'export {};\n' }), 'main.js', new Set())).toThrow(LinkError)
  expect(() => link(write({ 'main.js': "import { x } from './nowhere.js';\n" }), 'main.js', new Set())).toThrow()
})
