/** The assembler's own decisions (labels, short forms, EVEX twins, refusals), printed by the disassembler and confirmed by iced-x86. */
import { describe, expect, it } from 'vitest'
import {
  ALU,
  Assembler,
  CC,
  CC_NAMES,
  CMOVCC_64,
  decode,
  disassemble,
  FS,
  GS,
  HOST,
  insn,
  invert,
  listing,
  NONE,
  R8,
  R9,
  R12,
  R13,
  R15,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RIP,
  RSI,
  RSP,
  SETCC,
  SHIFT,
} from '../../src/x64/asm/index.ts'
import { IcedReader } from '../lib/iced.ts'

/** Not 0x6200_0000_0000: iced-x86 1.21 prints a 64-bit number whose low half is 0..9 as that digit. */
const ORIGIN = 0x6200_0000_1000
const MOV_LOAD = insn('MOV r64, r/m64')
const MOV_STORE = insn('MOV r/m64, r64')
const ADD = insn('ADD r64, r/m64')
const VPADDD = insn('VPADDD xmm1, xmm2, xmm3/m128')
const reader = new IcedReader()

/** What `write` emits at ORIGIN, as text on which iced agrees. */
function texts(write: (asm: Assembler) => void): string[] {
  const asm = new Assembler()
  asm.reset(ORIGIN)
  write(asm)
  asm.finish()
  const code = asm.code()
  const ours = disassemble(code, ORIGIN)
  expect(ours).toEqual(reader.readAll(code, ORIGIN))
  return ours
}

/** Length in bytes of what `write` emits. */
function size(write: (asm: Assembler) => void): number {
  const asm = new Assembler()
  asm.reset(ORIGIN)
  write(asm)
  return asm.finish()
}

describe('labels', () => {
  it('are reached forwards by rel32 and backwards by the shortest jump', () => {
    const lines = texts((asm) => {
      const forward = asm.label()
      const back = asm.here()
      asm.jcc(CC.E, forward)
      asm.jmp(forward)
      asm.call(forward)
      asm.jmp(back)
      asm.jcc(CC.NE, back)
      asm.bind(forward)
      asm.leaLabel(RAX, back)
    })
    expect(lines).toEqual([
      'je 0x620000001014',
      'jmp 0x620000001014',
      'call 0x620000001014',
      'jmp 0x620000001000',
      'jne 0x620000001000',
      'lea rax,[0x620000001000]',
    ])
  })

  it('take rel8 backwards exactly as far as it reaches', () => {
    const distance = (padding: number): number =>
      size((asm) => {
        const back = asm.here()
        asm.nop(padding)
        asm.jmp(back)
      }) - padding
    expect(distance(126)).toBe(2)
    expect(distance(127)).toBe(5)
  })

  it('address memory, with an immediate behind the displacement', () => {
    const lines = texts((asm) => {
      const data = asm.label()
      asm.rm(MOV_LOAD, RAX, RIP, data)
      asm.mi(insn('CMP r/m32, imm32'), RIP, data, 0x12345)
      asm.rmi(insn('IMUL r64, r/m64, imm8'), R9, RIP, data, 5)
      asm.rrm(VPADDD, 1, 17, RIP, data)
      asm.rrmr(insn('VBLENDVPS xmm1, xmm2, xmm3/m128, xmm4'), 1, 2, RIP, data, 7)
      asm.bind(data)
      asm.none(insn('RET'))
    })
    const data = '0x62000000102d'
    expect(lines).toEqual([
      `mov rax,qword ptr [${data}]`,
      `cmp dword ptr [${data}],0x12345`,
      `imul r9,qword ptr [${data}],5`,
      `vpaddd xmm1,xmm17,xmmword ptr [${data}]`,
      `vblendvps xmm1,xmm2,xmmword ptr [${data}],xmm7`,
      'ret',
    ])
  })

  it('short jumps are patched and refused when too far', () => {
    expect(
      texts((asm) => {
        const end = asm.label()
        asm.shortJcc(CC.A, end)
        asm.shortJmp(end)
        asm.nop(3)
        asm.bind(end)
      }),
    ).toEqual(['ja 0x620000001007', 'jmp 0x620000001007', 'nop dword ptr [rax]'])
    const far = new Assembler()
    const end = far.label()
    far.shortJmp(end)
    far.nop(128)
    far.bind(end)
    expect(() => far.finish()).toThrow('short jump')
  })

  it('throw when never bound, bound twice or unknown', () => {
    const asm = new Assembler()
    const label = asm.label()
    asm.jmp(label)
    expect(() => asm.finish()).toThrow('never bound')
    asm.bind(label)
    expect(() => asm.bind(label)).toThrow('bound twice')
    asm.reset(0)
    expect(() => asm.jmp(label)).toThrow('no label')
  })

  it('are many', () => {
    const lines = texts((asm) => {
      const labels = Array.from({ length: 1000 }, () => asm.label())
      for (const label of labels) asm.jmp(label)
      for (const label of labels) asm.bind(label)
      asm.none(insn('UD2'))
    })
    expect(new Set(lines)).toEqual(new Set([`jmp 0x${(ORIGIN + 5000).toString(16)}`, 'ud2']))
  })
})

