/** The part of yargs 18 that we use; the package ships no types for Node. */
declare module 'yargs' {
  export interface Option {
    alias: readonly string[]
    describe: string
    type: 'boolean' | 'string'
    requiresArg?: boolean
  }
  interface Parser {
    scriptName(name: string): Parser
    usage(text: string): Parser
    parserConfiguration(configuration: Record<string, boolean>): Parser
    command(
      name: string | readonly string[],
      about: string,
      build: ((parser: Parser) => Parser) | Record<string, never>,
      run: (given: Record<string, unknown>) => void,
    ): Parser
    option(name: string, option: Option): Parser
    strictOptions(): Parser
    version(text: string): Parser
    help(): Parser
    alias(name: string, alias: string): Parser
    wrap(columns: number): Parser
    epilogue(text: string): Parser
    exitProcess(enabled: boolean): Parser
    fail(report: (message: string | null, error: Error | undefined) => never): Parser
    parseAsync(): Promise<unknown>
  }
  export default function yargs(args: readonly string[]): Parser
}
