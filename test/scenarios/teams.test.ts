import t from 'tap'
import { seedOf, shippedCatalogue } from '../checkout.ts'
import { modelAgents } from '../../src/episode/team-options.ts'
import { playTeam } from '../team-play.ts'

const only = process.env.TEAM
const teams = shippedCatalogue().list().filter(({ agents, name }) => agents.size > 1 && (!only || only === name))

for (const scenario of teams) {
  t.test(scenario.name, async (t) => {
    const tasks = [...scenario.tasks.keys()]
    const play = (learner: string, task: string, policy: 'robust' | 'noop', dynamics: string) => {
      for (let i = 0; i < 5; i++) {
        const seed = seedOf(`team ${scenario.name} ${task}`, i)
        const episode = playTeam(scenario, { task, seed, dynamics, learner, policy })
        if (episode) return { reward: episode.last.info.verdict!.reward, stop: episode.last.info.stop_reason, episode, seed }
      }
      throw new Error(`no seed for ${task}`)
    }
    for (const learner of modelAgents(scenario)) {
      let matters = false
      for (const task of tasks) {
        for (const dynamics of ['clean', 'flaky']) {
          const { reward, stop, seed } = play(learner, task, 'robust', dynamics)
          if (reward !== 1) t.equal(reward, 1, `${learner} as learner, ${task} ${seed} ${dynamics}: ${stop}`)
        }
        if (!matters) matters = play(learner, task, 'noop', 'clean').reward !== 1
      }
      t.ok(matters, `${learner} is needed`)
    }
  })
}
