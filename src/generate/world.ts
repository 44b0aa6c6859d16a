/** Blueprints as worlds: a table and its tools for each entity. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Tool, World } from '../../protocol/spec/world.ts'
import type { Outline, ToolOutline } from './outline.ts'
import { tableOf } from './world-column.ts'
import { spaced, toolNames } from './world-naming.ts'
import { readTools } from './world-read.ts'
import { LISTS } from './world-word.ts'
import { writeTools } from './world-write.ts'

/** The lists that columns pick from by name. */
function usedLists(tables: World['tables']): World['lists'] {
  const named = new Set(Object.values(tables).flatMap(({ columns }) => Object.values(columns).flatMap((column) => ('pick' in column && typeof column.pick === 'string' ? [column.pick] : []))))
  return Object.fromEntries(Object.entries(LISTS).filter(([name]) => named.has(name)).map(([name, words]) => [name, [...words]]))
}

/** The World document, and what others have to know of its tools. */
export function writeWorld(blueprint: Blueprint): { readonly world: World; readonly outline: Outline } {
  const { entities, epoch, name, place, decoys, style } = blueprint
  const tables = new Map(entities.map((entity) => [entity.name, entity.plural]))
  const tools: Record<string, Tool> = {}
  const outlines: ToolOutline[] = []
  const add = (entity: string, does: ToolOutline['does'], called: string, tool: Tool): void => {
    tools[called] = tool
    outlines.push({ name: called, entity, does, effect: tool.effect })
  }
  for (const entity of entities) {
    const reads = Object.entries(readTools(blueprint, entity))
    for (const [called, tool] of reads) add(entity.name, called === toolNames.get(style, entity) ? 'get' : called === toolNames.search(style, entity) ? 'search' : 'count', called, tool)
    for (const { name: called, does, tool } of writeTools(blueprint, entity)) add(entity.name, does, called, tool)
  }
  const written = Object.fromEntries(entities.map((entity) => [entity.plural, tableOf(entity, tables, epoch, decoys)]))
  return {
    world: {
      kind: 'World', name, description: `${place.charAt(0).toUpperCase()}${place.slice(1)}, as its staff see it.`, epoch, lists: usedLists(written),
      tables: written,
      defs: {}, invariants: [], reactions: [], timers: {}, every: [], tools, tests: [],
    },
    outline: {
      tools: outlines,
      relations: Object.fromEntries(entities.map((entity) => [entity.name, entity.relations.map(({ to }) => to)])),
      words: Object.fromEntries(entities.map((entity) => [entity.name, { one: spaced(entity.name), many: spaced(entity.plural) }])),
    },
  }
}
