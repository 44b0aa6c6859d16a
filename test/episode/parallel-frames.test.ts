/** Whose turn it is, and that nothing depends on who answers first: orders, groups, forks, restores and replays. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import { Trajectory } from '../../protocol/event.ts'
import { keyOf, below } from '../../src/core/keyed.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { comparePaths, type PathPart } from '../../src/episode/frame.ts'
import { journalOf } from '../../src/episode/journal.ts'
import { replayTrajectory } from '../../src/record/replay.ts'
import fc from '../property.ts'
import { call, calls, eventsOf, parcelOf, say, start, stopOf, team, teamOf, told, turns, wait } from '../teams.ts'

const board = team('blackboard')
const recursion = team('recursion')
const free = (n: number): [string, unknown][] => Array.from({ length: n }, () => ['sub-agent-clerk', { message: 'x' }])

t.test('of several the smallest clock; of equal ones the path, part by part', async (t) => {
  const order = (...paths: string[]) => paths.map((path) => path.split('/').map((part): PathPart => [part.split('.')[0]!, Number(part.split('.')[1] ?? 1)])).sort(comparePaths).map((parts) => parts.map((part) => part.join('.')).join('/'))
  t.same(order('r/a.10', 'r/b.1', 'r/a.2', 'r', 'r/a.2/z.1', 'r/a-b.1'), ['r.1', 'r.1/a.2', 'r.1/a.2/z.1', 'r.1/a.10', 'r.1/a-b.1', 'r.1/b.1'])
  const episode = start(recursion)
  turns(episode, ['clerk', calls(...free(11))])
  const seen: string[] = []
  while (episode.due.path !== 'clerk') {
    seen.push(episode.due.path.split('.').at(-1)!)
    episode.step(seen.length <= 11 ? wait(seen.length === 3 ? 500 : 100) : say('done'))
  }
  t.equal(seen.join(), '1,2,3,4,5,6,7,8,9,10,11,1,2,4,5,6,7,8,9,10,11,3')
})

t.test('an answer that was thought out for long is held until the others have acted', async (t) => {
  const scenario = teamOf({ chief: { prompt: 'C', sub_agents: ['a', 'b'] }, a: { prompt: 'A', tools: ['*'] }, b: { prompt: 'B', tools: ['*'] } })
  const episode = start(scenario)
  const { id } = parcelOf(episode)
  const look = (think_ms: number): Action => ({ ...call('get_parcel', { id }), think_ms })
  turns(episode, ['chief', calls(['sub-agent-a', { message: 'x' }], ['sub-agent-b', { message: 'x' }])], ['chief/a.1', look(5000)])
  t.equal(episode.due.path, 'chief/b.1', 'not before b has acted')
  t.notOk(eventsOf(episode, 'call').some(({ tool }) => tool === 'get_parcel'), 'what was wanted was not done yet')
  const copies = [episode.fork(), Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot()))), episode.rewind(2)]
  for (const one of [episode, ...copies]) {
    turns(one, ['chief/b.1', call('put_in_bin', { id, bin: 'red' })])
    t.match(one.observation, { frame: 'chief/b.1', messages: [{ role: 'tool' }] }, 'the clock of b is still behind')
    turns(one, ['chief/b.1', say('done')])
    t.match(JSON.parse(told(one)[0]!), { bin: 'red' }, 'then a sees what b did')
    turns(one, ['chief/a.1', { ...say('thought'), think_ms: 100 }])
    t.equal(one.due.path, 'chief')
    t.match(eventsOf(one, 'turn').map(({ frame, at }) => [frame, at]).slice(1, 3), [['chief/b.1', 0], ['chief/b.1', Number]])
    t.equal(one.stateHash(), episode.stateHash())
  }
  const rated = start(scenario, { think_ms_per_token: 100 })
  turns(rated, ['chief', { ...calls(['sub-agent-a', { message: 'x' }], ['sub-agent-b', { message: 'x' }]), usage: { completion_tokens: 0 } }], ['chief/a.1', { ...say('x'), usage: { completion_tokens: 3 } }])
  t.equal(rated.due.path, 'chief/b.1')
})

t.test('what the world does by itself comes in its time, between the turns of different frames', async (t) => {
  const { id } = parcelOf(start(board))
  const add = [{ id: 'move', kind: 'world.event', at_ms: 1000, do: [{ set: { [`parcels['${id}'].label`]: "'moved'" } }] }]
  const episode = start(board, { dynamics: { profile: 'none', add } })
  const look = call('get_parcel', { id })
  turns(episode, ['board/labeller.1', wait(1500)], ['board/packer.1', wait(999)], ['board/reader.1', look])
  t.match(JSON.parse(told(episode)[0]!), { label: '' })
  turns(episode, ['board/reader.1', say('x')], ['board/packer.1', look])
  t.match(JSON.parse(told(episode)[0]!), { label: '' })
  turns(episode, ['board/packer.1', wait(1)], ['board/packer.1', look])
  t.match(JSON.parse(told(episode)[0]!), { label: 'moved' })
})

t.test('parallel frames: who waits, who may be answered, several in one step', async (t) => {
  const episode = start(board, { parallel_frames: true })
  const paths = ['board/labeller.1', 'board/packer.1', 'board/reader.1']
  t.same(episode.last.observations!.map(({ frame, waiting }) => [frame, waiting]), paths.map((path, i) => [path, i === 0 ? paths : []]), 'told once')
  t.equal(episode.observation.frame, paths[0])
  const as = (frame: string, action: Action): Action => ({ ...action, frame })
  const refused = (...actions: Action[]) => {
    const before = [episode.stateHash(), episode.seq]
    t.throws(() => episode.step(actions), { name: 'GymError' })
    t.same([episode.stateHash(), episode.seq], before, 'nothing happened')
  }
  refused(as('board', say('x')))
  refused(as('nobody', say('x')))
  refused(as(paths[1]!, say('x')), say('y'))
  refused(as(paths[1]!, say('x')), as(paths[1]!, say('y')))
  refused(as(paths[0]!, say('x')), as('board/reader.2', say('y')))
  refused(as(paths[0]!, { ...say('x'), meta: 2n }))
  episode.step(as(paths[2]!, call('storage_set', { key: 'k', value: 1 })))
  t.notOk(eventsOf(episode, 'call').length, 'held')
  t.same(episode.last.observations!.map(({ frame, messages }) => [frame, messages.length]), [[paths[0], 0], [paths[1], 0]])
  refused(as(paths[2]!, say('twice')))
  episode.step([as(paths[1]!, say('packed')), as(paths[0]!, say('labelled'))])
  t.same(episode.last.observations!.map(({ frame, messages }) => [frame, messages.length]), [[paths[2], 1]])
  t.same(eventsOf(episode, 'turn').map(({ frame, seq }) => [frame, seq]), [[paths[0], 2], [paths[1], 2], [paths[2], 1]])
  episode.step(say('looked'))
  t.ok(episode.ended)
  t.same(episode.last.observations ?? [], [])
})

/** What a frame does at its nth turn: the same in whatever order turns are asked for. */
function scripted(run: number, id: string, agent: { tools: readonly string[]; subAgents: readonly { agent: string }[]; handOffs: readonly { agent: string }[]; storage: boolean }, path: string, n: number): Action {
  const key = keyOf(['script', run, path, n])
  const pick = below(key, 12)
  const think = below(key, 3, 1) === 0 ? { think_ms: below(key, 3000, 2) } : {}
  const one = (i: number): [string, unknown] | undefined => {
    const kind = below(key, 8, 10 + i)
    if (kind === 0) return ['wait', { ms: 1 + below(key, 900, 20 + i) }]
    if (kind === 1 && agent.storage) return [['storage_set', 'storage_get', 'storage_lock', 'storage_delete', 'storage_keys'][below(key, 5, 30 + i)]!, below(key, 5, 30 + i) === 2 ? { keys: ['k'] } : below(key, 5, 30 + i) === 4 ? {} : { key: 'k', ...(below(key, 5, 30 + i) === 0 && { value: `${path} ${n}` }) }]
    if (kind <= 3 && agent.subAgents.length && path.split('/').length < 4) return [`sub-agent-${agent.subAgents[below(key, agent.subAgents.length, 40 + i)]!.agent}`, { message: `m${n}`, ...(below(key, 4, 60 + i) === 0 && { sub_agent_id: `${path}/${agent.subAgents[0]!.agent}.1` }) }]
    if (kind === 4 && agent.handOffs.length) return [`transfer_to_${agent.handOffs[0]!.agent}`, { message: 'yours' }]
    const tool = agent.tools[below(key, Math.max(1, agent.tools.length), 50 + i)]
    return tool === undefined ? undefined : [tool, tool === 'parcels_of' ? { town: 'Ash' } : { id, ...(tool === 'put_in_bin' && { bin: `${path}` }), ...(tool === 'put_label' && { label: `${n}` }) }]
  }
  if (pick === 0 || n > 5) return { ...say(JSON.stringify({ n, path })), ...think }
  return { ...calls(...Array.from({ length: 1 + below(key, 3, 3) }, (_, i) => one(i)).filter((each) => each !== undefined)), ...think }
}

