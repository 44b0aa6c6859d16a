/** The table of mutations: how each class is made, and what must hold. */
import type { Action } from '../../protocol/action.ts'
import { type CallEvent, USER_FRAME } from '../../protocol/event.ts'
import { keyOf } from '../core/keyed.ts'
import type { Episode } from '../episode/episode.ts'
import type { WitnessStep } from '../episode/task.ts'
import { callAction } from '../episode/witness-step.ts'
import { sameValue } from '../world/json-value.ts'
import { type AddedCall, harmlessReads, strayWrites } from './added-call.ts'
import { beyond, cellsOf } from './cells.ts'
import { inserted, type Move, movesOf, type Mutation, type MutationClass } from './mutation.ts'
import { changedAt, holdsNumber, respelledJson, respelledText, turnedRound, withArguments } from './respell.ts'
import type { WitnessRun } from './witness-run.ts'

/** Steps with their numbers that a run made. */
function stepsOf({ end }: WitnessRun): { readonly step: WitnessStep; readonly i: number }[] {
  return end.task.template.witness.steps.map((step, i) => ({ step, i }))
}

function callsOf(run: WitnessRun, write: boolean): { readonly call: string; readonly i: number }[] {
  return stepsOf(run).flatMap(({ step, i }) => (step.kind === 'call' && step.write === write ? [{ call: step.call, i }] : []))
}

function without(moves: readonly Move[], left: (step: number) => boolean): Move[] {
  return moves.filter((move) => !('step' in move && left(move.step)))
}

function adding(moves: readonly Move[], calls: readonly AddedCall[]): Move[] {
  // From the last place to the first, so that places stay where they are.
  return calls.toReversed().reduce<Move[]>((all, { at, tool, args }) => inserted(all, at, { action: callAction(tool, { ...args }) }), [...moves])
}

function named(calls: readonly AddedCall[]): string {
  return calls.map(({ at, tool }) => `${tool} before step ${at + 1}`).join(', ')
}

function readsAdded(whose: 'own' | 'other'): MutationClass['of'] {
  return (run, pool) => {
    const { task, seed } = run.end.identity
    const reads = harmlessReads(run, pool, whose, keyOf(['reads', whose, task, seed]))
    return reads.length ? [{ name: `reads added: ${named(reads)}`, moves: adding(movesOf(run), reads), must: 'one' }] : []
  }
}

/** Writes of the agent that took effect. */
function commitsOf(episode: Episode): number {
  const { tools } = episode.scenario.world
  return episode.events().filter((event) => event.type === 'call' && event.frame !== USER_FRAME && event.committed && tools.get(event.tool)?.spec.effect === 'write').length
}

/** Whether the second of two equal calls took effect. */
function secondCommits(call: string): NonNullable<Mutation['applies']> {
  return (mutant) => {
    const made = mutant.events().filter((event) => event.type === 'call' && event.tool === call && event.committed) as CallEvent[]
    return made.some((event, i) => event.changes.length > 0 && made.slice(0, i).some((earlier) => sameValue(earlier.arguments, event.arguments)))
  }
}

/** An action with parts of the answer changed, if it gives one. */
function withAnswer(action: Action, paths: readonly (readonly string[])[], change: (value: unknown) => unknown): Action {
  return withArguments(action, ({ name, arguments: args }) => (name === 'finish' ? changedAt(args, paths.map((path) => ['answer', ...path]), change) : args))
}

