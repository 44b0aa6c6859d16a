import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { DynamicsEntry } from '../../protocol/spec/dynamics-kinds.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import type { Distribution } from '../../protocol/spec/dynamics-entry.ts'
import { keyOf } from '../../src/core/keyed.ts'
import { compileDistribution, deviate } from '../../src/dynamics/distribution.ts'
import { calibrate } from '../../src/mcp/calibrate.ts'
import { clusterErrors } from '../../src/mcp/error-cluster.ts'
import { fitLatency } from '../../src/mcp/fit-latency.ts'
import { holdOut, splitCalls } from '../../src/mcp/held-out.ts'
import { importTools } from '../../src/mcp/import-tools.ts'
import { playProfile } from '../../src/mcp/play-profile.ts'
import { readDocuments } from '../../src/spec/read-documents.ts'
import { readCassette } from '../../src/spec/read-cassette.ts'
import { type RecordedCall, recordedCalls } from '../../src/mcp/recorded-call.ts'
import { ROOT } from '../checkout.ts'
import fc from '../property.ts'

const drawn = (distribution: Distribution, n: number): number[] => {
  const quantile = compileDistribution(distribution)
  return Array.from({ length: n }, (_, i) => quantile(deviate(keyOf(['fit test', i]))))
}
const callsOf = (name: string): RecordedCall[] => {
  const read = readCassette(readFileSync(join(ROOT, `test/fixtures/cassettes/${name}.json`), 'utf8'))
  if ('complaints' in read) throw new Error(JSON.stringify(read.complaints))
  return recordedCalls([read.cassette])
}
const call = (n: number, more: Partial<RecordedCall>): RecordedCall => ({ n, tool: 'look', effect: 'read', ms: 10, bytes: 10, failure: undefined, error: undefined, isCut: false, key: `k${n}`, happened: undefined, ...more })

t.test('each family is found again in what was drawn of it', async (t) => {
  const known: [string, Distribution][] = [['constant', { ms: 120 }], ['uniform', { min: 100, max: 900 }], ['normal', { mean: 500, sd: 60 }], ['lognormal', { p50: 150, p99: 2000 }], ['pareto', { minimum: 80, alpha: 2, cap: 100_000 }]]
  for (const [family, distribution] of known) {
    const fit = fitLatency(drawn(distribution, 3000))
    t.equal(fit.family, family, JSON.stringify(fit))
    t.ok(fit.distance < 0.08, `${family}: ${fit.distance}`)
    t.same(fitLatency(drawn(distribution, 3000)), fit, 'always the same')
  }
  const twofold = drawn({ quantiles: [[0.01, 20], [0.6, 40], [0.75, 500], [0.99, 1400]] }, 3000)
  t.equal(fitLatency(twofold).family, 'quantiles', 'a cache is no bell')
})

t.test('any latencies give entries of the language', async () => {
  fc.assert(fc.property(fc.array(fc.double({ min: 0, max: 200_000, noNaN: true }), { minLength: 1, maxLength: 200 }), (ms) => {
    const { family, distribution } = fitLatency(ms)
    return DynamicsEntry.safeParse({ id: 'x', kind: `latency.${family}`, ...distribution }).success
  }), { numRuns: 300 })
})

t.test('few calls and very many', async (t) => {
  t.throws(() => holdOut([call(0, {})], { name: 'x' }), /^1 answered call is too few: a third is held out/)
  t.throws(() => holdOut([], { name: 'x' }), /no call of these recordings was answered/)
  const calls = Array.from({ length: 12 }, (_, n) => call(n, { tool: `t${n}` }))
  t.match(holdOut(calls, { name: 'x' }).calibration.profile.entries, [{ id: 'latency-others', match: { tools: calls.map(({ tool }) => tool).sort() } }], 'those whose only call is held out are in it too')
  const many = fitLatency(drawn({ quantiles: [[0.01, 20], [0.6, 40], [0.75, 500], [0.99, 1400]] }, 120_000))
  t.ok(DynamicsEntry.safeParse({ id: 'x', kind: `latency.${many.family}`, ...many.distribution }).success)
})

