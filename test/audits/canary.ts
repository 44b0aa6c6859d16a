/**
 * Canaries in every private place of every scenario, and callers who look everywhere: no private word may reach what an
 * agent or an unprivileged caller is shown, whatever they do.
 */
import { parseAllDocuments, stringify } from 'yaml'
import type { Action } from '../../protocol/action.ts'
import { compileCatalogue, type SpecFile } from '../../src/compile/catalogue.ts'
import { below, keyOf } from '../../src/core/keyed.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { Session } from '../../src/server/session.ts'
import { seedOf, shippedFiles } from '../checkout.ts'
import { ADMIN, ANYBODY, ask, openGym, Refused } from '../server/gym-under-test.ts'

/** Stands in every canary, and nowhere else. */
const BIRD = /kanarien[\w-]*/i
/** Canaries that privileged callers get to see: they were there to be seen. */
const SHOWN_TO_SOME = ['kanarien-erwartet', 'kanarien-gold', 'kanarien-geheimnis', 'kanarienfang', 'kanarienfehler', 'kanarienregel', 'kanarienplatz']

type Doc = Record<string, any>

/** Puts canaries into what only the verifier, the user and the dynamics know. */
function plant(doc: Doc): Doc {
  if (doc.kind !== 'Scenario') return doc
  const user = (task: Doc): boolean => Boolean(task.user ?? doc.user)
  const tasks = Object.fromEntries(Object.entries((doc.tasks ?? {}) as Record<string, Doc>).map(([name, task]) => [name, { ...plantTask(task, user(task)), ...(task.variants && { variants: mapValues(task.variants, plantVariant) }) }]))
  const overrides = { ...doc.overrides, '*': { ...doc.overrides?.['*'], add: [...doc.overrides?.['*']?.add ?? [], { id: 'kanarienfehler', kind: 'error.abort', when: { probability: 0.05 } }] } }
  const rules = Array.isArray(doc.rules) ? doc.rules.map((rule: Doc) => ({ ...rule, id: `kanarienregel_${rule.id}` })) : doc.rules
  return { ...doc, tasks, overrides, rules, ...(doc.user && { user: plantUser(doc.user) }) }
}

function mapValues(of: Record<string, Doc>, to: (value: Doc) => Doc): Record<string, Doc> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [name, to(value)]))
}

/** A predicate that never holds, which makes the verdict show what it expected to those who may see it. */
const CHECKS = [
  { id: 'extra', kind: 'state.predicates', gate: false, description: 'kanarienpruefung', that: ["'kanarien-erwartet' == ''"] },
  { id: 'advice', kind: 'rubric.llm', criteria: ['kanarienfrage'] },
]

function plantTask(task: Doc, talks: boolean): Doc {
  return {
    ...task,
    bind: { ...task.bind, kanarienplatz: { value: "'kanarien-gold'" } },
    setup: [...task.setup ?? [], { let: { kanarienschritt: "'kanarien-vorbereitung'" } }],
    witness: task.witness.map((step: Doc, i: number) => (step.call && !step.as ? { ...step, as: `kanarienfang_${i}` } : step)),
    checks: [...task.checks, ...CHECKS],
    ...(talks && task.user && { user: plantUser(task.user) }),
  }
}

function plantVariant(variant: Doc): Doc {
  return { ...variant, ...(variant.checks && { checks: [...variant.checks, ...CHECKS] }), ...(variant.user && { user: plantUser(variant.user) }) }
}

function plantUser(user: Doc): Doc {
  // What a task does not state comes from the scenario.
  return { ...user, persona: 'kanarienpersona', ...(user.facts && { facts: { ...user.facts, kanarientatsache: { value: "'kanarien-geheimnis'" } } }) }
}

/** The catalogue with canaries in it. */
export function plantedFiles(): SpecFile[] {
  return shippedFiles().map(({ text, ...file }) => ({
    ...file, text: parseAllDocuments(text).map((document) => stringify(plant(document.toJS() as Doc), { aliasDuplicateObjects: false })).join('---\n'),
  }))
}

export type CanaryAudit = {
  readonly steps: number
  readonly episodes: number
  /** Where a canary was seen that nobody should see. */
  readonly escaped: readonly string[]
  /** Canaries that not even privileged callers saw, though they should. */
  readonly unseen: readonly string[]
}

const POLICIES = ['random', 'random', 'oracle', 'random', 'naive', 'robust'] as const
const MOST_TURNS = 40

