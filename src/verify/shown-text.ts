/** What the agent was shown: the request, the rules, what tools answered, what the user and the world said. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import { meantBy } from './agent-call.ts'

/** A text, and the turn that it came in: turns after that one can have used it. */
export type ShownText = {
  /** Index of the turn event; -1 of what was there from the start. */
  readonly turn: number
  readonly text: string
  /** Arguments of the call, as JSON, where what only comes back is nothing that was shown: of errors, and of all but reads. */
  readonly echo: string | undefined
  /** Arguments of a read that found something. */
  readonly asked?: unknown
  /** Whether every episode of the scenario shows it. */
  readonly standing?: true
}

const FROM_THE_START = -1

const shown = new WeakMap<readonly Event[], readonly ShownText[]>()

/** All texts in the order in which they came. */
export function shownTexts(view: EpisodeView): readonly ShownText[] {
  let texts = shown.get(view.events)
  if (!texts) shown.set(view.events, (texts = [...openingTexts(view), ...loggedTexts(view)]))
  return texts
}

function openingTexts({ task: { template, instruction }, base }: EpisodeView): ShownText[] {
  const standing = [template.prompt, ...toolTexts(base.world)].map((text): ShownText => ({ turn: FROM_THE_START, text, echo: undefined, standing: true }))
  return [...standing, { turn: FROM_THE_START, text: instruction, echo: undefined }]
}

function loggedTexts({ events, base: { world } }: EpisodeView): ShownText[] {
  const texts: ShownText[] = []
  let turn = FROM_THE_START
  for (const event of events) {
    if (event.type === 'turn') turn = event.index
    else if (event.type === 'user') texts.push({ turn, text: event.said, echo: undefined })
    else if (event.type === 'call' && event.frame !== USER_FRAME && !event.inner) {
      const { tool, arguments: asked } = meantBy(event)
      const isFound = !event.is_error && world.tools.get(tool)?.spec.effect === 'read'
      texts.push(isFound ? { turn, text: event.content, echo: undefined, asked } : { turn, text: event.content, echo: canonicalJson(event.coerced ? [event.arguments, asked] : event.arguments ?? null) })
    }
    if ('emits' in event) for (const { to, text } of event.emits ?? []) if (to === 'agent') texts.push({ turn, text, echo: undefined })
  }
  return texts
}

const described = new WeakMap<CompiledWorld, readonly string[]>()

/** What the tools of the agent say about themselves. */
function toolTexts(world: CompiledWorld): readonly string[] {
  let texts = described.get(world)
  if (!texts) {
    texts = [...world.tools.values()].flatMap(({ name, spec: { actor, description, input } }) => (actor === 'agent' ? [JSON.stringify({ name, description, input })] : []))
    described.set(world, texts)
  }
  return texts
}

/** Whether a text stands, letter by letter, in something that was shown before a turn. */
export function wasShown(text: string, view: EpisodeView, before: number): boolean {
  return shownTexts(view).some((one) => one.turn < before && one.text.includes(text) && !one.echo?.includes(text))
}

/** Whether a text may be JSON that holds other texts. */
function isStructured(text: string): boolean {
  return /^\s*["[{]/.test(text)
}

/** The texts of a shown text, where it is JSON its values, numbers and names; any other text is one. */
export function leavesOf(text: string): string[] {
  const json = isStructured(text) ? parse(text) : undefined
  // What was cut off is no JSON any more, but its texts are still written so.
  if (json === undefined) return [isStructured(text) ? text.replace(/\\[bfnrt"\\/]/g, ' ') : text]
  const leaves: string[] = []
  // Without recursion: a stranger decides how deep it is.
  const waiting: unknown[] = [json]
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (value === null || typeof value !== 'object') leaves.push(String(value))
    else if (Array.isArray(value)) for (const item of value) waiting.push(item)
    else for (const [name, item] of Object.entries(value)) waiting.push(name, item)
  }
  return leaves
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
