/** Memory of 10,000 live episodes with distinct seeds, ten steps in. Run with --expose-gc; prints JSON. */
import { Episode } from '../src/episode/episode.ts'
import { createPolicy } from '../src/policy/builtin.ts'
import { loadRetail, recordScripts } from './witness-script.ts'

const COUNT = 10_000
const STEPS = 10

const collect = (globalThis as { gc?: () => void }).gc!
const scenario = loadRetail()
const seeds = recordScripts(scenario, COUNT, 'memory').map(({ seed }) => seed)
collect()
const before = process.memoryUsage()
const live = seeds.map((seed) => {
  for (let attempt = 0; ; attempt++) {
    const episode = Episode.start(scenario, { seed, options: { luck: attempt } })
    const policy = createPolicy('random', episode, seed + attempt)!
    let ended = false
    while (episode.seq < STEPS && !ended) {
      const action = policy.act(episode.observation)
      // Random play that would end the episode early looks around instead.
      const name = (action.tool_calls![0] as { name: string }).name
      const outcome = episode.step(name === 'finish' || name === 'report_unable' ? { tool_calls: [{ name: 'wait', arguments: { ms: 1 } }] } : action)
      ended = outcome.terminated || outcome.truncated
    }
    if (!ended) return episode
  }
})
collect()
const after = process.memoryUsage()
console.log(JSON.stringify({ episodes: live.length, rss_mb: Math.round(after.rss / 2 ** 20), heap_mb: Math.round(after.heapUsed / 2 ** 20), kb_per_episode: (after.heapUsed - before.heapUsed) / 1024 / live.length }))
