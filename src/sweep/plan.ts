/** From a specification to the episodes that it means: tasks by repeats by dynamics by policies, numbered from 0. */
import type { TaskRow } from '../../protocol/methods.ts'
import { MOST_EPISODES, type SweepDynamics, type SweepPolicy, type SweepSpec } from '../../protocol/sweep.ts'
import { digestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { matchesGlob } from '../core/glob.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { type EpisodeRequest, openEpisode } from '../episode/open-episode.ts'
import { checkDistribution } from '../supply/draw-source.ts'
import { type Finder, sampleAny } from '../supply/sample-any.ts'

export type PlannedPolicy = SweepPolicy & { readonly name: string }

/**
 * A specification with all that it leaves to others resolved: policies are named, scenarios are pinned, tasks are drawn.
 * Tasks go round the scenarios, so that the first so many are spread over all.
 */
export type Plan = {
  readonly spec: SweepSpec
  readonly policies: readonly PlannedPolicy[]
  /** Labels of the dynamics. */
  readonly dynamics: readonly string[]
  readonly rows: readonly TaskRow[]
  /** Of all that decides what is played. */
  readonly digest: string
}

/** One episode of a plan, by the places of its parts. */
export type Unit = { readonly unit: number; readonly row: number; readonly repeat: number; readonly dynamics: number; readonly policy: number }

/** Where a planner finds scenarios. */
export type PlanFinder = Finder & { /** Names that globs may mean. */ readonly names: readonly string[] }

/**
 * Draws the tasks of a specification, giving way while it does.
 * @throws GymError GYM_INVALID_PARAMS, GYM_UNKNOWN_SCENARIO, GYM_UNKNOWN_DYNAMICS, GYM_NO_TASK, GYM_LIMIT
 */
export function* planSweep(spec: SweepSpec, finder: PlanFinder): Generator<void, Plan> {
  const policies = namePolicies(spec)
  const dynamics = labelDynamics(spec.dynamics)
  const references = referencesOf(spec, finder.names)
  if (references.length === 0 && !spec.distribution) throw new GymError('GYM_INVALID_PARAMS', 'a sweep plays scenarios or a distribution', { path: 'params.spec.scenarios', expected: 'at least one of scenarios and distribution' })
  if (spec.distribution) checkDistribution(spec.distribution, 'params.spec.distribution')
  const episodes = (references.length + (spec.distribution ? 1 : 0)) * spec.seeds * spec.repeats * dynamics.length * policies.length
  if (episodes > MOST_EPISODES) throw new GymError('GYM_LIMIT', `${episodes} episodes; a sweep has at most ${MOST_EPISODES}`, { path: 'params.spec', limit: MOST_EPISODES })
  const { seed, seeds: count, split, task, tags, difficulty } = spec
  const filters = { seed, count, ...(split && { split }), ...(task !== undefined && { task }), ...(tags && { tags }), ...(difficulty && { difficulty }) }
  const sources = [...references.map((scenario) => ({ scenario })), ...(spec.distribution ? [{ distribution: spec.distribution }] : [])]
  const drawn: TaskRow[][] = []
  const groups = new Set<string>()
  for (const source of sources) {
    const rows = yield* within('scenario' in source ? `scenarios[${Math.max(0, spec.scenarios.indexOf(source.scenario))}]` : 'distribution', sampleAny({ ...filters, ...source }, finder))
    const again = rows.filter(({ group }) => groups.has(group))
    // One scenario under two names.
    if ('scenario' in source && again.length === rows.length) continue
    if (again.length) throw drawnTwice(again[0]!, 'scenario' in source ? 'scenarios' : 'distribution')
    for (const { group } of rows) groups.add(group)
    yield* tryFirst({ spec, policies, dynamics, rows: [] }, rows[0]!, finder)
    drawn.push(rows)
  }
  const rows = Array.from({ length: count }, (_, position) => drawn.map((source) => source[position]!)).flat()
  return planOf(spec, rows)
}

/** Episodes of the same task and luck would count as if they were of two tasks. */
function drawnTwice({ scenario, task, seed }: TaskRow, field: string): GymError {
  const name = scenario.split('@')[0]!
  return new GymError('GYM_INVALID_PARAMS', `draws tasks that are played already, such as ${task} of ${name} with seed ${seed}; they would count twice`, { path: `params.spec.${field}`, expected: `${name} in one place only` })
}

/** The plan of a specification whose tasks are drawn. @throws GymError GYM_INVALID_PARAMS */
export function planOf(spec: SweepSpec, rows: readonly TaskRow[]): Plan {
  return { spec, policies: namePolicies(spec), dynamics: labelDynamics(spec.dynamics), rows, digest: digestOf([decisive(spec), rows.map(({ group }) => group)]) }
}

/** What decides what is played: not what it is called, nor what is compared. */
function decisive({ name: _name, kind: _kind, baseline: _baseline, ...rest }: SweepSpec): unknown {
  return rest
}

function namePolicies({ policies, baseline }: SweepSpec): PlannedPolicy[] {
  const named = policies.map((policy, i): PlannedPolicy => {
    requireFitting(policy, `params.spec.policies[${i}]`)
    return { ...policy, name: policy.name ?? defaultName(policy) }
  })
  named.forEach(({ name }, i) => {
    if (named.findIndex((other) => other.name === name) !== i) throw new GymError('GYM_INVALID_PARAMS', `two policies are called '${name}'`, { path: `params.spec.policies[${i}].name`, expected: 'a name of its own' })
  })
  const names = named.map(({ name }) => name)
  if (baseline !== undefined && !names.includes(baseline)) throw new GymError('GYM_INVALID_PARAMS', `no policy is called '${baseline}'`, { path: 'params.spec.baseline', nearest: nearest(baseline, names), expected: names })
  return named
}

function defaultName({ policy, endpoint, competence }: SweepPolicy): string {
  return policy === 'endpoint' ? endpoint! : competence === undefined ? policy : `${policy}:${competence}`
}

/** Fields that only some policies have. */
const FIELDS: Readonly<Record<string, readonly SweepPolicy['policy'][]>> = {
  competence: ['oracle', 'robust'], endpoint: ['endpoint'], concurrency: ['endpoint'], requests_per_minute: ['endpoint'], price: ['endpoint'], sampling: ['endpoint'], recordings: ['replay'],
}

function requireFitting(policy: SweepPolicy, path: string): void {
  for (const [field, players] of Object.entries(FIELDS)) {
    if (policy[field as keyof SweepPolicy] !== undefined && !players.includes(policy.policy)) throw new GymError('GYM_INVALID_PARAMS', `${policy.policy} has no ${field}`, { path: `${path}.${field}`, expected: `only ${players.join(' and ')} have it` })
  }
  if (policy.policy === 'endpoint' && policy.endpoint === undefined) throw new GymError('GYM_INVALID_PARAMS', 'is missing', { path: `${path}.endpoint`, expected: 'the name of an endpoint' })
  if (policy.policy === 'replay' && !policy.recordings?.length) throw new GymError('GYM_INVALID_PARAMS', 'is missing', { path: `${path}.recordings`, expected: 'at least one recording' })
}

/** A profile as people name it: `flaky`, `flaky@0.5`, `own` for the scenario's. */
export function labelOf({ profile = 'own', intensity = 1 }: SweepDynamics): string {
  return intensity === 1 ? profile : `${profile}@${intensity}`
}

function labelDynamics(dynamics: readonly SweepDynamics[]): string[] {
  const labels = dynamics.map(labelOf)
  labels.forEach((label, i) => {
    if (labels.indexOf(label) !== i) throw new GymError('GYM_INVALID_PARAMS', `'${label}' is named twice`, { path: `params.spec.dynamics[${i}]`, expected: 'each once' })
  })
  return labels
}

function referencesOf({ scenarios }: SweepSpec, names: readonly string[]): string[] {
  const found = scenarios.flatMap((pattern, i) => {
    if (!pattern.includes('*') || pattern.startsWith('gen:')) return [pattern]
    const matches = names.filter((name) => matchesGlob([pattern], name))
    if (!matches.length) throw new GymError('GYM_UNKNOWN_SCENARIO', `no scenario is called like ${pattern}`, { path: `params.spec.scenarios[${i}]`, expected: names })
    return matches
  })
  return [...new Set(found)]
}

/** What a reset would refuse is refused before anything is played. */
function* tryFirst(plan: Omit<Plan, 'digest'>, row: TaskRow, finder: Finder): Generator<void, void> {
  const scenario = yield* found(finder.scenario(row.scenario, row.seed))
  for (const dynamics of plan.dynamics.keys()) {
    try {
      openEpisode(scenario, requestOf({ ...plan, rows: [row] }, { unit: 0, row: 0, repeat: 0, dynamics, policy: 0 }))
    } catch (error) {
      if (!(error instanceof GymError)) throw error
      const path = String(error.data.path ?? '')
      const place = path.includes('dynamics') ? `dynamics[${dynamics}].profile` : path.replace(/^(params\.)?options\./, '')
      throw new GymError(error.gymCode, `${scenario.name.split('?')[0]}: ${error.message}`, { ...error.data, path: `params.spec.${place}` })
    }
    yield
  }
}

/** What is wrong with a sample is wrong with the specification that asks for it. */
function* within<R>(place: string, work: Generator<void, R>): Generator<void, R> {
  try {
    return yield* work
  } catch (error) {
    if (!(error instanceof GymError)) throw error
    const path = String(error.data.path ?? '').replace(/^params\./, '')
    throw new GymError(error.gymCode, error.message, { ...error.data, path: `params.spec.${path === '' || path === 'scenario' ? place : path === 'count' ? 'seeds' : path}` })
  }
}

function* found<R>(work: Generator<unknown, R>): Generator<void, R> {
  for (let next = work.next(); ; next = work.next()) {
    if (next.done) return next.value
    yield
  }
}

/** Episodes of one task. */
export function unitsOfRow({ spec, dynamics, policies }: Plan): number {
  return spec.repeats * dynamics.length * policies.length
}

export function unitCount(plan: Plan): number {
  return plan.rows.length * unitsOfRow(plan)
}

/** The parts of an episode by its number. */
export function unitAt({ spec, dynamics, policies }: Plan, unit: number): Unit {
  const policy = unit % policies.length
  const under = Math.floor(unit / policies.length)
  const again = Math.floor(under / dynamics.length)
  return { unit, policy, dynamics: under % dynamics.length, repeat: again % spec.repeats, row: Math.floor(again / spec.repeats) }
}

/** The luck that all policies share; the first repeat has the one that a reset has by itself. */
export function luckOf({ rows }: Pick<Plan, 'rows'>, { row, repeat }: Unit): number {
  const { seed } = rows[row]!
  return word53(repeat === 0 ? keyOf(['luck', seed]) : keyOf(['sweep luck', seed, repeat]))
}

/** How the episode is begun, whoever plays it. */
export function requestOf(plan: Pick<Plan, 'spec' | 'rows'>, unit: Unit): EpisodeRequest {
  const { spec, rows } = plan
  const { seed, task } = rows[unit.row]!
  const { learner, others, budgets, think_ms_per_token } = spec
  return {
    seed, task,
    options: {
      luck: luckOf(plan, unit), dynamics: { ...spec.dynamics[unit.dynamics]! },
      ...(learner !== undefined && { learner }), ...(others !== undefined && { others }), ...(budgets && { budgets }), ...(think_ms_per_token !== undefined && { think_ms_per_token }),
    },
  }
}
