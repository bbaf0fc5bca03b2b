/** The control block's layout; declared in src/x64, because translated code addresses it. */
export * from '../x64/layout.ts'