t.test('errors that come and go are told from those that are meant', async (t) => {
  const natures = (calls: RecordedCall[]): string[] => clusterErrors(calls).map(({ nature, evidence, status }) => `${nature} ${evidence} ${status}`)
  t.same(natures([call(0, { error: '503 Service temporarily unavailable' })]), ['transient words 503'])
  t.same(natures([call(0, { error: 'Rate limit exceeded, slow down' })]), ['transient words 429'])
  t.same(natures([call(0, { error: "ENOENT: no such file or directory, open '/a/b'" }), call(1, { error: "ENOENT: no such file or directory, open '/c'" })]), ['meant words 503'])
  t.same(natures([call(0, { error: 'Oops', key: 'a' }), call(1, { key: 'a' })]), ['transient retried 503'])
  t.same(natures([0, 1, 2].map((n) => call(n, { error: 'Oops', key: 'a' }))), ['meant repeated 503'])
  t.same(natures([call(0, { error: 'Oops' })]), ['unclear none 503'])
})

t.test('ways to fail become kinds that the language has, and play at the rates that were recorded', async (t) => {
  const calls = Array.from({ length: 3000 }, (_, n) => {
    const tool = ['look', 'find', 'put'][n % 3]!
    const effect = tool === 'put' ? 'write' as const : 'read' as const
    const turn = Math.floor(n / 3) % 100
    const what: Partial<RecordedCall> = turn < 3 ? { error: '503 Service unavailable' } : turn < 5 ? { failure: 'timeout', ms: 5000 } : turn === 5 ? { failure: 'closed' } : turn === 6 && tool === 'find' ? { failure: 'protocol' } : turn === 7 ? { error: 'No such thing' } : turn === 8 ? { isCut: true } : {}
    return call(n, { tool, effect, ms: 100, ...(tool === 'put' && { happened: Math.floor(n / 3) % 5 !== 4 }), ...what })
  })
  const { profile, remarks, errors } = calibrate(calls, { name: 'made' })
  for (const entry of profile.entries) t.ok(DynamicsEntry.safeParse(entry).success, JSON.stringify(DynamicsEntry.safeParse(entry).error?.issues))
  t.same(profile.entries.map(({ id, kind }) => `${id} ${kind}`), ['latency-look latency.constant', 'latency-put latency.constant', 'latency-find latency.constant', 'timeout timeout.pre_commit', 'closed connection.reset', 'protocol error.abort', 'busy-503 error.abort', 'lost timeout.post_commit', 'cut response.truncated'].sort((a, b) => profile.entries.findIndex(({ id }) => a.startsWith(`${id} `)) - profile.entries.findIndex(({ id }) => b.startsWith(`${id} `))))
  t.same(profile.entries.find(({ id }) => id === 'protocol')!.match.tools, ['find'], 'a rate of its own is an entry of its own')
  const lost = profile.entries.find((entry) => entry.kind === 'timeout.post_commit')!
  t.equal(lost.deadline_ms, 5000)
  t.equal(lost.committed, 0.5, 'of two lost writes a hundred, those of every fifth hundred did not happen')
  t.same(errors.map(({ nature }) => nature), ['transient', 'meant'])
  t.match(remarks.join(), '30 errors are what the tools themselves say')
  const played = playProfile(profile, [{ tool: 'look', effect: 'read' }, { tool: 'find', effect: 'read' }, { tool: 'put', effect: 'write' }], 20_000)
  for (const [tool, rate] of [['look', 0.06], ['find', 0.07], ['put', 0.06]] as const) t.ok(Math.abs(played.get(tool)!.disturbed / 20_000 - rate) < 0.006, `${tool}: ${played.get(tool)!.disturbed}`)
  t.throws(() => calibrate([call(0, { failure: 'timeout' })], { name: 'none' }), RangeError)
  t.throws(() => calibrate([], { name: 'none' }), RangeError)
})

