/** From a request, or an identity, to the state at virtual time 0. */
import type { DynamicsChoice, Identity, Learner, Others, ResolvedOptions } from '../../protocol/identity.ts'
import type { Split } from '../../protocol/scalars.ts'
import { canonicalJson } from '../core/canonical-json.ts'
import { Chain } from '../core/chain.ts'
import { ENGINE_VERSION } from '../core/engine-version.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { BEGINNING, DynamicsState } from '../dynamics/dynamics-state.ts'
import { firstFirings } from '../world/compiled-world.ts'
import type { Emission } from '../world/transaction.ts'
import { deliver } from './deliver.ts'
import { type Budgets, lowerBudgets } from './budgets.ts'
import type { CompiledScenario } from './compiled-scenario.ts'
import type { EpisodeState } from './episode-state.ts'
import { EventLog } from './event-log.ts'
import { newFrame } from './frame.ts'
import { openStorage } from './global-storage.ts'
import { begin } from './open-frame.ts'
import { resolveTools } from './live-tools.ts'
import { learnersOf, resolveTeam } from './team-options.ts'
import { oddsOf } from './shown-tools.ts'
import { taskSplit } from './task-split.ts'
import { noteChange } from './transact.ts'

export type EpisodeRequest = {
  readonly seed: number
  readonly task?: string
  readonly options?: {
    readonly luck?: number
    readonly dynamics?: DynamicsChoice
    /** Virtual milliseconds for each token of an action that does not say how long it thought. */
    readonly think_ms_per_token?: number
    readonly budgets?: Partial<Budgets>
    readonly shaping?: ResolvedOptions['shaping']
    readonly split?: Split
    readonly learner?: Learner
    readonly others?: Others
    readonly parallel_frames?: boolean
    /** Who answers served tools: their recording, or the server itself; default recorded. */
    readonly tools?: 'recorded' | 'live'
  }
}

/** @throws GymError GYM_UNKNOWN_TASK, GYM_NO_TASK, GYM_SPLIT_MISMATCH, GYM_UNKNOWN_DYNAMICS */
export function openEpisode(scenario: CompiledScenario, { seed, task: name, options = {} }: EpisodeRequest): EpisodeState {
  const split = taskSplit(scenario, seed)
  if (options.split && options.split !== split) throw new GymError('GYM_SPLIT_MISMATCH', `seed ${seed} belongs to ${split}`, { path: 'options.split', expected: split })
  const chosen = scenario.dynamicsOf(options.dynamics)
  if (!chosen) {
    const asked = typeof options.dynamics === 'string' ? options.dynamics : options.dynamics?.profile ?? ''
    throw new GymError('GYM_UNKNOWN_DYNAMICS', `no dynamics profile '${asked}'`, { path: typeof options.dynamics === 'object' ? 'options.dynamics.profile' : 'options.dynamics', nearest: nearest(asked, scenario.profiles), expected: scenario.profiles })
  }
  const task = scenario.drawTask(seed, name)
  const team = resolveTeam(scenario, options)
  const identity: Identity = {
    scenario: scenario.name,
    digest: scenario.digest,
    engine: ENGINE_VERSION,
    task: task.template.name,
    seed,
    luck: options.luck ?? word53(keyOf(['luck', seed])),
    options: {
      dynamics: chosen.dynamics.name,
      dynamics_digest: chosen.dynamics.digest,
      intensity: chosen.intensity,
      ...changesOf(options.dynamics),
      ...(options.think_ms_per_token ? { think_ms_per_token: options.think_ms_per_token } : {}),
      budgets: lowerBudgets(scenario.budgets, options.budgets),
      shaping: options.shaping ?? 'none',
      ...team,
      ...resolveTools(scenario, options.tools, [...learnersOf(scenario, team)]),
    },
  }
  const { root, world } = scenario
  const frame = newFrame([[root.name, 1]], { path: root.name, depth: 0, parent: undefined, leads: true, clock: 0 })
  frame.run = 1
  const log = new EventLog()
  const { start, emitted } = task.template.prepare(task, scenario.baseOf(seed))
  const overlay = start.fork()
  for (const { name: timer, due } of firstFirings(world)) overlay.addTimer(due, timer, {})
  const state: EpisodeState = {
    scenario, identity, task, dynamics: chosen.dynamics,
    start, overlay, user: task.template.user?.opening, talk: '', mail: { agent: [], user: [] }, dynamicsState: new DynamicsState(), log,
    luck: identity.luck, frame, frames: new Map([[frame.path, frame]]), lead: frame.path, spent: { turns: 0, calls: 0, tokens: 0 }, given: 0, storage: openStorage(scenario.storage), journal: new Chain(), replay: undefined, answers: [], stop: undefined, seq: 0, paid: 0, shaped: undefined, broken: [], forks: 0, ended: false, ending: undefined, units: 0,
  }
  state.broken = task.template.watch?.broken({ task, base: scenario.baseOf(seed), overlay, clockMs: 0 }) ?? []
  const emits = [...emitted, ...noticesOf(state)]
  log.push({ type: 'reset', index: 0, identity, frame: frame.path, instruction: task.instruction, ...(emits.length && { emits }) })
  deliver(state, emits)
  noteChange(state, BEGINNING)
  begin(state, frame, [{ role: 'user', content: task.instruction }], task.instruction)
  return state
}