describe('host addresses', () => {
  it('are reached relative to the origin', () => {
    expect(
      texts((asm) => {
        asm.jmpTo(ORIGIN + 0x1000)
        asm.jccTo(CC.LE, ORIGIN - 0xff0)
        asm.callTo(ORIGIN + 0x7fff_0000)
        asm.rm(MOV_LOAD, R8, HOST, ORIGIN + 0x40)
        asm.mi(insn('MOV r/m64, imm32'), HOST, ORIGIN - 8, -1)
      }),
    ).toEqual([
      'jmp 0x620000002000',
      'jle 0x620000000010',
      'call 0x62007fff1000',
      'mov r8,qword ptr [0x620000001040]',
      'mov qword ptr [0x620000000ff8],0xffffffffffffffff',
    ])
  })

  it('further than 2 GiB throw', () => {
    const asm = new Assembler()
    asm.reset(ORIGIN)
    expect(() => asm.jmpTo(ORIGIN + 0x8000_0010)).toThrow('bytes away')
    expect(() => asm.rm(MOV_LOAD, RAX, HOST, 0x1000)).toThrow('bytes away')
  })

  it('alignJumpDisplacement aligns the displacement of the next jump', () => {
    for (let before = 0; before < 8; before++) {
      const asm = new Assembler()
      asm.reset(ORIGIN)
      asm.nop(before)
      asm.alignJumpDisplacement()
      asm.jmpTo(ORIGIN)
      expect((asm.pos - 4) % 4).toBe(0)
      expect(asm.pos).toBeLessThan(before + 9)
    }
  })
})

