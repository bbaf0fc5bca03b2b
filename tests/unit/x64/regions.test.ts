/** Regions that once went wrong, cut down by the fuzzer; each names what they need. */
import { afterAll, describe, expect, it } from 'vitest'
import { hostCpuFeatures } from '../../../src/host/cpuid.ts'
import { parseRegion } from '../../../src/ir/parse.ts'
import { vectorRegisters } from '../../../src/x64/cpu.ts'
import { fromRbp, SPILL_OFFSET } from '../../../src/x64/layout.ts'
import { type Cpu, checkRegion, Rig } from '../../lib/region-fuzz.ts'
import { FUZZ_STATE, randomInput } from '../../lib/region-machine.ts'

const rig = new Rig()
afterAll(() => rig.close())

const REGIONS: Record<string, string> = {
  'parameters are moved to the entry state that their edge makes': `
    block 0 0x1000
    at 0x1000
    %0:i64 = const 3
    %1:i64 = get high
    jump -> 1(%0 %1)
    block 1 0x1004
    %3:i64 = param 0
    %4:i64 = param 1
    %5:i64 = const 1
    %6:i64 = sub %3 %5
    %7:i64 = const 0
    %8:i32 = icmp %6 %7 sgt
    br %8 -> 1(%6 %4) 2
    block 2 0x1008
    put %6 x0
    put %4 x1
    exit.direct 0x2000`,
  'two cycles of moves at once': `
    block 0 0x1000
    at 0x1000
    %0:i64 = const 3
    %1:i64 = get x0
    %2:i64 = get x1
    %3:i64 = get x2
    %4:i64 = get x3
    jump -> 1(%0 %1 %2 %3 %4)
    block 1 0x1004
    %6:i64 = param 0
    %7:i64 = param 1
    %8:i64 = param 2
    %9:i64 = param 3
    %10:i64 = param 4
    %11:i64 = const 1
    %12:i64 = sub %6 %11
    %13:i64 = const 0
    %14:i32 = icmp %12 %13 sgt
    br %14 -> 1(%12 %8 %7 %10 %9) 2
    block 2 0x1008
    put %7 x0
    put %8 x1
    put %9 x2
    put %10 x3
    exit.direct 0x2000`,
  'words behind doublewords at a fault, slots whose values lie in each other': `
    block 0 0x1000
    at 0x1000
    %0:i64 = get x0
    %1:i64 = get x1
    %2:i32 = get w0
    %3:i32 = get w1
    %4:i32 = icmp %2 %3 ne
    %5:i64 = zext32 %4
    put %1 x0
    put %0 x1
    put %5 x2
    put %3 w0
    put %2 w1
    %11:i64 = const 0x300000
    at 0x1004
    %12:i64 = load64 %11 8
    put %12 x0
    put %12 x1
    put %12 x2
    put %4 w0
    put %4 w1
    exit.direct 0x2000`,
  'the address of a word in an indirect exit': `
    block 0 0x1000
    at 0x1000
    %0:i64 = get x0
    %1:i32 = trunc %0
    exit.indirect %1 jump`,
  'a comparison that nobody reads raises invalid': `
    block 0 0x1000
    at 0x1000
    %0:f64 = constf 0x7ff0000000000001
    %1:f64 = constf 0x0
    %2:flags = flags.fcmp %0 %1 0
    exit.direct 0x2000`,
  'a conditional comparison of scalars at a fault': conditionalComparison(`
    %2:f64 = constf 0x3ff0000000000000
    %3:f64 = constf 0x0
    %4:flags = flags.fcmp %2 %3 0`),
  'a conditional comparison at a fault': conditionalComparison(`
    %2:i64 = get x2
    %3:i64 = get x3
    %4:flags = flags.sub %2 %3`),
}

/** What a conditional compare makes of the flags %4, noted at a load that faults. */
function conditionalComparison(flags: string): string {
  return `
    block 0 0x1000
    at 0x1000
    %0:i64 = get x0
    %1:i64 = get x1${flags}
    %5:i32 = icmp %0 %1 ule
    %6:flags = flags.or %4 %5 16384
    %7:i32 = pack %6
    put %7 nzcv
    %9:i64 = const 0x300000
    at 0x1004
    %10:i64 = load64 %9 8
    put %10 x0
    %12:flags = flags.sub %0 %10
    %13:i32 = pack %12
    put %13 nzcv
    exit.direct 0x2000`
}

/** Rows of `count` values that `last` reads: they fill the registers in between. */
function pressure(count: number): { readonly first: string; readonly last: string } {
  const first = Array.from({ length: count }, (_, n) => `%${n + 200}:i64 = get x${n % 8}\n%${n + 300}:i64 = add %${n + 200} %${n + 200}`)
  const last = Array.from({ length: count }, (_, n) => `%${n + 400}:i64 = xor %${n === 0 ? 300 : n + 399} %${n + 300}`)
  return { first: first.join('\n'), last: `${last.join('\n')}\nput %${count + 399} x7` }
}

