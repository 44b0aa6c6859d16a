import t from 'tap'
import { EpisodeRegistry } from '../../src/server/episode-registry.ts'
import type { LiveEpisode } from '../../src/server/live-episode.ts'

/** As much of a live episode as the registry looks at. */
const heavy = (id: string, weight: number, dynamics: { weight?: number } = {}) => ({ id, episode: { weight, dynamics }, weighed: 0, held: 0, usedAt: 0, requestKey: undefined, close() {} }) as unknown as LiveEpisode & { episode: { weight: number } }

t.test('what all episodes keep is bounded together: heavy ones wait, light ones go on', async (t) => {
  const registry = new EpisodeRegistry({ episodes: 100, idleMs: 0 }, { now: () => 0 })
  const light = heavy('light', 20_000)
  const fat = Array.from({ length: 10 }, (_, i) => heavy(`fat ${i}`, 90_000_000))
  for (const live of [light, ...fat]) registry.add(live)
  registry.reserve(1)
  registry.requireRoom(fat[0]!)
  for (const live of fat) {
    ;(live.episode as { weight: number }).weight = 101_000_000
    registry.weigh(live)
  }
  t.throws(() => registry.reserve(1), /more than 1000 MB/)
  t.throws(() => registry.requireRoom(fat[0]!), /more than 1000 MB/)
  registry.requireRoom(light)
  registry.release('fat 3')
  registry.reserve(1)
  registry.requireRoom(fat[0]!)
  registry.weigh(fat[3]!)
  registry.reserve(1)
})

t.test('a profile that a reset changed counts once for all that are played under it', async (t) => {
  const registry = new EpisodeRegistry({ episodes: 1000, idleMs: 0 }, { now: () => 0 })
  const shared = { weight: 4_000_000 }
  for (let i = 0; i < 500; i += 1) registry.add(heavy(`together ${i}`, 1000, shared))
  registry.reserve(1)
  for (let i = 0; i < 250; i += 1) registry.add(heavy(`alone ${i}`, 1000, { weight: 4_000_000 }))
  t.throws(() => registry.reserve(1), /more than 1000 MB/, 'each of its own')
  for (let i = 1; i < 500; i += 1) registry.release(`together ${i}`)
  t.throws(() => registry.reserve(1), /more than 1000 MB/, 'one still needs it')
  registry.release('together 0')
  registry.release('alone 0')
  registry.reserve(1)
})
