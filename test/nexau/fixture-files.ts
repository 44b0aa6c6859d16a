/** The foreign files of test/fixtures/nexau, held in memory. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Loaded } from '../../src/nexau/load-framework.ts'

export const FIXTURES = join(import.meta.dirname, '../fixtures/nexau')

/** Texts by path. */
export const TEXTS: Readonly<Record<string, string>> = Object.fromEntries(
  globSync('**/*.*', { cwd: FIXTURES, exclude: (name) => name.startsWith('.') }).toSorted().flatMap((name) => {
    const path = name.split('\\').join('/')
    return /\.(yaml|md|txt|j2)$/.test(path) ? [[path, readFileSync(join(FIXTURES, name), 'utf8')]] : []
  }),
)

/** Files that a framework starts from. */
export const ROOTS = ['old/returns_clerk.yaml', 'new/desk_lead.yaml', 'hierarchy/main.yaml', 'wrong.yaml', 'gap/framework_config.yaml', 'gap-order/framework_config.yaml', 'gap-calls/framework_config.yaml']

/** Remarks as lines: place, level, code. */
export function linesOf({ remarks }: Loaded): string[] {
  return remarks.map(({ file, line, column, level, code }) => `${file}:${line}:${column} ${level} ${code}`)
}
