/** `efficiency`: what the episode took against what the witness takes when nothing interferes. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Site } from '../../world/site.ts'
import { callsOfAgent } from '../call-key.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'

type EfficiencyCheck = Extract<Check, { kind: 'efficiency' }>

/** What can be measured, by the name of its allowance. */
const MEASURES = {
  calls: ({ events }: EpisodeView) => callsOfAgent(events).length,
  time: ({ clockMs }: EpisodeView) => clockMs,
  tokens: ({ tokens }: EpisodeView) => tokens,
} as const
const NAMES = ['calls', 'time', 'tokens'] as const

/** Compiles the check; the worst of its measures is the score. A task whose witness does not come to its end is not measured. */
export function compileEfficiency(check: EfficiencyCheck, site: Site): Pick<CompiledCheck, 'run'> {
  const measured = NAMES.flatMap((name) => (check[name] === undefined ? [] : [{ name, allowed: check[name], measure: MEASURES[name] }]))
  if (!measured.length) site.complain('check', 'efficiency measures nothing', { expected: 'calls, time or tokens: how many times what the witness takes' })
  return {
    run(view) {
      const reference = view.reference()
      if (!reference) return PASSED
      const shares = measured.map(({ name, allowed, measure }) => {
        const [most, used] = [allowed * measure(reference), measure(view)]
        return { name, most, used, share: used <= most ? 1 : most / used }
      })
      const score = Math.min(1, ...shares.map(({ share }) => share))
      if (score === 1) return PASSED
      return { score, category: 'instruction_following', evidence: shares.flatMap(({ name, most, used, share }) => (share < 1 ? [{ pointer: `/${name}`, expected: most, found: used }] : [])) }
    },
  }
}
