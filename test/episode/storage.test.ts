/** The GlobalStorage: versions, conflicts, locks, bounds, hostile keys; what one frame writes others read. */
import t from 'tap'
import { Episode } from '../../src/episode/episode.ts'
import { callStorage, type GlobalStorage, openStorage, releaseLocks, storageJson } from '../../src/episode/global-storage.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import fc from '../property.ts'
import { call, calls, eventsOf, say, start, teamOf, told, turns } from '../teams.ts'

type Answered = Exclude<ReturnType<typeof callStorage>, { misfit: string }>

/** A store with short ways to call it. */
function store(initial: Record<string, unknown> = {}) {
  let storage = openStorage(initial)
  const ask = (frame: string, tool: string, args: Record<string, unknown> = {}) => {
    const answered = callStorage(storage, frame, `storage_${tool}`, args)
    if ('storage' in answered) storage = answered.storage
    return 'misfit' in answered ? answered.misfit : answered.json as Record<string, unknown>
  }
  return { ask, done: (frame: string) => { storage = releaseLocks(storage, frame) }, get storage() { return storage } }
}

t.test('versions, conflicts, deletion', async (t) => {
  const { ask } = store({ plan: { a: 1 } })
  t.same(ask('x', 'get', { key: 'plan' }), { key: 'plan', value: { a: 1 }, version: 1 })
  t.same(ask('x', 'set', { key: 'n', value: null, expected_version: 0 }), { key: 'n', version: 1 })
  t.same(ask('x', 'set', { key: 'n', value: [1], expected_version: 0 }), { error: 'version_conflict', key: 'n', expected_version: 0, version: 1, by: 'x' })
  t.same(ask('y', 'set', { key: 'n', value: [1], expected_version: 1 }), { key: 'n', version: 2 })
  t.same(ask('x', 'update', { key: 'plan', fields: { b: { c: 2 } } }), { key: 'plan', version: 2 })
  t.same(ask('x', 'get', { key: 'plan' }), { key: 'plan', value: { a: 1, b: { c: 2 } }, version: 2 })
  t.same(ask('x', 'update', { key: 'n', fields: { b: 1 } }), { error: 'not_an_object', key: 'n' })
  t.same(ask('x', 'update', { key: 'new', fields: { b: 1 } }), { key: 'new', version: 1 })
  t.same(ask('x', 'delete', { key: 'plan', expected_version: 1 }), { error: 'version_conflict', key: 'plan', expected_version: 1, version: 2, by: 'x' })
  t.same(ask('x', 'delete', { key: 'plan' }), { key: 'plan', version: 3, deleted: true })
  t.same(ask('x', 'delete', { key: 'plan' }), { error: 'not_found', key: 'plan' })
  t.same(ask('x', 'keys'), { keys: [{ key: 'n', version: 2 }, { key: 'new', version: 1 }] })
  t.same(ask('x', 'set', { key: 'plan', value: 1, expected_version: 0 }), { key: 'plan', version: 4 }, 'who deleted it left its version behind')
  t.same(ask('x', 'get', { key: 'plam' }), { error: 'not_found', key: 'plam', nearest: 'plan' })
  t.same(ask('x', 'keys', { prefix: 'ne' }), { keys: [{ key: 'new', version: 1 }] })
})

t.test('locks: all or none, for others only, until given up', async (t) => {
  const kept = store({ a: 1, b: 2, c: 3 })
  const { ask } = kept
  t.same(ask('x', 'lock', { keys: ['b', 'a', 'b'] }), { locked: ['a', 'b'] })
  t.same(ask('y', 'lock', { keys: ['c', 'b'] }), { error: 'locked', key: 'b', by: 'x' })
  t.same(ask('z', 'lock', { keys: ['c'] }), { locked: ['c'] }, 'the one before got none')
  t.same(ask('x', 'lock', { keys: ['a', 'never_written'] }), { locked: ['a', 'never_written'] })
  for (const [tool, args] of [['set', { value: 0 }], ['update', { fields: {} }], ['delete', {}]] as const) t.same(ask('y', tool, { key: 'a', ...args }), { error: 'locked', key: 'a', by: 'x' })
  t.match(ask('y', 'get', { key: 'a' }), { value: 1 }, 'reading is free')
  t.match(ask('x', 'set', { key: 'a', value: 9 }), { version: 2 })
  t.same(ask('y', 'unlock', { keys: ['c', 'a'] }), { error: 'not_locked_by_you', key: 'a' })
  t.same(ask('x', 'unlock', { keys: ['a', 'c'] }), { error: 'not_locked_by_you', key: 'c' })
  t.match(ask('y', 'set', { key: 'a', value: 0 }), { error: 'locked' }, 'none of them was given up')
  t.match(ask('y', 'keys'), { keys: [{ key: 'a', locked_by: 'x' }, { key: 'b', locked_by: 'x' }, { key: 'c', locked_by: 'z' }] })
  kept.done('x')
  t.match(ask('y', 'set', { key: 'a', value: 0 }), { version: 3 })
  t.match(ask('y', 'set', { key: 'c', value: 0 }), { error: 'locked' })
})

