/** iced-x86 as the second opinion on machine code: decodes one instruction and prints it in the syntax our disassembler has settled on. */
import { Decoder, DecoderOptions, Formatter, FormatterSyntax, MemorySizeOptions } from 'iced-x86'

export class IcedReader {
  private readonly formatter = new Formatter(FormatterSyntax.Intel)

  constructor() {
    const formatter = this.formatter
    formatter.hexPrefix = '0x'
    formatter.hexSuffix = ''
    formatter.uppercaseHex = false
    formatter.branchLeadingZeros = false
    formatter.showBranchSize = false
    formatter.usePseudoOps = false
    formatter.memorySizeOptions = MemorySizeOptions.Always
  }

  /** Text and length in bytes of the instruction at the start of `code`, which runs at `address`. */
  read(code: Uint8Array, address: number): { text: string; length: number } {
    const decoder = new Decoder(64, code, DecoderOptions.None)
    decoder.ip = BigInt(address)
    const instruction = decoder.decode()
    const result = { text: this.formatter.format(instruction), length: instruction.length }
    instruction.free()
    decoder.free()
    return result
  }

  /** Texts of all instructions in `code`. */
  readAll(code: Uint8Array, address: number): string[] {
    const texts: string[] = []
    for (let at = 0; at < code.length; ) {
      const { text, length } = this.read(code.subarray(at), address + at)
      texts.push(text)
      at += length
    }
    return texts
  }
}
