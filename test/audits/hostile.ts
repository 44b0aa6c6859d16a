/** Random episodes under the worst of the profiles: none fails for a fault of ours, and a second process plays them the same. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { digestOf } from '../../src/core/digest.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import type { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { seedOf, shippedCatalogue, tryStart } from '../checkout.ts'

/** Most episodes are random; among them some that get far. */
const POLICIES = ['random', 'random', 'random', 'robust', 'random', 'naive']
const TURNS = 40

/** What an episode came to: a digest of its events and its state, and what is wrong with it. */
export type Played = { readonly digest: string; readonly wrong: string | undefined; readonly kinds: readonly string[] }

function open(scenarios: readonly CompiledScenario[], i: number): Episode | undefined {
  const scenario = scenarios[i % scenarios.length]!
  const tasks = [...scenario.tasks.keys()]
  return tryStart(scenario, { seed: seedOf('hostile', i), task: tasks[Math.floor(i / scenarios.length) % tasks.length]!, options: { dynamics: 'hostile', budgets: { turns: TURNS } } })
}

/** Plays the i-th episode; undefined when its seed has no such task. */
export function playHostile(scenarios: readonly CompiledScenario[], i: number): Played | undefined {
  const episode = open(scenarios, i)
  if (!episode) return undefined
  const name = POLICIES[i % POLICIES.length]!
  const policy = createPolicy(name, episode, i)!
  while (!episode.ended) episode.step(policy.act(episode.observation))
  const events = episode.events()
  const end = events.at(-1)
  const { scenario, task, identity: { seed } } = episode
  const fault = end?.type === 'end' && end.reason === 'env_error' ? end.fault : undefined
  const broken = episode.brokenInvariants()
  const what = fault ?? (broken.length ? `broken: ${broken.join(', ')}` : undefined)
  return {
    digest: digestOf([episode.stateHash(), events]),
    wrong: what && `${scenario.name} ${task.template.name} seed ${seed} by ${name}: ${what}`,
    kinds: events.flatMap((event) => (event.type === 'call' ? event.faults.map(({ kind }) => kind) : [])),
  }
}

/** Plays episodes in a process of their own and gives their digests. */
function playElsewhere(count: number): (string | null)[] {
  const script = fileURLToPath(new URL('./hostile-child.ts', import.meta.url))
  return JSON.parse(execFileSync(process.execPath, [script, String(count)], { maxBuffer: 1 << 28, encoding: 'utf8' })) as (string | null)[]
}

export type HostileAudit = { readonly wrong: string[]; readonly played: number; readonly kinds: Readonly<Record<string, number>> }

/** Plays so many episodes here and elsewhere. */
export function auditHostile(count: number, onProgress: (done: number, of: number) => void = () => {}): HostileAudit {
  const scenarios = shippedCatalogue().list()
  const wrong: string[] = []
  const kinds: Record<string, number> = {}
  const digests = Array.from({ length: count }, (_, i) => {
    if (i % 100 === 0) onProgress(i, count)
    const played = playHostile(scenarios, i)
    if (played?.wrong) wrong.push(played.wrong)
    for (const kind of new Set(played?.kinds)) kinds[kind] = (kinds[kind] ?? 0) + 1
    return played?.digest ?? null
  })
  playElsewhere(count).forEach((digest, i) => { if (digest !== digests[i]) wrong.push(`episode ${i} comes out different in a second process`) })
  return { wrong, played: digests.filter((digest) => digest !== null).length, kinds }
}
