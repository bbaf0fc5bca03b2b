/**
 * The verifier: says what is wrong with a region, or nothing. It checks what every pass relies on: rows and blocks tile, terminators are
 * last and have their successors, parameters come first and edges pass values of their types, every argument has the type its op
 * wants and is defined on every way to its use, slots exist and have the value's type.
 */
import { F32, F64, I32, I64, TYPE_ANY, TYPE_F, TYPE_NAMES, TYPE_T } from './op-row.ts'
import { EFFECT_END, OP, OP_EFFECT, OP_NAMES, OP_ROWS } from './ops.ts'
import { printRegion, printRow } from './print.ts'
import { NONE, type Region } from './region.ts'

/** Sentences, empty if the region is well formed. */
export function verifyRegion(region: Region): string[] {
  const problems: string[] = []
  const blockOf = tile(region, problems)
  if (problems.length > 0) return problems
  const dominator = dominators(region)
  for (let block = 0; block < region.blockCount; block++) {
    for (let row = region.blockStart[block]!; row < region.blockEnd[block]!; row++) {
      const complain = (what: string): void => {
        problems.push(`block ${block}: ${printRow(region, row, block)}: ${what}`)
      }
      checkTypes(region, row, complain)
      const args = [region.a[row]!, region.b[row]!, region.c[row]!].slice(0, OP_ROWS[region.op[row]!]!.args.length)
      for (const x of args) checkUse(x, row, block, blockOf, dominator, complain)
    }
    checkEdges(region, block, blockOf, dominator, problems)
  }
  return problems
}

/** Throws with the region's text if it is not well formed; `when` says after what. */
export function assertValid(region: Region, when: string): void {
  const problems = verifyRegion(region)
  if (problems.length > 0) throw new Error(`IR after ${when} is not valid:\n${problems.join('\n')}\n${printRegion(region)}`)
}

/** Checks blocks and their ends; gives the block of every row, NONE for rows outside. */
function tile(region: Region, problems: string[]): Int32Array {
  const blockOf = new Int32Array(region.rowCount).fill(NONE)
  for (let block = 0; block < region.blockCount; block++) {
    const start = region.blockStart[block]!
    const end = region.blockEnd[block]!
    if (start < 0 || end <= start || end > region.rowCount) {
      problems.push(`block ${block} has no rows`)
      continue
    }
    let paramsOver = false
    for (let row = start; row < end; row++) {
      const op = region.op[row]!
      if (OP_ROWS[op] === undefined) problems.push(`row ${row} has no op`)
      if (blockOf[row] !== NONE) problems.push(`row ${row} is in blocks ${blockOf[row]} and ${block}`)
      blockOf[row] = block
      if ((OP_EFFECT[op] === EFFECT_END) !== (row === end - 1))
        problems.push(`block ${block}: a terminator must be its last row (row ${row})`)
      if (op === OP.param && paramsOver) problems.push(`block ${block}: parameter in row ${row} is not at its begin`)
      if (op === OP.param && region.imm[row] !== row - start) problems.push(`block ${block}: parameters are not in order`)
      paramsOver ||= op !== OP.param
    }
    const last = region.op[end - 1]!
    const wanted = last === OP.br ? 2 : last === OP.jump ? 1 : 0
    for (let k = 0; k < 2; k++) {
      const target = region.succ[2 * block + k]!
      if (k < wanted ? target < 0 || target >= region.blockCount : target !== NONE)
        problems.push(`block ${block}: successor ${k} of ${OP_NAMES[last]} is ${target}`)
    }
  }
  return blockOf
}

/** Immediate dominator of every block, NONE for the entry and for blocks that cannot be reached. */
function dominators(region: Region): Int32Array {
  const count = region.blockCount
  const order: number[] = []
  const seen = new Uint8Array(count)
  const visit = (block: number): void => {
    seen[block] = 1
    for (let k = 0; k < 2; k++) {
      const target = region.succ[2 * block + k]!
      if (target !== NONE && !seen[target]) visit(target)
    }
    order.push(block)
  }
  visit(0)
  order.reverse()
  const rank = new Int32Array(count).fill(NONE)
  order.forEach((block, n) => {
    rank[block] = n
  })
  const idom = new Int32Array(count).fill(NONE)
  idom[0] = 0
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      if (rank[a]! > rank[b]!) a = idom[a]!
      else b = idom[b]!
    }
    return a
  }
  for (let changed = true; changed; ) {
    changed = false
    for (const block of order) {
      for (let k = 0; k < 2; k++) {
        const target = region.succ[2 * block + k]!
        if (target === NONE || target === 0) continue
        const next = idom[target] === NONE ? block : meet(idom[target]!, block)
        if (next !== idom[target]) {
          idom[target] = next
          changed = true
        }
      }
    }
  }
  idom[0] = NONE
  return idom
}

