/** Tools of a framework against those of a world: what is not there is told when the framework is loaded, not when it is called. */
import type { Framework } from '../../protocol/spec/framework.ts'
import { matchesGlob } from '../core/glob.ts'
import { nearest } from '../core/nearest.ts'

/** A tool, or a glob, that no tool of the world fits. */
export type Unbound = { readonly agent: string; readonly tool: string; readonly nearest?: string }

/** Tools that agents and workflows name and that the world does not have. */
export function bindTools({ agents }: Pick<Framework, 'agents'>, tools: readonly string[]): Unbound[] {
  return Object.entries(agents).flatMap(([agent, { tools: globs, workflow }]) => {
    const nodes = Object.values(workflow?.nodes ?? {}).flatMap((node) => ('loop' in node ? Object.values(node.loop.nodes) : [node]))
    const named = [...globs, ...nodes.flatMap((node) => ('tool' in node ? [node.tool] : []))]
    return [...new Set(named)].filter((glob) => !tools.some((tool) => matchesGlob([glob], tool))).map((tool): Unbound => {
      const near = nearest(tool, tools)
      return { agent, tool, ...(near !== undefined && { nearest: near }) }
    })
  })
}
