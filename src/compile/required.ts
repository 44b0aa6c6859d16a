/** What the checks of a task demand besides the state: what its witness cannot leave out. */
import type { Check } from '../../protocol/spec/check.ts'
import type { CompiledTask } from '../episode/task.ts'
import { leastOf } from '../verify/kinds/calls-constraints.ts'

/** Reads it off the checks; of an abstention whichever call can have shown its cause, or what had to be said for it. */
export function requiredBy(checks: readonly Check[], toolsFor: (globs: string | readonly string[]) => string[]): CompiledTask['required'] {
  const causes = checks.flatMap((check) => (check.kind === 'abstention' ? [check.cause] : []))
  return {
    calls: [
      ...checks.flatMap((check) => (check.kind === 'calls.constraints' && leastOf(check) > 0 ? (check.order ?? [{ call: check.call ?? [] }]).map(({ call }) => toolsFor(call)) : [])),
      ...causes.flatMap((cause) => (cause.every((one) => 'call' in one) ? [cause.flatMap(({ call }) => toolsFor(call))] : [])),
    ],
    words: checks.some((check) => check.kind === 'communicated') || causes.some((cause) => cause.every((one) => 'says' in one)),
    grounding: groundedBut(checks),
    sets: partsComparedAs('set', checks),
    numbers: partsComparedAs('number', checks),
  }
}

/** What grounding checks let pass, where there are any. */
function groundedBut(checks: readonly Check[]): string[] | undefined {
  const grounded = checks.flatMap((check) => (check.kind === 'grounding' ? [check.except] : []))
  return grounded.length ? grounded.flat() : undefined
}

/** Paths of the parts of an answer that its only check compares in a way. */
function partsComparedAs(way: 'set' | 'number', checks: readonly Check[]): string[][] {
  const answers = checks.flatMap((check) => (check.kind === 'answer.typed' ? [check] : []))
  if (answers.length !== 1) return []
  const [{ compare, fields = {} }] = answers as [(typeof answers)[number]]
  return [...(compare === way ? [[]] : []), ...Object.entries(fields).flatMap(([name, field]) => (field.compare === way ? [[name]] : []))]
}