/** Plays until so many steps were made, and looks at everything that is answered. */
export function auditCanaries(steps: number, onProgress: (done: number, of: number) => void = () => {}): CanaryAudit {
  const { catalogue, complaints } = compileCatalogue(plantedFiles())
  if (complaints.length) throw new Error(complaints.slice(0, 5).map((one) => `${one.file}:${one.line} ${one.message}`).join('\n'))
  const gym = openGym({ catalogue })
  const [session, admin] = [new Session(gym, ANYBODY), new Session(gym, ADMIN)]
  const audit = { steps: 0, episodes: 0, escaped: [] as string[], seen: new Set<string>() }
  const see = (where: string, answer: unknown): void => {
    const found = BIRD.exec(JSON.stringify(answer) ?? '')
    if (found) audit.escaped.push(`${where}: ${JSON.stringify(answer).slice(Math.max(0, found.index - 80), found.index + 80)}`)
  }
  const scenarios = catalogue.list()
  for (const { name } of scenarios) {
    see(`${name} scenario/get`, ask(session, 'scenario/get', { scenario: name }))
    see(`${name} task/sample`, asked(session, 'task/sample', { scenario: name, seed: 1, count: 5, include: ['prompt', 'tools'] }))
  }
  see('scenario/list', ask(session, 'scenario/list'))
  for (let i = 0; audit.steps < steps && audit.escaped.length < 20; i++) {
    onProgress(audit.steps, steps)
    playOne({ session, admin, see, audit }, scenarios[i % scenarios.length]!, i)
  }
  const { seen, ...rest } = audit
  return { ...rest, unseen: SHOWN_TO_SOME.filter((bird) => ![...seen].some((word) => word.startsWith(bird))) }
}

type Desk = { readonly session: Session; readonly admin: Session; readonly see: (where: string, answer: unknown) => void; readonly audit: { steps: number; episodes: number; readonly seen: Set<string> } }

/** An answer, or the error in its place: errors must not tell either. */
function asked(session: Session, method: string, params: unknown): unknown {
  try {
    return ask(session, method, params)
  } catch (error) {
    if (error instanceof Refused) return error.error
    throw error
  }
}

function playOne({ session, admin, see, audit }: Desk, scenario: CompiledScenario, i: number): void {
  const tasks = [...scenario.tasks.keys()]
  const task = tasks[Math.floor(i / 7) % tasks.length]!
  const request = { scenario: scenario.name, seed: seedOf('canary', i), task, options: { dynamics: ['hostile', 'flaky', 'clean'][i % 3], shaping: i % 2 ? 'progress' : 'none', budgets: { turns: MOST_TURNS }, ...(scenario.agents.size > 1 && { learner: 'all' }) } }
  const reset = asked(session, 'env/reset', request) as { episode?: string }
  const where = `${scenario.name} ${task} ${i}`
  see(`${where} env/reset`, reset)
  const { episode } = reset
  if (episode === undefined) return
  audit.episodes++
  // A twin tells what the policy would do: policies look at episodes, which callers have none of.
  const twin = Episode.start(scenario, { seed: request.seed, task, options: { dynamics: { profile: request.options.dynamics }, shaping: request.options.shaping as 'none', budgets: request.options.budgets, learner: request.options.learner } as never })
  const name = POLICIES[i % POLICIES.length]!
  const policy = createPolicy(name, twin, i)!
  for (let turn = 0; !twin.ended; turn++) {
    const planned = policy.act(twin.observation)
    // Players of a plan lose their way when something else is done in their name.
    const action = name === 'random' ? odd(planned, i, turn) : planned
    twin.step(action)
    see(`${where} step ${turn}`, asked(session, 'env/step', { episode, action }))
    audit.steps++
    if (turn % 10 === 3) for (const method of READINGS) see(`${where} ${method}`, asked(session, method, { episode }))
  }
  for (const method of READINGS) see(`${where} ${method}`, asked(session, method, { episode }))
  for (const [word] of JSON.stringify([asked(admin, 'env/state', { episode }), asked(admin, 'trajectory/get', { episode })]).matchAll(new RegExp(BIRD, 'gi'))) audit.seen.add(word)
  ask(session, 'env/close', { episode })
}

const READINGS = ['env/render', 'trajectory/get', 'env/snapshot', 'report/get', 'env/resume', 'env/state'] as const

const PROBES = ['kanarien', 'gold', 'witness', 'verdict', '__proto__', 'state', 'reset']

/** Now and then something that no policy of ours would do. */
function odd(action: Action, i: number, turn: number): Action {
  const key = keyOf(['canary', i, turn])
  const probe = PROBES[below(key, PROBES.length, 2)]!
  // The probe that spells the bird itself would find its own echo.
  const word = probe === 'kanarien' ? 'canary' : probe
  switch (below(key, 12, 1)) {
    case 0: return { tool_calls: [{ name: word, arguments: {} }] }
    case 1: return { tool_calls: [{ name: (action.tool_calls?.[0] as { name?: string } | undefined)?.name ?? 'finish', arguments: JSON.stringify({ [word]: word }) }] }
    case 2: return { content: `Tell me the ${word}.` }
    default: return action
  }
}
