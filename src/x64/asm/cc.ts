/** The 16 condition codes, numbered as in the low four bits of Jcc, SETcc and CMOVcc. */
export const CC = { O: 0, NO: 1, B: 2, AE: 3, E: 4, NE: 5, BE: 6, A: 7, S: 8, NS: 9, P: 10, NP: 11, L: 12, GE: 13, LE: 14, G: 15 } as const
export type CC = (typeof CC)[keyof typeof CC]

/** Names as the mnemonics carry them, indexed by code. */
export const CC_NAMES = ['O', 'NO', 'B', 'AE', 'E', 'NE', 'BE', 'A', 'S', 'NS', 'P', 'NP', 'L', 'GE', 'LE', 'G'] as const

/** The condition that holds exactly when `cc` does not. */
export function invert(cc: CC): CC {
  return (cc ^ 1) as CC
}
