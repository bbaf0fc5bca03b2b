/**
 * Cuts the text of a region that fails down to one that still does: branches become jumps, blocks that nothing reaches go, rows go or become
 * constants, uses of a value become uses of its operand.
 */

/** `fails` gets texts that need not be regions at all; it says false for those. */
export function reduceRegion(text: string, fails: (text: string) => boolean): string {
  const check = (candidate: string): boolean => {
    try {
      return fails(candidate)
    } catch {
      return false
    }
  }
  let lines = text.split('\n').filter((line) => line !== '')
  const attempt = (candidate: readonly string[] | null): boolean => {
    if (candidate === null || !check(candidate.join('\n'))) return false
    lines = [...candidate]
    return true
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const step of [cutBranches, dropChunks, dropRows, simplifyRows, replaceUses, mergeBlocks]) {
      if (step(() => lines, attempt)) changed = true
    }
  }
  return lines.join('\n')
}

type Step = (lines: () => readonly string[], attempt: (candidate: readonly string[] | null) => boolean) => boolean

const BRANCH = /^(\s*)br (%\d+) -> (\d+(?:\([^)]*\))?) (\d+(?:\([^)]*\))?)$/
const VALUE = /^\s*(%\d+):(\w+) = (\S+)(.*)$/
const BLOCK = /^block (\d+) /

function blockAt(lines: readonly string[], line: number): number {
  for (let n = line; n >= 0; n--) {
    const match = BLOCK.exec(lines[n]!)
    if (match !== null) return Number(match[1])
  }
  return -1
}

/** `br` to a `jump`, forward only: a jump back would not end. */
const cutBranches: Step = (lines, attempt) => {
  let changed = false
  for (let n = lines().length - 1; n >= 0; n--) {
    const match = BRANCH.exec(lines()[n] ?? '')
    if (match === null) continue
    for (const side of [match[3]!, match[4]!]) {
      if (Number.parseInt(side, 10) <= blockAt(lines(), n)) continue
      const candidate = lines().with(n, `${match[1]}jump -> ${side}`)
      if (attempt(withoutUnreached(candidate))) {
        changed = true
        break
      }
    }
  }
  return changed
}

interface TextBlock {
  readonly lines: readonly string[]
  readonly to: readonly number[]
}

function splitBlocks(lines: readonly string[]): Map<number, TextBlock> {
  const blocks = new Map<number, TextBlock>()
  let current: string[] = []
  for (const line of lines) {
    const match = BLOCK.exec(line)
    if (match !== null) {
      current = []
      blocks.set(Number(match[1]), { lines: current, to: [] })
    }
    current.push(line)
  }
  for (const [n, block] of blocks) {
    const arrow = block.lines.at(-1)!.split('->')[1]
    const to = arrow === undefined ? [] : [...arrow.replaceAll(/\([^)]*\)/g, '').matchAll(/\d+/g)].map((m) => Number(m[0]))
    blocks.set(n, { lines: block.lines, to })
  }
  return blocks
}

/** Blocks that are not reached go; the rest get new numbers. Null when there are none. */
function withoutUnreached(lines: readonly string[]): string[] {
  const blocks = splitBlocks(lines)
  const reached = new Set<number>()
  const visit = (n: number): void => {
    if (reached.has(n)) return
    reached.add(n)
    for (const to of blocks.get(n)!.to) visit(to)
  }
  visit(0)
  const kept = [...blocks.keys()].filter((n) => reached.has(n))
  const renamed = new Map([...kept].sort((a, b) => a - b).map((n, k) => [n, k]))
  const result = [lines[0]!]
  for (const n of kept)
    for (const line of blocks.get(n)!.lines) {
      const [head, arrow] = line.split('->')
      const renumbered = head!.replace(BLOCK, (_, from: string) => `block ${renamed.get(Number(from))} `)
      if (arrow === undefined) result.push(renumbered)
      else result.push(`${renumbered}->${arrow.replaceAll(/(?<![%\w])(\d+)/g, (to) => String(renamed.get(Number(to))))}`)
    }
  return result
}

