/** `minefields`: what must never happen. */
import type { Check } from '../../../protocol/spec/check.ts'
import type { EpisodeView } from '../../episode/task.ts'
import type { Site } from '../../world/site.ts'
import { BOOL } from '../../world/type.ts'
import { evaluate, finalEvaluation } from '../check-context.ts'
import { type CompiledCheck, type Evidence, type Finding, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'
import { compileHappening, type Occurrence } from '../happening.ts'
import { agentWords, listenClosely } from '../words.ts'
import { MOST_EVIDENCE } from './temporal.ts'

type MinefieldsCheck = Extract<Check, { kind: 'minefields' }>
type Mine = MinefieldsCheck['never'][number]

/** One thing that must never happen: the events in which it did, or whether it is so in the end. */
type CompiledMine = { hits(view: EpisodeView): readonly Occurrence[] } | { holds(view: EpisodeView): boolean }

/** Compiles the check; what has happened voids the progress of an episode where it is a gate. */
export function compileMinefields({ never, gate }: MinefieldsCheck, environment: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run' | 'whenDeclined' | 'guards' | 'stands'> {
  const mines = never.map((mine, i) => compileMine(mine, environment, site.at(i)))
  const happened = (mine: CompiledMine, view: EpisodeView) => ('hits' in mine ? mine.hits(view) : [])
  const eventsHit = (mine: CompiledMine, view: EpisodeView, i: number): Evidence[] => happened(mine, view).map(({ event }) => ({ event, pointer: '', expected: never[i], found: `/never/${i}` }))
  const statesHit = (mine: CompiledMine, view: EpisodeView, i: number): Evidence[] => ('holds' in mine && mine.holds(view) ? [{ pointer: `/never/${i}`, expected: never[i], found: true }] : [])
  return {
    guards: gate,
    stands: (view) => mines.every((mine) => !happened(mine, view).length),
    run: (view) => judge(mines.map((mine, i) => [...eventsHit(mine, view, i), ...statesHit(mine, view, i)])),
    // How things are in the end may be what could not be mended, and the ending is right; the rest is the agent's doing all the same.
    whenDeclined: (view) => judge(mines.map((mine, i) => ('ends' in never[i]! ? [] : eventsHit(mine, view, i)))),
  }
}

/** What the hits of each mine come to. */
function judge(found: readonly Evidence[][]): Finding {
  const hit = found.filter((evidence) => evidence.length).length
  if (!hit) return PASSED
  const evidence = found.flat()
  const events = evidence.flatMap(({ event }) => event ?? [])
  return { score: (found.length - hit) / found.length, category: 'rule_violation', evidence: evidence.slice(0, MOST_EVIDENCE), ...(events.length && { event: events.reduce((first, event) => Math.min(first, event)) }) }
}

function compileMine(mine: Mine, environment: CheckEnvironment, site: Site): CompiledMine {
  if ('that' in mine) {
    const { run } = site.at('that').expression(mine.that, environment.scope, BOOL)
    return { holds: (view) => evaluate(run, finalEvaluation(view, environment.scope.slots.used), mine.that) === true }
  }
  const find = compileHappening(mine, environment, site)
  if (!('says' in mine)) return { hits: find }
  const heard = listenClosely(mine.says)
  return { hits: ({ events }) => agentWords(events).filter(({ text }) => heard(text)) }
}