/** The log without what says in which step things came. */
const happened = (episode: Episode) => episode.events().map((event): unknown => {
  if (event.type === 'turn') {
    const { seq: _seq, given: _given, ...rest } = event
    return { ...rest, action: { ...event.action, frame: event.frame } }
  }
  return event.type === 'reset' ? { ...event, identity: null } : event.type === 'end' ? { ...event, held: null } : event
})

function playScript(scenario: CompiledScenario, run: number, dynamics: string, order: (waiting: readonly string[], step: number) => readonly string[], parallel: boolean, look?: (episode: Episode) => void): { episode: Episode; total: number } {
  const episode = start(scenario, { dynamics, budgets: { turns: 60 }, ...(parallel && { parallel_frames: true }), shaping: run % 3 === 0 ? 'progress' : 'none' }, run % 20)
  const { id } = parcelOf(episode)
  const made = new Map<string, number>()
  let total = 0
  const act = (path: string): Action => {
    const n = made.get(path) ?? 0
    made.set(path, n + 1)
    return { ...scripted(run, id, scenario.agents.get(path.split('/').at(-1)!.replace(/\.\d+$/, ''))!, path, n), frame: path }
  }
  for (let step = 0; !episode.ended; step++) {
    const waiting = parallel ? episode.last.observations!.map(({ frame }) => frame) : [episode.due.path]
    const { reward } = episode.step(order(waiting, step).map(act))
    total += reward ?? NaN
    look?.(episode)
  }
  return { episode, total }
}