/** A loop that carries `count` values of `type`, each replaced by `op` of itself and the next one, and an exit behind it that reads what was carried in. */
function loopOf(count: number, type: string, op: string, slots: string): string {
  const rows = (row: (n: number) => string) => Array.from({ length: count }, (_, n) => row(n)).join('\n')
  const list = (first: number) => Array.from({ length: count }, (_, n) => `%${first + n}`).join(' ')
  return `block 0 0x1000\nat 0x1000\n${rows((n) => `%${100 + n}:${type} = get ${slots}${n % 4}`)}\n%1:i64 = const 9\njump -> 1(%1 ${list(100)})
block 1 0x1004\n%2:i64 = param 0\n${rows((n) => `%${200 + n}:${type} = param ${n + 1}`)}\n%3:i64 = const 4\n%4:i32 = icmp %2 %3 eq\nbr %4 -> 3 2
block 2 0x1008\n${rows((n) => `%${300 + n}:${type} = ${op} %${200 + n} %${n + 1 < count ? 201 + n : 300}`)}
%5:i64 = const 1\n%6:i64 = sub %2 %5\njump -> 1(%6 ${list(300)})
block 3 0x100c\n${rows((n) => `%${400 + n}:${type} = ${op} %${n === 0 ? 200 : 399 + n} %${200 + n}`)}\nput %${399 + count} ${slots}0\nput %${200 + count - 1} ${slots}1\nexit.direct 0x2000`
}

/** Inputs differ in their slots. */
const INPUTS = 8

describe('regions', () => {
  const check = (text: string, cpus?: readonly Cpu[]) => {
    const build = () => parseRegion(`region 0x1000\n${text}`, FUZZ_STATE)
    for (let seed = 0; seed < INPUTS; seed++) expect(checkRegion(build, seed, rig, cpus)).toBe(null)
  }

  it.each(Object.entries(REGIONS))('%s', (_, text) => check(text))

  it('more parameters and values live into a join than registers', () => {
    const { first, last } = pressure(20)
    check(`block 0 0x1000\nat 0x1000\n${first}\n%20:i32 = get w0\n%21:i64 = const 2
br %20 -> 1(%21 %301 %302 %303) 1(%21 %304 %305 %306)
block 1 0x1004\n%30:i64 = param 0\n%31:i64 = param 1\n%32:i64 = param 2\n%33:i64 = param 3\n${last}
put %30 x0\nput %31 x1\nput %32 x2\nput %33 x3\nexit.direct 0x2000`)
  })

  it('a value that one way to a join has in its spill slot, the other in a state slot', () => {
    const { first, last } = pressure(16)
    check(`block 0 0x1000\nat 0x1000\n%0:i64 = get x0\n%1:i32 = get w0\nbr %1 -> 1 2
block 1 0x1004\n%3:i64 = const 7\nput %3 x0\n${first}\n${last}\njump -> 3
block 2 0x1008\n%6:i64 = get x1\nput %6 x2\njump -> 3
block 3 0x100c\nput %0 x3\nexit.direct 0x2000`)
  })

  const spills = (text: string, cpu: string): boolean => {
    rig.run(parseRegion(`region 0x1000\n${text}`, FUZZ_STATE), cpu, randomInput(0))
    return rig.listing().includes(`[rbp+0x${fromRbp(SPILL_OFFSET).toString(16)}]`)
  }

  it('what only the exit behind a loop reads takes no register in the loop', () => {
    const text = loopOf(10, 'i64', 'add', 'x')
    check(text)
    expect(spills(text, 'x86-64-v2')).toBe(false)
  })

  const isWide = vectorRegisters(hostCpuFeatures()) === 32
  it.skipIf(!isWide).each(['vadd32', 'vcmpeq32', 'vfadd32', 'vpadd16', 'vtrnlo16', 'vfcmpgt64'])(
    'a loop that carries 26 vectors: %s',
    (op) => {
      const text = loopOf(26, 'v128', op, 'v')
      check(text, ['native', 'native/high'])
      expect(spills(text, 'native')).toBe(false)
    },
  )

  it('an exchange that faults records what its operand put out of a register', () => {
    for (let count = 8; count < 16; count++) {
      const { first, last } = pressure(count)
      check(`block 0 0x1000\nat 0x1000\n%0:i64 = get x1\n%1:i64 = mul %0 %0\nput %1 x0\n${first}\n%3:i64 = const 0x300000
%4:i32 = const 5\nat 0x1004\n%5:i32 = xadd %3 %4 4\nput %3 x0\n${last}\nexit.direct 0x2000`)
    }
  })
})