t.test('few calls are fitted together; by effect a profile fits any world', async (t) => {
  const calls = Array.from({ length: 100 }, (_, n) => call(n, { tool: n < 40 ? 'often' : `rare_${n % 10}`, ms: n < 40 ? 10 : 500 }))
  t.same(calibrate(calls, { name: 'x' }).groups.map(({ id, tools, calls: n }) => [id, tools.length, n]), [['latency-often', 1, 40], ['latency-others', 10, 60]])
  t.same(calibrate(calls.slice(0, 45), { name: 'x' }).groups.map(({ id, tools, calls: n }) => [id, tools.length, n]), [['latency-often', 1, 40], ['latency-others', 5, 45]], 'too few together: as all calls')
  const wide = calibrate([...calls, call(100, { tool: 'put', effect: 'write', ms: 3 }), call(101, { failure: 'timeout', ms: 900 })], { name: 'x', by: 'effect' })
  t.same(wide.profile.entries.map(({ id, match }) => [id, match]), [['reads', { effect: 'read' }], ['writes', { effect: 'write' }], ['timeout', { effect: 'read' }]])
  const theirs = ['get-sum', 'readFile', 'a.b/c', 'a-b-c', '9x', '日本', 'finish', 'HTTPGet']
  const cassette = { format: 'fractal-gym.cassette/1' as const, server: { name: 's', version: '1' }, tools: theirs.map((name) => ({ name, inputSchema: {} })), start: 'start', states: {}, answers: [{ json: 'ok' }], calls: theirs.map((tool) => ({ state: 'start', tool, arguments: {}, answer: 0, ms: 1, bytes: 1 })) }
  t.same(recordedCalls([cassette]).map(({ tool }) => tool), Object.keys(importTools({ server: { name: 's' }, tools: cassette.tools }).world.tools), 'as an import names them')
})

t.test('a split is always the same, and a third', async (t) => {
  const calls = Array.from({ length: 3000 }, (_, n) => call(n, {}))
  const { fit, held } = splitCalls(calls)
  t.same(splitCalls(calls).held, held)
  t.equal(fit.length + held.length, 3000)
  t.ok(Math.abs(held.length - 1000) < 80)
})

t.test('a profile of a real recording is within the tolerance of calls that it was not fitted to', async (t) => {
  for (const [name, least] of [['slow', 14], ['filesystem', 10], ['everything', 7], ['memory', 8]] as const) {
    const { rows, ok, judged, calibration } = holdOut(callsOf(name), { name })
    t.ok(ok, `${name}: ${JSON.stringify(rows.filter(({ percentiles, faults }) => [...percentiles, faults].some((one) => one.ok === false)))}`)
    t.ok(judged >= least, `${name}: ${judged} numbers were judged`)
    for (const entry of calibration.profile.entries) t.ok(DynamicsEntry.safeParse(entry).success)
  }
  const slow = callsOf('slow')
  t.ok(slow.length >= 3000)
  const { calibration } = holdOut(slow, { name: 'slow' })
  t.same(calibration.profile.entries.filter(({ kind }) => !kind.startsWith('latency')).map(({ kind }) => kind).sort(), ['error.abort', 'error.abort', 'timeout.post_commit', 'timeout.pre_commit'])
  t.equal(holdOut(slow.map((one) => ({ ...one, ms: one.n % 3 === 0 ? one.ms * 4 : one.ms })), { name: 'x' }).calibration.profile.entries.length, calibration.profile.entries.length)
  const wrong = holdOut(slow.map((one) => (splitCalls([one]).held.length ? { ...one, ms: one.ms * 1.5 } : one)), { name: 'x' })
  t.notOk(wrong.ok, 'what is off by half is found')
})

t.test('the profile that ships as measured is what its recording gives', async (t) => {
  const [shipped] = readDocuments({ file: 'measured.yaml', text: readFileSync(join(ROOT, 'envs/dynamics/measured.yaml'), 'utf8') }).documents
  const { profile } = holdOut(callsOf('filesystem'), { name: 'measured', by: 'effect' }).calibration
  t.same((shipped!.spec as Dynamics).entries.map((entry) => DynamicsEntry.parse(entry)), profile.entries.map((entry) => DynamicsEntry.parse(entry)))
})