t.test('bounds, hostile keys and values, what does not fit', async (t) => {
  const { ask, storage: { entries } } = store()
  t.equal(entries.size, 0)
  for (const key of ['__proto__', 'constructor', 'hasOwnProperty', 'toString', ' ', '\0', 'é'.repeat(200)]) {
    t.match(ask('x', 'get', { key }), { error: 'not_found' })
    t.same(ask('x', 'set', { key, value: { own: 1 } }), { key, version: 1 })
    t.same(ask('x', 'get', { key }), { key, value: { own: 1 }, version: 1 })
    t.match(ask('x', 'lock', { keys: [key] }), { locked: [key] })
    t.match(ask('y', 'set', { key, value: 1 }), { error: 'locked' })
  }
  t.equal(({} as { own?: number }).own, undefined)
  const fields = JSON.parse('{"__proto__": {"own": 2}, "constructor": 5}') as Record<string, unknown>
  ask('x', 'update', { key: 'o', fields })
  t.equal(JSON.stringify((ask('x', 'get', { key: 'o' }) as { value: unknown }).value), '{"__proto__":{"own":2},"constructor":5}')
  for (const [tool, args, pattern] of [
    ['get', {}, /key/], ['get', { key: '' }, /key/], ['get', { key: 'x'.repeat(201) }, /200/], ['get', { key: 5 }, /key/], ['set', { key: 'a' }, /value/], ['set', { key: 'a', value: 1, more: 2 }, /more/], ['set', { key: 'a', value: 1, expected_version: -1 }, /expected_version/],
    ['set', { key: 'a', value: 1, expected_version: null }, /expected_version/], ['set', { key: 'a', value: 1, expected_version: 1.5 }, /expected_version/], ['set', { key: 'a', value: 2 ** 60 }, /2\^53/], ['update', { key: 'a', fields: [1] }, /fields/], ['update', { key: 'a' }, /fields/],
    ['lock', {}, /keys/], ['lock', { keys: [] }, /keys/], ['lock', { keys: 'a' }, /keys/], ['lock', { keys: Array.from({ length: 101 }, (_, i) => `k${i}`) }, /100/], ['keys', { prefix: 5 }, /prefix/],
  ] as const) t.match(ask('x', tool, args), pattern, `${tool} ${JSON.stringify(args).slice(0, 50)}`)

  const big = store()
  t.match(big.ask('x', 'set', { key: 'a', value: 'x'.repeat(999_000) }), { version: 1 })
  t.match(big.ask('x', 'set', { key: 'b', value: 'x'.repeat(2000) }), { error: 'storage_full' })
  t.match(big.ask('x', 'delete', { key: 'a' }), { deleted: true })
  t.match(big.ask('x', 'set', { key: 'b', value: 'x'.repeat(2000) }), { version: 1 })
  const many = store()
  for (let i = 0; i < 1000; i++) many.ask('x', 'set', { key: `k${i}`, value: i })
  t.match(many.ask('x', 'set', { key: 'k1000', value: 0 }), { error: 'storage_full', keys: 1000 })
  t.match(many.ask('x', 'set', { key: 'k1', value: 0 }), { version: 2 })
  for (let i = 0; i < 10; i++) many.ask('x', 'lock', { keys: Array.from({ length: 100 }, (_, j) => `l${i * 100 + j}`) })
  t.match(many.ask('y', 'lock', { keys: ['m'] }), { error: 'storage_full' })
})

