/**
 * Over the whole catalogue: what means the same scores the same, and what does not scores less. Witnesses are played
 * with other spellings, other orders and more reads; then with a write missing, doubled or astray.
 */
import t from 'tap'
import { parseAllDocuments } from 'yaml'
import type { Action } from '../../protocol/action.ts'
import { below, keyOf } from '../../src/core/keyed.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { jsonOrText } from '../../src/core/json-or-text.ts'
import { actionOf, endingOf, planStep } from '../../src/episode/witness-step.ts'
import { SpecFault } from '../../src/world/fault.ts'
import { seedOf, shippedFiles, soloScenarios, tryStart } from '../checkout.ts'

const SEEDS = 2

/** A step of the witness by position, or a call besides. */
type Planned = number | { readonly name: string; readonly arguments: unknown }
type Style = { readonly spell?: (action: Action, ends: boolean) => Action }
type Played = { readonly reward: number | null; readonly episode: Episode }

/** Plays a plan and ends the episode; undefined where a step needs what a left-out step would have told. */
function play(scenario: CompiledScenario, { seed, task }: Start, plan: readonly Planned[], { spell = (action) => action }: Style = {}): Played | undefined {
  const episode = tryStart(scenario, { seed, task, options: { dynamics: 'clean', budgets: {} } })!
  const { steps } = episode.task.template.witness
  const base = scenario.baseOf(seed)
  const captured: Record<string, unknown> = {}
  try {
    for (const planned of plan) {
      if (episode.ended) break
      if (typeof planned !== 'number') {
        episode.step(spell({ tool_calls: [planned] }, false))
        continue
      }
      const step = steps[planned]!
      const { observation: { messages } } = episode.step(spell(actionOf(planStep(step, episode.task, base, captured)), false))
      const told = messages.find(({ role, name }) => role === 'tool' || (role === 'user' && name === undefined))
      if (step.as !== undefined && told) captured[step.as] = step.kind === 'say' ? told.content : jsonOrText(told.content)
    }
    if (!episode.ended) episode.step(spell(endingOf(episode.task, base, captured), true))
  } catch (error) {
    if (error instanceof SpecFault) return undefined
    throw error
  }
  return { reward: episode.last.info.verdict?.reward ?? null, episode }
}

type Start = { readonly seed: number; readonly task: string }

/** Every task with a few seeds: the scenario, where it starts, and how many steps its witness has. */
const SUBJECTS = soloScenarios().flatMap((scenario) => {
  return [...scenario.tasks.keys()].flatMap((task) => Array.from({ length: 3 * SEEDS }, (_, i) => seedOf('invariance', i))
    .filter((seed) => tryStart(scenario, { seed, task })).slice(0, SEEDS).map((seed) => ({ scenario, start: { seed, task }, size: scenario.tasks.get(task)!.witness.steps.length })))
})
const whole = (size: number): number[] => Array.from({ length: size }, (_, i) => i)
const explain = ({ episode }: Played) => episode.last.info.verdict?.components.filter(({ score }) => score < 1).map(({ id, evidence }) => `${id} ${JSON.stringify(evidence)}`).join('; ').slice(0, 500)

/** JSON text in which every number has zeros that say nothing. */
function wordy(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? `${value}.00` : `${value}0`
  if (Array.isArray(value)) return `[ ${value.map(wordy).join(' , ')} ]`
  if (value !== null && typeof value === 'object') return `{ ${Object.entries(value).reverse().map(([name, item]) => `${JSON.stringify(name)} : ${wordy(item)}`).join(' , ')} }`
  return JSON.stringify(value)
}

function respelt(action: Action): Action {
  return { ...action, ...(action.tool_calls && { tool_calls: (action.tool_calls as { name: string; arguments: unknown }[]).map((call) => ({ ...call, arguments: wordy(call.arguments) })) }) }
}

/** Tasks whose answers are sets. */
const SETS = new Set(shippedFiles().flatMap(({ text }) => parseAllDocuments(text, { merge: true }).map((doc) => doc.toJS({ maxAliasCount: -1 }) as any))
  .flatMap((doc) => (doc?.kind === 'Scenario' ? Object.entries((doc.tasks ?? {}) as Record<string, any>).flatMap(([task, { checks }]) => (checks?.some((check: any) => check.compare === 'set') ? [`${doc.name} ${task}`] : [])) : [])))

function turned(action: Action): Action {
  const [call] = action.tool_calls as [{ name: string; arguments: { answer?: unknown } }]
  const { answer } = call.arguments
  return Array.isArray(answer) ? { tool_calls: [{ name: call.name, arguments: { answer: [...answer].reverse() } }] } : action
}

