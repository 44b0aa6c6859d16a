/** Teams, styles and dynamics: what a world looks like to those who work in it. */
import type { Blueprint, Team, ToolStyle } from '../../protocol/spec/blueprint.ts'
import type { Theme } from '../../protocol/spec/theme.ts'
import { type Key, keyOf } from '../core/keyed.ts'
import { between, pickWeighted, ranked } from './grammar-draw.ts'
import type { Pattern, Request } from './grammar-request.ts'
import { pickOne } from './pick.ts'

/** Patterns of more than one agent; those that stay readable with many layers more often where there are many. */
const FLAT: readonly (readonly [Pattern, number])[] = [['orchestrator-workers', 4], ['pipeline', 3], ['router', 3], ['map-merge', 2], ['planner-executor', 2], ['evaluator-optimizer', 2], ['blackboard', 2], ['hand-off', 2], ['hierarchy', 2]]
const DEEP: readonly (readonly [Pattern, number])[] = [['hierarchy', 8], ['orchestrator-workers', 3], ['router', 2], ['pipeline', 1], ['planner-executor', 1], ['evaluator-optimizer', 1], ['blackboard', 1], ['map-merge', 1], ['hand-off', 1]]
const LEVELS = [[0, 6], [1, 8], [2, 5], [3, 3], [4, 1], [5, 1]] as const
const PROFILES = ['realistic', 'flaky', 'hostile'] as const

/** Agents on so many levels: most teams are small, some are as large as they may be. */
function agentsOf(levels: number, key: Key): number {
  const most = pickWeighted(key, 'size of team', [[levels + 3, 4], [levels + 7, 4], [levels + 15, 3], [40, 2], [64, 1]] as const)
  return between(key, 'agents', levels + 1, Math.max(levels + 2, most))
}

/** The team: levels by `delegation`, else what the pattern and the number of agents want. */
export function drawTeam({ axes: { delegation }, pattern, agents }: Request, { roles }: Theme, key: Key): Team {
  const root = keyOf(['team'], key)
  const drawn = pickWeighted(root, 'levels', LEVELS)
  const least = (pattern !== undefined && pattern !== 'single') || (agents ?? 1) > 1 ? 1 : 0
  const alone = delegation === 0 || (delegation === undefined && (pattern === 'single' || agents === 1 || (least === 0 && drawn === 0)))
  if (alone) return { pattern: 'single', layers: 1, agents: 1, delegation: 'named', roles: ranked(root, 'roles', roles, (role) => role).slice(0, 1) }
  const most = Math.max(1, (agents ?? 64) - 1)
  const levels = delegation ?? Math.min(most, pattern === 'hierarchy' ? Math.max(2, drawn) : Math.max(1, drawn))
  const chosen = pattern === undefined || pattern === 'single' ? pickWeighted(root, 'pattern', levels > 1 ? DEEP : FLAT) : pattern
  const count = Math.max(levels + 1, agents ?? agentsOf(levels, root))
  return { pattern: chosen, layers: levels + 1, agents: count, delegation: pickOne(root, 'delegation', ['named', 'named', 'agent', 'xml']), roles: ranked(root, 'roles', roles, (role) => role).slice(0, count) }
}

/** How tools look; `context` decides how much there is to read. */
export function drawStyle({ axes: { context } }: Request, key: Key, attempt: Key): ToolStyle {
  const root = keyOf(['style'], key)
  return {
    order: pickOne(root, 'order', ['verb_noun', 'verb_noun', 'verb_noun', 'noun_verb']),
    read: pickOne(root, 'read', ['get', 'show', 'fetch', 'read', 'view']),
    search: pickOne(root, 'search', ['search', 'find', 'list', 'query', 'lookup']),
    create: pickOne(root, 'create', ['create', 'add', 'register', 'open', 'new']),
    change: pickOne(root, 'change', ['update', 'change', 'edit', 'modify', 'set']),
    actions: pickOne(keyOf(['style'], attempt), 'actions', ['own', 'own', 'own', 'one']),
    updates: pickOne(keyOf(['style'], attempt), 'updates', ['row', 'row', 'field']),
    ids: pickOne(root, 'ids', ['entity_id', 'entity_id', 'id', 'number']),
    page: context === undefined ? pickOne(root, 'page', [5, 8, 10, 15, 20]) : [5, 8, 12, 20, 30][context]!,
    listing: context === undefined ? pickOne(root, 'listing', ['full', 'short']) : context < 2 ? 'short' : 'full',
    errors: pickOne(root, 'errors', ['plain', 'plain', 'coded', 'terse']),
    descriptions: context === undefined ? pickOne(root, 'descriptions', ['short', 'usual', 'usual', 'long']) : context === 0 ? 'short' : context < 3 ? 'usual' : 'long',
  }
}

/** What tools do besides their meaning: nothing at faults 0. */
export function drawDynamics({ axes: { faults }, profile }: Request, key: Key): Blueprint['dynamics'] {
  const root = keyOf(['dynamics'], key)
  if (faults === 0 || profile === 'clean') return { profile: 'clean', intensity: faults ?? 1 }
  if (faults === undefined && profile === undefined && pickOne(root, 'clean', [true, true, false, false, false])) return { profile: 'clean', intensity: 1 }
  return { profile: profile ?? pickOne(root, 'profile', PROFILES), intensity: faults ?? (profile === undefined ? pickOne(root, 'intensity', [0.25, 0.5, 0.75, 1]) : 1) }
}
