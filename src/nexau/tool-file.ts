/** Tools of an agent: each bound by its name to a tool of the world; what its file says beyond that is remarked. */
import { TOOL_ENTRY_KEYS, TOOL_FILE_KEYS } from './key-tables.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'

/** What an agent's entry of a tool comes to. */
export type ToolUse = { readonly foreign: string; readonly name: string; readonly skill?: string; readonly deferred: boolean }

/** Characters of a description of a skill. */
const MOST_DESCRIPTION = 2000

/** Reads the `tools` of an agent. */
export function readTools(agent: Mapping, loading: Loading): ToolUse[] {
  const { remarks } = loading
  const lone: ToolUse[] = []
  const entries = agent.mappings('tools', (item, i) => {
    if (typeof item !== 'string') return false
    const name = loading.toolName(item, agent.place('tools', i))
    if (name !== undefined) lone.push({ foreign: item, name, deferred: false })
    return true
  })
  const uses = entries.flatMap((entry) => readEntry(entry, loading))
  const seen = new Set<string>()
  return [...lone, ...uses].filter(({ name, foreign }) => {
    if (seen.has(name)) remarks.warn('duplicate', `the tool '${foreign}' stands twice`, agent.place('tools'))
    return !seen.has(name) && seen.add(name)
  })
}

function readEntry(stated: Mapping, loading: Loading): ToolUse[] {
  const { remarks } = loading
  const entry = stated.checkKeys('an entry of a tool', TOOL_ENTRY_KEYS)
  const path = entry.text('yaml_path')
  const file = path === undefined ? undefined : toolFile(path, entry, loading)
  const foreign = entry.text('name') ?? file?.text('name')
  if (foreign === undefined) {
    remarks.error('missing', 'a tool has no name', entry.place(), { expected: 'name: …' })
    return []
  }
  const name = loading.toolName(foreign, entry.place(entry.has('name') ? 'name' : 'yaml_path'))
  if (name === undefined) return []
  const binding = entry.text('binding') ?? file?.text('binding')
  if (binding !== undefined) remarks.note('binding', `'${binding}' is Python; '${foreign}' is bound to the tool '${name}' of the world`, (entry.has('binding') ? entry : file!).place('binding'))
  const own = file?.text('name')
  if (own !== undefined && own !== foreign) remarks.note('renamed', `the file calls the tool '${own}'; the agent's '${foreign}' counts`, file!.place('name'))
  checkParallel(name, file, loading)
  return [{ foreign, name, deferred: entry.flag('defer_loading') ?? file?.flag('defer_loading') ?? false, ...skillOf(entry, file, foreign, loading) }]
}

function toolFile(path: string, entry: Mapping, loading: Loading): Mapping | undefined {
  const { remarks } = loading
  if (/^[\w.]+:[^/\\]/.test(path)) {
    remarks.warn('unsupported', `'${path}' is a file of a Python package, which is not read; the tool is bound by its name`, entry.place('yaml_path'))
    return undefined
  }
  const found = loading.text(path, entry.place('yaml_path'), 'the tool file')
  return found && readToolFile(found.path, found.text, loading)
}

/** The mapping of a tool file, its keys checked. */
export function readToolFile(path: string, text: string, loading: Loading): Mapping | undefined {
  return loading.mapping(path, text)?.checkKeys('a tool file', TOOL_FILE_KEYS)
}

/** What the file says about turns must be what the world's tool does. */
export function checkParallel(name: string, file: Mapping | undefined, loading: Loading): void {
  const world = loading.worldTool(name)
  if (!file || !world || file.flag('disable_parallel') !== true || world.disable_parallel === true) return
  loading.remarks.warn('parallel', `the tool '${name}' of the world runs beside others`, file.place('disable_parallel'), { expected: `disable_parallel: true at the tool '${name}' of the world` })
}

function skillOf(entry: Mapping, file: Mapping | undefined, foreign: string, { remarks }: Loading): { skill?: string } {
  if (entry.flag('as_skill') !== true) return {}
  const description = file?.text('skill_description')
  if (description === undefined) remarks.warn('missing', `'${foreign}' is to be a skill, and its file has no 'skill_description'; its description is taken`, entry.place('as_skill'))
  const short = description ?? file?.text('description') ?? foreign
  if (short.length > MOST_DESCRIPTION) remarks.note('cut', `the description of '${foreign}' is cut at ${MOST_DESCRIPTION} characters`, entry.place('as_skill'))
  return { skill: short.slice(0, MOST_DESCRIPTION) }
}
