/** A few entries over the desk with more tools, at the level of one call and of whole episodes. */
import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { CallEvent, EffectEvent, Event } from '../../protocol/event.ts'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { beginCall, finishCall } from '../../src/dynamics/call-way.ts'
import { type CompiledDynamics, compileDynamics } from '../../src/dynamics/compiled-dynamics.ts'
import { DynamicsState } from '../../src/dynamics/dynamics-state.ts'
import type { CallSite, Passage } from '../../src/dynamics/passage.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import type { StepOutcome } from '../../src/episode/step-outcome.ts'
import { Site } from '../../src/world/site.ts'
import type { Finding } from '../../src/spec/complaint.ts'
import { ROOT, seedOf } from '../checkout.ts'

/** Tools that the desk itself does without: a long list, a batch, a second source, a clock, free text, a session. */
const MORE_TOOLS = `
  list_accounts:
    description: Lists accounts.
    effect: read
    input: {properties: {owner: {type: string}}}
    do:
    - return: {accounts: 'accounts.filter(a, args.owner == null || a.owner == args.owner).map(a, a.id)', open: 'accounts.filter(a, !a.frozen).size()'}
  ledger:
    description: What an account holds, by the ledger.
    effect: read
    input: {properties: {account: {type: string}}, required: [account]}
    do:
    - let: {a: accounts.get(args.account)}
      else: 'No account \${args.account}'
    - return: {account: a.id, holds: a.balance}
  look_at_clock:
    description: The time.
    effect: read
    input: {properties: {}}
    do:
    - return: {now: string(now())}
  remarks:
    description: What was noted about an account.
    effect: read
    input: {properties: {id: {type: string}}, required: [id]}
    do:
    - return: {id: args.id, remarks: "['vip', 'This customer has been with us for many years.']"}
  pay_all:
    description: Books several payments.
    effect: write
    input: {properties: {id: {type: string}, amounts: {type: array, items: {type: number, multipleOf: 0.01, minimum: 0.01}}}, required: [id, amounts]}
    do:
    - let: {a: accounts.get(args.id)}
      else: 'No account \${args.id}'
    - each: m in args.amounts
      do:
      - insert: payments
        row: {account: a.id, amount: m}
    - return: {booked: size(args.amounts)}
  log_in:
    description: Begins a session.
    effect: write
    idempotent: true
    input: {properties: {}}
    do:
    - return: {session: "'new'"}
`

const text = readFileSync(`${ROOT}test/fixtures/desk.yaml`, 'utf8')
  .replace('tools:\n', `tools:${MORE_TOOLS}`)
  .replace(/budgets: .*/, 'budgets: {turns: 2000, calls: 4000, tokens: 100000000, virtual_ms: 10000000000}')

/** Compiles the desk with more tools, and with more documents (YAML by file name). */
export function compileDesk(more: Readonly<Record<string, string>> = {}, edit = (desk: string) => desk): ReturnType<typeof compileCatalogue> {
  return compileCatalogue([{ file: 'desk.yaml', text: edit(text) }, ...Object.entries(more).map(([name, body]) => ({ file: `${name}.yaml`, text: body }))])
}

function compiled(): CompiledScenario {
  const { catalogue, complaints } = compileDesk()
  if (complaints.length) throw new Error(complaints.map((c) => `${c.line} ${c.message}`).join('\n'))
  return catalogue.find('desk')!
}

/** The desk with more tools. */
export const DESK = compiled()

/** Entries, with what is wrong with them. */
export function tryDynamics(...entries: object[]): { readonly dynamics: CompiledDynamics; readonly findings: readonly Finding[] } {
  const findings: Finding[] = []
  const site = new Site([], findings)
  const placed = entries.map((entry, i) => ({ spec: DynamicsEntry.parse({ id: `e${i}`, ...entry }), site: site.at(i) }))
  return { dynamics: compileDynamics('test', placed, DESK.world), findings }
}

