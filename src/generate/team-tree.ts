/** Trees of agents: parts are handed out to desks, and desks get leads above them, level by level. */
import type { Agent } from '../../protocol/spec/framework.ts'
import { below, type Key, keyOf } from '../core/keyed.ts'
import type { Outline } from './outline.ts'
import { happens, pickOne } from './pick.ts'
import { group, halve, type Part, union, withReads } from './team-part.ts'
import { matters, type TeamWords, workPrompt } from './team-prompt.ts'
import { listed } from './world-naming.ts'

/** What building a team goes by; agents are entered as they are made. */
export type Yard = {
  readonly outline: Outline
  readonly words: TeamWords
  readonly delegation: Agent['delegation']
  readonly agents: Record<string, Agent>
  /** Names of people's work that are not taken, the first next. */
  readonly roles: string[]
  readonly key: Key
}

/** Turns of an agent each time it runs. */
const TURNS = 60

/** A name of an agent that is not taken. */
export function nameFor({ agents }: Yard, words: string): string {
  const base = words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^[^a-z]+|-$/g, '').slice(0, 50) || 'desk'
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`
    if (!Object.hasOwn(agents, name)) return name
  }
}

/** The next role that nobody has, or one by the matter. */
export function nextRole(yard: Yard, otherwise: string): string {
  return yard.roles.shift() ?? otherwise
}

/** Puts an agent into the team with what a document leaves out. */
export function enter(yard: Yard, name: string, agent: Partial<Agent> & Pick<Agent, 'description'>): string {
  yard.agents[name] = {
    prompt: '', tools: [], sub_agents: [], hand_offs: [], delegation: 'named', stop_tools: [], skills: {}, as_skill: {}, deferred: [], storage: false, ask_user: false, approvals: {}, limits: agent.workflow ? {} : { turns: TURNS }, ...agent,
  }
  return name
}

const DESKS = { desk: ['desk', 'clerk', 'office', 'team'], reader: ['lookup', 'records', 'search'], writer: ['editor', 'registrar', 'entries'] } as const

function deskName(yard: Yard, part: Part): string {
  const first = part.about[0]!
  const { many } = yard.outline.words[first]!
  return nameFor(yard, `${many} ${pickOne(keyOf(['desk', first, part.role], yard.key), 'word', DESKS[part.role])}`)
}

/** An agent with tools of its own, below somebody. */
function desk(yard: Yard, part: Part, answers: boolean): string {
  const name = deskName(yard, part)
  const about = matters(part, yard.outline)
  const writes = part.tools.some(({ effect }) => effect === 'write')
  return enter(yard, name, {
    description: `${writes ? 'Looks up and changes' : 'Looks up'} ${about}.`, tools: withReads(part, yard.outline),
    prompt: workPrompt(yard.words, name.replaceAll('-', ' '), about, yard.key, { writes, answers }),
  })
}

/** Words for those who are below somebody. */
export function helpers(yard: Yard, names: readonly string[]): string {
  return listed(names.map((name) => `${name} (${yard.agents[name]!.description!.replace(/[.]$/, '').replace(/^./, (letter) => letter.toLowerCase())})`))
}

/** Parts in at least so many pieces, as far as they can be cut. */
export function cut(parts: readonly Part[], least: number, key: Key): Part[] {
  const pieces = [...parts]
  while (pieces.length < least) {
    const at = pieces.reduce((best, part, i) => (part.tools.length > pieces[best]!.tools.length ? i : best), 0)
    const halves = halve(pieces[at]!, keyOf(['cut', pieces.length], key))
    if (!halves) return pieces
    pieces.splice(at, 1, ...halves)
  }
  return pieces
}

/** How many agents each of some groups gets: one at least, `deepest` enough for its levels, the rest by lot. */
function shares(groups: number, agents: number, deepest: number, levels: number, key: Key): number[] {
  const out = Array.from({ length: groups }, (_, i) => (i === deepest ? levels : 1))
  for (let left = agents - groups - levels + 1; left > 0; left--) out[below(keyOf(['share', left], key), groups)]! += 1
  return out
}

/** How a tree is built: `exact` has as many levels as are allowed, others as the key says. */
export type Growth = { readonly levels: number; readonly agents: number; readonly exact: boolean; readonly answers?: boolean }

/**
 * Agents for some parts: a desk alone, or a lead over several, down to so many levels; gives the name of the first.
 * One branch goes as deep as it may, the others as the key says.
 */
export function tree(yard: Yard, parts: readonly Part[], { levels, agents, exact, answers = false }: Growth, place: string): string {
  const key = keyOf(['tree', place], yard.key)
  const whole = union(parts)
  if (levels <= 1 || (!exact && (agents <= 2 || (whole.about.length === 1 && whole.tools.length < 3)))) return desk(yard, whole, answers)
  const names = branches(yard, parts, { levels: levels - 1, agents: agents - 1, exact }, place)
  const role = nextRole(yard, `${pickOne(key, 'lead', ['head of', 'lead for', 'coordinator of'])} ${yard.outline.words[whole.about[0]!]!.many}`)
  const name = nameFor(yard, role)
  // A lead may look for itself now and then.
  const reads = happens(key, 'looks', 0.4) ? whole.tools.filter(({ does }) => does === 'search').map((tool) => tool.name) : []
  return enter(yard, name, {
    description: `Leads ${matters(whole, yard.outline)}.`, tools: reads, sub_agents: names, delegation: yard.delegation,
    prompt: workPrompt(yard.words, role, matters(whole, yard.outline), yard.key, { helps: helpers(yard, names), writes: false, answers }),
  })
}

/** How many stand side by side: few where there are levels below them, else as many as there are agents. */
function widthOf(levels: number, agents: number, key: Key): number {
  if (levels > 1) return Math.min(Math.max(1, agents - levels + 1), 2 + below(keyOf(['width'], key), Math.max(2, Math.min(7, Math.ceil(agents / 3)))))
  const least = Math.max(1, Math.ceil(agents * 0.6))
  return least + below(keyOf(['width'], key), agents - least + 1)
}

/** Several trees side by side below somebody; gives the names of their first agents. */
export function branches(yard: Yard, parts: readonly Part[], { levels, agents, exact }: Growth, place: string): string[] {
  const key = keyOf(['branches', place], yard.key)
  const wide = Math.min(64, widthOf(levels, Math.max(1, agents), key))
  const groups = group(cut(parts, levels > 1 ? Math.max(agents, wide) : wide, key), wide, key)
  const deepest = below(keyOf(['deepest'], key), groups.length)
  const sizes = shares(groups.length, agents, deepest, levels, key)
  return groups.map((own, i) => tree(yard, own, { levels: i === deepest ? levels : 1 + below(keyOf(['depth', i], key), levels), agents: sizes[i]!, exact: exact && i === deepest }, `${place}/${i}`))
}
