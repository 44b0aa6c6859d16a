/** `calls.made`: the agent called a tool, or one of several, as often as it had to, and no more. */
import type { Check } from '../../protocol/spec/scenario.ts'
import { nearest } from '../core/nearest.ts'
import { declare, type Run } from '../world/expression/scope.ts'
import { SpecFault } from '../world/fault.ts'
import type { Site } from '../world/site.ts'
import { BOOL, JSON_VALUE } from '../world/type.ts'
import { agentCalls, usableReads } from './agent-call.ts'
import { evaluate, finalEvaluation } from './check-context.ts'
import { type CompiledCheck, PASSED } from './compiled-check.ts'
import type { CheckEnvironment } from './compile-check.ts'

/** Compiles the check; only calls that the agent made count, and those that failed only where it says so. */
export function compileCallsMade(check: Extract<Check, { kind: 'calls.made' }>, { world, scope }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  const { call, where, least, most, refused } = check
  const calls = new Set([call].flat())
  const callable = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name }) => name)
  for (const [i, name] of [call].flat().entries()) {
    const at = Array.isArray(call) ? site.at('call', i) : site.at('call')
    const tool = world.tools.get(name)
    if (!tool || tool.spec.actor !== 'agent') at.complain('name', tool ? `'${name}' is a tool of the user` : `unknown tool '${name}'`, { nearest: nearest(name, callable), expected: 'a tool of the agent' })
    if (Array.isArray(call) && call.indexOf(name) < i) at.complain('name', `'${name}' stands here twice`, { expected: 'each tool once' })
  }
  if (most !== undefined && most < least) site.at('most').complain('value', 'the most is below the least')
  const withArgs = declare(scope, 'args', JSON_VALUE)
  const withResult = declare(withArgs.scope, 'result', JSON_VALUE)
  const compiled = where === undefined ? undefined : site.at('where').expression(where, withResult.scope, BOOL).run
  const fits = compiled && (refused || calls.size > 1) ? lenient(compiled) : compiled
  return {
    run(view) {
      const cx = finalEvaluation(view, scope.slots.used)
      const all = agentCalls(view.events, world, refused)
      const usable = usableReads(view, all)
      const made = all.filter((one) => {
        const { tool: name, args, result } = one
        if (!calls.has(name) || (least > 0 && !usable(one))) return false
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

/** Results of several tools, and errors beside results, have several shapes: one that the predicate cannot read does not fit. */
function lenient(run: Run): Run {
  return (cx) => {
    try {
      return run(cx)
    } catch (error) {
      if (error instanceof SpecFault) return false
      throw error
    }
  }
}