describe('choices', () => {
  it('imm64 takes the shortest form', () => {
    const cases: [lo: number, hi: number, keepFlags: boolean, text: string, bytes: number][] = [
      [0, 0, false, 'xor r9d,r9d', 3],
      [0, 0, true, 'mov r9d,0', 6],
      [-1, 0, false, 'mov r9d,0xffffffff', 6],
      [0xffffffff, 0xffffffff, false, 'mov r9,0xffffffffffffffff', 7],
      [16, -1, false, 'mov r9,0xffffffff00000010', 10],
      [0x12345678, 0x9abc, false, 'mov r9,0x9abc12345678', 10],
    ]
    for (const [lo, hi, keepFlags, text, bytes] of cases) {
      expect(texts((asm) => asm.imm64(R9, lo, hi, keepFlags))).toEqual([text])
      expect(size((asm) => asm.imm64(R9, lo, hi, keepFlags))).toBe(bytes)
    }
    expect(texts((asm) => asm.movAddress(RAX, 0x6000_8000_1000))).toEqual(['mov rax,0x600080001000'])
    expect(texts((asm) => asm.movAddress(RAX, -4096))).toEqual(['mov rax,0xfffffffffffff000'])
  })

  it('aluRI, aluMI and shiftRI take the short immediate', () => {
    expect(
      texts((asm) => {
        asm.aluRI(ALU.ADD, 64, RSP, 8)
        asm.aluRI(ALU.CMP, 32, RAX, 0xffff_ffff)
        asm.aluRI(ALU.SUB, 64, R15, 0x1000)
        asm.aluRI(ALU.AND, 8, RSI, 0x80)
        asm.aluRI(ALU.XOR, 16, RBX, 0x1234)
        asm.aluMI(ALU.CMP, 32, RBP, -16, 0)
        asm.aluMI(ALU.ADD, 64, RBP, -16, 0x1000, RCX, 3)
        asm.shiftRI(SHIFT.SHL, 64, RDI, 1)
        asm.shiftRI(SHIFT.SAR, 32, R8, 31)
      }),
    ).toEqual([
      'add rsp,8',
      'cmp eax,0xffffffff',
      'sub r15,0x1000',
      'and sil,0x80',
      'xor bx,0x1234',
      'cmp dword ptr [rbp-0x10],0',
      'add qword ptr [rbp+rcx*8-0x10],0x1000',
      'shl rdi,1',
      'sar r8d,0x1f',
    ])
    expect(size((asm) => asm.aluRI(ALU.CMP, 32, RAX, 0xffff_ffff))).toBe(3)
    expect(size((asm) => asm.aluRI(ALU.ADD, 64, RSP, 127))).toBe(4)
    expect(size((asm) => asm.aluRI(ALU.ADD, 64, RSP, 128))).toBe(7)
  })

  it('condition codes number SETcc, CMOVcc and jumps alike', () => {
    for (const [n, name] of CC_NAMES.entries()) {
      const cc = CC[name]
      expect(cc).toBe(n)
      expect(invert(invert(cc))).toBe(cc)
      expect(
        texts((asm) => {
          asm.r(SETCC[cc]!, RBP)
          asm.rr(CMOVCC_64[cc]!, RAX, R8)
          asm.jccTo(cc, ORIGIN)
        }).map((line) => line.split(' ')[0]),
      ).toEqual([`set${name.toLowerCase()}`, `cmov${name.toLowerCase()}`, `j${name.toLowerCase()}`])
    }
  })

  it('a vector register above 15, a mask or a broadcast takes the EVEX twin', () => {
    expect(
      texts((asm) => {
        asm.rrr(VPADDD, 1, 2, 3)
        asm.rrr(VPADDD, 1, 2, 16)
        asm.rrr(insn('VPXOR xmm1, xmm2, xmm3/m128'), 31, 31, 31)
        asm.rm(insn('VMOVDQU xmm1, xmm2/m128'), 20, RBP, 0x7f0)
        asm.mr(insn('VMOVQ xmm2/m64, xmm1'), RBP, 8, 30)
        asm.rri(insn('VPSRLW xmm1, xmm2, imm8'), 20, 3, 4)
        asm.rri(insn('VROUNDPD xmm1, xmm2/m128, imm8'), 20, 3, 4)
        asm.mask(2)
        asm.rrr(VPADDD, 1, 2, 3)
        asm.mask(3, true)
        asm.broadcast()
        asm.rrm(VPADDD, 1, 2, RAX, 4)
        asm.rounding(3)
        asm.rr(insn('VCVTSD2SI r64, xmm2/m64'), RAX, 5)
        asm.rrr(VPADDD, 1, 2, 3)
      }),
    ).toEqual([
      'vpaddd xmm1,xmm2,xmm3',
      'vpaddd xmm1,xmm2,xmm16',
      'vpxorq xmm31,xmm31,xmm31',
      'vmovdqu64 xmm20,xmmword ptr [rbp+0x7f0]',
      'vmovq qword ptr [rbp+8],xmm30',
      'vpsrlw xmm20,xmm3,4',
      'vrndscalepd xmm20,xmm3,4',
      'vpaddd xmm1{k2},xmm2,xmm3',
      'vpaddd xmm1{k3}{z},xmm2,dword ptr [rax+4]{1to4}',
      'vcvtsd2si rax{rz-sae},xmm5',
      'vpaddd xmm1,xmm2,xmm3',
    ])
    expect(size((asm) => asm.rm(insn('VMOVDQU xmm1, xmm2/m128'), 20, RBP, 0x7f0))).toBe(7)
    expect(size((asm) => asm.rm(insn('VMOVDQU xmm1, xmm2/m128'), 20, RBP, 0x7f8))).toBe(10)
  })

  it('prefixes and NOPs', () => {
    expect(
      texts((asm) => {
        asm.lock()
        asm.mr(insn('XADD r/m32, r32'), RBX, 0, RAX)
        asm.seg(GS)
        asm.rm(MOV_LOAD, RAX, NONE, 0x28)
        asm.seg(FS)
        asm.mr(MOV_STORE, R12, 0, R13)
      }),
    ).toEqual(['lock xadd dword ptr [rbx],eax', 'mov rax,qword ptr gs:[0x28]', 'mov qword ptr fs:[r12],r13'])
    for (let n = 0; n < 30; n++) expect(size((asm) => asm.nop(n))).toBe(n)
    expect(texts((asm) => asm.nop(20)).map((line) => line.split(' ')[0])).toEqual(['nop', 'nop', 'xchg'])
    const asm = new Assembler()
    asm.reset(ORIGIN + 3)
    asm.align(16)
    expect(asm.address).toBe(ORIGIN + 16)
  })
})

