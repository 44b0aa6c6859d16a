/** `answer.typed`: the answer equals what the final state says, generous where meaning is equal. */
import type { Check } from '../../../protocol/spec/check.ts'
import { convert } from '../../world/expression/conversion.ts'
import { jsonEncoder } from '../../world/json-value.ts'
import type { Site } from '../../world/site.ts'
import { JSON_VALUE } from '../../world/type.ts'
import { type Rule, compileComparison } from '../answer/comparison.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type AnswerCheck = Extract<Check, { kind: 'answer.typed' }>

/** Compiles an answer check. */
export function compileAnswer(check: AnswerCheck, { scope, answer }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  if (!answer) site.complain('answer', 'the task takes no answer', { expected: 'answer: a schema' })
  const type = answer?.type ?? JSON_VALUE
  const compiled = site.at('expect').expression(check.expect, scope)
  const expected = isByType(check) ? site.at('expect').guard(() => convert(compiled, type, 0, 'the answer')) ?? compiled : compiled
  const differ = compileComparison(check, type, expected.type, site)
  const [encode, encodeExpected] = [jsonEncoder(type), jsonEncoder(expected.type)]
  return {
    run(view) {
      const cx = finalEvaluation(view, scope.slots.used)
      const wanted = evaluate((now) => encodeExpected(expected.run(now)), cx, check.expect)
      const at = wanted !== undefined && view.answer ? evaluate((now) => differ(encode(view.answer!.value), wanted, now), cx, check.expect) : ''
      if (at === undefined) return PASSED
      const found = view.answer?.json
      return { score: 0, category: view.answer ? 'false_claim' : 'premature_stop', evidence: [{ pointer: `/answer${at as string}`, expected: wanted ?? null, ...(found === undefined ? {} : { found }) }] }
    },
  }
}

/** Whether what is expected has to be of the answer's own type: other comparisons read texts. */
function isByType({ compare, fields }: Rule): boolean {
  return !fields && (compare === 'exact' || compare === 'set')
}
