/**
 * The text of print.ts back into a region. Rows get the numbers of their order, so the text of a region whose rows have no gaps is read
 * back into an equal one; names of values in hand-written text are free. Errors name the line.
 */
import { immediateKinds } from './immediates.ts'
import { F64, I64, TYPE_NAMES, type TypeName } from './op-row.ts'
import { EFFECT_END, OP, OP_ARG_COUNT, OP_EFFECT, OP_NAMES, OP_ROWS, type OpName } from './ops.ts'
import { NONE, Region, type StateSlot } from './region.ts'

export function parseRegion(text: string, state: readonly StateSlot[]): Region {
  return new Parser(new Region(state)).parse(text)
}

class Parser {
  private readonly region: Region
  private readonly values = new Map<string, number>()
  private readonly insns = new Map<string, number>()
  /** Successors are filled in at the end: their arguments may come later in the text. */
  private readonly edges: { block: number; words: string[]; line: number }[] = []
  private block = NONE
  private line = 0

  constructor(region: Region) {
    this.region = region
  }

  parse(text: string): Region {
    const lines = text.split('\n').map((l) => l.replace(/;.*/, '').trim())
    // Blocks first, so that a block may be referred to before it is there.
    const blocks = lines.map((l) => /^block (\d+) (\w+)$/.exec(l)).filter((m) => m !== null)
    this.numberRows(lines)
    lines.forEach((line, n) => {
      this.line = n + 1
      if (line !== '') this.parseLine(line.replaceAll(',', ' ').split(/\s+/), blocks)
    })
    for (const { block, words, line } of this.edges) {
      this.line = line
      this.parseEdges(block, words)
    }
    return this.region
  }

  /** A value is called by its row, so its number is known before its line is read. */
  private numberRows(lines: string[]): void {
    let row = 0
    for (const line of lines) {
      if (line === '' || /^(region|block|at) /.test(line)) continue
      const name = /^(%?\w+):\w+ =/.exec(line)?.[1]
      if (name !== undefined) this.values.set(name, row)
      row++
    }
  }

  private fail(message: string): never {
    throw new Error(`IR text, line ${this.line}: ${message}`)
  }

  private parseLine(words: string[], blocks: RegExpExecArray[]): void {
    const { region } = this
    if (words[0] === 'region') {
      region.reset(Number(words[1]))
      for (let k = 0; k < blocks.length; k++) {
        const found = blocks.find((m) => Number(m[1]) === k)
        if (found === undefined) this.fail(`there is no block ${k}`)
        region.addBlock(Number(found[2]))
      }
    } else if (words[0] === 'block') {
      this.block = Number(words[1])
      region.startBlock(this.block)
    } else if (words[0] === 'at') {
      this.parseAt(words[1]!)
    } else {
      this.parseRow(words)
    }
  }

  private parseAt(pc: string): void {
    const { region } = this
    const known = pc === '-' ? NONE : this.insns.get(pc)
    if (known !== undefined) {
      region.resumeInsn(known)
    } else {
      this.insns.set(pc, region.insnCount)
      region.startInsn(Number(pc))
    }
  }

  private parseRow(words: string[]): void {
    const { region } = this
    let type = 0
    if (words[1] === '=') {
      const typeName = words[0]!.split(':')[1]
      type = TYPE_NAMES.indexOf(typeName as TypeName)
      if (type <= 0) this.fail(`'${words[0]}' has no type`)
      words = words.slice(2)
    }
    const op = OP[words[0] as OpName]
    if (op === undefined) this.fail(`no op '${words[0]}'`)
    const arrow = words.indexOf('->')
    const operands = words.slice(1, arrow < 0 ? words.length : arrow)
    const count = OP_ARG_COUNT[op]!
    const kinds = immediateKinds(OP_NAMES[op]!, OP_ROWS[op]!.imms)
    if (operands.length !== count + kinds.length) this.fail(`'${words[0]}' takes ${count} values and ${kinds.length} immediates`)
    const args = [NONE, NONE, NONE]
    for (let k = 0; k < count; k++) args[k] = this.value(operands[k]!)
    const imms: [number, number] = [0, 0]
    kinds.forEach((_, k) => {
      this.parseImmediate(op, type, k, operands[count + k]!, imms)
    })
    if (OP_EFFECT[op] === EFFECT_END) {
      region.end(op, args[0], imms[0], imms[1])
      if (arrow >= 0) this.edges.push({ block: this.block, words: this.joinEdges(words.slice(arrow + 1)), line: this.line })
    } else {
      region.emitTyped(op, type, args[0], args[1], args[2], imms[0], imms[1])
    }
  }

  private value(name: string): number {
    const row = this.values.get(name)
    if (row === undefined) this.fail(`value '${name}' is not defined`)
    return row
  }

  private parseImmediate(op: number, type: number, k: number, word: string, imms: [number, number]): void {
    const { region } = this
    const kind = immediateKinds(OP_NAMES[op]!, OP_ROWS[op]!.imms)[k]!
    if (kind === 'slot') {
      imms[k] = region.state.findIndex((s) => s.name === word)
      if (imms[k] < 0) this.fail(`no state slot '${word}'`)
    } else if (kind === 'pool') {
      const [w0, w1, w2, w3] = word.split('_').map((w) => Number.parseInt(w, 16) | 0)
      imms[0] = region.addPool(w0!, w1!, w2!, w3!)
    } else if (kind === 'wide' || kind === 'bits') {
      const value = this.integer(word)
      imms[0] = Number(BigInt.asIntN(32, value))
      imms[1] = kind === 'bits' || type === I64 || type === F64 ? Number(BigInt.asIntN(32, value >> 32n)) : 0
    } else if (kind === 'number' || /^-?\d/.test(word)) {
      imms[k] = Number(BigInt.asIntN(32, this.integer(word)))
    } else {
      imms[k] = kind.indexOf(word)
      if (imms[k] < 0) this.fail(`'${word}' is none of ${kind.join(' ')}`)
    }
  }

  private integer(word: string): bigint {
    if (!/^-?(0x[0-9a-f]+|\d+)$/i.test(word)) this.fail(`'${word}' is not an integer`)
    return word.startsWith('-') ? -BigInt(word.slice(1)) : BigInt(word)
  }

  /** `1(v2 v3)` was split at the space. */
  private joinEdges(words: string[]): string[] {
    return words.join(' ').match(/\d+(\([^)]*\))?/g) ?? []
  }

  private parseEdges(block: number, words: string[]): void {
    const { region } = this
    words.forEach((word, k) => {
      const [target, args] = word.split('(')
      region.succ[2 * block + k] = Number(target)
      const values = (args ?? '')
        .replace(')', '')
        .split(' ')
        .filter((w) => w !== '')
      if (values.length > 0)
        region.setEdgeArgs(
          block,
          k,
          values.map((w) => this.value(w)),
        )
    })
  }
}