t.test('it behaves as a plain map with versions does', async (t) => {
  const key = fc.constantFrom('a', 'b', '__proto__', 'd')
  const frame = fc.constantFrom('x', 'y')
  const step = fc.oneof(
    fc.record({ frame, tool: fc.constant('set'), args: fc.record({ key, value: fc.oneof(fc.integer(), fc.constant({ f: 1 })), expected_version: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: ['key', 'value'] }) }),
    fc.record({ frame, tool: fc.constant('update'), args: fc.record({ key, fields: fc.dictionary(fc.constantFrom('f', 'g', '__proto__'), fc.integer()) }) }),
    fc.record({ frame, tool: fc.constant('delete'), args: fc.record({ key, expected_version: fc.integer({ min: 0, max: 4 }) }, { requiredKeys: ['key'] }) }),
    fc.record({ frame, tool: fc.constantFrom('lock', 'unlock'), args: fc.record({ keys: fc.array(key, { minLength: 1, maxLength: 3 }) }) }),
    fc.record({ frame, tool: fc.constant('done'), args: fc.constant({}) }),
  )
  type Model = { value: unknown; version: number; there: boolean }
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    let storage: GlobalStorage = openStorage({ a: { f: 0 } })
    const model = new Map<string, Model>([['a', { value: { f: 0 }, version: 1, there: true }]])
    const locks = new Map<string, string>()
    for (const { frame: by, tool, args } of steps as { frame: string; tool: string; args: Record<string, unknown> }[]) {
      const kept = canonicalJson(storageJson(storage))
      if (tool === 'done') {
        storage = releaseLocks(storage, by)
        for (const [name, holder] of locks) if (holder === by) locks.delete(name)
        continue
      }
      const answered = callStorage(storage, by, `storage_${tool}`, args) as Answered
      if (canonicalJson(storageJson(storage)) !== kept) return false
      if (answered.isError && canonicalJson(storageJson(answered.storage)) !== kept) return false
      let ok: boolean
      if (tool === 'lock' || tool === 'unlock') {
        const keys = args.keys as string[]
        ok = keys.every((one) => (tool === 'lock' ? (locks.get(one) ?? by) === by : locks.get(one) === by))
        if (ok) for (const one of keys) { if (tool === 'lock') locks.set(one, by); else locks.delete(one) }
      } else {
        const name = args.key as string
        const now = model.get(name) ?? { value: undefined, version: 0, there: false }
        const isPlain = !now.there || (typeof now.value === 'object' && now.value !== null)
        ok = (locks.get(name) ?? by) === by && (args.expected_version === undefined || args.expected_version === (now.there ? now.version : 0)) && (tool === 'set' || (tool === 'update' ? isPlain : now.there))
        if (ok) model.set(name, { there: tool !== 'delete', version: now.version + 1, value: tool === 'set' ? args.value : tool === 'update' ? { ...(now.there ? now.value as object : {}), ...(args.fields as object) } : undefined })
      }
      if (ok === answered.isError) return false
      storage = answered.storage
    }
    for (const [name, { there, value, version }] of model) {
      const { json, isError } = callStorage(storage, 'z', 'storage_get', { key: name }) as Answered
      if (isError === there || (there && canonicalJson(json) !== canonicalJson({ key: name, value, version }))) return false
    }
    return canonicalJson([...storage.locks].sort()) === canonicalJson([...locks].sort())
  }), { numRuns: 1000 }))
})

const BOARD = {
  chief: { prompt: 'C', sub_agents: ['writer', 'blind'], storage: true },
  writer: { prompt: 'W', storage: true },
  blind: { prompt: 'B', tools: ['get_parcel'] },
}

t.test('one for all frames that have it; part of the state, of forks and of replays', async (t) => {
  const scenario = teamOf(BOARD, { global_storage: { plan: { who: 'all' } } })
  const episode = start(scenario)
  t.ok(episode.observation.tools!.some(({ name }) => name === 'storage_lock'))
  turns(episode, ['chief', calls(['storage_set', { key: 'k', value: 1 }], ['sub-agent-writer', { message: 'x' }], ['sub-agent-blind', { message: 'y' }])])
  turns(episode, ['chief/blind.1', calls(['storage_get', { key: 'k' }], ['wait', { ms: 5 }])])
  t.equal(eventsOf(episode, 'call').at(-2)!.rejected, 'unknown_tool')
  turns(episode, ['chief/writer.1', calls(['storage_get', { key: 'k' }], ['storage_set', { key: 'k', value: 2, expected_version: 1 }], ['storage_lock', { keys: ['k', 'plan'] }], ['storage_nonsense', {}])])
  const before = episode.stateHash()
  const fork = episode.fork()
  const other = episode.fork('fresh')
  turns(fork, ['chief/writer.1', calls(['storage_delete', { key: 'k' }])])
  t.equal(episode.stateHash(), before)
  t.not(fork.stateHash(), before)
  turns(other, ['chief/writer.1', say('locked till here')], ['chief/blind.1', say('b')], ['chief', calls(['storage_get', { key: 'k' }], ['storage_update', { key: 'plan', fields: { a: 1 } }])])
  t.same(told(other).map((one) => JSON.parse(one)), [{ key: 'k', value: 2, version: 2 }, { key: 'plan', version: 2 }], 'who is done holds no locks')
  for (const one of [episode, fork, other]) t.equal(Episode.restore(scenario, JSON.parse(JSON.stringify(one.snapshot()))).stateHash(), one.stateHash())
  const [a, b] = [start(scenario), start(scenario)]
  turns(a, ['chief', call('storage_set', { key: 'k', value: 1 })])
  turns(b, ['chief', call('storage_set', { key: 'k', value: 2 })])
  t.not(a.stateHash(), b.stateHash())
})
