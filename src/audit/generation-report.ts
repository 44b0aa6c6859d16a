/** What many draws say about the generator: counts and shares, and whether what must hold does. */
import { TRIVIAL_CEILING } from '../admit/gate.ts'
import type { Drawn, DrawRecord } from './draw-record.ts'
import { MEASURES } from './difficulty.ts'
import { distinctShare, findNearDuplicates } from './near-duplicate.ts'
import { meanOf } from '../survey/figure.ts'
import { spearman } from '../statistics/spearman.ts'
import { wilson } from '../statistics/wilson.ts'

/** Draws that the bounds on counts are meant for; fewer draws have to find in proportion fewer. */
export const WHOLE = 10_000
const LEAST_HIERARCHIES = 1000
const PATTERNS = 10
const MOST_REJECTED = 0.05
const MOST_NEAR = 0.01
const FALLING = -0.9
const MOST_LEFT = 0.01
/** Draws under which luck decides about patterns, sizes and slopes: these bounds are then told and not held. */
const ENOUGH = 1000

/** Something that must hold. */
export type Held = { readonly about: string; readonly found: string; readonly bound: string; readonly ok: boolean; /** Too few draws to hold it against anybody. */ readonly told?: boolean }

export type Family = { readonly family: string; readonly draws: number; readonly alone: number; readonly team: number; readonly robust: number; /** The most that a policy that does not do the task earns here on average, and which one. */ readonly worst: { readonly policy: string; readonly mean: number } }

export type AxisRow = { readonly axis: string; readonly policy: string; readonly points: readonly { readonly level: number; readonly success: number; readonly episodes: number; readonly interval: readonly [number, number] }[]; readonly rho: number }

/** Scenarios that went through admission whole, template by template: those left out of files, and seeds of which nothing is left. */
export type Admitted = { readonly scenarios: number; readonly templates: number; readonly left: readonly { readonly seed: number; readonly task: string; readonly found: string }[]; readonly lost: readonly number[] }

/** Rewards by axis and level, in the order of `MEASURES`. */
export type Measured = readonly (readonly (readonly number[])[])[]

export type GenerationReport = {
  readonly draws: number
  readonly held: readonly Held[]
  readonly refused: number
  readonly drafts: number
  readonly rejections: Readonly<Record<string, number>>
  readonly families: readonly Family[]
  readonly minimal: Readonly<Record<string, number>>
  readonly distinct: Readonly<Record<string, number>>
  /** Distinct things after so many draws. */
  readonly growth: readonly { readonly what: string; readonly draws: number; readonly distinct: number }[]
  readonly patterns: Readonly<Record<string, number>>
  readonly agents: readonly { readonly agents: number; readonly pattern: string }[]
  readonly texts: { readonly distinct: number; readonly near: number; readonly pairs: readonly (readonly [string, string])[]; readonly ngrams: readonly number[] }
  readonly splits: Readonly<Record<string, number>>
  readonly axes: readonly AxisRow[]
  /** Of the scenarios that went through admission whole. */
  readonly admitted: Admitted
  readonly repeated: { readonly draws: number; readonly different: readonly number[] }
}

function counted(keys: readonly string[]): Record<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return Object.fromEntries([...counts].sort(([, a], [, b]) => b - a))
}

/** Share of exact ones; a void reward is none. */
function ones(values: readonly (number | null)[]): number {
  return values.length ? values.filter((value) => value === 1).length / values.length : 1
}

function familyRow(family: string, drawn: readonly Drawn[]): Family {
  const byPolicy = new Map<string, number[]>()
  for (const { trivial } of drawn) for (const [policy, reward] of Object.entries(trivial)) byPolicy.set(policy, [...(byPolicy.get(policy) ?? []), reward ?? 1])
  const [policy, rewards] = [...byPolicy].toSorted(([, a], [, b]) => meanOf(b) - meanOf(a))[0] ?? ['none', []]
  return { family, draws: drawn.length, alone: ones(drawn.map(({ paid }) => paid.alone)), team: ones(drawn.map(({ paid }) => paid.team)), robust: ones(drawn.map(({ paid }) => paid.robust)), worst: { policy, mean: meanOf(rewards) } }
}

