/** Beginnings of names that the engine looks at. */

/** First four bytes of names that may lead to what the engine answers: /proc, /sys, /dev, self/..., thread-self/..., and what lies in a folder of /proc. */
export const ENGINE_PREFIXES = [
  '/pro',
  '/sys',
  '/dev',
  'self',
  'thre',
  'exe\0',
  'maps',
  'smap',
  'numa',
  'stat',
  'cmdl',
  'auxv',
  'cpui',
  'task',
  'fdin',
]
/** First two bytes of names that hide such a prefix. */
export const ODD_PREFIXES = ['//', '/.', 'fd']

/** ASCII text of two or four characters as a little-endian integer. */
export function word(text: string): number {
  let value = 0
  for (let i = text.length - 1; i >= 0; i--) value = (value << 8) | text.charCodeAt(i)
  return value
}
