/** Tools within a team: to call other agents, to hand over, to share, to learn more. No tool of the world answers them. */
import type { ToolSchema } from '../../protocol/observation.ts'
import type { CompiledAgent } from './compiled-agent.ts'
import { MOST_MESSAGE } from './delegation.ts'
import { LONGEST_KEY } from './global-storage.ts'

/** Names that no tool of an agent may have. */
export const TEAM_TOOLS: ReadonlySet<string> = new Set(['storage_get', 'storage_set', 'storage_update', 'storage_delete', 'storage_keys', 'storage_lock', 'storage_unlock', 'ask_user'])

type Properties = Readonly<Record<string, Record<string, unknown>>>

function tool(name: string, description: string, properties: Properties, required: readonly string[] = Object.keys(properties)): ToolSchema {
  return { name, description, input_schema: { type: 'object', properties, required: [...required], additionalProperties: false } }
}

const text = (description: string, maxLength = MOST_MESSAGE) => ({ type: 'string', minLength: 1, maxLength, description })
const KEY = text('The key.', LONGEST_KEY)
const EXPECTED = { type: 'integer', minimum: 0, description: 'Only if the key is at this version now; 0 where it must not exist.' }
const CHILD = text('Id of an agent that you called before: it goes on with all that it knows.')
const MESSAGE = text('What it shall do, with all that it needs to know.')

const STORAGE_TOOLS: readonly ToolSchema[] = [
  tool('storage_get', 'Reads a key of the storage that all agents share.', { key: KEY }),
  tool('storage_set', 'Writes a key of the shared storage.', { key: KEY, value: { description: 'Any JSON.' }, expected_version: EXPECTED }, ['key', 'value']),
  tool('storage_update', 'Merges fields into an object in the shared storage.', { key: KEY, fields: { type: 'object', description: 'Fields that are set.' }, expected_version: EXPECTED }, ['key', 'fields']),
  tool('storage_delete', 'Removes a key of the shared storage.', { key: KEY, expected_version: EXPECTED }, ['key']),
  tool('storage_keys', 'Lists the keys of the shared storage with their versions.', { prefix: { type: 'string', maxLength: 200, description: 'How they begin.' } }, []),
  tool('storage_lock', 'Locks keys against writes of others until you unlock them or are done: all of them, or none.', { keys: { type: 'array', items: KEY, minItems: 1, maxItems: 100 } }),
  tool('storage_unlock', 'Gives up locks.', { keys: { type: 'array', items: KEY, minItems: 1, maxItems: 100 } }),
]

function listed(agents: readonly { readonly agent: string; readonly description: string }[]): string {
  return agents.map(({ agent, description }) => `${agent}${description ? `: ${description}` : ''}`).join('\n')
}

function delegationTools({ subAgents, delegation }: CompiledAgent): ToolSchema[] {
  if (!subAgents.length || delegation === 'xml') return []
  const names = subAgents.map(({ agent }) => agent)
  if (delegation === 'agent') return [tool('Agent', `Calls another agent, and gives its result with its id. There are:\n${listed(subAgents)}`, { sub_agent_name: { type: 'string', enum: names }, message: MESSAGE, sub_agent_id: CHILD }, ['sub_agent_name', 'message'])]
  return subAgents.map(({ agent, description }) => tool(`sub-agent-${agent}`, `Calls the agent ${agent}, and gives its result with its id.${description ? ` ${description}` : ''}`, { message: MESSAGE, sub_agent_id: CHILD }, ['message']))
}

function skillTools({ skills, asSkill, deferred }: CompiledAgent): ToolSchema[] {
  const known = [...[...skills].map(([name, { description }]) => `${name}: ${description}`), ...[...asSkill].map(([name, short]) => `${name}: ${short}`)]
  const load = known.length ? [tool('LoadSkill', `Gives what is known about something. There are:\n${known.join('\n')}`, { skill_name: { type: 'string', enum: [...skills.keys(), ...asSkill.keys()] } })] : []
  return deferred.size ? [...load, tool('ToolSearch', 'Finds more tools by words about what they do; those found can be called from the next turn on.', { query: text('Words.') })] : load
}

/** The tools within the team that an agent is shown. */
export function teamTools(agent: CompiledAgent): ToolSchema[] {
  return [
    ...delegationTools(agent),
    ...agent.handOffs.map(({ agent: other, description }) => tool(`transfer_to_${other}`, `Hands your whole task over to ${other}, for good.${description ? ` ${description}` : ''}`, { message: text('What it has to know to take over.') })),
    ...skillTools(agent),
    ...(agent.storage ? STORAGE_TOOLS : []),
    ...(agent.asksUser ? [tool('ask_user', 'Asks the user, and gives the answer.', { message: text('The question.') })] : []),
  ]
}

/** What an agent that writes its calls to others into its text is told about it, below its prompt. */
export function xmlHint({ subAgents, delegation }: CompiledAgent): string {
  if (!subAgents.length || delegation !== 'xml') return ''
  return `\n\nTo call another agent, write <sub-agent><agent_name>NAME</agent_name><message>WHAT IT SHALL DO</message></sub-agent>, once for each; add <sub_agent_id>ID</sub_agent_id> to go on with one that you called before. There are:\n${listed(subAgents)}`
}