const DISTINCT: readonly (readonly [string, (drawn: Drawn) => string])[] = [
  ['schema shapes', ({ digests }) => digests.schema], ['multisets of operators', ({ digests }) => digests.operators], ['tool sets', ({ digests }) => digests.tools],
  ['hierarchy shapes', ({ digests }) => digests.hierarchy], ['plan shapes', ({ digests }) => digests.plan], ['scenarios', ({ digests }) => digests.scenario], ['instructions', ({ instruction }) => instruction],
]

function growthOf(drawn: readonly Drawn[]): GenerationReport['growth'] {
  const marks = Array.from({ length: 20 }, (_, i) => Math.round((drawn.length * (i + 1)) / 20)).filter((mark, i, all) => mark > 0 && mark !== all[i - 1])
  return DISTINCT.flatMap(([what, of]) => {
    const seen = new Set<string>()
    let at = 0
    return marks.map((mark) => {
      for (; at < mark; at++) seen.add(of(drawn[at]!))
      return { what, draws: mark, distinct: seen.size }
    })
  })
}

/** Values that occur in more than one split. */
function clashes(drawn: readonly Drawn[], of: (drawn: Drawn) => string): number {
  const splits = new Map<string, Set<string>>()
  for (const each of drawn) splits.set(of(each), (splits.get(of(each)) ?? new Set()).add(each.split))
  return [...splits.values()].filter((found) => found.size > 1).length
}

function axisRows(measured: Measured): AxisRow[] {
  return MEASURES.slice(0, measured.length).map(({ axis, policy, levels }, i) => {
    const points = levels.map((level, k) => {
      const rewards = measured[i]![k]!
      return { level, success: meanOf(rewards), episodes: rewards.length, interval: wilson(rewards.filter((reward) => reward === 1).length, rewards.length) }
    })
    return { axis, policy, points, rho: spearman(points.map(({ level }) => level), points.map(({ success }) => success)) }
  })
}

/** A share of 1 with a fixed number of decimals, so that columns line up. */
export function percent(share: number, digits = 2): string {
  return `${(share * 100).toFixed(digits)}%`
}

