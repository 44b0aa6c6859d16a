/** `calls.made`: the agent called a tool as often as it had to, and no more. */
import type { Check } from '../../protocol/spec/scenario.ts'
import { nearest } from '../core/nearest.ts'
import { declare } from '../world/expression/scope.ts'
import type { Site } from '../world/site.ts'
import { BOOL, JSON_VALUE } from '../world/type.ts'
import { agentCalls } from './agent-call.ts'
import { evaluate, finalEvaluation } from './check-context.ts'
import { type CompiledCheck, PASSED } from './compiled-check.ts'
import type { CheckEnvironment } from './compile-check.ts'

/** Compiles the check; only calls that the agent made and that succeeded count. */
export function compileCallsMade(check: Extract<Check, { kind: 'calls.made' }>, { world, scope }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  const { call, where, least, most } = check
  const tool = world.tools.get(call)
  const callable = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name }) => name)
  if (!tool || tool.spec.actor !== 'agent') site.at('call').complain('name', tool ? `'${call}' is a tool of the user` : `unknown tool '${call}'`, { nearest: nearest(call, callable), expected: 'a tool of the agent' })
  if (most !== undefined && most < least) site.at('most').complain('value', 'the most is below the least')
  const withArgs = declare(scope, 'args', JSON_VALUE)
  const withResult = declare(withArgs.scope, 'result', JSON_VALUE)
  const fits = where === undefined ? undefined : site.at('where').expression(where, withResult.scope, BOOL).run
  return {
    run(view) {
      const cx = finalEvaluation(view, scope.slots.used)
      const made = agentCalls(view.events, world).filter(({ tool: name, args, result }) => {
        if (name !== call) return false
        cx.slots[withArgs.slot] = args
        cx.slots[withResult.slot] = result
        return fits === undefined || evaluate(fits, cx, where!) === true
      })
      if (made.length >= least && (most === undefined || made.length <= most)) return PASSED
      const evidence = made.map(({ event }) => ({ event, pointer: '', found: made.length }))
      const expected = { call, least, ...(most === undefined ? {} : { most }) }
      if (made.length < least) return { score: 0, category: 'missed_action', evidence: [{ pointer: '', expected, found: made.length }, ...evidence] }
      return { score: 0, category: 'repetition', evidence: evidence.map((one) => ({ ...one, expected })), event: made[most!]!.event }
    },
  }
}
