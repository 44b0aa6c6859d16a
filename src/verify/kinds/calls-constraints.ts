/** `calls.constraints`: calls that the agent must have made, may not have made, or made in an order. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Site } from '../../world/site.ts'
import { type AgentCall, usableReads } from '../agent-call.ts'
import { compileCallPattern } from '../call-pattern.ts'
import { type CompiledCheck, type Finding, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type CallsCheck = Extract<Check, { kind: 'calls.constraints' }>

/** How many calls a check wants at least. */
export function leastOf({ least, most, order }: CallsCheck): number {
  return order ? 1 : least ?? (most === 0 ? 0 : 1)
}

/** Compiles the check: a count of calls that fit one pattern, or an order of several. */
export function compileCallsConstraints(check: CallsCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined'> {
  if ((check.call === undefined) === (check.order === undefined)) site.complain('check', 'calls.constraints needs either call or order', { expected: 'call: a tool, or order: a list of calls' })
  return check.order ? compileOrder(check.order, environment, site) : compileCount(check, environment, site)
}

function compileCount(check: CallsCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined'> {
  const { call = [], effect, where, refused, most } = check
  const least = leastOf(check)
  if (most !== undefined && most < least) site.at('most').complain('value', 'the most is below the least')
  const calls = compileCallPattern({ call, ...(effect && { effect }), ...(where !== undefined && { where }), ...(refused && { refused }) }, environment, site)
  const judge = (view: EpisodeView, owed: number): Finding => {
    const all = calls.find(view)
    const made = least > 0 ? all.filter(usableReads(view, environment.world)) : all
    if (made.length >= owed && (most === undefined || made.length <= most)) return PASSED
    const evidence = made.map(({ event }) => ({ event, pointer: '', found: made.length }))
    const expected = { call, least: owed, ...(most === undefined ? {} : { most }) }
    if (made.length < owed) return { score: 0, category: 'missed_action', evidence: [{ pointer: '', expected, found: made.length }, ...evidence] }
    return { score: 0, category: most === 0 ? 'rule_violation' : 'repetition', evidence: evidence.map((one) => ({ ...one, expected })), event: made[most!]!.event }
  }
  // Who declined what nothing gets past owes no call, and made none that is forbidden.
  return { run: (view) => judge(view, least), whenDeclined: (view) => judge(view, 0) }
}

/** Taking each step's first fitting call after that of the step before finds an order wherever there is one. */
function compileOrder(order: NonNullable<CallsCheck['order']>, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  const steps = order.map((pattern, i) => compileCallPattern(pattern, environment, site.at('order', i)))
  return {
    run(view) {
      const usable = usableReads(view, environment.world)
      const found: AgentCall[] = []
      for (const [i, { find }] of steps.entries()) {
        const fitting = find(view).filter(usable)
        const next = fitting.find(({ event }) => event > (found.at(-1)?.event ?? -1))
        if (next) found.push(next)
        else {
          const evidence = [...found, ...fitting].map(({ event }) => ({ event, pointer: '' }))
          return { score: 0, category: fitting.length ? 'wrong_order' : 'missed_action', evidence: [{ pointer: `/order/${i}`, expected: order[i], found: fitting.length }, ...evidence], ...(evidence[0] && { event: evidence.at(-1)!.event }) }
        }
      }
      return PASSED
    },
  }
}
