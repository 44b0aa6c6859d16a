/** Lays out the team of a world: the pattern decides who begins and who comes after whom, trees of desks do the work. */
import type { Team } from '../../protocol/spec/blueprint.ts'
import type { Agent, Framework } from '../../protocol/spec/framework.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import type { Outline } from './outline.ts'
import { happens, pickOne } from './pick.ts'
import { layAlone, layLed } from './team-led.ts'
import { layMap, layPipeline, layRouter } from './team-line.ts'
import { leadPrompt, type TeamWords } from './team-prompt.ts'
import { layRelay } from './team-relay.ts'
import { colleaguesOf, fill, reserve, type Roster } from './team-roster.ts'
import { layBoard, layReviewed } from './team-rounds.ts'

/** Whether a team talks to the user while it works: in a fixed order nobody does. */
export function canTalk({ root, agents }: Framework): boolean {
  return agents[root]!.workflow === undefined
}

/** Patterns that are a fixed order of work, or may be one. */
const ORDERS: Partial<Record<Team['pattern'], (roster: Roster, team: Team) => string>> = { pipeline: layPipeline, router: layRouter, 'map-merge': layMap, 'evaluator-optimizer': layReviewed, blackboard: layBoard }
/** Those that a model can lead just as well. */
const LED: readonly Team['pattern'][] = ['router', 'evaluator-optimizer']
/** Who works and who checks is a few, unless there are levels below them. */
const FEW = 5

/** Lays out a team of about so many agents and layers, never more than that but for what its pattern needs at least. */
export function layTeam(team: Team, outline: Outline, words: TeamWords, name: string, key: Key): Framework {
  const roster: Roster = { outline, words, delegation: team.delegation, agents: {}, storage: {}, roles: [...team.roles], readers: [], key }
  const root = begin(roster, team)
  const agents = Object.fromEntries(ranked(root, roster.agents).map((one) => [one, roster.agents[one]!]))
  return { kind: 'Framework', name, description: describe(roster, team), pattern: team.pattern, root, agents, global_storage: roster.storage }
}

/** Agents as they are met from the first one on, level by level. */
function ranked(root: string, agents: Readonly<Record<string, Agent>>): string[] {
  const met = new Set([root])
  for (const name of met) for (const next of calledBy(agents[name]!)) met.add(next)
  return [...met]
}

/** Whom an agent causes to run. */
function calledBy({ sub_agents, hand_offs, workflow }: Agent): string[] {
  const nodes = Object.values(workflow?.nodes ?? {}).flatMap((node) => ('loop' in node ? Object.values(node.loop.nodes) : [node]))
  return [...sub_agents.map((one) => (typeof one === 'string' ? one : one.agent)), ...hand_offs, ...nodes.flatMap((node) => ('agent' in node ? [node.agent] : 'map' in node ? [node.map.agent] : []))]
}

function begin(roster: Roster, team: Team): string {
  const { pattern } = team
  if (pattern === 'single') return layAlone(roster)
  if (pattern === 'hand-off') return layRelay(roster, team)
  const order = ORDERS[pattern]
  const { user } = roster.words
  // A fixed order takes agents and layers of its own, and one more of each before it where somebody has to talk.
  const isLed = LED.includes(pattern) && (team.agents < (user ? 5 : 4) || (user && team.layers < 3) || (pattern === 'evaluator-optimizer' && team.layers < 3 && team.agents > FEW) || happens(roster.key, 'led', 0.4))
  if (!order || isLed) return layLed(roster, team)
  return user ? layFront(roster, team, order) : order(roster, team)
}

/** A fixed order below somebody who talks to the user. */
function layFront(roster: Roster, team: Team, order: (roster: Roster, team: Team) => string): string {
  const { key, words, delegation } = roster
  const role = pickOne(key, 'front', ['front desk', 'receptionist', 'spokesperson', 'case manager'])
  const name = reserve(roster, role)
  const below = order(roster, { ...team, agents: team.agents - 1, layers: team.layers - 1 })
  return fill(roster, name, {
    description: 'Talks to the person who asks, and has the work done.', sub_agents: [below], delegation,
    prompt: leadPrompt(words, {
      role, team: colleaguesOf(roster, [below]), writes: false, gets: 'You are given one request. You talk with the person who sent it; the work itself goes through a fixed order of colleagues.',
      extra: ['Call it with the whole request and all that you have learnt from the person. If a report says that something is missing, ask the person for it and call again, with what is done already.'],
    }, keyOf(['front prompt'], key)),
  })
}

function describe({ agents }: Roster, { pattern }: Team): string {
  const count = Object.keys(agents).length
  return count === 1 ? 'One agent with all tools.' : `${count} agents: ${{ single: '', 'orchestrator-workers': 'a lead and workers', hierarchy: 'leads and those below them', pipeline: 'a line', router: 'an inbox and desks', 'map-merge': 'a list worked off by many at once', 'planner-executor': 'who plans and who carries out', 'evaluator-optimizer': 'who works and who checks', blackboard: 'experts at a board', 'hand-off': 'peers who hand over' }[pattern]}.`
}
