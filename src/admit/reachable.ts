/** Whether a witness knows only what it can know: each argument was in the request, or in what it had read before. */
import { matchesGlob } from '../core/glob.ts'
import type { CallEvent } from '../../protocol/event.ts'
import { ungroundedArguments } from '../verify/grounding.ts'
import type { WitnessRun } from './witness-run.ts'

/**
 * The first argument that came from nowhere, in words. Numbers are not judged, and what a `grounding` check of the
 * task lets pass needs no source here either.
 */
export function unreachable({ end }: WitnessRun): string | undefined {
  const except = (end.task.template.required.grounding ?? []).map((source) => source.split('.'))
  const isExempt = (tool: string, name: string) => except.some(([glob = '', argument]) => matchesGlob([glob], tool) && (argument === undefined || argument === name))
  const [first] = ungroundedArguments(end.view, { calls: 'all', isExempt })
  if (!first) return undefined
  const { tool, turn } = end.events()[first.event] as CallEvent
  const step = end.events().filter((event) => event.type === 'turn' && event.index <= turn).length
  return `step ${step} of the witness (${tool}) has ${JSON.stringify(first.found)} at ${first.pointer}, and neither the instruction, the user, nor anything that it read before says so: let it read that first, say it in the instruction, or let a grounding check except it`
}
