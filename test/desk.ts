/** The small desk scenario with dynamics of one's own. */
import { readFileSync } from 'node:fs'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { ROOT } from './checkout.ts'

/** Compiles the desk with more Dynamics documents (YAML text of their entries by name). */
export function deskScenario(dynamics: Record<string, string> = {}): CompiledScenario {
  const text = readFileSync(`${ROOT}test/fixtures/desk.yaml`, 'utf8')
  const more = Object.entries(dynamics).map(([name, entries]) => ({ file: `${name}.yaml`, text: `kind: Dynamics\nname: ${name}\nentries:\n${entries}` }))
  const { catalogue, complaints } = compileCatalogue([{ file: 'desk.yaml', text }, ...more])
  if (complaints.length) throw new Error(complaints.map((c) => `${c.file}:${c.line} ${c.message}`).join('\n'))
  return catalogue.find('desk')!
}