const relay = teamOf({
  front: { prompt: 'F', tools: ['get_parcel'], sub_agents: ['packer', 'line'], hand_offs: ['packer'], storage: true },
  packer: { prompt: 'P', tools: ['get_parcel', 'put_in_bin'], sub_agents: ['line'], hand_offs: ['helper'], storage: true },
  helper: { prompt: 'H', tools: ['get_parcel', 'put_label'], storage: true, limits: { context_tokens: 150, turns: 4 } },
  line: { workflow: { nodes: { a: { agent: 'helper', message: '${input}', after: [] }, b: { map: { over: '[1,2,3]', as: 'i', agent: 'helper', message: '${i}' }, after: [] }, c: { tool: 'get_parcel', with: { id: "'P0'" }, retries: 2, after: [] }, d: { loop: { nodes: { e: { agent: 'helper', message: '${a}' } }, until: 'e.n > 1', most: 2 }, after: ['a'] } } } },
})
const TEAMS = [board, recursion, relay, team('pipeline')]

t.test('order and grouping of answers change nothing: not the log, not the reward, not the hash', async (t) => {
  let parallelSteps = 0
  let episodes = 0
  t.doesNotThrow(() => fc.assert(fc.property(fc.nat(100_000), fc.constantFrom(...TEAMS.keys()), fc.constantFrom('clean', 'flaky'), fc.infiniteStream(fc.nat(1_000_000)), (run, which, dynamics, chance) => {
    const scenario = TEAMS[which]!
    const drawn = chance[Symbol.iterator]()
    const draw = (most: number) => (drawn.next().value as number) % most
    const shuffled = (waiting: readonly string[]) => {
      const left = [...waiting]
      const some = 1 + draw(left.length)
      if (left.length > 1) parallelSteps++
      return Array.from({ length: some }, () => left.splice(draw(left.length), 1)[0]!)
    }
    const plain = playScript(scenario, run, dynamics, (waiting) => waiting.slice(0, 1), true)
    const mixed = playScript(scenario, run, dynamics, shuffled, true)
    const serial = playScript(scenario, run, dynamics, (waiting) => waiting, false)
    episodes++
    if (stopOf(plain.episode) === 'env_error') throw new Error(eventsOf(plain.episode, 'end')[0]!.fault)
    const logs = [plain, mixed, serial].map(({ episode }) => JSON.stringify(happened(episode)))
    if (logs[0] !== logs[1]) throw new Error('the logs differ')
    if (logs[0] !== logs[2]) throw new Error('one after another gives another log')
    if (plain.total !== mixed.total || plain.total !== serial.total) throw new Error(`rewards ${plain.total}, ${mixed.total}, ${serial.total}`)
    return plain.episode.stateHash() === mixed.episode.stateHash()
  }), { numRuns: 250 }))
  t.ok(parallelSteps > 500, `${parallelSteps} steps with a choice in ${episodes} episodes`)
})

