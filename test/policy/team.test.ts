/** Built-in policies in teams: the lifted witness scores 1 whoever is the learner, a cast that comes later goes on the same way. */
import t from 'tap'
import type { Action } from '../../protocol/action.ts'
import type { Player } from '../../protocol/identity.ts'
import type { Observation } from '../../protocol/observation.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode, type EpisodeRequest } from '../../src/episode/episode.ts'
import { modelAgents } from '../../src/episode/team-options.ts'
import { playOut } from '../../src/policy/builtin.ts'
import { Cast, policyFor } from '../../src/policy/cast.ts'
import { teamPolicy } from '../../src/policy/play-team.ts'
import type { Policy } from '../../src/policy/policy.ts'
import { call, calls, eventsOf, parcelOf, say, stopOf, team, teamOf, turns, wait } from '../teams.ts'

const NAMES = ['flat', 'hierarchy', 'relay', 'pipeline', 'map', 'blackboard', 'recursion', 'counter', 'scales']

/** Plays all agents by one policy. */
function playAll(scenario: CompiledScenario, seed: number, dynamics: string, player: Player, luck?: number): Episode {
  const episode = Episode.start(scenario, { seed, options: { dynamics, learner: 'all', ...(luck !== undefined && { luck }) } })
  playOut(episode, teamPolicy(episode, () => player))
  return episode
}

/** Plays one agent by a policy and the others as they are played. */
function playOne(scenario: CompiledScenario, learner: string, player: Player, request: EpisodeRequest): Episode {
  const episode = Episode.start(scenario, { ...request, options: { ...request.options, learner: [learner] } })
  const cast = new Cast(episode)
  const policies = new Map<string, Policy>()
  for (cast.play(); !episode.ended; cast.play()) {
    const { path, agent } = episode.due
    if (!policies.has(path)) policies.set(path, policyFor({ episode, path, agent }, player))
    episode.step(policies.get(path)!.act(episode.observation))
  }
  return episode
}

const rewardOf = (episode: Episode): number | null => (episode.ended ? episode.last.info.verdict!.reward : null)

t.test('through every hierarchy: the oracle is paid 1 when all is calm, the robust one also among faults', async (t) => {
  for (const name of NAMES) {
    const scenario = team(name)
    for (let seed = 0; seed < 10; seed++) {
      t.equal(rewardOf(playAll(scenario, seed, 'clean', 'oracle')), 1, `${name} ${seed} oracle`)
      for (const dynamics of ['clean', 'flaky']) t.equal(rewardOf(playAll(scenario, seed, dynamics, 'robust')), 1, `${name} ${seed} ${dynamics}`)
    }
  }
})

t.test('each agent as the learner: played well it scores 1, doing nothing it does not', async (t) => {
  for (const name of NAMES) {
    const scenario = team(name)
    for (const learner of modelAgents(scenario)) {
      const play = (player: Player, seed: number, dynamics: string) => rewardOf(playOne(scenario, learner, player, { seed, options: { dynamics } }))
      for (let seed = 20; seed < 24; seed++) for (const dynamics of ['clean', 'flaky']) t.equal(play('robust', seed, dynamics), 1, `${name}: ${learner}, ${seed} ${dynamics}`)
      // Where others can look for themselves nobody needs a reader.
      if (learner !== 'reader' || name === 'hierarchy') t.ok([20, 21, 22].some((seed) => play('noop', seed, 'clean') !== 1), `${name} needs ${learner}`)
    }
  }
})

t.test('competence: none is paid less than 1, all is paid 1, and the mean falls with it', async (t) => {
  for (const name of ['hierarchy', 'pipeline', 'blackboard', 'recursion']) {
    const mean = (competence: number) => {
      let sum = 0
      for (let seed = 0; seed < 40; seed++) sum += rewardOf(playAll(team(name), seed, 'clean', { policy: 'robust', competence }))!
      return sum / 40
    }
    const means = [1, 0.7, 0.3, 0].map(mean)
    t.equal(means[0], 1)
    t.ok(means[0]! > means[1]! && means[1]! > means[2]! && means[2]! >= means[3]! && means[3]! < 1, `${name}: ${means.join(', ')}`)
  }
})

t.test('who is stopped in the middle is called again; who calls a stopped one again gets its help', async (t) => {
  const agents = { chief: { prompt: 'C', sub_agents: ['packer'] }, packer: { prompt: 'P', tools: ['*'], limits: { turns: 2 } } }
  const scenario = teamOf(agents)
  for (let seed = 0; seed < 5; seed++) t.equal(rewardOf(playAll(scenario, seed, 'clean', 'robust')), 1, 'a limit of two turns')
  t.equal(rewardOf(playAll(teamOf({ ...agents, packer: { ...agents.packer, limits: { turns: 1 } } }), 1, 'clean', 'robust')), 1, 'a limit of one turn')
  const episode = Episode.start(scenario, { seed: 1, options: { dynamics: 'clean', learner: ['chief'] } })
  const cast = new Cast(episode)
  turns(episode, ['chief', call('sub-agent-packer', { message: episode.task.instruction })])
  for (let n = 0; n < 3; n++) {
    cast.play()
    if (episode.due.path === 'chief') episode.step(call('sub-agent-packer', { message: 'Go on.', sub_agent_id: 'chief/packer.1' }))
  }
  cast.play()
  t.notOk(stopOf(episode) === 'env_error')
  episode.step(call('finish'))
  t.equal(rewardOf(episode), 1)
})