/** What a reset changed about its profile, as the identity keeps it. */
function changesOf(choice: DynamicsChoice | undefined): Pick<ResolvedOptions, 'dynamics_changes'> {
  if (typeof choice !== 'object') return {}
  const { add = [], without = [] } = choice
  return add.length || without.length ? { dynamics_changes: { ...(add.length && { add }), ...(without.length && { without }) } } : {}
}

/** What the dynamics tell the agent beforehand. */
function noticesOf(state: EpisodeState): Emission[] {
  const { dynamics, scenario } = state
  return dynamics.entries.flatMap(({ hooks }): Emission[] => {
    const text = hooks.notice?.(oddsOf(state), scenario.world.epoch)
    return text === undefined ? [] : [{ to: 'agent', text }]
  })
}

/**
 * The same from an identity, which must come out exactly.
 * @throws GymError GYM_SNAPSHOT_INVALID
 */
export function reopenEpisode(scenario: CompiledScenario, identity: Identity): EpisodeState {
  const { seed, task, luck, options } = identity
  const refuse = (what: string, path: string, more: GymError['data'] = {}) => new GymError('GYM_SNAPSHOT_INVALID', what, { ...more, path: `snapshot.identity.${path}` })
  if (identity.engine !== ENGINE_VERSION) throw refuse(`the snapshot is of engine ${identity.engine}, this is ${ENGINE_VERSION}`, 'engine')
  if (identity.digest !== scenario.digest) throw refuse('the snapshot is of another content of the scenario', 'digest')
  let state: EpisodeState
  try {
    state = openEpisode(scenario, { seed, task, options: { luck, dynamics: { profile: options.dynamics, intensity: options.intensity, ...options.dynamics_changes }, think_ms_per_token: options.think_ms_per_token, budgets: options.budgets, shaping: options.shaping, learner: options.learner, others: options.others, parallel_frames: options.parallel_frames, tools: options.tools } })
  } catch (error) {
    if (!(error instanceof GymError)) throw error
    throw refuse(error.message, placeInIdentity(error.data.path), error.data)
  }
  if (canonicalJson(state.identity) !== canonicalJson(identity)) throw refuse('the identity does not come out as stated', 'options')
  return state
}

/** Where an identity holds what a reset is refused for. */
function placeInIdentity(path: unknown): string {
  const place = typeof path === 'string' ? path : 'task'
  return place.replace(/^options\.dynamics\.profile.*/, 'options.dynamics').replace(/^options\.dynamics\.(?=add|without)/, 'options.dynamics_changes.')
}
