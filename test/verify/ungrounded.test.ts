/** `grounding`: what the agent writes comes from the request or from what it had read. */
import fc from 'fast-check'
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { ungroundedArguments } from '../../src/verify/grounding.ts'
import { createPolicy, playOut } from '../../src/policy/builtin.ts'
import { shippedCatalogue, seedOf, tryStart } from '../checkout.ts'
import { blamed, call, calls, counter, FINISH, play, say, slots } from '../counter.ts'

const task = (check = '', more = '') => `
  write:
    description: Write something.
${more}    bind: {account: {from: accounts, where: account.balance >= 100}, other: {from: accounts, where: other.owner != account.owner}}
    instruction: "Note 'left at door, bay 17' on account \${account.id} for case K-204/B, two parcels, ring Maria."
    witness: [{call: note, with: {id: account.id, text: "'left at door, bay 17'"}}]
    checks: [{id: looked, kind: calls.constraints, call: get_account, least: 0, most: 99}, {id: sources, kind: grounding${check}}]
`.slice(1)
/** Names that are longer than codes. */
const NAMES: [string, string] = ['pick: [Ada, Ben, Chi, Dov]', 'pick: [Adalbert, Benedict, Chiara, Dorothea]']
const desk = counter(task(), { edits: [NAMES] })
const get = (id: string) => call('get_account', { id })
const note = (id: string, text: string, more: object = {}) => call('note', { id, text, ...more })

type Given = { readonly id: string; readonly other: string; readonly owner: string; readonly stranger: string }

/** Plays and gives what the check found. */
function found(actions: (given: Given) => Action[], world: ReturnType<typeof counter> = desk, request = {}): unknown[] {
  const episode = world.begin('write', request)
  const { account, other } = slots(episode)
  const verdict = play(episode, ...actions({ id: account.id, other: other.id, owner: account.owner, stranger: other.owner }), FINISH)
  const component = verdict.components.find(({ id }) => id === 'sources')!
  t.equal(component.score, component.evidence!.length ? 0 : 1)
  if (component.score < 1) t.ok(blamed(verdict).includes('sources ungrounded_argument'))
  return component.evidence!.map((one) => one.found)
}

t.test('ids and single words have to be known before; free text may say what it wants, but name no figures of its own', async (t) => {
  t.same(desk.complaints, [])
  t.same(found(({ id }) => [note(id, 'left at door, bay 17')]), [])
  t.same(found(({ id }) => [note(id, 'Left by the front door at bay 17, as was asked.')]), [], 'in other words')
  t.same(found(({ id }) => [note(id, 'left at door, bay 18')]), ['left at door, bay 18'])
  t.same(found(({ id }) => [note(id, 'bay 17.0 (K-204/B)')]), [], 'numbers by value, ids as they stand')
  t.same(found(({ id }) => [note(id, 'case K-205/B')]), ['case K-205/B'])
  t.same(found(({ id }) => [note(id, 'K-204/B')]), [])
  t.same(found(({ id }) => [note(id, 'k204b')]), [], 'written otherwise')
  t.same(found(({ id }) => [note(id, 'Maria')]), [])
  t.same(found(({ id }) => [note(id, 'Marianne')]), ['Marianne'], 'a word that nobody said')
  t.same(found(({ id }) => [note(id, 'EUR')]), [], 'a code that anybody knows')
  t.same(found(({ id }) => [note(id, '')]), [])
  t.same(found(({ id }) => [note(id, 'door-Maria')]), [], 'put together from what is known')
  t.same(found(({ id }) => [note(id, 'parcelsdoor')]), [], 'without anything between as well')
  t.same(found(({ id }) => [note(id, 'parceldoormat')]), ['parceldoormat'])
  t.same(found(({ id }) => [note(id, 'teller')]), [], 'the prompt counts')
  t.same(found(({ id }) => [note(id, '2026-03-09')]), [], 'days are worked out')
})

t.test('what was read grounds what comes after its turn, and not before', async (t) => {
  t.same(found(({ id, stranger }) => [note(id, stranger)]).length, 1)
  t.same(found(({ id, other, stranger }) => [get(other), note(id, stranger)]), [], 'it was read')
  t.same(found(({ id, other, stranger }) => [calls(['get_account', { id: other }], ['note', { id, text: stranger }])]).length, 1, 'in the same turn it was a guess')
  t.same(found(({ id, other, stranger }) => [note(id, stranger), get(other)]).length, 1)
  t.same(found(({ other }) => [note(other, 'bay 17')]), [slots(desk.begin('write')).other.id], 'an id that was never shown')
  t.same(found(({ other, stranger }) => [call('list_owners', { owner: stranger }), note(other, 'bay 17')]), [])
  const free = ({ id }: Given) => `A${String((Number(id.slice(1)) + 1) % 100_000).padStart(5, '0')}`
  t.same(found((given) => [get(free(given)), note(given.id, free(given))]).length, 1, 'an error that repeats it shows nothing')
  t.same(found((given) => [note(given.id, `${given.id.slice(0, 3)}${free(given).slice(3)}`)]).length, 1, 'an id is no joining of parts')
  t.same(found(({ id, other, stranger }) => [get(other), note(id, stranger)], counter(task(), { edits: [NAMES], dynamics: { gone: '- {id: x, kind: response.malformed, match: {tools: [get_account]}, form: html}' } }), { options: { dynamics: 'gone' } }).length, 1, 'what nobody could read')
})