/** Puts together what the draws, those of them that were drawn again in another thread, and the measuring policies gave. */
export function reportOn(records: readonly DrawRecord[], again: readonly DrawRecord[], measured: Measured, admitted: Admitted): GenerationReport {
  const drawn = records.flatMap((record) => (record.drawn ? [record.drawn] : []))
  const reasons = records.flatMap(({ rejections }) => rejections)
  const drafts = reasons.length + drawn.length
  const families = [...new Set(drawn.map(({ family }) => family))].toSorted().map((family) => familyRow(family, drawn.filter((each) => each.family === family)))
  const byIndex = new Map(records.map((record) => [record.index, JSON.stringify(record)]))
  const different = again.filter((record) => byIndex.get(record.index) !== JSON.stringify(record)).map(({ index }) => index)
  const instructions = drawn.map(({ instruction }) => instruction)
  const near = findNearDuplicates(instructions)
  const minimal = counted(drawn.map((each) => each.minimal))
  const distinct = Object.fromEntries(DISTINCT.map(([what, of]) => [what, new Set(drawn.map(of)).size]))
  const patterns = counted(drawn.map(({ pattern }) => pattern))
  const sizes = drawn.map(({ agents }) => agents)
  const axes = axisRows(measured)
  const splits = { themes: clashes(drawn, ({ theme }) => theme), 'schema shapes': clashes(drawn, ({ digests }) => digests.schema), 'multisets of operators': clashes(drawn, ({ digests }) => digests.operators) }
  const few = records.length < ENOUGH
  const worst = families.toSorted((a, b) => b.worst.mean - a.worst.mean)[0]
  const leastHierarchies = Math.ceil((LEAST_HIERARCHIES * records.length) / WHOLE)
  const held: Held[] = [
    { about: 'seeds that give a scenario', found: `${drawn.length} of ${records.length}`, bound: 'all', ok: drawn.length === records.length },
    { about: 'scenarios of which admission, for every seed, takes what a file of them holds', found: `${admitted.scenarios - admitted.lost.length} of ${admitted.scenarios}`, bound: 'all', ok: admitted.lost.length === 0 },
    { about: 'templates that files leave out, because they are not sound for every seed', found: `${admitted.left.length} of ${admitted.templates}`, bound: `under ${percent(MOST_LEFT, 0)}`, ok: admitted.left.length < admitted.templates * MOST_LEFT || admitted.templates === 0, told: admitted.templates < ENOUGH },
    { about: 'drafts refused before anyone saw them', found: percent(reasons.length / Math.max(1, drafts)), bound: `under ${percent(MOST_REJECTED, 0)}`, ok: reasons.length / Math.max(1, drafts) < MOST_REJECTED },
    ...(['alone', 'team', 'robust'] as const).map((who): Held => {
      const paid = drawn.filter((each) => each.paid[who] === 1).length
      return { about: { alone: 'plans paid exactly 1 by one agent', team: 'plans paid exactly 1 through the team', robust: 'robust oracle paid exactly 1 under the scenario\'s own dynamics' }[who], found: `${paid} of ${drawn.length}`, bound: 'all', ok: paid === drawn.length }
    }),
    { about: 'what does not do the task earns on average, at most, in any family', found: worst ? `${worst.worst.mean.toFixed(4)} (${worst.worst.policy}, ${worst.family})` : 'nothing', bound: `at most ${TRIVIAL_CEILING}`, ok: (worst?.worst.mean ?? 0) <= TRIVIAL_CEILING },
    { about: 'plans for which a shorter one was found', found: String(minimal['refuted'] ?? 0), bound: 'none', ok: !minimal['refuted'] },
    { about: 'draws that another thread made again otherwise', found: `${different.length} of ${again.length}`, bound: 'none', ok: different.length === 0 },
    { about: 'hierarchy shapes, up to isomorphism', found: String(distinct['hierarchy shapes']), bound: `at least ${leastHierarchies}`, ok: distinct['hierarchy shapes']! >= leastHierarchies },
    { about: 'agents of a team', found: `${Math.min(...sizes)} to ${Math.max(...sizes)}`, bound: '1 to 64', ok: Math.min(...sizes) === 1 && Math.max(...sizes) === 64, told: few },
    { about: 'patterns', found: String(Object.keys(patterns).length), bound: String(PATTERNS), ok: Object.keys(patterns).length === PATTERNS, told: few },
    { about: 'instructions that nearly repeat an earlier one', found: percent(near.share), bound: `under ${percent(MOST_NEAR, 0)}`, ok: near.share < MOST_NEAR },
    ...Object.entries(splits).map(([what, found]): Held => ({ about: `${what} in more than one split`, found: String(found), bound: 'none', ok: found === 0 })),
    ...axes.map(({ axis, rho, policy }): Held => ({ about: `success falls with ${axis} (${policy})`, found: `Spearman ${rho.toFixed(2)}`, bound: `at most ${FALLING}`, ok: rho <= FALLING, told: few })),
  ]
  return {
    draws: records.length, held, refused: records.length - drawn.length, drafts, rejections: counted(reasons), families, minimal, distinct, growth: growthOf(drawn), patterns,
    agents: drawn.map(({ agents, pattern }) => ({ agents, pattern })), axes, splits, admitted, repeated: { draws: again.length, different },
    texts: { distinct: new Set(instructions).size, near: near.share, pairs: near.pairs.slice(0, 5).map(([a, b]) => [instructions[a]!, instructions[b]!] as const), ngrams: [1, 2, 3, 4].map((n) => distinctShare(instructions, n)) },
  }
}

/** Whether all that is held does hold. */
export function holds({ held }: GenerationReport): boolean {
  return held.every(({ ok, told }) => ok || told)
}
