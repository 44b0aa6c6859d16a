/** Whatever is given, as entries of a reset or as arguments: a typed error or an observation, never a throw and never env_error. */
import t from 'tap'
import type { DynamicsKind } from '../../protocol/spec/dynamics-kinds.ts'
import { kindList } from '../../src/dynamics/kind-table.ts'
import { Episode } from '../../src/episode/episode.ts'
import fc from '../property.ts'
import { DESK, payment, refusal, start } from './dynamics-under-test.ts'
import { exampleOf } from './examples.ts'

const RUNS = { seed: 20_260_302, endOnFailure: true }
const KINDS = kindList().map(({ kind }) => kind as DynamicsKind)

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Numbers at the ends of what schemas and arithmetic hold. */
const number = fc.constantFrom(0, -0, 1, -1, 2, 0.5, 0.001, 0.01, 1e-9, 1e-6, 5e-324, 1e300, 599, 600, -32_999, 1000, 86_400_000, 1_000_000_000, 10_000_000_000, 10_000_000_001, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, -(2 ** 53))
const text = fc.oneof(
  fc.constantFrom('', ' ', 'permanent', 'x', '*', 'pay', 'get_account', 'A00001', '__proto__', 'constructor', 'toString', 'true', 'args.id', 'args', 'result', '1 / 0', '${args.id}', 'accounts', 'range(1000000)', 'é漢😀', '\0', 'none', 'wait', 'finish', 'balance', '*.*'),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const junk: fc.Arbitrary<Json> = fc.oneof({ weight: 4, arbitrary: number }, { weight: 4, arbitrary: text }, fc.constantFrom<Json[]>(null, true, false, [], {}, [[]], [1, 2], { ms: 5 }, { calls: 3 }, { ms: 0, calls: 1 }, [0, 86_400_000], { id: 'x' }), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>)

/** One change at some place of an entry: another value there, none, or one more key. */
const mutation = fc.record({ place: fc.array(fc.nat(30), { minLength: 1, maxLength: 4 }), how: fc.constantFrom('replace', 'replace', 'replace', 'drop', 'add'), key: fc.oneof(text, fc.constantFrom('when', 'match', 'persistence', 'recovery', 'id', 'kind', 'probability', 'window', 'burst')), value: junk })
type Mutation = { readonly place: readonly number[]; readonly how: string; readonly key: string; readonly value: Json }

function mutated(json: Json, { place: [first = 0, ...rest], how, key, value }: Mutation): Json {
  if (json === null || typeof json !== 'object') return value
  const entries = Object.entries(json)
  if (how === 'add' && (!rest.length || !entries.length)) return Array.isArray(json) ? [...json, value] : Object.fromEntries([...entries, [key, value]])
  if (!entries.length) return value
  const at = first % entries.length
  const changed = entries.flatMap(([name, inner], i): [string, Json][] => (i !== at ? [[name, inner]] : !rest.length && how === 'drop' ? [] : [[name, rest.length ? mutated(inner, { place: rest, how, key, value }) : value]]))
  return Array.isArray(json) ? changed.map(([, inner]) => inner) : Object.fromEntries(changed)
}

const RICH = { when: { probability: 0.5, window: { from_ms: 0, to_ms: 100_000 }, after_calls: 0, every: 1, max_occurrences: 9, burst: { calls: 2, probability: 0.9 } }, match: { tools: ['*'], where: 'true' } }
/** Valid entries of every kind: as the example has them, and with as much of a schedule as the kind takes. */
const BASES = KINDS.flatMap((kind) => [{}, RICH, { when: { probability: 0.5, window: RICH.when.window } }, { persistence: { calls: 2 } }, { persistence: { ms: 900 }, ...RICH }, { persistence: 'permanent' }].map((more) => exampleOf(kind, 'x', more)))
  .filter((entry) => refusal(() => start([entry])) === undefined) as unknown as Json[]

/** Another number in the place of one. */
const renumbering = fc.record({ n: fc.nat(20), value: number })
function renumbered(json: Json, { n, value }: { readonly n: number; readonly value: number }): Json {
  let left = n
  const visit = (inner: Json): Json => {
    if (typeof inner === 'number') return left-- === 0 ? value : inner
    if (inner === null || typeof inner !== 'object') return inner
    return Array.isArray(inner) ? inner.map(visit) : Object.fromEntries(Object.entries(inner).map(([key, one]) => [key, visit(one)]))
  }
  return visit(json)
}

const anEntry: fc.Arbitrary<Json> = fc.constantFrom(...BASES).chain((base) => fc.oneof(
  { weight: 2, arbitrary: fc.constant(base) },
  { weight: 4, arbitrary: fc.array(renumbering, { minLength: 1, maxLength: 2 }).map((changes) => changes.reduce(renumbered, base)) },
  { weight: 3, arbitrary: fc.array(mutation, { minLength: 1, maxLength: 2 }).map((changes) => changes.reduce(mutated, base)) },
))
const entries = fc.array(anEntry, { minLength: 1, maxLength: 3 }).map((drawn) => drawn.map((entry, i) => (entry !== null && typeof entry === 'object' && 'id' in entry && entry.id === 'x' ? { ...entry, id: `x${i}` } : entry)))

/** Plays a short script of calls, right and wrong ones, in the form in which the tools are shown. */
function playSome(episode: Episode): void {
  const { id, amount } = payment(episode)
  for (const [name, args] of [['get_account', { id }], ['pay', { id, amount }], ['pay_all', { id, amounts: [1, 2, 3] }], ['list_accounts', {}], ['wait', { ms: 30_000 }], ['remarks', { id }], ['pay', { id: 'nobody', amount }], ['look_at_clock', {}], ['wait', { ms: 86_400_000 }], ['freeze', { id }]] as const) {
    if (episode.ended) return
    const shown = episode.presentation()?.real.get(name)?.schema.name ?? name
    episode.step({ tool_calls: [{ name: shown, arguments: args }, { name: 'check_job', arguments: { job_id: 'job_0' } }] })
  }
  if (!episode.ended) episode.step({ tool_calls: [{ name: 'finish', arguments: {} }] })
}

t.test('entries of a reset: whatever JSON they are, a typed error or an episode that is played to a verdict', async (t) => {
  let played = 0
  const kinds = new Set<string>()
  fc.assert(fc.property(entries, fc.constantFrom(1, 0.3, 1e-9), fc.nat(), (add, intensity, luck) => {
    let episode: Episode | undefined
    const refused = refusal(() => { episode = Episode.start(DESK, { seed: 1, task: 'pay_once', options: { luck, dynamics: { profile: 'none', intensity, add: add as Record<string, unknown>[] } } }) })
    if (!episode) return refused!.gymCode === 'GYM_INVALID_PARAMS' && typeof refused!.data.path === 'string' && refused!.data.path.startsWith('options.dynamics')
    playSome(episode)
    played++
    for (const { spec } of episode.dynamics.entries) kinds.add(spec.kind)
    const end = episode.events().at(-1)!
    if (end.type === 'end' && end.reason === 'env_error') throw new Error(`${end.fault} of ${JSON.stringify(add)}`)
    return Episode.restore(DESK, JSON.parse(JSON.stringify(episode.snapshot()))).stateHash() === episode.stateHash()
  }), { ...RUNS, numRuns: 1000 })
  t.ok(played > 300, `${played} were played`)
  t.same(KINDS.filter((kind) => !kinds.has(kind)), [], 'of every kind some')
})

/** Arguments as a confused or hostile model gives them. */
const HUGE = 'x'.repeat(60_000)
const value: fc.Arbitrary<unknown> = fc.oneof({ weight: 4, arbitrary: junk }, fc.constantFrom(HUGE, Array.from({ length: 2000 }, () => 1), { a: { b: { c: { d: [1] } } } }, 'k', 'cur_00000000', 'job_00000000', 'A00001', '5.00', 5, 1, 'desk'))
const argumentName = fc.constantFrom('id', 'amount', 'accountRef', 'amount_cents', 'channel', 'idempotency_key', 'cursor', 'if_version', 'job_id', 'owner', 'amounts', '__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'ID')
const args: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 8, arbitrary: fc.array(fc.tuple(argumentName, value), { maxLength: 5 }).map((pairs) => Object.fromEntries(pairs)) },
  { weight: 1, arbitrary: value },
  { weight: 2, arbitrary: fc.array(fc.tuple(argumentName, value), { maxLength: 4 }).map((pairs) => JSON.stringify(Object.fromEntries(pairs))) },
  { weight: 1, arbitrary: fc.constantFrom('{"__proto__": {"id": "A"}, "id": "A00001"}', '{"id": {"__proto__": 1}}', '[', 'null', '"x"', '{"id": "\\ud800"}', '{"amount": 1e400}') },
)
const FORMS = [
  { id: 'drift', kind: 'schema.drift', rename: { id: 'accountRef' }, retype: { amount: 'string' }, require: { channel: ['desk'] }, match: { tools: ['pay', 'freeze'] } },
  { id: 'cents', kind: 'schema.drift', unit: { amount: { factor: 100, name: 'amount_cents', about: 'Cents.' } }, match: { tools: ['pay'] }, when: { window: { from_ms: 3000 } } },
  { id: 'camel', kind: 'schema.drift', rename: 'camel' },
  { id: 'renamed', kind: 'tools.list_changed', match: { tools: ['ledger', 'remarks'] }, suffix: 'v2', decoys: 3 },
  { id: 'gone', kind: 'tools.list_changed', match: { tools: ['log_in'] }, remove: true, when: { window: { to_ms: 4000 } } },
  { id: 'keys', kind: 'idempotency.key', ttl_ms: 3000 }, { id: 'pages', kind: 'pagination.cursor_expiry', page_size: 3, ttl_ms: 2000 }, { id: 'lock', kind: 'conflict.optimistic_lock', rate: 0.2, match: { tools: ['pay', 'get_account'] } },
  { id: 'job', kind: 'async.job', match: { tools: ['pay_all', 'freeze'] }, poll_ms: 100, completion: { p50: 500, p99: 3000 }, when: { probability: 0.5 } },
  { id: 'session', kind: 'auth.expiry', ttl_ms: 6000 }, { id: 'scope', kind: 'auth.scope', match: { tools: ['freeze'] }, scope: 's', grant: 'ask' },
  { id: 'part', kind: 'response.partial_batch', share: 0.5 }, { id: 'dup', kind: 'delivery.duplicate', when: { probability: 0.3 } }, { id: 'lost', kind: 'timeout.post_commit', deadline_ms: 400, when: { probability: 0.2 }, commit_delay: { ms: 900 }, visibility_lag_ms: 500 },
  { id: 'net', kind: 'latency.constant', ms: 90 }, { id: 'where', kind: 'response.empty', match: { where: "args.id.startsWith('A') || args.amounts[0] > 1" }, when: { probability: 0.3 } }, { id: 'stale', kind: 'consistency.stale_read', lag: { ms: 700 }, when: { probability: 0.3 } },
]
const toolName = fc.constantFrom('pay', 'pay', 'get_account', 'list_accounts', 'pay_all', 'freeze', 'ledger', 'ledger_v2', 'ledger_old', 'remarks_v2', 'log_in', 'check_job', 'refresh_session', 'ask', 'wait', 'look_at_clock', '__proto__', 'constructor', 'toString', 'finish_', '')

