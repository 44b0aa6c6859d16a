/** All that the audit wants to know of one drawn scenario: plain data, the same on every machine. */
import type { Split } from '../../protocol/scalars.ts'
import { REFUSERS, TALKERS, WALKERS } from '../admit/ceiling.ts'
import { searchShorter } from '../admit/minimal.ts'
import { playTrial } from '../admit/trial.ts'
import { calmOf } from '../compile/reference.ts'
import { digestOf } from '../core/digest.ts'
import { GymError } from '../core/gym-error.ts'
import { keyOf, word53 } from '../core/keyed.ts'
import type { CompiledTask } from '../episode/task.ts'
import { Episode } from '../episode/episode.ts'
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import { operatorDigest, shapeDigest } from '../generate/shape.ts'
import { hierarchyDigest } from '../generate/team-digest.ts'
import { createPolicy, playOut } from '../policy/builtin.ts'
import type { Reason } from '../supply/prove.ts'
import type { Supplied, Supply } from '../supply/supply.ts'

/** What all draws of the audit are drawn from. */
export const AUDITED = 'gen:1/any'

export type DrawRecord = {
  readonly index: number
  readonly seed: number
  /** Reasons of the drafts that were refused before; all attempts where nothing was given at all. */
  readonly rejections: readonly Reason[]
  /** Undefined where the seed was refused. */
  readonly drawn?: Drawn
}

export type Drawn = {
  readonly theme: string
  readonly split: Split
  readonly pattern: string
  readonly agents: number
  readonly levels: number
  readonly family: string
  readonly instruction: string
  readonly writes: number
  /** Scenario, schema shape, operators, tools with their names, hierarchy, plan; as hexadecimal digits. */
  readonly digests: Readonly<Record<'scenario' | 'schema' | 'operators' | 'tools' | 'hierarchy' | 'plan', string>>
  /** The final state hash of the witness. */
  readonly hash: string
  /** Rewards: the plan by one agent, the plan through the team without faults, the robust oracle through the team under the scenario's own dynamics. */
  readonly paid: { readonly alone: number | null; readonly team: number | null; readonly robust: number | null }
  /** Rewards of policies that do not do the task. */
  readonly trivial: Readonly<Record<string, number | null>>
  readonly minimal: 'proven' | 'refuted' | 'unknown' | 'nothing to undercut'
}

/** The seed of a draw. */
export function auditSeed(index: number): number {
  return word53(keyOf(['audit', index]))
}

/** The kind of request: what is wrong with it, or else what it wants. */
export function familyOf({ tags }: Pick<CompiledTask, 'tags'>): string {
  const twist = tags.find((tag) => ['missing', 'ambiguous', 'infeasible', 'forbidden', 'no_tool'].includes(tag))
  return twist ?? (tags.includes('several') ? 'several' : tags.find((tag) => tag !== 'read' && tag !== 'write')!)
}

/** The plan without its names: what is read, written and said, and which steps are of one tool. */
function planShape({ template: { witness } }: Episode['task']): string {
  const tools: string[] = []
  return witness.steps.map((step) => {
    if (step.kind !== 'call') return step.kind
    if (!tools.includes(step.call)) tools.push(step.call)
    return `${step.write ? 'w' : 'r'}${tools.indexOf(step.call)}`
  }).join(' ')
}

/** Policies that are tried on a draw: all that talk, and those that act by turns, for they take longer. */
function cheatsOf(index: number): string[] {
  return [...new Set([...TALKERS, WALKERS[0]!, WALKERS[1 + (index % (WALKERS.length - 1))]!, ...REFUSERS])]
}

function play(episode: Episode, policy: string): number | null {
  return playOut(episode, createPolicy(policy, episode)!)
}

/** Looks at what was supplied for one seed. */
function inspect({ scenario, documents, task }: Supplied, blueprint: Blueprint, index: number, seed: number): Drawn {
  const calm = { seed, task, options: { dynamics: calmOf(scenario) } }
  const alone = playTrial(scenario, 'oracle', calm)
  const { episode } = alone
  const shorter = searchShorter(episode)
  return {
    theme: blueprint.theme, split: scenario.split!, pattern: documents.framework.pattern!, agents: Object.keys(documents.framework.agents).length, levels: blueprint.team.layers,
    family: familyOf(episode.task.template), instruction: episode.task.instruction, writes: episode.task.difficulty['writes'] ?? 0,
    digests: {
      scenario: scenario.digest, schema: shapeDigest(blueprint), operators: operatorDigest(blueprint), hierarchy: hierarchyDigest(documents.framework),
      tools: digestOf(Object.entries(documents.world.tools).map(([name, { input }]) => [name, input])).slice(0, 16), plan: planShape(episode.task),
    },
    hash: episode.stateHash(),
    paid: { alone: alone.reward, team: play(Episode.start(scenario, calm), 'oracle'), robust: play(Episode.start(scenario, { seed, task }), 'robust') },
    trivial: Object.fromEntries(cheatsOf(index).map((policy) => [policy, playTrial(scenario, policy, calm).reward])),
    minimal: shorter?.verdict ?? 'nothing to undercut',
  }
}

/** Draws the scenario of a place in the audit; `timed` may measure the draw itself. */
export function auditDraw(supply: Supply, blueprintOf: (seed: number, attempt: number) => Blueprint, index: number, timed: <T>(draw: () => T) => T = (draw) => draw()): DrawRecord {
  const seed = auditSeed(index)
  try {
    const supplied = timed(() => supply.find(AUDITED, seed))
    return { index, seed, rejections: supplied.rejections.map(({ reason }) => reason), drawn: inspect(supplied, blueprintOf(seed, supplied.attempt), index, seed) }
  } catch (error) {
    if (!(error instanceof GymError) || error.gymCode !== 'GYM_NO_TASK') throw error
    return { index, seed, rejections: error.data.reasons as Reason[] }
  }
}
