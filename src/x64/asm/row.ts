/**
 * One row of the encoding tables, parsed. A row is written as the Intel SDM writes it:
 *
 *   'ADD r64, r/m64':  'REX.W 03 /r'                          legacy: prefixes, opcode bytes, /r or /digit, immediates
 *   'VADDSD xmm1, xmm2, xmm3/m64': 'VEX.LIG.F2.0F.WIG 58 /r'
 *   '{evex} VADDSD xmm1, xmm2, xmm3/m64': 'EVEX.LLIG.F2.0F.W1 58 /r {kz} {er}'
 *
 * Differences from the manual: a 16-bit row writes its 66 prefix; an EVEX row names what the manual puts into the operands or the tuple
 * column behind the opcode: {k} merge masking, {kz} merge and zero masking, b16/b32/b64 broadcast element, {er}/{sae}, and nBYTES
 * where the disp8*N scale is not the size of the memory operand. Which operand sits in which field (the manual's Op/En column) is derived: see `assignRoles`.
 */

/** Where an operand's number goes. FIXED operands (AL, CL, 1, <XMM0>) are part of the opcode and are never passed. */
export const ROLE = { FIXED: 0, REG: 1, RM: 2, VVVV: 3, IS4: 4, OPCODE: 5, IMM: 6, REL: 7 } as const
export type Role = (typeof ROLE)[keyof typeof ROLE]

export type RegisterFile = 'none' | 'gpr' | 'xmm' | 'ymm' | 'k'

export interface Operand {
  text: string
  role: Role
  /** The register file of the register form; 'none' when only memory is possible, and for immediates. */
  file: RegisterFile
  /** Bits of the register, immediate or displacement. */
  bits: number
  /** Bits of the memory form: -1 when there is none, 0 when its size means nothing (LEA). */
  mem: number
  /** VSIB memory: the index is an xmm register. */
  vsib: boolean
}

export const ENCODING = { LEGACY: 0, VEX: 1, EVEX: 2 } as const

export interface Row {
  name: string
  mnemonic: string
  operands: readonly Operand[]
  encoding: 0 | 1 | 2
  /** Mandatory prefix: 0 none, 1 = 66, 2 = F3, 3 = F2. */
  pp: number
  /** A 66 prefix next to a mandatory F2 or F3. */
  o16: boolean
  /** 0 one byte, 1 0F, 2 0F38, 3 0F3A. */
  map: number
  opcode: number
  /** The register is in the low three bits of the opcode. */
  plusR: boolean
  w: boolean
  wig: boolean
  /** Vector length: 0 128, 1 256, 2 512; `lig` when it is ignored. */
  l: number
  lig: boolean
  /** 0..7 for /digit, 8 for /r, -1 for no ModRM byte. */
  digit: number
  /** The ModRM byte when it is a constant, else -1. */
  fixedModrm: number
  /** Bytes of each trailing immediate or displacement. */
  imms: number[]
  /** One-byte immediate that the processor sign-extends to a wider operand. */
  signExtends: boolean
  mask: boolean
  zeroing: boolean
  /** Bits of a broadcast element, 0 when there is no broadcast. */
  broadcast: number
  rounding: boolean
  sae: boolean
  /** disp8 scale in bytes. */
  disp8: number
}

/** A row's name starts with it when it is the twin of the VEX row of the same name. */
export const EVEX_MARK = '{evex} '

const FIXED_NAMES = new Set(['AL', 'AX', 'EAX', 'RAX', 'CL', 'DX', '1', '<XMM0>', '3'])
/** `text` is one operand as the row writes it: r/m64, xmm3/m128, imm8, rel32, vm32x, ... */
function parseOperand(text: string): Operand {
  const operand: Operand = { text, role: ROLE.RM, file: 'none', bits: 0, mem: -1, vsib: false }
  const slash = text.indexOf('/')
  const first = slash < 0 ? text : text.slice(0, slash)
  const memory = slash < 0 ? (/^m\d*$/.test(text) ? text : '') : text.slice(slash + 1)
  const vsib = /^vm(32|64)x$/.exec(text)
  const general = /^r(8|16|32|64)?[ab]?$/.exec(first)
  const vector = /^(xmm|ymm|k)\d*$/.exec(first)
  const immediate = /^imm(8|16|32|64)$/.exec(text)
  const relative = /^rel(8|32)$/.exec(text)
  if (FIXED_NAMES.has(text)) {
    operand.role = ROLE.FIXED
  } else if (immediate) {
    operand.role = ROLE.IMM
    operand.bits = Number(immediate[1])
  } else if (relative) {
    operand.role = ROLE.REL
    operand.bits = Number(relative[1])
  } else if (vsib) {
    operand.vsib = true
    operand.mem = 0
  } else if (general) {
    operand.file = 'gpr'
    operand.bits = Number(general[1] ?? 0)
  } else if (vector) {
    operand.file = vector[1] as RegisterFile
    operand.bits = vector[1] === 'xmm' ? 128 : vector[1] === 'ymm' ? 256 : 64
  } else if (memory === '') {
    throw new Error(`x64: unknown operand '${text}'`)
  }
  if (memory !== '') {
    const match = /^m(\d*)$/.exec(memory)
    if (match === null) throw new Error(`x64: unknown memory operand '${text}'`)
    operand.mem = match[1] === '' ? 0 : Number(match[1])
    if (first === 'r') operand.bits = operand.mem
  }
  return operand
}