/** A block that ends in a jump, and the block that is reached by it alone, become one. */
const mergeBlocks: Step = (lines, attempt) => {
  for (const [n, block] of splitBlocks(lines())) {
    const to = block.to[0]
    if (block.to.length !== 1 || to === undefined || to === 0 || to === n) continue
    const all = splitBlocks(lines())
    const into = [...all.values()].flatMap((b) => b.to).filter((x) => x === to).length
    if (into !== 1) continue
    const args = /\(([^)]*)\)/.exec(block.lines.at(-1)!)?.[1]?.split(' ') ?? []
    const target = all.get(to)!
    const params = target.lines.filter((line) => / = param /.test(line)).map((line) => VALUE.exec(line)![1]!)
    const merged = [...block.lines.slice(0, -1), ...target.lines.slice(1).filter((line) => !/ = param /.test(line))]
    let candidate = [lines()[0]!]
    for (const [k, b] of all) if (k !== to) candidate.push(...(k === n ? merged : b.lines))
    // The number of the block that went is given to nobody: blocks behind it move down.
    candidate = candidate.map((line) => {
      const [head, arrow] = line.split('->')
      const down = (x: string) => String(Number(x) > to ? Number(x) - 1 : Number(x))
      const renumbered = head!.replace(BLOCK, (_, from: string) => `block ${down(from)} `)
      return arrow === undefined ? renumbered : `${renumbered}->${arrow.replaceAll(/(?<![%\w])(\d+)/g, down)}`
    })
    params.forEach((param, k) => {
      candidate = candidate.map((line) => substitute(line, param, args[k]!))
    })
    if (attempt(candidate)) return true
  }
  return false
}

/** Block heads, ends of blocks, and the first `at`, which exits need. */
function isFrame(lines: readonly string[], n: number): boolean {
  const line = lines[n]!
  if (BLOCK.test(line) || line.includes('->') || /^\s*exit\b/.test(line) || line.startsWith('region')) return true
  return /^\s*at /.test(line) && lines.findIndex((l) => /^\s*at /.test(l)) === n
}

/** Runs of rows without a value. */
const dropChunks: Step = (lines, attempt) => {
  let changed = false
  for (const size of [16, 8, 4, 2])
    for (let n = lines().length - size; n > 0; n--) {
      const chunk = lines().slice(n, n + size)
      if (chunk.some((_, k) => isFrame(lines(), n + k))) continue
      if (attempt(lines().toSpliced(n, size))) changed = true
    }
  return changed
}

const dropRows: Step = (lines, attempt) => {
  let changed = false
  for (let n = lines().length - 1; n > 0; n--) {
    const line = lines()[n]
    if (line === undefined || isFrame(lines(), n)) continue
    if (attempt(lines().toSpliced(n, 1))) changed = true
  }
  return changed
}

const ZERO: Record<string, string> = {
  i32: 'const 0',
  i64: 'const 0',
  f32: 'constf 0x0',
  f64: 'constf 0x0',
  v128: 'vzero',
}

/** Values become constants or slots, ends become the plainest. */
const simplifyRows: Step = (lines, attempt) => {
  let changed = false
  for (let n = lines().length - 1; n > 0; n--) {
    const line = lines()[n]!
    if (/^\s*exit\.(?!direct)/.test(line)) {
      if (attempt(lines().with(n, '  exit.direct 0x1000'))) changed = true
      continue
    }
    const match = VALUE.exec(line)
    if (match === null) continue
    const [, name, type, op] = match
    if (op === 'param' || op === 'const' || op === 'vzero' || op === 'constf') continue
    for (const simple of [op === 'get' || type === 'flags' ? undefined : GETS[type!], ZERO[type!]]) {
      if (simple === undefined || !attempt(lines().with(n, `  ${name}:${type} = ${simple}`))) continue
      changed = true
      break
    }
  }
  return changed
}
const GETS: Record<string, string> = { i32: 'get w0', i64: 'get x0', v128: 'get v0' }

function substitute(line: string, from: string, to: string): string {
  return line.replaceAll(new RegExp(`${from}\\b(?!:)`, 'g'), to)
}

/** Uses of a value become uses of one of its operands, and the row goes. */
const replaceUses: Step = (lines, attempt) => {
  let changed = false
  for (let n = lines().length - 1; n > 0; n--) {
    const match = VALUE.exec(lines()[n] ?? '')
    if (match === null) continue
    const [, name, , , rest] = match
    for (const operand of rest!.match(/%\d+\b/g) ?? []) {
      const candidate = lines()
        .toSpliced(n, 1)
        .map((line) => substitute(line, name!, operand))
      if (!attempt(candidate)) continue
      changed = true
      break
    }
  }
  return changed
}
