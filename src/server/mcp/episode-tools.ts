/** The tools of an episode as MCP lists them. */
import type { Tool } from '@modelcontextprotocol/server'
import type { Listener, Moment } from './episode-port.ts'
import type { Traits } from './tool-traits.ts'

const SAY_NAMES = ['say', 'say_text', 'say_as_agent'] as const

const STOPS = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false } as const

/** Tools that the engine itself has, and what it knows of their results. */
const OF_SYSTEM: ReadonlyMap<string, Pick<Tool, 'annotations' | 'outputSchema'>> = new Map([
  ['wait', { annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: false, openWorldHint: false }, outputSchema: outputOf({ clock_ms: { type: 'integer', description: 'Virtual milliseconds since the start.' }, ended: { type: 'boolean', description: 'Whether the episode has ended meanwhile.' } }) }],
  ['finish', { annotations: STOPS, outputSchema: endSchema() }],
  ['report_unable', { annotations: STOPS, outputSchema: endSchema() }],
])

function outputOf(properties: Record<string, object>): NonNullable<Tool['outputSchema']> {
  return { type: 'object', properties, required: Object.keys(properties) } as NonNullable<Tool['outputSchema']>
}

function endSchema(): NonNullable<Tool['outputSchema']> {
  return outputOf({
    ended: { type: 'boolean' },
    reason: { type: ['string', 'null'], description: 'Why it ended.' },
    reward: { type: ['number', 'null'], description: 'null when the environment itself failed.' },
    success: { type: ['boolean', 'null'] },
  })
}

/** The name under which text can be said: no tool of the world, and none that is listed, has it. */
export function sayName({ hears, worldTools, tools }: Moment): string | undefined {
  if (hears === undefined) return undefined
  const isTaken = (name: string) => worldTools.has(name) || tools.some(({ schema }) => schema.name === name)
  let last = 2
  let name: string | undefined = SAY_NAMES.find((each) => !isTaken(each))
  while (name === undefined) if (!isTaken(`say_${last++}`)) name = `say_${last - 1}`
  return name
}

/** Whether text may have been said under that name, in a frame that acted before. */
export function couldSay(name: string): boolean {
  return /^say(_text|_as_agent|_\d+)?$/.test(name)
}

const SAID: { readonly [K in Listener]: string } = {
  user: 'Says something to the user, and waits for the answer.',
  'agent above': 'Gives your result to the agent that called you, and ends your part.',
  'agents below': 'Says something. Text that calls nobody is your last word and ends the episode.',
}

function sayTool(name: string, hears: Listener, callsInText: boolean): Tool {
  return {
    name,
    description: callsInText ? `${SAID[hears]} Other agents are called within the text, in the form that you were told.` : SAID[hears],
    inputSchema: { type: 'object', properties: { text: { type: 'string', description: 'What is said.' } }, required: ['text'], additionalProperties: false },
    annotations: STOPS,
  }
}

/** Those that the acting frame was last shown, and one to say something where somebody hears it. */
export function listTools(moment: Moment): Tool[] {
  const { tools, traits, hears, callsInText } = moment
  const listed = tools.map(({ schema: { name, description, input_schema }, like }): Tool => ({
    name, description, inputSchema: input_schema as Tool['inputSchema'],
    ...(like === undefined ? OF_SYSTEM.get(name) : annotated(traits.get(like))),
  }))
  const say = sayName(moment)
  return say === undefined ? listed : [...listed, sayTool(say, hears!, callsInText)]
}

function annotated(traits: Traits | undefined): Pick<Tool, 'annotations'> {
  return traits ? { annotations: { ...traits } } : {}
}

/** What a tool of the engine answers in the form that it declares. */
export function structured(name: string, isWorlds: boolean, { clockMs, ended, reason, reward, success }: { clockMs: number; ended: boolean; reason: string | undefined; reward: number | null; success: boolean | undefined }): Record<string, unknown> | undefined {
  if (isWorlds || !OF_SYSTEM.has(name)) return undefined
  if (name === 'wait') return { clock_ms: clockMs, ended }
  return { ended, reason: reason ?? null, reward: ended ? reward : null, success: success ?? null }
}