t.test('other spellings, sets in another order, steps that commute', async (t) => {
  let [swapped, sets] = [0, 0]
  for (const { scenario, start, size } of SUBJECTS) {
    const name = `${scenario.name} ${start.task} ${start.seed}`
    const spelt = play(scenario, start, whole(size), { spell: respelt })!
    t.equal(spelt.reward, 1, `${name}: numbers and fields spelt otherwise ${explain(spelt)}`)
    if (SETS.has(`${scenario.name} ${start.task}`)) {
      sets++
      const other = play(scenario, start, whole(size), { spell: (action, ends) => (ends ? turned(action) : action) })!
      t.equal(other.reward, 1, `${name}: the answer turned round ${explain(other)}`)
    }
    for (const [i, step] of scenario.tasks.get(start.task)!.witness.steps.entries()) {
      if (step.kind !== 'call' || !step.commutes) continue
      swapped++
      const other = play(scenario, start, whole(size).map((at) => (at === i ? i + 1 : at === i + 1 ? i : at)))
      if (other) t.equal(other.reward, 1, `${name}: steps ${i + 1} and ${i + 2} swapped ${explain(other)}`)
    }
  }
  t.ok(swapped > 50 && sets > 5, `${swapped} pairs that commute, ${sets} sets`)
})

t.test('reads anywhere do no harm', async (t) => {
  for (const { scenario, start, size } of SUBJECTS) {
    const { episode } = play(scenario, start, whole(size))!
    const reads = episode.events().flatMap((event) => (event.type === 'call' && !event.is_error && scenario.world.tools.get(event.tool)?.spec.effect === 'read' ? [{ name: event.tool, arguments: event.arguments }] : []))
    if (!reads.length) continue
    const key = keyOf(['reads', start.seed, start.task])
    const plan = whole(size).flatMap((at): Planned[] => [...(below(key, 2, at) === 0 ? [reads[below(keyOf([at], key), reads.length)]!] : []), at])
    const read = play(scenario, start, [...plan, reads[0]!])!
    t.equal(read.reward, 1, `${scenario.name} ${start.task} ${start.seed}: ${explain(read)}`)
  }
})

t.test('a write that is missing, doubled or astray costs', async (t) => {
  let [missing, doubled, astray] = [0, 0, 0]
  for (const { scenario, start, size } of SUBJECTS) {
    const name = `${scenario.name} ${start.task} ${start.seed}`
    const own = play(scenario, start, whole(size))!.episode
    for (const [i, step] of scenario.tasks.get(start.task)!.witness.steps.entries()) {
      if (step.kind !== 'call' || !step.write) continue
      const without = play(scenario, start, whole(size).filter((at) => at !== i))
      if (without) {
        missing++
        t.not(without.reward, 1, `${name}: without ${step.call}`)
      }
      if (scenario.world.tools.get(step.call)!.spec.idempotent) continue
      const twice = play(scenario, start, whole(size).flatMap((at) => (at === i ? [at, at] : [at])))
      if (!twice || agentWrites(twice.episode) <= agentWrites(own)) continue
      doubled++
      t.not(twice.reward, 1, `${name}: ${step.call} twice`)
    }
    const stray = strayWrite(scenario, start)
    const key = keyOf(['stray', start.seed, start.task])
    const at = below(key, size + 1)
    const other = stray && play(scenario, start, [...whole(size).slice(0, at), stray, ...whole(size).slice(at)])
    // What the witness does as well is not astray.
    if (!other || !didHarm(other.episode, stray) || didHarm(own, stray)) continue
    astray++
    t.not(other.reward, 1, `${name}: ${JSON.stringify(stray)} besides`)
  }
  t.ok(missing > 150 && doubled > 50 && astray > 50, `${missing} missing, ${doubled} doubled, ${astray} astray`)
})

/** Calls of the agent that changed something. */
function agentWrites(episode: Episode): number {
  return episode.events().filter((event) => (event.type === 'call' || event.type === 'effect') && event.changes.some(({ cause }) => cause === 'agent')).length
}

/** A write that another task of the same seed wants. */
function strayWrite(scenario: CompiledScenario, { seed, task }: Start): { name: string; arguments: unknown } | undefined {
  for (const other of scenario.tasks.keys()) {
    if (other.split('.')[0] === task.split('.')[0]) continue
    const episode = tryStart(scenario, { seed, task: other })
    const call = episode && scenario.referenceOf(episode.task)?.events.find((event) => event.type === 'call' && event.frame !== 'user' && event.changes.some(({ cause, table }) => cause === 'agent' && table !== 'session'))
    if (call?.type === 'call') return { name: call.tool, arguments: call.arguments }
  }
  return undefined
}

/** Whether the stray call changed rows that stay changed. */
function didHarm(episode: Episode, stray: { name: string; arguments: unknown }): boolean {
  return episode.events().some((event) => event.type === 'call' && event.tool === stray.name && JSON.stringify(event.arguments) === JSON.stringify(stray.arguments) && event.changes.some(({ cause, table }) => cause === 'agent' && table !== 'session'))
}
