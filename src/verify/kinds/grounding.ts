/** `grounding`: what the agent wrote was in the request or in something it had read. */
import type { Check } from '../../../protocol/spec/check.ts'
import { matchesGlob } from '../../core/glob.ts'
import { nearest } from '../../core/nearest.ts'
import type { Site } from '../../world/site.ts'
import { resolveTools } from '../call-pattern.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { ungroundedArguments } from '../grounding.ts'

type GroundingCheck = Extract<Check, { kind: 'grounding' }>

/** Compiles the check. */
export function compileGrounding({ numbers, except }: GroundingCheck, { world }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  const exemptions = except.map((source, i) => {
    const [glob = '', argument] = source.split('.')
    const tools = resolveTools([glob], world, () => site.at(i))
    const known = new Set(tools.flatMap((tool) => Object.keys(world.tools.get(tool)!.spec.input.properties ?? {})))
    if (argument !== undefined && tools.length && !known.has(argument)) site.at(i).complain('name', `no argument '${argument}' of ${glob}`, { nearest: nearest(argument, known), expected: [...known].join(', ') })
    return { glob, argument }
  })
  const isExempt = (tool: string, name: string) => exemptions.some(({ glob, argument }) => matchesGlob([glob], tool) && (argument === undefined || argument === name))
  return {
    run(view) {
      const found = ungroundedArguments(view, { numbers, isExempt })
      if (!found.length) return PASSED
      return { score: 0, category: 'ungrounded_argument', event: found[0]!.event, evidence: found }
    },
  }
}