describe('refusals', () => {
  const asm = new Assembler()
  const refused: [what: string, emit: () => void][] = [
    ['operands of another shape', () => asm.rr(insn('VADDSD xmm1, xmm2, xmm3/m64'), 1, 2)],
    ['a load row for a store', () => asm.mr(MOV_LOAD, RAX, 0, RBX)],
    ['memory where there is none', () => asm.rm(insn('MOVHLPS xmm1, xmm2'), 1, RAX, 0)],
    ['registers where memory must be', () => asm.rr(insn('MOVBE r32, m32'), 1, 2)],
    ['RSP as index', () => asm.rm(ADD, RAX, RBX, 0, RSP)],
    ['a general register above 15', () => asm.rr(ADD, 16, 0)],
    ['a base above 15', () => asm.rm(ADD, RAX, 16, 0)],
    ['xmm16 under SSE', () => asm.rr(insn('PADDD xmm1, xmm2/m128'), 16, 0)],
    ['xmm16 without a twin', () => asm.rrr(insn('VHADDPS xmm1, xmm2, xmm3/m128'), 16, 0, 1)],
    ['xmm32', () => asm.rrr(VPADDD, 32, 0, 1)],
    ['a sign-extended imm8 of 128', () => asm.ri(insn('ADD r/m64, imm8'), RAX, 128)],
    ['an imm8 of 256', () => asm.ri(insn('SHL r/m64, imm8'), RAX, 256)],
    ['an imm32 of 2^31 for 64 bits', () => asm.aluRI(ALU.ADD, 64, RAX, 0x8000_0000)],
    ['a displacement of 2^31', () => asm.rm(ADD, RAX, RBX, 0x8000_0000)],
    [
      'a mask without an EVEX form',
      () => {
        asm.mask(1)
        asm.rr(ADD, RAX, RBX)
      },
    ],
    [
      'zeroing into memory',
      () => {
        asm.mask(1, true)
        asm.mr(insn('VMOVSS m32, xmm1'), RAX, 0, 1)
      },
    ],
    ['a gather without an index', () => asm.rmr(insn('VPGATHERDD xmm1, vm32x, xmm2'), 1, RAX, 0, 2)],
  ]
  for (const [what, emit] of refused) {
    it(`refuses ${what}`, () => {
      asm.reset(0)
      expect(emit).toThrow('x64: ')
    })
  }
})

describe('the buffer', () => {
  it('grows and keeps what was written', () => {
    const asm = new Assembler(1)
    for (let n = 0; n < 10_000; n++) asm.rm(ADD, n & 15, R13, n)
    const lines = disassemble(asm.code(), 0)
    expect(lines.length).toBe(10_000)
    expect(lines[9999]).toBe('add r15,qword ptr [r13+0x270f]')
  })
})

describe('the disassembler', () => {
  it('goes on behind unknown and cut-off bytes', () => {
    expect(disassemble(Uint8Array.of(0x06, 0x90, 0x48, 0x8b), 0)).toEqual(['.byte 0x06', 'nop', '.byte 0x48', '.byte 0x8b'])
    for (let n = 1; n < 11; n++)
      expect(decode(Uint8Array.of(0x62, 0xf1, 0x7d, 0x08, 0xfe, 0x84, 0x88, 1, 2, 3, 4).subarray(0, n), 0, 0).insn).toBe(-1)
  })

  it('lists addresses and bytes', () => {
    expect(listing(Uint8Array.of(0x48, 0x01, 0xd8, 0xc3), 0x1000)).toEqual([
      '1000:  48 01 d8                        add rax,rbx',
      '1003:  c3                              ret',
    ])
  })

  it('reads jumps of both sizes', () => {
    for (const code of [
      [0x70, 0xfe],
      [0x0f, 0x8f, 0, 1, 0, 0],
      [0xe3, 5],
      [0xe2, 0x80],
      [0xeb, 0],
      [0xff, 0x24, 0xc5, 0, 0, 0, 0],
      [0x41, 0xff, 0xd7],
    ]) {
      const bytes = Uint8Array.from(code)
      expect(decode(bytes, 0, ORIGIN).text).toBe(reader.read(bytes, ORIGIN).text)
    }
  })

  it('knows the byte registers with and without REX', () => {
    expect(disassemble(Uint8Array.of(0x88, 0xe0, 0x40, 0x88, 0xe0), 0)).toEqual(['mov al,ah', 'mov al,spl'])
  })
})