t.test('arguments of tools in another form: whatever they are, an observation, and a past that can be rebuilt', async (t) => {
  let [committed, rejected] = [0, 0]
  fc.assert(fc.property(fc.array(fc.tuple(toolName, args), { minLength: 3, maxLength: 25 }), fc.nat(), (script, luck) => {
    const episode = start(FORMS, { luck })
    // Something right between, so that keys, cursors, versions and jobs are there to be confused.
    const { id } = payment(episode)
    const right = [['pay', { accountRef: id, amount: '5', channel: 'desk', if_version: 1, idempotency_key: 'k' }], ['list_accounts', {}], ['pay_all', { id, amounts: [1, 2, 3], idempotency_key: 'k' }]] as const
    script.forEach(([name, given], i) => {
      if (i % 5 === 0) episode.step({ tool_calls: right.map(([tool, fit]) => ({ name: tool, arguments: fit })) })
      const seen = episode.step({ tool_calls: [{ name, arguments: given as never }] })
      if (episode.ended || seen.observation.messages.length < 1) throw new Error(`${name} ${JSON.stringify(given)?.slice(0, 300)}: ${JSON.stringify(episode.events().at(-1)).slice(0, 500)}`)
    })
    for (const event of episode.events()) {
      if (event.type !== 'call') continue
      if (event.committed) committed++
      if (event.rejected) rejected++
    }
    return Episode.restore(DESK, JSON.parse(JSON.stringify(episode.snapshot()))).stateHash() === episode.stateHash()
  }), { ...RUNS, numRuns: 250 })
  t.ok(committed > 300 && rejected > 1000, `${committed} took effect, ${rejected} were rejected`)
})

t.test('arguments in their right form with one thing wrong: refused by name, and nothing happens', async (t) => {
  const right = { accountRef: '', amount: '5', channel: 'desk', if_version: 1, idempotency_key: 'k' }
  const only = FORMS.filter(({ id }) => ['drift', 'keys', 'lock'].includes(id))
  let refused = 0
  fc.assert(fc.property(fc.constantFrom(...Object.keys(right)), value, (name, wrong) => {
    const episode = start(only)
    const { id } = payment(episode)
    episode.step({ tool_calls: [{ name: 'pay', arguments: { ...right, accountRef: id, [name]: wrong } as never }] })
    const event = episode.events().findLast((one) => one.type === 'call')!
    if (event.type !== 'call' || episode.ended) return false
    if (event.committed) return episode.inspect().diff.length === 2
    refused++
    return event.is_error && episode.inspect().diff.length === 0
  }), { ...RUNS, numRuns: 600 })
  t.ok(refused > 300, `${refused} refused`)
})