/** The role of each of `operands` (Op/En) from where the r/m operand stands and from /digit, +r and /is4. */
function assignRoles(operands: Operand[], hasReg: boolean, plusR: boolean, is4: boolean): void {
  const registers = operands.filter(({ role }) => role === ROLE.RM)
  if (plusR) {
    for (const operand of registers) operand.role = ROLE.OPCODE
    return
  }
  if (is4) registers.pop()!.role = ROLE.IS4
  const last = registers.length - 1
  const memory = registers.findIndex(({ mem }) => mem >= 0)
  const rm = memory < 0 ? last : memory
  // ModRM.reg is the first of the others; behind a memory destination it is the last (VMASKMOVPS m128, xmm1, xmm2).
  const reg = !hasReg ? -1 : rm === 0 ? last : 0
  for (let n = 0; n <= last; n++) if (n !== rm) registers[n]!.role = n === reg ? ROLE.REG : ROLE.VVVV
}

/** Operand lists that have been parsed, by text, then by what decides their roles: rows share them. */
const operandLists = new Map<string, (readonly Operand[])[]>()

/** `text` is all operands, separated by commas. */
function parseOperands(text: string, hasReg: boolean, plusR: boolean, is4: boolean): readonly Operand[] {
  const variant = Number(hasReg) | (Number(plusR) << 1) | (Number(is4) << 2)
  let variants = operandLists.get(text)
  if (variants === undefined) operandLists.set(text, (variants = []))
  const known = variants[variant]
  if (known !== undefined) return known
  const operands = text.split(', ').map(parseOperand)
  assignRoles(operands, hasReg, plusR, is4)
  variants[variant] = operands
  return operands
}

const PP: Readonly<Record<string, number>> = { '66': 1, F3: 2, F2: 3 }
const MAPS: Readonly<Record<string, number>> = { '0F': 1, '0F38': 2, '0F3A': 3 }
const LENGTHS: Readonly<Record<string, number>> = { '128': 0, L0: 0, LZ: 0, LIG: 0, LLIG: 0, '256': 1, L1: 1, '512': 2 }
/** Bytes of ib, iw, id, io, cb, cd. */
function immediateSize(row: Row, token: string): number {
  const size = [1, 2, 4, 8]['bwdo'.indexOf(token.slice(1))]
  if (size === undefined) throw new Error(`x64: unknown immediate '${token}' in '${row.name}'`)
  return size
}

/** Opcodes of the one-byte map whose imm8 is sign-extended: PUSH, IMUL, and the arithmetic group. */
const SIGN_EXTENDING = new Set([0x6a, 0x6b, 0x83])

type VexFields = Pick<Row, 'encoding' | 'pp' | 'map' | 'w' | 'wig' | 'l' | 'lig'>
const vexCache = new Map<string, VexFields>()

/** VEX.128.66.0F.W0 and EVEX.128.66.0F.W0; undefined when `token` is neither. */
function parseVex(token: string): VexFields | undefined {
  const known = vexCache.get(token)
  if (known !== undefined) return known
  const parts = token.split('.')
  if (parts[0] !== 'VEX' && parts[0] !== 'EVEX') return undefined
  const fields: VexFields = {
    encoding: parts[0] === 'VEX' ? ENCODING.VEX : ENCODING.EVEX,
    pp: 0,
    map: 0,
    w: false,
    wig: false,
    l: 0,
    lig: false,
  }
  for (let n = 1; n < parts.length; n++) {
    const part = parts[n]!
    const pp = PP[part]
    const map = MAPS[part]
    const length = LENGTHS[part]
    if (pp !== undefined) fields.pp = pp
    else if (map !== undefined) fields.map = map
    else if (length !== undefined) {
      fields.l = length
      fields.lig = part === 'LIG' || part === 'LLIG'
    } else if (part === 'W1') fields.w = true
    else if (part === 'WIG') fields.wig = true
    else if (part !== 'W0') throw new Error(`x64: unknown field '${part}' in '${token}'`)
  }
  vexCache.set(token, fields)
  return fields
}

