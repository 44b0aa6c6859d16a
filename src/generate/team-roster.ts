/** The agents of a team as they are taken on: each with a name that nobody else has. */
import type { Agent } from '../../protocol/spec/framework.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Outline, ToolOutline } from './outline.ts'
import { happens, pickOne } from './pick.ts'
import { type Desk, desksOf, isLook, isRead, isWrite, withLooks } from './team-desk.ts'
import { type Colleague, type Duty, ERRAND, type TeamWords, workPrompt } from './team-prompt.ts'
import { leavesOf, type Shape } from './team-shape.ts'
import { abilities, describeDesk, deskNames, fittingRole, leadNames, matters } from './team-words.ts'

/** What a team is built by; agents are entered as they are made. */
export type Roster = {
  readonly outline: Outline
  readonly words: TeamWords
  readonly delegation: Agent['delegation']
  readonly agents: Record<string, Agent>
  /** What the shared storage holds at the start. */
  readonly storage: Record<string, unknown>
  /** What people's work is called here, as far as nobody has it yet. */
  readonly roles: string[]
  /** Those who only look and are called by models: other leads may share them. */
  readonly readers: string[]
  readonly key: Key
}

/** Turns of an agent each time it runs: enough for a long errand where much goes wrong. */
const TURNS = [60, 80, 100] as const

function slug(words: string): string {
  return words.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').slice(0, 56).replaceAll(/^[^a-z]+|-+$/g, '') || 'desk'
}

/** An agent's name of words, that is not taken yet. */
export function nameFor({ agents }: Roster, words: string): string {
  const base = slug(words)
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base}-${n}`
    // The simulated user has that name.
    if (!Object.hasOwn(agents, name) && name !== 'user') return name
  }
}

/** Takes a place in the team, so that the order of agents is that of ranks; it is filled when those below are known. */
export function reserve(roster: Roster, words: string): string {
  const name = nameFor(roster, words)
  roster.agents[name] = EMPTY
  return name
}

const EMPTY: Agent = { prompt: '', tools: [], sub_agents: [], hand_offs: [], delegation: 'named', stop_tools: [], skills: {}, as_skill: {}, deferred: [], storage: false, ask_user: false, approvals: {}, limits: {} }

/** Fills a place with what a document would state. */
export function fill({ agents }: Roster, name: string, agent: Partial<Agent>): string {
  agents[name] = { ...EMPTY, ...agent }
  return name
}

/** The first of some names that nobody has. */
function free({ agents }: Roster, names: readonly string[]): string {
  return names.find((name) => !Object.hasOwn(agents, slug(name))) ?? names[0]!
}

/** A role that speaks of some tools, or for who has all of them the next one, or else other words; nobody has it afterwards. */
export function takeRole(roster: Roster, tools: readonly ToolOutline[] | undefined, otherwise: readonly string[]): string {
  const role = tools ? fittingRole(roster.roles, tools, roster.outline) : roster.roles[0]
  if (role === undefined) return free(roster, otherwise)
  roster.roles.splice(roster.roles.indexOf(role), 1)
  return role
}

/** Those whom an agent calls, as it is told of them. */
export function colleaguesOf({ agents }: Roster, names: readonly string[]): Colleague[] {
  return names.map((name) => ({ name, description: agents[name]!.description! }))
}

export const toolNames = (tools: readonly ToolOutline[]): string[] => tools.map(({ name }) => name)

/** How an agent below the first calls others: mostly as the team does. */
export function delegationOf({ delegation }: Roster, key: Key): Agent['delegation'] {
  return happens(key, 'calls otherwise', 0.25) ? pickOne(key, 'delegation', ['named', 'agent', 'xml']) : delegation
}

/** What a lead may have running at once, where it says so. */
export function crowdOf(below: number, key: Key): Agent['limits'] {
  return below > 1 && happens(key, 'crowd', 0.25) ? { concurrent: 1 + (happens(key, 'two', 0.6) ? 1 : 0) } : {}
}

/** An agent with tools of its own, below somebody. */
function employ(roster: Roster, desk: Desk, duty: Duty, key: Key): string {
  const { outline, words } = roster
  const role = duty.called ? pickOne(key, 'called', duty.called) : takeRole(roster, desk.tools, deskNames(desk, outline, key))
  const tools = withLooks(desk.tools, outline)
  const writes = tools.some(isWrite)
  const name = reserve(roster, role)
  if (!writes && duty.form === 'text') roster.readers.push(name)
  return fill(roster, name, {
    description: duty.is ?? describeDesk(desk, outline, key), tools: toolNames(tools), limits: { turns: pickOne(key, 'turns', TURNS) },
    prompt: workPrompt(words, { role, can: abilities(tools, outline), writes }, duty, key),
  })
}

/** Staffs a tree so that all of some tools are in it; gives the name of its first. */
export function staff(roster: Roster, shape: Shape, tools: readonly ToolOutline[], duty: Duty, place: string): string {
  const key = keyOf(['staff', place], roster.key)
  if (shape.below.length === 0) return employ(roster, { tools, kind: kindOf(tools) }, duty, key)
  return seat(roster, shape, desksOf(tools, leavesOf(shape), roster.outline, key), duty, key)
}

/** Staffs several trees with some tools between them. */
export function staffAll(roster: Roster, shapes: readonly Shape[], tools: readonly ToolOutline[], dutyOf: (i: number) => Duty, place: string): string[] {
  const key = keyOf(['staff', place], roster.key)
  const desks = desksOf(tools, shapes.reduce((sum, shape) => sum + leavesOf(shape), 0), roster.outline, key)
  let from = 0
  return shapes.map((shape, i) => {
    const own = desks.slice(from, (from += leavesOf(shape)))
    return seat(roster, shape, own, dutyOf(i), keyOf([i], key))
  })
}

/** Puts desks into a tree, in their order, and leads above them. */
function seat(roster: Roster, { below: shapes }: Shape, desks: readonly Desk[], duty: Duty, key: Key): string {
  if (shapes.length === 0) return employ(roster, desks[0]!, duty, key)
  const { outline, words } = roster
  const tools = [...new Set(desks.flatMap((desk) => desk.tools))]
  const role = duty.called ? pickOne(key, 'called', duty.called) : free(roster, leadNames(tools, outline, key))
  const name = reserve(roster, role)
  const elsewhere = [...roster.readers]
  let from = 0
  const own = shapes.map((shape, i) => seat(roster, shape, desks.slice(from, (from += leavesOf(shape))), ERRAND, keyOf([i], key)))
  // Somebody of another branch who looks things up may be called from here too.
  const below = elsewhere.length && happens(key, 'shares', 0.3) ? [...own, pickOne(key, 'shared', elsewhere)] : own
  // Who leads one alone would do nothing but pass on; others look for themselves now and then.
  const looks = below.length === 1 || happens(key, 'looks', 0.2) ? tools.filter(isRead).filter(isLook).slice(0, 4) : []
  return fill(roster, name, {
    description: duty.is ?? `In charge of ${matters(tools, outline)}.`, tools: toolNames(looks), sub_agents: below, delegation: delegationOf(roster, keyOf(['calls'], key)), limits: { turns: 100, ...crowdOf(below.length, key) },
    prompt: workPrompt(words, { role, team: colleaguesOf(roster, below), writes: false, ...(looks.length > 0 && { can: abilities(looks, outline) }) }, duty, key),
  })
}

function kindOf(tools: readonly ToolOutline[]): Desk['kind'] {
  return tools.every(isRead) ? 'reads' : tools.every(isWrite) ? 'writes' : 'both'
}
