/** Parts of an agent that cannot run here: each is named, none is silently left out. */
import type { Mapping } from './mapping.ts'

/** Lists of Python callables. */
const HOOKS: Readonly<Record<string, string>> = {
  middlewares: 'middleware', before_model_hooks: 'hook before the model', after_model_hooks: 'hook after the model', before_tool_hooks: 'hook before tools', after_tool_hooks: 'hook after tools', tracers: 'tracer', plugins: 'plugin',
}

/** Remarks on hooks, middlewares, plugins, MCP servers and settings of a model. */
export function remarkUnsupported(agent: Mapping): void {
  for (const [key, what] of Object.entries(HOOKS)) {
    agent.list(key, true).forEach((item, i) => {
      const name = callableName(item)
      agent.remarks.add(key === 'tracers' ? 'note' : 'warning', 'unsupported', `the ${what} '${name}' is Python, which does not run here`, agent.place(key, i))
    })
  }
  remarkServers(agent)
  remarkModel(agent)
}

function callableName(item: unknown): string {
  if (typeof item === 'string') return item
  const { import: path, use, name } = (item !== null && typeof item === 'object' ? item : {}) as Record<string, unknown>
  const found = [path, use, name].find((one) => typeof one === 'string')
  return typeof found === 'string' ? found : 'without a name'
}

/** Remarks on `mcp_servers`: mappings, or names of some. */
export function remarkServers(holder: Mapping): void {
  const servers = holder.mappings('mcp_servers', (item, i) => {
    if (typeof item !== 'string') return false
    holder.remarks.warn('unsupported', `the MCP server '${item}' is not reached; its tools must be tools of the world`, holder.place('mcp_servers', i))
    return true
  })
  for (const server of servers) {
    const type = server.text('type')
    holder.remarks.warn('unsupported', `the MCP server '${server.text('name') ?? 'without a name'}'${type === undefined ? '' : ` (${type})`} is not reached; its tools must be tools of the world`, server.place())
  }
}

/** Remarks on `llm_config`: nothing of it has a meaning where a policy plays the agent, and its key stays out. */
export function remarkModel(holder: Mapping): void {
  if (typeof holder.raw('llm_config') === 'string') return
  const settings = holder.mapping('llm_config')
  if (!settings || !settings.keys.length) return
  holder.remarks.note('unsupported', `settings of a model mean nothing here, where a policy plays the agent: ${settings.keys.filter((key) => key !== 'api_key').join(', ') || 'none but a key'}`, holder.placeOfKey('llm_config'))
  if (settings.has('api_key')) holder.remarks.note('secret', "'api_key' is not taken over", settings.placeOfKey('api_key'))
}