/** All classes, in the order of the reference. */
export const MUTATION_TABLE: readonly MutationClass[] = [
  {
    id: 'as_it_is', about: 'the witness as it is', must: 'one',
    of: (run) => [{ name: 'as it is', moves: movesOf(run), must: 'one' }],
  },
  {
    id: 'without_write', about: 'one write is left out; what it would have answered is guessed', must: 'below one',
    of: (run) => callsOf(run, true).map(({ call, i }) => ({ name: `without write ${i + 1} (${call})`, moves: without(movesOf(run), (step) => step === i), must: 'below one' })),
  },
  {
    id: 'without_required', about: 'what a check demands besides the state is not called, or not said', must: 'below one',
    of(run) {
      const { required, outcome } = run.end.task.template
      const steps = stepsOf(run)
      const made: Mutation[] = required.calls.map((tools) => ({
        name: `without ${tools.join(' and ')}`, must: 'below one',
        moves: without(movesOf(run), (step) => { const at = steps[step]!.step; return at.kind === 'call' && tools.includes(at.call) }),
      }))
      if (required.words) made.push({ name: 'without saying it', moves: movesOf(run), must: 'below one', muted: true })
      if (outcome === 'unable') made.push({ name: 'declined at once', moves: [], must: 'below one' })
      return made
    },
  },
  {
    id: 'without_read', about: 'one read is left out and what it would have answered is guessed: below 1 where grounding is declared', must: 'reported',
    of(run) {
      const must = run.end.task.template.required.grounding ? 'below one' : 'reported'
      return callsOf(run, false).map(({ call, i }) => ({ name: `without read ${i + 1} (${call})`, moves: without(movesOf(run), (step) => step === i), must }))
    },
  },
  {
    id: 'read_again', about: 'a read is repeated', must: 'one',
    of: (run) => callsOf(run, false).map(({ call, i }) => ({ name: `read ${i + 1} (${call}) twice`, moves: inserted(movesOf(run), i + 1, { step: i }), must: 'one' })),
  },
  { id: 'own_reads_added', about: 'other reads of the rows that the witness names are added', must: 'one', of: readsAdded('own') },
  { id: 'other_reads_added', about: 'reads of other rows are added', must: 'one', of: readsAdded('other') },
  {
    id: 'stray_write', about: 'a write is added that changes what the witness does not change', must: 'gate',
    of(run, pool, effort) {
      const { task, seed } = run.end.identity
      return strayWrites(run, pool, effort, keyOf(['stray', task, seed])).map((stray) => ({
        name: `stray ${named([stray])} ${JSON.stringify(stray.args)}`.slice(0, 200), moves: adding(movesOf(run), [stray]), must: 'gate',
        // What the witness itself then writes over, or takes back, is no damage.
        // One in whose place a write of the witness was refused is another way, not one write more.
        applies: (mutant) => beyond(cellsOf(mutant), run.cells).length > 0 && commitsOf(mutant) > commitsOf(run.end),
      }))
    },
  },
  {
    id: 'write_twice', about: 'a write that is not idempotent is made twice, and the second is not refused', must: 'gate',
    of(run) {
      const { tools } = run.end.scenario.world
      return callsOf(run, true).flatMap(({ call, i }) => (tools.get(call)!.spec.idempotent ? [] : [{ name: `write ${i + 1} (${call}) twice`, moves: inserted(movesOf(run), i + 1, { step: i }), must: 'gate', applies: secondCommits(call) }]))
    },
  },
  {
    id: 'swapped', about: 'two steps that commute are swapped', must: 'one',
    of: (run) => stepsOf(run).flatMap(({ step, i }, _, steps) => (step.kind === 'call' && step.commutes && i + 1 < steps.length
      ? [{ name: `steps ${i + 1} and ${i + 2} swapped`, moves: [...movesOf(run).slice(0, i), { step: i + 1 }, { step: i }, ...movesOf(run).slice(i + 2)], must: 'one' as const }] : [])),
  },
  {
    id: 'numbers_respelled', about: 'numbers in arguments and in the answer are spelled otherwise: 25.0 for 25, 1,250.00 for 1250', must: 'one',
    of(run) {
      const { numbers } = run.end.task.template.required
      const called = numbers.length > 0 || run.end.events().some((event) => event.type === 'turn' && holdsNumber(event.action.tool_calls))
      const spelled: Mutation['spelled'] = (action) => withArguments(withAnswer(action, numbers, respelledText), ({ arguments: args }) => (holdsNumber(args) ? respelledJson(args) : args))
      return called ? [{ name: 'numbers spelled otherwise', moves: movesOf(run), must: 'one', spelled }] : []
    },
  },
  {
    id: 'sets_reordered', about: 'the items of an answer whose order does not matter are turned round', must: 'one',
    of(run) {
      const { sets } = run.end.task.template.required
      return sets.length ? [{ name: 'sets reordered', moves: movesOf(run), must: 'one', spelled: (action) => withAnswer(action, sets, turnedRound) }] : []
    },
  },
  {
    id: 'wrong_ending', about: 'the task is declined after it was done, or finished although it cannot be done', must: 'below one',
    of(run) {
      const { outcome } = run.end.task.template
      return [{ name: outcome === 'unable' ? 'finished after all' : 'declined after all', moves: movesOf(run), must: 'below one', turned: true }]
    },
  },
]
