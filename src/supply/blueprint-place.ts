/** Where a blueprint says what stands at a place of the documents that are written from it. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Path } from '../spec/complaint.ts'

/** The place of an intent. */
export function placeOfTask({ intents }: Blueprint, task: string): string {
  const at = intents.findIndex(({ name }) => name === task)
  return at < 0 ? 'intents' : `intents[${at}]`
}

/** The place of a column. */
function placeInTable({ entities }: Blueprint, table: string, column: string | undefined): string {
  const at = entities.findIndex(({ plural }) => plural === table)
  if (at < 0) return 'entities'
  const { fields, relations, lifecycle } = entities[at]!
  const [field, relation] = [fields, relations].map((each) => each.findIndex(({ name }) => name === column)) as [number, number]
  return `entities[${at}]${field >= 0 ? `.fields[${field}]` : relation >= 0 ? `.relations[${relation}]` : lifecycle?.field === column && column !== undefined ? '.lifecycle' : ''}`
}

/** The entity whose words make the name of a tool, the longest words first. */
function placeOfTool({ entities }: Blueprint, tool: string): string {
  const found = entities
    .flatMap(({ name, plural }, i) => [name, plural].map((word) => ({ i, word })))
    .filter(({ word }) => `_${tool}_`.includes(`_${word}_`))
    .toSorted((a, b) => b.word.length - a.word.length)[0]
  return found ? `entities[${found.i}]` : 'entities'
}

/** The place of what a path leads to: in the scenario, or behind `world` and `framework` in these. */
export function placeOf(blueprint: Blueprint, path: Path): string {
  const [room, part, name, more, last] = path.map(String)
  if (room === 'tasks' && part !== undefined) return placeOfTask(blueprint, part)
  if (room === 'world' && part === 'tables' && name !== undefined) return placeInTable(blueprint, name, more === 'columns' ? last : undefined)
  if (room === 'world' && part === 'tools' && name !== undefined) return placeOfTool(blueprint, name)
  if (room === 'world' && part === 'epoch') return 'epoch'
  if (room === 'framework') return part === 'name' ? 'name' : 'team'
  if (room === 'dynamics' || room === 'intensity' || room === 'overrides') return 'dynamics'
  return room === 'rules' ? 'forbid' : 'the blueprint'
}
