/** Generated scenarios on demand: a reference and a seed become a compiled scenario whose task was proved. */
import type { Split } from '../../protocol/scalars.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { compileDocuments } from '../compile/from-documents.ts'
import { GymError } from '../core/gym-error.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Documents } from '../generate/documents.ts'
import { type GenReference, parseReference, printReference } from '../generate/reference.ts'
import { prove, type Rejection } from './prove.ts'

/** Writes the environment of a reference and seed; a later attempt is another one. */
export type Write = (reference: GenReference, seed: number, attempt: number) => { readonly documents: Documents; readonly split: Split }

/** Attempts before a seed is refused. */
export const MOST_ATTEMPTS = 8
/** Scenarios that are kept, and about how many bytes of them. */
const MOST_KEPT = 512
const MOST_BYTES = 400_000_000
/** Bytes that a compiled scenario takes, roughly, for each character of its documents. */
const BYTES_A_CHARACTER = 60

/** A proved environment. */
export type Supplied = {
  readonly scenario: CompiledScenario
  readonly documents: Documents
  /** The task that the seed draws. */
  readonly task: string
  readonly attempt: number
  /** What was refused before it, attempt by attempt. */
  readonly rejections: readonly Rejection[]
}

type Kept = Supplied & { readonly bytes: number; /** Tasks that were proved besides the drawn one. */ readonly proved: Map<string, Rejection | undefined> }

export class Supply {
  readonly #write: Write
  readonly #profiles: ReadonlyMap<string, Dynamics>
  readonly #kept = new Map<string, Kept>()
  #bytes = 0

  constructor(write: Write, profiles: ReadonlyMap<string, Dynamics>) {
    this.#write = write
    this.#profiles = profiles
  }

  /** Scenarios that are held. */
  get size(): number {
    return this.#kept.size
  }

  /** The proved environment of a reference and seed. @throws GymError GYM_INVALID_PARAMS, GYM_NO_TASK, GYM_UNKNOWN_TASK */
  find(ref: string, seed: number, task?: string, path = 'params.scenario'): Supplied {
    const work = this.findStepwise(ref, seed, task, path)
    for (;;) {
      const { done, value } = work.next()
      if (done) return value
    }
  }

  /** The same, giving way between its parts: others need not wait for all of it. */
  * findStepwise(ref: string, seed: number, task?: string, path = 'params.scenario'): Generator<void, Supplied> {
    const [bare, digest] = ref.split('@') as [string, string | undefined]
    const reference = parseReference(bare, path)
    const name = printReference(reference)
    const key = `${name} ${seed}`
    let kept = this.#kept.get(key)
    if (kept) this.#kept.delete(key)
    else kept = yield* this.#draw(reference, name, seed, path)
    this.#keep(key, kept)
    if (digest !== undefined && !kept.scenario.digest.startsWith(digest)) throw new GymError('GYM_UNKNOWN_SCENARIO', `seed ${seed} of ${name} is not what has the digest ${digest}`, { path, nearest: `${name}@${kept.scenario.digest}` })
    if (task !== undefined && task !== kept.task && kept.scenario.tasks.has(task)) {
      if (!kept.proved.has(task)) kept.proved.set(task, yield* prove(kept.scenario, seed, task))
      const refused = kept.proved.get(task)
      if (refused) throw new GymError('GYM_NO_TASK', `seed ${seed} of ${name} has no sound task '${task}': ${refused.found}`, { path: 'params.task', reason: refused.reason, nearest: kept.task })
    }
    return kept
  }

  * #draw(reference: GenReference, name: string, seed: number, path: string): Generator<void, Kept> {
    const rejections: Rejection[] = []
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { documents, split } = this.#write(reference, seed, attempt)
      yield
      const { scenario, findings } = compileDocuments({ ...documents, scenario: { ...documents.scenario, name, world: documents.world.name } }, this.#profiles, split)
      if (!scenario) {
        rejections.push({ reason: 'fault', found: findings[0] ? `${findings[0].path.join('.')}: ${findings[0].message}` : 'too many findings' })
        continue
      }
      yield
      const drawn = drawnTask(scenario, seed)
      const refused = typeof drawn === 'string' ? yield* prove(scenario, seed, drawn) : drawn
      if (refused === undefined) return { scenario, documents, task: drawn as string, attempt, rejections, proved: new Map(), bytes: BYTES_A_CHARACTER * sizeOf(documents) }
      rejections.push(refused)
    }
    const last = rejections.at(-1)!
    throw new GymError('GYM_NO_TASK', `seed ${seed} of ${name} gives no sound task in ${MOST_ATTEMPTS} attempts, the last time because: ${last.reason}, ${last.found.slice(0, 300)}`, { path, reasons: rejections.map(({ reason }) => reason) })
  }

  #keep(key: string, kept: Kept): void {
    if (!this.#kept.has(key)) this.#bytes += kept.bytes
    this.#kept.set(key, kept)
    while (this.#kept.size > MOST_KEPT || (this.#bytes > MOST_BYTES && this.#kept.size > 1)) {
      const [oldest, dropped] = this.#kept.entries().next().value!
      this.#kept.delete(oldest)
      this.#bytes -= dropped.bytes
      dropped.scenario.release()
    }
  }
}

/** The task that the seed itself draws. */
function drawnTask(scenario: CompiledScenario, seed: number): string | Rejection {
  try {
    return scenario.drawTask(seed).template.name
  } catch (error) {
    if (error instanceof GymError && error.gymCode === 'GYM_NO_TASK') return { reason: 'no_task', found: error.message }
    throw error
  }
}

function sizeOf(documents: Documents): number {
  return JSON.stringify(documents).length
}
