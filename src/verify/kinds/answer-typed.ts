/** `answer.typed`: the answer equals what the final state says, generous where meaning is equal. */
import type { Check } from '../../../protocol/spec/check.ts'
import { convert } from '../../world/expression/conversion.ts'
import { canonicalJson } from '../../core/canonical-json.ts'
import { jsonEncoder, POW10, sameValue } from '../../world/json-value.ts'
import type { Site } from '../../world/site.ts'
import { JSON_VALUE, type Type } from '../../world/type.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type AnswerCheck = Extract<Check, { kind: 'answer.typed' }>

/** Compiles an answer check. */
export function compileAnswer(check: AnswerCheck, { scope, answer }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  if (!answer) site.complain('answer', 'the task takes no answer', { expected: 'answer: a schema' })
  const type = answer?.type ?? JSON_VALUE
  const compiled = site.at('expect').expression(check.expect, scope)
  const expected = site.at('expect').guard(() => convert(compiled, type, 0, 'the answer')) ?? compiled
  const same = equality(type, check)
  const encode = jsonEncoder(type)
  return {
    run(view) {
      const cx = finalEvaluation(view, scope.slots.used)
      const wanted = evaluate(expected.run, cx, check.expect)
      if (view.answer && wanted !== undefined && same(view.answer.value, wanted)) return PASSED
      const found = view.answer?.json
      return { score: 0, category: view.answer ? 'false_claim' : 'premature_stop', evidence: [{ pointer: '/answer', expected: wanted === undefined ? null : encode(wanted), ...(found === undefined ? {} : { found }) }] }
    },
  }
}

function equality(type: Type, { compare, tolerance }: AnswerCheck): (a: unknown, b: unknown) => boolean {
  if (compare === 'set') {
    return (a, b) => Array.isArray(a) && Array.isArray(b) && sameValue(sorted(a), sorted(b))
  }
  if (tolerance !== undefined) {
    const unit = type.k === 'dec' ? POW10[type.scale]! : 1
    return (a, b) => typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= tolerance * unit
  }
  if (type.k === 'string') return (a, b) => typeof a === 'string' && typeof b === 'string' && a.trim() === b.trim()
  return sameValue
}

function sorted(items: readonly unknown[]): unknown[] {
  return items.map((item) => canonicalJson(item ?? null)).sort()
}
