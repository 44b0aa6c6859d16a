/** Determinism: alone or among many, here or in another process, after fork, snapshot and restore. */
import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Action } from '../../protocol/action.ts'
import { canonicalJson } from '../../src/core/canonical-json.ts'
import { digestOf } from '../../src/core/digest.ts'
import type { CompiledScenario } from '../../src/episode/compiled-scenario.ts'
import { Episode } from '../../src/episode/episode.ts'
import { createPolicy } from '../../src/policy/builtin.ts'
import { seedOf, shippedCatalogue, tryStart } from '../checkout.ts'

const PROFILES = ['clean', 'realistic', 'flaky']
const POLICIES = ['random', 'robust', 'random', 'naive']

/** What an episode came to: everything that must be equal. */
export type Fingerprint = { readonly hash: string; readonly events: string; readonly reward: number | null }

/** A drawn episode: who plays what. */
export type Drawn = { readonly seed: number; readonly dynamics: string; readonly policy: string }

/** The i-th drawn episode. */
export function drawnEpisode(i: number): Drawn {
  return { seed: seedOf('determinism', i), dynamics: PROFILES[i % PROFILES.length]!, policy: POLICIES[i % POLICIES.length]! }
}

function open(scenario: CompiledScenario, { seed, dynamics }: Drawn): Episode | undefined {
  return tryStart(scenario, { seed, options: { dynamics, budgets: { turns: 15 } } })
}

/** Everything that must be equal. */
export function fingerprint(episode: Episode): Fingerprint {
  return { hash: episode.stateHash(), events: digestOf(episode.events()), reward: episode.trajectory().reward }
}

/** Plays one drawn episode by itself. */
export function playAlone(scenario: CompiledScenario, drawn: Drawn): Fingerprint | undefined {
  const episode = open(scenario, drawn)
  if (!episode) return undefined
  const policy = createPolicy(drawn.policy, episode)!
  while (!episode.ended) episode.step(policy.act(episode.observation))
  return fingerprint(episode)
}

/** Plays many in turns, one step of each at a time. */
export function playInterleaved(scenario: CompiledScenario, all: readonly Drawn[]): (Fingerprint | undefined)[] {
  const running = all.map((drawn) => {
    const episode = open(scenario, drawn)
    return episode && { episode, policy: createPolicy(drawn.policy, episode)! }
  })
  for (let going = true; going;) {
    going = false
    for (const one of running) {
      if (!one || one.episode.ended) continue
      one.episode.step(one.policy.act(one.episode.observation))
      going = true
    }
  }
  return running.map((one) => one && fingerprint(one.episode))
}

/** Plays drawn episodes in a process of their own and gives their fingerprints. */
export function playElsewhere(count: number): (Fingerprint | null)[] {
  const script = fileURLToPath(new URL('./determinism-child.ts', import.meta.url))
  return JSON.parse(execFileSync(process.execPath, [script, String(count)], { maxBuffer: 1 << 28, encoding: 'utf8' })) as (Fingerprint | null)[]
}

/** At every step of an episode: fork, snapshot and restore, rewind; each must go on to the same end. */
export function breakAtEveryStep(scenario: CompiledScenario, drawn: Drawn): string[] {
  const wrong: string[] = []
  const episode = open(scenario, drawn)
  if (!episode) return wrong
  const policy = createPolicy(drawn.policy, episode)!
  const actions: Action[] = []
  const branches: { at: number; how: string; branch: Episode }[] = []
  for (;;) {
    const at = episode.seq
    branches.push({ at, how: 'fork', branch: episode.fork() })
    branches.push({ at, how: 'restore', branch: Episode.restore(scenario, JSON.parse(canonicalJson(episode.snapshot()))) })
    branches.push({ at, how: 'rewind', branch: episode.rewind(at) })
    if (episode.ended) break
    const action = policy.act(episode.observation)
    actions.push(action)
    episode.step(action)
  }
  const end = canonicalJson(fingerprint(episode))
  for (const { at, how, branch } of branches) {
    for (const action of actions.slice(at)) branch.step(action)
    if (canonicalJson(fingerprint(branch)) !== end) wrong.push(`${how} at ${at} of seed ${drawn.seed} ends elsewhere`)
  }
  return wrong
}

/** Everything above; the list of what differs. */
export function auditDeterminism(count: number, interleaved: number, broken: number): { wrong: string[]; played: number } {
  const scenario = shippedCatalogue().find('retail')!
  const all = Array.from({ length: count }, (_, i) => drawnEpisode(i))
  const alone = all.map((drawn) => playAlone(scenario, drawn) ?? null)
  const wrong: string[] = []
  const compare = (how: string, others: readonly (Fingerprint | null | undefined)[]) => others.forEach((other, i) => {
    if (canonicalJson(other ?? null) !== canonicalJson(alone[i])) wrong.push(`${how}: episode ${i} (seed ${all[i]!.seed})`)
  })
  compare('in another process', playElsewhere(count))
  for (let from = 0; from < count; from += interleaved) {
    const batch = playInterleaved(scenario, all.slice(from, from + interleaved))
    batch.forEach((other, i) => {
      if (canonicalJson(other ?? null) !== canonicalJson(alone[from + i])) wrong.push(`among ${interleaved}: episode ${from + i} (seed ${all[from + i]!.seed})`)
    })
  }
  for (const drawn of all.slice(0, broken)) wrong.push(...breakAtEveryStep(scenario, drawn))
  return { wrong, played: alone.filter((one) => one !== null).length }
}
