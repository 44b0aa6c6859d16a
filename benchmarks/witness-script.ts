/** Episodes to replay in benchmarks: successful reads and writes as they occur in witnesses. */
import { globSync, readFileSync } from 'node:fs'
import type { Action } from '../protocol/action.ts'
import { compileCatalogue } from '../src/compile/catalogue.ts'
import type { CompiledScenario } from '../src/episode/compiled-scenario.ts'
import { Episode } from '../src/episode/episode.ts'
import { keyOf, word53 } from '../src/core/keyed.ts'
import { createPolicy } from '../src/policy/builtin.ts'

/** One episode as the actions that solve it. */
export type Script = { readonly seed: number; readonly task: string; readonly actions: readonly Action[] }

/** The retail scenario of this checkout. */
export function loadRetail(): CompiledScenario {
  const root = new URL('..', import.meta.url).pathname
  const files = ['envs/retail/*.yaml', 'envs/dynamics/*.yaml', 'scenarios/retail.yaml'].flatMap((glob) => globSync(glob, { cwd: root })).map((file) => ({ file, text: readFileSync(root + file, 'utf8') }))
  const { catalogue, complaints } = compileCatalogue(files)
  if (complaints.length) throw new Error(JSON.stringify(complaints[0]))
  return catalogue.find('retail')!
}

/** Plays the oracle once for each of `count` fresh seeds and keeps its actions. */
export function recordScripts(scenario: CompiledScenario, count: number, stream: string): Script[] {
  const scripts: Script[] = []
  for (let i = 0; scripts.length < count; i++) {
    const seed = word53(keyOf(['benchmark', stream, i]))
    const episode = tryStart(scenario, seed)
    if (!episode) continue
    const policy = createPolicy('oracle', episode)!
    const actions: Action[] = []
    while (!episode.ended) {
      const action = policy.act(episode.observation)
      actions.push(action)
      episode.step(action)
    }
    scripts.push({ seed, task: episode.identity.task, actions })
  }
  return scripts
}

function tryStart(scenario: CompiledScenario, seed: number): Episode | undefined {
  try {
    return Episode.start(scenario, { seed })
  } catch {
    return undefined
  }
}
