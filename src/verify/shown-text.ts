/** What the agent was shown: the request, the rules, what tools answered, what the user and the world said. */
import { type Event, USER_FRAME } from '../../protocol/event.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'

/** A text, and the turn that it came in: turns after that one can have used it. */
export type ShownText = {
  /** Index of the turn event; -1 of what was there from the start. */
  readonly turn: number
  readonly text: string
  /** Of an error the arguments of the call, as JSON: what only comes back is nothing that was shown. */
  readonly echo: string | undefined
}

const FROM_THE_START = -1

const shown = new WeakMap<readonly Event[], readonly ShownText[]>()

/** All texts in the order in which they came. */
export function shownTexts(view: EpisodeView): readonly ShownText[] {
  let texts = shown.get(view.events)
  if (!texts) shown.set(view.events, (texts = [...openingTexts(view), ...laterTexts(view.events)]))
  return texts
}

function openingTexts({ task, base }: EpisodeView): ShownText[] {
  const { emitted } = task.template.prepare(task, base)
  const texts = [task.template.prompt, task.instruction, ...toolTexts(base.world), ...emitted.flatMap(({ to, text }) => (to === 'agent' ? [text] : []))]
  return texts.map((text) => ({ turn: FROM_THE_START, text, echo: undefined }))
}

function laterTexts(events: readonly Event[]): ShownText[] {
  const texts: ShownText[] = []
  let turn = FROM_THE_START
  for (const event of events) {
    if (event.type === 'turn') turn = event.index
    else if (event.type === 'user') texts.push({ turn, text: event.said, echo: undefined })
    else if (event.type === 'call' && event.frame !== USER_FRAME) texts.push({ turn, text: event.content, echo: event.is_error ? canonicalJson(event.arguments ?? null) : undefined })
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