/** The attributes an EVEX row has behind its opcode. */
function parseAttribute(row: Row, token: string): void {
  const first = token[0]
  const number = Number(token.slice(1))
  if (token === '{k}' || token === '{kz}') {
    row.mask = true
    row.zeroing = token === '{kz}'
  } else if (token === '{er}') row.rounding = true
  else if (token === '{sae}') row.sae = true
  else if (first === 'b' && number > 0) row.broadcast = number
  else if (first === 'n' && number > 0) row.disp8 = number
  else throw new Error(`x64: unknown attribute '${token}' in '${row.name}'`)
}

const HEX_BYTE = /^[0-9A-F]{2}(\+r[bwdo])?$/

/** Opcode bytes and legacy prefixes; what is neither a prefix nor an escape goes to `opcodes`. */
function parseByte(row: Row, token: string, opcodes: number[]): void {
  if (row.encoding === ENCODING.LEGACY && opcodes.length === 0) {
    if (row.map === 0 && (token === '66' || token === 'F3' || token === 'F2')) {
      row.o16 = row.pp === 1
      row.pp = token === '66' ? 1 : token === 'F3' ? 2 : 3
      return
    }
    if (row.map === 0 && token === '0F') {
      row.map = 1
      return
    }
    if (row.map === 1 && (token === '38' || token === '3A')) {
      row.map = token === '38' ? 2 : 3
      return
    }
  }
  if (!HEX_BYTE.test(token)) throw new Error(`x64: unknown token '${token}' in '${row.name}'`)
  row.plusR ||= token.length > 2
  opcodes.push(Number.parseInt(token.slice(0, 2), 16))
}

const STRING_PREFIX = /^REPN?E? /

/** Parses one row; throws a sentence with the row's name when the notation is not understood. */
export function parseRow(name: string, encoding: string): Row {
  const tokens = encoding.split(' ')
  const vex = parseVex(tokens[0]!)
  const row: Row = {
    name,
    mnemonic: '',
    operands: [],
    encoding: vex?.encoding ?? ENCODING.LEGACY,
    pp: vex?.pp ?? 0,
    o16: false,
    map: vex?.map ?? 0,
    opcode: 0,
    plusR: false,
    w: vex?.w ?? false,
    wig: vex?.wig ?? false,
    l: vex?.l ?? 0,
    lig: vex?.lig ?? false,
    digit: -1,
    fixedModrm: -1,
    imms: [],
    signExtends: false,
    mask: false,
    zeroing: false,
    broadcast: 0,
    rounding: false,
    sae: false,
    disp8: 0,
  }
  const start = name.startsWith(EVEX_MARK) ? EVEX_MARK.length : 0
  const space = STRING_PREFIX.test(name) ? -1 : name.indexOf(' ', start)
  row.mnemonic = space < 0 ? name : name.slice(start, space)
  const opcodes: number[] = []
  let is4 = false
  for (let n = vex === undefined ? 0 : 1; n < tokens.length; n++) {
    const token = tokens[n]!
    const first = token[0]
    if (first === '/') {
      if (token === '/is4') is4 = true
      else row.digit = token === '/r' ? 8 : Number(token[1])
    } else if (first === 'i' || first === 'c') row.imms.push(immediateSize(row, token))
    else if (first === '{' || first === 'b' || first === 'n') parseAttribute(row, token)
    else if (token === 'REX.W') row.w = true
    else if (token !== 'NP') parseByte(row, token, opcodes) // NP: without a prefix, which a row without one means anyway
  }
  if (opcodes.length === 0 || opcodes.length > 2) throw new Error(`x64: '${name}' has ${opcodes.length} opcode bytes`)
  row.opcode = opcodes[0]!
  row.fixedModrm = opcodes[1] ?? -1
  row.signExtends = row.encoding === ENCODING.LEGACY && row.map === 0 && row.imms[0] === 1 && SIGN_EXTENDING.has(row.opcode)
  if (space >= 0) row.operands = parseOperands(name.slice(space + 1), row.digit === 8, row.plusR, is4)
  if (row.disp8 === 0) {
    for (const operand of row.operands) if (operand.mem > 0) row.disp8 = operand.mem / 8
    row.disp8 = Math.max(1, row.disp8)
  }
  return row
}