function checkUse(x: number, row: number, block: number, blockOf: Int32Array, idom: Int32Array, complain: (what: string) => void): void {
  const home = blockOf[x] ?? NONE
  if (home === NONE) {
    complain(`%${x} is not a row of the region`)
    return
  }
  if (home === block) {
    if (x >= row) complain(`%${x} is used before it is defined`)
    return
  }
  if (block !== 0 && idom[block] === NONE) return // cannot be reached
  for (let d = idom[block]!; d !== NONE; d = idom[d]!) if (d === home) return
  complain(`%${x} of block ${home} is not defined on every way here`)
}

function checkTypes(region: Region, row: number, complain: (what: string) => void): void {
  const { args, result } = OP_ROWS[region.op[row]!]!
  const actual = [region.a[row]!, region.b[row]!, region.c[row]!]
  let variable = 0
  args.forEach((wanted, k) => {
    const x = actual[k]!
    if (x < 0 || x >= region.rowCount) return
    const type = region.type[x]!
    if (wanted >= TYPE_T && wanted !== TYPE_ANY) {
      const fits = wanted === TYPE_T ? type === I32 || type === I64 : type === F32 || type === F64
      if (!fits || (variable !== 0 && variable !== type && wanted === TYPE_T)) complain(`%${x} is ${TYPE_NAMES[type]}`)
      variable ||= type
    } else if (wanted === TYPE_ANY ? type === 0 : type !== wanted) {
      complain(`%${x} is ${TYPE_NAMES[type]}, not ${TYPE_NAMES[wanted] ?? 'a value'}`)
    }
  })
  const type = region.type[row]!
  const isInteger = type === I32 || type === I64
  const isFloat = type === F32 || type === F64
  if (result === TYPE_T ? !isInteger : result === TYPE_F ? !isFloat : result === TYPE_ANY ? type === 0 : type !== result)
    complain(`its type is ${TYPE_NAMES[type]}`)
  if ((result === TYPE_T || result === TYPE_F) && args.includes(result) && type !== region.type[actual[args.indexOf(result)]!])
    complain('its type is not that of its arguments')
  const op = region.op[row]!
  if (op === OP.get || op === OP.put || op === OP.note) {
    const slot = region.state[region.imm[row]!]
    const value = op === OP.get ? type : region.type[region.a[row]!]
    if (slot === undefined) complain('there is no such slot')
    else if (slot.type !== value) complain(`the slot is ${TYPE_NAMES[slot.type]}`)
  }
}

function checkEdges(region: Region, block: number, blockOf: Int32Array, idom: Int32Array, problems: string[]): void {
  const last = region.blockEnd[block]! - 1
  for (let k = 0; k < 2; k++) {
    const edge = 2 * block + k
    const target = region.succ[edge]!
    if (target === NONE) continue
    const complain = (what: string): void => {
      problems.push(`block ${block}, edge to ${target}: ${what}`)
    }
    const first = region.blockStart[target]!
    let params = 0
    while (region.op[first + params] === OP.param) params++
    if (region.edgeCount[edge] !== params) {
      complain(`passes ${region.edgeCount[edge]} values to ${params} parameters`)
      continue
    }
    for (let n = 0; n < params; n++) {
      const x = region.edgePool[region.edgeStart[edge]! + n]!
      checkUse(x, last, block, blockOf, idom, complain)
      if (region.type[x] !== region.type[first + n])
        complain(`%${x} is ${TYPE_NAMES[region.type[x]!]}, the parameter ${TYPE_NAMES[region.type[first + n]!]}`)
    }
  }
}