t.test('anywhere: a fork, a restore, a rewind and a replay of the log stand where it stood', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.nat(100_000), fc.constantFrom(...TEAMS.keys()), fc.constantFrom('clean', 'flaky'), fc.boolean(), fc.nat(12), (run, which, dynamics, parallel, at) => {
    const scenario = TEAMS[which]!
    let fork: Episode | undefined
    const backwards = (waiting: readonly string[]) => (waiting.length > 2 ? [waiting.at(-1)!, waiting[0]!] : waiting.slice(-1))
    const { episode } = playScript(scenario, run, dynamics, backwards, parallel, (now) => {
      if (now.seq !== at) return
      fork = now.fork()
      const copies = { fork, restore: Episode.restore(scenario, JSON.parse(JSON.stringify(now.snapshot()))), rewind: now.rewind(now.seq) }
      for (const [how, copy] of Object.entries(copies)) {
        if (copy.stateHash() !== now.stateHash()) throw new Error(`${how}: another hash`)
        if (JSON.stringify(copy.last) !== JSON.stringify(now.last)) throw new Error(`${how}: another last answer\n${JSON.stringify(copy.last)}\n${JSON.stringify(now.last)}`)
        if (copy.seq !== now.seq || JSON.stringify(copy.events()) !== JSON.stringify(now.events())) throw new Error(`${how}: another log`)
      }
    })
    if (fork) {
      const rest = episode.journalFrom(fork.journalFrom(0).next).entries
      const bySeq = Map.groupBy(rest.flatMap((entry) => ('action' in entry ? [entry] : [])), ({ seq }, i) => seq ?? -i)
      for (const entries of bySeq.values()) if ([...bySeq.keys()].every((key) => key <= 0)) fork.step(entries[0]!.action)
        else fork.step(entries.map(({ action }) => action))
      if (fork.stateHash() !== episode.stateHash() || JSON.stringify(fork.last) !== JSON.stringify(episode.last)) throw new Error('the fork went on in another way')
    }
    const again = Episode.replay(scenario, episode.identity, journalOf(JSON.parse(JSON.stringify(episode.events()))))
    if (JSON.stringify(happened(again)) !== JSON.stringify(happened(episode))) throw new Error('the log gives another log')
    const recording = JSON.parse(JSON.stringify(episode.trajectory())) as Trajectory
    Trajectory.parse(recording)
    const { differences } = replayTrajectory(scenario, recording)
    if (differences.length) throw new Error(`replayed, ${JSON.stringify(differences[0])}`)
    return again.stateHash() === episode.stateHash()
  }), { numRuns: 250 }))
})
