/**
 * Rows -> text. A template is text with operands in braces: `{rd}` is field rd by the formatter of that name,
 * `{sf:rd}` field rd by formatter `sf` (which may look at the other fields), `{v.4s:rd}` formatter `v` told `4s`,
 * `{cc}` without such a field: formatter `cc` with value 0. Formatters are registered per ISA.
 */
import type { Row } from './insn.ts'
import type { AnyFields } from './pattern.ts'

/** `value` is the field's, `arg` what follows the formatter's name after a point (or ''). */
export type Formatter = (value: number, f: AnyFields, arg: string, pc: number) => string
export type Formatters = Readonly<Record<string, Formatter>>

export function disassembleRow<C>(row: Row<C>, word: number, pc: number, formatters: Formatters): string {
  const f = row.fields(word)
  if (typeof row.template !== 'string') return row.template(f, pc)
  return row.template.replace(/\{([^{}:]+)(?::([^{}]+))?\}/g, (_, name: string, field: string | undefined) => {
    const dot = name.indexOf('.')
    const key = dot < 0 ? name : name.slice(0, dot)
    const formatter = formatters[name] ?? formatters[key]
    if (formatter === undefined) throw new Error(`row '${row.name}': no formatter '${key}'`)
    const value = f[field ?? key]
    if (field !== undefined && value === undefined) throw new Error(`row '${row.name}': no field '${field}'`)
    return formatter(value ?? 0, f, dot < 0 ? '' : name.slice(dot + 1), pc)
  })
}
