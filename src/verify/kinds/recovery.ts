/** `recovery.contract`: the faults met were recovered from by an allowed path. */
import type { CallEvent } from '../../../protocol/event.ts'
import type { Check } from '../../../protocol/spec/check.ts'
import type { Issue } from '../../../protocol/verdict.ts'
import type { CompiledWorld } from '../../world/compiled-world.ts'
import type { Site } from '../../world/site.ts'
import { lateCommits, meantBy } from '../agent-call.ts'
import { callKey, callsOfAgent } from '../call-key.ts'
import { scalarsIn } from '../leaf.ts'
import { type CompiledCheck, PASSED } from '../compiled-check.ts'
import type { CheckEnvironment } from '../compile-check.ts'

type RecoveryCheck = Extract<Check, { kind: 'recovery.contract' }>

/** A call that the contract does not allow after a fault. */
type Breach = { readonly category: Issue['category']; readonly fault: number; readonly call: number; readonly expected: string }

/** Compiles the check. */
export function compileRecovery(check: RecoveryCheck, { world }: CheckEnvironment, site: Site): Pick<CompiledCheck, 'run'> {
  if (!check.patience && !check.read_back && check.retries === 100) site.complain('check', 'recovery.contract asks for nothing', { expected: 'patience, read_back, or fewer retries' })
  return {
    run({ events }) {
      const breaches = breachesOf(check, callsOfAgent(events), world, lateCommits(events))
      const [first, ...rest] = breaches
      if (!first) return PASSED
      const others = new Map(rest.filter(({ category }) => category !== first.category).map((breach) => [breach.category, breach]))
      return { score: 0, category: first.category, event: first.call, evidence: evidenceOf(breaches.filter(({ category }) => category === first.category)), others: [...others.values()].map((breach) => ({ category: breach.category, event: breach.call, evidence: evidenceOf([breach]) })) }
    },
  }
}

/** What the agent saw of the fault, and the call that should not have been. */
function evidenceOf(breaches: readonly Breach[]) {
  return breaches.slice(0, 20).flatMap(({ call, fault, expected }) => [{ event: call, pointer: '/arguments', expected }, { event: fault, pointer: '/content' }])
}

/** What is known of a call, by what it has in common with its repetitions. */
type Past = {
  /** Repetitions since an attempt that met a fault. */
  repeats: number
  /** The latest attempt that met a fault and failed. */
  failed: CallEvent | undefined
  /** The latest attempt that was told to wait, and until when. */
  told: CallEvent | undefined
  until: number
  /** The write whose answer was lost, until it was looked for. */
  lost: CallEvent | undefined
}

function breachesOf({ retries, patience, read_back }: RecoveryCheck, calls: readonly CallEvent[], world: CompiledWorld, late: ReturnType<typeof lateCommits>): Breach[] {
  const pasts = new Map<string, Past>()
  const breaches: Breach[] = []
  const looks = new Looks(world)
  for (const event of calls) {
    looks.take(event)
    if (event.rejected || !world.tools.has(meantBy(event).tool)) continue
    const past = pasts.get(callKey(event)) ?? { repeats: 0, failed: undefined, told: undefined, until: 0, lost: undefined }
    pasts.set(callKey(event), past)
    // Calls of one turn are made before any of them is answered.
    const again = (fault: CallEvent | undefined): fault is CallEvent => fault !== undefined && fault.turn < event.turn
    if (again(past.failed) && ++past.repeats > retries) breaches.push({ category: 'retry_storm', fault: past.failed.index, call: event.index, expected: `at most ${retries} repetitions` })
    if (patience && again(past.told) && event.at < past.until) breaches.push({ category: 'retry_storm', fault: past.told.index, call: event.index, expected: `not before ${past.until} ms` })
    if (read_back && again(past.lost) && !looks.hasLooked(past.lost, event) && (event.key === undefined || event.key !== past.lost.key)) {
      const twice = (event.committed || late.has(event.index)) && (past.lost.committed || late.has(past.lost.index))
      breaches.push({ category: twice ? 'duplicate_effect' : 'ignored_error', fault: past.lost.index, call: event.index, expected: 'a look at what became of it, or the same key' })
    }
    note(past, event, world)
  }
  return breaches
}

/** Remembers what came of an attempt. */
function note(past: Past, event: CallEvent, world: CompiledWorld): void {
  const { faults, is_error, unseen, at } = event
  const failed = faults.length > 0 && (is_error || unseen === true)
  past.failed = failed ? event : undefined
  if (!failed) past.repeats = 0
  const wait = unseen ? undefined : faults.find(({ retry_after_ms }) => retry_after_ms !== undefined)?.retry_after_ms
  if (wait !== undefined) [past.told, past.until] = [event, at + wait]
  else past.told = undefined
  const { spec } = world.tools.get(meantBy(event).tool)!
  past.lost = spec.effect === 'write' && !spec.idempotent && isLost(event) ? event : undefined
}

/** Kinds after which nobody knows whether the request got through. */
const LOST: ReadonlySet<string> = new Set(['timeout.pre_commit', 'timeout.post_commit', 'connection.reset'])

/** Whether a caller cannot know from the answer what happened. */
function isLost({ faults, unseen }: CallEvent): boolean {
  return unseen === true || faults.some(({ kind }) => LOST.has(kind))
}

/**
 * The reads whose answers were seen. One counts as a look at what became of a write when it is made by the tool that
 * the write names for that, or is about something that the write is about; of a write that names no tool any read does.
 */
class Looks {
  readonly #world: CompiledWorld
  readonly #reads: { readonly turn: number; readonly tool: string; readonly about: readonly (string | number)[] }[] = []

  constructor(world: CompiledWorld) {
    this.#world = world
  }

  take(event: CallEvent): void {
    const { tool, arguments: args } = meantBy(event)
    if (!event.rejected && !event.is_error && !event.unseen && this.#world.tools.get(tool)?.spec.effect === 'read') this.#reads.push({ turn: event.turn, tool, about: scalarsIn(args) })
  }

  /** Whether a lost write was looked for before a call that makes it again. */
  hasLooked(lost: CallEvent, again: CallEvent): boolean {
    const meant = meantBy(lost)
    const named = this.#world.tools.get(meant.tool)!.spec.read_back?.call
    const about = new Set(scalarsIn(meant.arguments))
    for (let i = this.#reads.length - 1; i >= 0; i--) {
      const read = this.#reads[i]!
      if (read.turn <= lost.turn) return false
      if (read.turn >= again.turn) continue
      if (named === undefined || read.tool === named || read.about.some((value) => about.has(value))) return true
    }
    return false
  }
}
