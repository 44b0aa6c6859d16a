/** Tools that entries name: mistakes in them are told by place and nearest name. */
import { nearest } from '../core/nearest.ts'
import type { Site } from '../world/site.ts'
import type { ToolTraits } from './passage.ts'

/** Complains about a name that is no tool of the agent, or none that only reads where that is asked for. */
export function requireTool(name: string, tools: ReadonlyMap<string, ToolTraits>, site: Site, effect?: 'read'): void {
  const fits = (tool: ToolTraits | undefined) => tool !== undefined && (effect === undefined || tool.effect === effect)
  if (fits(tools.get(name))) return
  const close = nearest(name, [...tools.values()].filter(fits).map((tool) => tool.name))
  site.complain('name', `no ${effect ? `${effect} ` : ''}tool '${name}'`, { ...(close && { nearest: close }), expected: `a${effect ? ` ${effect}` : ''} tool of the agent` })
}

/** The same for each of several that is no glob: globs are for every world. */
export function requireTools(names: readonly string[], tools: ReadonlyMap<string, ToolTraits>, site: Site): void {
  names.forEach((name, i) => {
    if (!name.includes('*')) requireTool(name, tools, site.at(i))
  })
}
