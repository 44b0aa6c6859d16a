/** Patterns of calls, as several kinds of checks use them: a tool or a glob, and a condition on arguments and result. */
import type { CallPattern } from '../../protocol/spec/check.ts'
import { matchesGlob } from '../core/glob.ts'
import { nearest } from '../core/nearest.ts'
import type { EpisodeView } from '../episode/task.ts'
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { Evaluation } from '../world/evaluation.ts'
import { declare, type Run, type Scope } from '../world/expression/scope.ts'
import { SpecFault } from '../world/fault.ts'
import type { Site } from '../world/site.ts'
import { BOOL, JSON_VALUE } from '../world/type.ts'
import { type AgentCall, callsOf } from './agent-call.ts'
import { evaluate, finalEvaluation } from './check-context.ts'
import type { CheckEnvironment } from './compile-check.ts'

/** Expressions over one call: its `args` and its `result`, both json, beside the slots. */
export type CallScope = { readonly scope: Scope; bind(cx: Evaluation, call: AgentCall): void }

/** Declares the names that an expression over a call may use. */
export function declareCall(scope: Scope): CallScope {
  const args = declare(scope, 'args', JSON_VALUE)
  const result = declare(args.scope, 'result', JSON_VALUE)
  return {
    scope: result.scope,
    bind(cx, call) {
      cx.slots[args.slot] = call.args
      cx.slots[result.slot] = call.result
    },
  }
}

/** A compiled pattern: the tools that it is about, and the calls of an episode that fit it, in order. */
export type Calls = { readonly tools: readonly string[]; find(view: EpisodeView): AgentCall[] }

/** Compiles a pattern; tools that nothing fits become findings of the site. */
export function compileCallPattern({ call, effect, where, refused }: CallPattern, { world, scope }: CheckEnvironment, site: Site): Calls {
  const tools = resolveTools([call].flat(), world, Array.isArray(call) ? (i) => site.at('call', i) : () => site.at('call'))
    .filter((name) => effect === undefined || world.tools.get(name)!.spec.effect === effect)
  const named = new Set(tools)
  const over = declareCall(scope)
  const compiled = where === undefined ? undefined : site.at('where').expression(where, over.scope, BOOL).run
  const fits = compiled && lenient(compiled, false)
  return {
    tools,
    find(view) {
      const cx = finalEvaluation(view, scope.slots.used)
      return callsOf(view, world, refused).filter((one) => {
        if (!named.has(one.tool)) return false
        over.bind(cx, one)
        return fits === undefined || evaluate(fits, cx, where!) === true
      })
    },
  }
}

/** Names of the agent's tools that names and globs stand for. */
export function resolveTools(globs: readonly string[], world: CompiledWorld, siteOf: (i: number) => Site): string[] {
  const callable = [...world.tools.values()].filter(({ spec }) => spec.actor === 'agent').map(({ name }) => name)
  for (const [i, glob] of globs.entries()) {
    if (!callable.some((name) => matchesGlob([glob], name))) siteOf(i).complain('name', world.tools.has(glob) ? `'${glob}' is a tool of the user` : `unknown tool '${glob}'`, { nearest: nearest(glob, callable), expected: 'a tool of the agent' })
    if (globs.indexOf(glob) < i) siteOf(i).complain('name', `'${glob}' stands here twice`, { expected: 'each tool once' })
  }
  return callable.filter((name) => matchesGlob(globs, name))
}

/**
 * Results have several shapes (of several tools, of errors, of empty lists), and the agent chooses which it gets: what
 * the expression cannot read comes out so, and is no fault of the specification by which an episode could be voided.
 */
export function lenient(run: Run, otherwise: unknown): Run {
  return (cx) => {
    try {
      return run(cx)
    } catch (error) {
      if (error instanceof SpecFault) return otherwise
      throw error
    }
  }
}