t.test('the learner does another one\'s part: the others go on with what is left', async (t) => {
  const episode = Episode.start(team('recursion'), { seed: 3, options: { dynamics: 'clean' } })
  const { id, town } = parcelOf(episode)
  turns(episode, ['clerk', call('get_parcel', { id })], ['clerk', call('put_in_bin', { id, bin: town })])
  playOut(episode, teamPolicy(episode, () => 'robust'))
  t.equal(eventsOf(episode, 'call').filter(({ tool }) => tool === 'put_in_bin').length <= 2, true)
  t.equal(rewardOf(episode), 1)
})

t.test('a cast that comes later goes on as the first one would have: after forks, restores and rewinds, anywhere', async (t) => {
  const OTHERS: Player[] = ['robust', 'oracle', 'naive', 'random', { policy: 'robust', competence: 0.6 }]
  for (const [name, learner] of [['hierarchy', 'packer'], ['hierarchy', 'chief'], ['relay', 'packer'], ['pipeline', 'labeller'], ['map', 'packer'], ['blackboard', 'reader'], ['counter', 'clerk']] as const) {
    for (const [i, others] of OTHERS.entries()) {
      const scenario = team(name)
      const options = { dynamics: i % 2 ? 'clean' : 'flaky', learner: [learner], others, budgets: { turns: 60 }, ...(i === 0 && { think_ms_per_token: 20 }) }
      const act = (episode: Episode): Action => {
        const { id } = name === 'map' ? { id: 'P0' } : parcelOf(episode)
        return ([call('get_parcel', { id }), wait(400), call('put_in_bin', { id, bin: 'red' }), say('I did it.')] as const)[episode.seq % 4]!
      }
      const run = (episode: Episode, cast: Cast, copyAt: number): Episode | undefined => {
        let copy: Episode | undefined
        for (cast.play(); !episode.ended; cast.play()) {
          if (episode.seq === copyAt) copy = i % 3 === 0 ? episode.fork() : i % 3 === 1 ? Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot()))) : episode.rewind(episode.seq)
          episode.step(act(episode))
        }
        return copy
      }
      for (const copyAt of [0, 1, 3]) {
        const episode = Episode.start(scenario, { seed: 11, options })
        const copy = run(episode, new Cast(episode), copyAt)
        if (!copy) continue
        const later = new Cast(copy)
        for (const _ of later.learn());
        run(copy, later, -1)
        t.equal(copy.stateHash(), episode.stateHash(), `${name} ${learner} ${JSON.stringify(others)} at ${copyAt}`)
        t.same(copy.last, episode.last)
        t.same(Episode.restore(scenario, JSON.parse(JSON.stringify(episode.snapshot()))).last, episode.last, 'and a replay asks nobody')
      }
    }
  }
})

t.test('parallel frames beside built-in policies: nothing is lost, nobody answers for them, orders change nothing', async (t) => {
  const scenario = team('blackboard')
  const open = () => {
    const episode = Episode.start(scenario, { seed: 7, options: { dynamics: 'clean', learner: ['labeller', 'reader'], parallel_frames: true } })
    const cast = new Cast(episode)
    cast.play()
    return { episode, cast }
  }
  const as = (frame: string, action: Action): Action => ({ ...action, frame })
  const { episode, cast } = open()
  const { id, grams } = parcelOf(episode)
  t.same(episode.last.observations!.map(({ frame, messages }) => [frame, messages.length]), [['board/labeller.1', 2], ['board/reader.1', 2]])
  t.throws(() => episode.step(as('board/packer.1', say('I am the packer'))), { name: 'GymError' }, 'that one is not the trainer\'s')
  episode.step(as('board/labeller.1', call('storage_set', { key: 'k', value: 1 })))
  cast.play()
  t.equal(episode.due.path, 'board/labeller.1')
  const script = new Map([['board/labeller.1', [call('storage_set', { key: 'k', value: 1 }), calls(['get_parcel', { id }], ['wait', { ms: 900 }]), call('put_label', { id, label: `${grams}g` }), say('labelled')]], ['board/reader.1', [wait(50), call('get_parcel', { id }), { ...call('storage_get', { key: 'k' }), think_ms: 2000 }, say('read')]]])
  /** Plays it, and gives all messages that each frame was shown. */
  const play = (choose: (open: readonly Observation[]) => readonly Observation[]) => {
    const { episode: one, cast: others } = open()
    const seen = new Map<string, string[]>()
    const made = new Map<string, number>()
    const look = () => {
      for (const { frame, messages, tools } of one.last.observations ?? []) seen.set(frame, [...(seen.get(frame) ?? []), ...messages.map((message) => JSON.stringify(message)), ...(tools ? [`${tools.length} tools`] : [])])
    }
    for (look(); !one.ended; look()) {
      one.step(choose(one.last.observations!).map(({ frame }) => {
        const n = made.get(frame) ?? 0
        made.set(frame, n + 1)
        return as(frame, script.get(frame)![n]!)
      }))
      others.play()
      const again = Episode.restore(scenario, JSON.parse(JSON.stringify(one.snapshot())))
      t.same(again.last, one.last)
      t.equal(again.stateHash(), one.stateHash())
    }
    t.equal(rewardOf(one), 1)
    return { seen: Object.fromEntries([...seen].sort()), hash: one.stateHash() }
  }
  const first = play((waiting) => waiting.slice(0, 1))
  t.equal(first.seen['board/labeller.1']!.filter((text) => text.includes('"tool"')).length, 4, 'all results came')
  t.equal(first.seen['board/reader.1']!.filter((text) => text.includes('"tool"')).length, 3)
  t.same(play((waiting) => waiting.slice(-1)), first)
  t.same(play((waiting) => waiting), first)
  t.same(play((waiting) => [...waiting].reverse()), first)
})