t.test('whose writes, which arguments', async (t) => {
  t.same(found(({ id }) => [note(id, 'Zanzibar', { level: 12345, sure: true, kind: 'urgent' })]), ['Zanzibar'], 'flags, choices of the schema and numbers are free')
  t.same(found(({ id }) => [note(id, 'bay 17', { tags: ['door', 'Zanzibar', 'Maria', 'Timbuktu'] })]), ['Zanzibar', 'Timbuktu'], 'each item of a list')
  t.same(found(() => [note('A99999', 'Zanzibar')]), [], 'a write that was refused wrote nothing')
  t.same(found(({ other }) => [get(other)]), [], 'reads are no writes')
  const strict = (check: string) => counter(task(check), { edits: [NAMES] })
  t.same(found(({ id }) => [note(id, 'bay 17', { level: 12345 })], strict(', numbers: true')), [12345])
  t.same(found(({ id }) => [note(id, 'bay 17', { level: 17 })], strict(', numbers: true')), [])
  t.same(found(({ id }) => [note(id, 'bay 17', { level: 2 })], strict(', numbers: true')), [], 'two parcels')
  t.same(found(({ id }) => [note(id, 'bay 17', { level: 1 })], strict(', numbers: true')), [], 'one of it')
  t.same(found(({ id }) => [note(id, '2026-03-09')], strict(', numbers: true')), ['2026-03-09'])
  for (const except of ['note', 'n*', 'note.text']) t.same(found(({ id }) => [note(id, 'Zanzibar')], strict(`, except: [${except}]`)), [], except)
  t.same(found(({ id }) => [note(id, 'Zanzibar')], strict(', except: [note.tags, pay]')), ['Zanzibar'])
  const complaints = (check: string) => strict(check).complaints.map(({ message, nearest }) => [message, nearest])
  t.match(complaints(', except: [nott]'), [[/checks\.1\.except\.0: unknown tool 'nott'/, 'note']])
  t.match(complaints(', except: [note.txet]'), [[/no argument 'txet' of note/, 'text']])

  const lost = counter(task(), { edits: [NAMES], dynamics: { late: '- {id: lost, kind: timeout.post_commit, match: {tools: [note]}, deadline_ms: 500, recovery: [read_back], commit_delay: {p50: 400, p99: 500, cap: 600}}', drift: '- {id: drift, kind: schema.drift, rename: {text: words}}' } })
  t.same(found(({ id }) => [note(id, 'Zanzibar')], lost, { options: { dynamics: 'late' } }), ['Zanzibar'], 'it took effect later')
  const drifted = lost.begin('write', { options: { dynamics: 'drift' } })
  const verdict = play(drifted, call('note', { id: slots(drifted).account.id, words: 'Zanzibar' }), FINISH)
  t.match(verdict.issues[0], { category: 'ungrounded_argument', source: 'agent', evidence: [{ event: 2, pointer: '/arguments' }] })
})

t.test('the user and the world are sources', async (t) => {
  const talk = counter(task('', '    user: {unknown: Write Zanzibar.}\n'))
  t.same(found(({ id }) => [note(id, 'Zanzibar')], talk), ['Zanzibar'])
  t.same(found(({ id }) => [say('What shall I write?'), note(id, 'Zanzibar')], talk), [])
  const mail = counter(task('', "    setup: [{emit: agent, text: Somebody called from Zanzibar.}]\n"))
  t.same(found(({ id }) => [note(id, 'Zanzibar')], mail), [], 'a message at the start')
})

t.test('evidence leads to the argument', async (t) => {
  const episode = desk.begin('write')
  const verdict = play(episode, note(slots(episode).account.id, 'bay 17', { tags: ['door', 'Zanzibar'] }), FINISH)
  t.match(verdict.issues[0], { id: 'sources', category: 'ungrounded_argument', verdict: 'veto', severity: 'major', turn: 1, call: 'call_0_0', evidence: [{ event: 2, pointer: '/arguments/tags/1' }] })
})

t.test('what a witness writes can be read in every task of the catalogue', async (t) => {
  const catalogue = shippedCatalogue()
  const astray = ['broker', 'clinic', 'files', 'incident', 'phone', 'retail', 'travel'].flatMap((name) => [...catalogue.find(name)!.tasks.keys()].flatMap((task) => {
    const episode = tryStart(catalogue.find(name)!, { seed: seedOf('grounded', 1), task, options: { dynamics: 'clean' } })
    if (!episode) return []
    playOut(episode, createPolicy('oracle', episode)!)
    return ungroundedArguments(episode.view).map((one) => [name, task, one.found])
  }))
  t.same(astray, [])
})

t.test('any text of shown words is grounded, whatever stands between them; figures that nobody showed never are', async (t) => {
  const words = ['left', 'door', 'bay', '17', 'K-204/B', 'Maria', 'parcels', 'ring']
  t.doesNotThrow(() => fc.assert(fc.property(fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 6 }), fc.constantFrom(' ', ', ', ' / ', '; '), fc.integer({ min: 1000, max: 9_999_999 }), (some, between, figure) => {
    const episode = desk.begin('write')
    const { id } = slots(episode).account
    episode.step(note(id, some.join(between)))
    episode.step(note(id, `${some.join(between)} ${figure}`))
    const event = episode.eventCount - 1
    const known = [...id.matchAll(/\d+/g)].some(([digits]) => Number(digits) === figure)
    const all = ungroundedArguments(episode.view)
    return known ? all.length === 0 : all.length === 1 && all[0]!.event === event
  }), { numRuns: 60, seed: 7 }))
})
