/** `quality`: each slip of the agent costs a share. Slips are noted in every verdict; here they count. */
import type { Check } from '../../../protocol/spec/check.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import { slipsOf } from '../slip.ts'

/** Compiles the check. */
export function compileQuality({ each }: Extract<Check, { kind: 'quality' }>): Pick<CompiledCheck, 'run'> {
  return {
    run(view) {
      const slips = slipsOf(view)
      const [first] = slips
      if (!first) return PASSED
      const evidence = slips.slice(0, 50).map(({ events, pointer, category }) => ({ event: events[0]!, pointer, found: category }))
      return { score: Math.max(0, 1 - each * slips.length), evidence, category: first.category, event: first.events[0]! }
    },
  }
}