/** Compiles entries; those without an id are called e0, e1… @throws Error with what is wrong with them */
export function dynamicsOf(...entries: object[]): CompiledDynamics {
  const { dynamics, findings } = tryDynamics(...entries)
  if (findings.length) throw new Error(findings.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'))
  return dynamics
}

/** A call: where and when, of what tool, and what the tool would answer if it ran. */
export type CallOptions = Partial<CallSite> & { readonly tool?: string; readonly args?: Record<string, unknown>; readonly extras?: Record<string, unknown>; readonly result?: unknown; readonly isError?: boolean }

const RESULT = { id: 'A00001', balance: 120.5, payments: [5, 7] }

/** Takes one call through dynamics; the tool is not there, only its answer. */
export function callOnce(dynamics: CompiledDynamics, { tool = 'get_account', args = { id: 'A00001' }, extras = {}, result = RESULT, isError = false, ...site }: CallOptions = {}, state = new DynamicsState()): Passage {
  const call = beginCall(dynamics, dynamics.tools.get(tool)!, args, extras, state, { luck: 1, intensity: 1, framePath: 'root', agent: 'root', start: 0, epoch: 0, event: 0, ...site })
  if (call.mode === 'run' || call.mode === 'undone' || call.mode === 'past') Object.assign(call, { json: result, isError })
  finishCall(call)
  return call
}

/** The first call of each of n lucks. */
export function overLucks(dynamics: CompiledDynamics, n: number, options: CallOptions = {}): Passage[] {
  return Array.from({ length: n }, (_, i) => callOnce(dynamics, { ...options, luck: seedOf('luck', i) }))
}

/** n calls one after another. */
export function overCalls(dynamics: CompiledDynamics, n: number, options: CallOptions | ((i: number) => CallOptions) = {}, state = new DynamicsState()): Passage[] {
  return Array.from({ length: n }, (_, i) => callOnce(dynamics, typeof options === 'function' ? options(i) : options, state))
}

/** Which calls failed, as a line of x and dots. */
export function lineOf(calls: readonly Passage[]): string {
  return calls.map((call) => (call.isError ? 'x' : '.')).join('')
}

/** The q-quantile. */
export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))]!
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Holds a value to what is expected, within a share of it. */
export function near(t: Test, value: number, expected: number, share: number, what: string): void {
  t.ok(Math.abs(value - expected) <= Math.abs(expected) * share, `${what}: ${value}, expected ${expected} within ${share * 100}%`)
}

/** Holds a share of n draws to a probability, within 4 standard errors: one seed in 16,000 would fail. */
export function nearShare(t: Test, hits: number, n: number, p: number, what: string): void {
  t.ok(Math.abs(hits / n - p) <= 4 * Math.sqrt((p * (1 - p)) / n), `${what}: ${hits / n}, expected ${p} within 4 standard errors`)
}

/** How an episode is started. */
export type PlayOptions = { readonly seed?: number; readonly task?: string; readonly luck?: number; readonly intensity?: number; readonly think_ms_per_token?: number }

/** Starts an episode at the desk under a few entries. */
export function start(entries: readonly object[], { seed = 1, task = 'pay_once', luck = 1, intensity = 1, ...options }: PlayOptions = {}): Episode {
  return Episode.start(DESK, { seed, task, options: { luck, ...options, dynamics: { profile: 'none', intensity, add: entries.map((entry, i) => ({ id: `e${i}`, ...entry })) } } })
}

/** The typed error of what is refused; anything else that is thrown goes on. */
export function refusal(run: () => unknown): Pick<GymError, 'gymCode' | 'message' | 'data'> | undefined {
  try {
    run()
  } catch (error) {
    if (!(error instanceof GymError)) throw error
    return { gymCode: error.gymCode, message: error.message, data: error.data }
  }
  return undefined
}

/** What came of a call. */
export type Called = { readonly content: string; readonly json: any; readonly isError: boolean; readonly ms: number; readonly event: CallEvent; readonly outcome: StepOutcome }

function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    return content
  }
}

/** Makes a call in a turn of its own. */
export function call(episode: Episode, name: string, args: object = {}): Called {
  const outcome = episode.step({ tool_calls: [{ name, arguments: args as Record<string, unknown> }] })
  const event = episode.events().findLast((one): one is CallEvent => one.type === 'call')!
  return { content: event.content, json: jsonOf(event.content), isError: event.is_error, ms: event.returns_at - event.at, event, outcome }
}

export function wait(episode: Episode, ms: number): StepOutcome {
  return call(episode, 'wait', { ms }).outcome
}

/** The account and the amount of pay_once. */
export function slotsOf(episode: Episode): { readonly account: { readonly id: string; readonly balance: number }; readonly amount: number } {
  return (episode.inspect().gold as { slots: { account: { id: string; balance: number }; amount: number } }).slots
}

/** The arguments that pay what pay_once asks for. */
export function payment(episode: Episode): { id: string; amount: number } {
  const { account, amount } = slotsOf(episode)
  return { id: account.id, amount }
}

/** Rows of a table that the episode changed: the key, the row, and who wrote it. */
export function changedRows(episode: Episode, table: string): { readonly key: string; readonly row: any; readonly cause: string }[] {
  const found = (episode.inspect().diff as { table: string; rows: [string, unknown, unknown, { cause: string }][] }[]).find((one) => one.table === table)
  return (found?.rows ?? []).map(([key, row, , mark]) => ({ key, row, cause: mark.cause }))
}

export function effects(episode: Episode): EffectEvent[] {
  return episode.events().filter((event): event is EffectEvent => event.type === 'effect')
}

export function timers(episode: Episode): Extract<Event, { type: 'timer' }>[] {
  return episode.events().filter((event) => event.type === 'timer')
}

export function calls(episode: Episode): CallEvent[] {
  return episode.events().filter((event): event is CallEvent => event.type === 'call')
}

/** The verdict of an ended episode. */
export function verdictOf(episode: Episode): Extract<Event, { type: 'end' }>['verdict'] {
  const end = episode.events().at(-1)!
  if (end.type !== 'end') throw new Error('the episode goes on')
  return end.verdict
}

