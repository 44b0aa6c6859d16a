/** The tables of docs/dynamics.md: the shipped profiles, and every kind in the order in which a call meets them. */
import type { DynamicsKind } from '../protocol/spec/dynamics-kinds.ts'
import type { Dynamics } from '../protocol/spec/dynamics.ts'
import { factsOf, type Stage, STAGES } from '../src/dynamics/kind-facts.ts'
import { kindList } from '../src/dynamics/kind-table.ts'

type Schema = { const?: unknown; default?: unknown; properties?: Record<string, Schema>; required?: string[]; oneOf?: Schema[]; $defs?: Record<string, Schema> }

/** Fields of every entry: told once. */
const COMMON = new Set(['id', 'kind', 'match', 'when', 'recovery'])

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
const code = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || '–'

/** Parameters by kind: required ones, those with a default, optional ones. */
function parametersOf(entry: Schema): ReadonlyMap<string, string> {
  const kinds = new Map<string, string[]>()
  for (const { properties = {}, required = [] } of entry.$defs!.DynamicsEntry!.oneOf!) {
    const kind = String(properties.kind!.const)
    const own = Object.entries(properties).filter(([name]) => !COMMON.has(name)).map(([name, { default: fallback }]) => {
      if (fallback === undefined) return required.includes(name) ? `\`${name}\`` : `\`${name}\`?`
      const isPlain = typeof fallback !== 'object'
      return isPlain ? `\`${name}\` = ${String(fallback)}` : `\`${name}\``
    })
    kinds.set(kind, own)
  }
  return new Map([...kinds].map(([kind, own]) => [kind, own.join(', ') || '–']))
}

/** A table for each stage, from the published schema of an entry. */
export function kindTables(entry: Schema): string {
  const parameters = parametersOf(entry)
  const rows = kindList().map(({ kind, recovery }) => {
    const { stage, phase, surface, does, sees } = factsOf(kind as DynamicsKind)
    return { stage, row: `| \`${kind}\` | ${cell(parameters.get(kind)!)} | ${code(phase)} | ${code(surface)} | ${code(recovery)} | ${cell(does)} *${cell(sees)}* |` }
  })
  return (Object.keys(STAGES) as Stage[]).flatMap((stage) => [
    `**${STAGES[stage]}.**`, '',
    '| kind | parameters | phase | surface | gets past it | what it does, *and what the agent sees* |', '|---|---|---|---|---|---|',
    ...rows.filter((one) => one.stage === stage).map(({ row }) => row), '',
  ]).join('\n')
}

/** The profiles that ship, by name. */
export function profileTable(profiles: readonly Dynamics[]): string {
  const rows = profiles.toSorted((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, description = '' }) => `| \`${name}\` | ${cell(description)} |`)
  return ['| profile | what it is |', '|---|---|', ...rows, '| `none` | Every call works and takes no time. It is always there. |', ''].join('\n')
}

/** A page with what stands between `<!-- NAME -->` and `<!-- end of NAME -->` replaced. @throws Error where a mark is missing */
export function withTables(page: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce((text, [name, table]) => {
    const [from, to] = [`<!-- ${name} -->\n`, `<!-- end of ${name} -->`]
    const [start, end] = [text.indexOf(from), text.indexOf(to)]
    if (start < 0 || end < start) throw new Error(`docs/dynamics.md lacks ${from.trim()} or ${to}`)
    return `${text.slice(0, start + from.length)}\n${table}\n${text.slice(end)}`
  }, page)
}
