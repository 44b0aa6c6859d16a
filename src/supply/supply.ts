/** Generated scenarios on demand: a reference and a seed become a compiled scenario whose task was proved. */
import type { Split } from '../../protocol/scalars.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { compileDocuments } from '../compile/from-documents.ts'
import { GymError } from '../core/gym-error.ts'
import { toEnd } from '../core/to-end.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import type { Documents } from '../generate/documents.ts'
import { type GenReference, parseReference, printReference } from '../generate/reference.ts'
import { drawnTask, prove, type Reason, type Rejection } from './prove.ts'

/** Writes the environment of a reference and seed; a later attempt is another one. */
export type Write = (reference: GenReference, seed: number, attempt: number) => Generator<void, { readonly documents: Documents; readonly split: Split }>

/** The split of a reference and seed, whatever the attempt. */
export type SplitOf = (reference: GenReference, seed: number) => Split

/** Where a supply has its scenarios from. */
export type SupplyParts = { readonly write: Write; readonly splitOf: SplitOf; /** By name. */ readonly profiles: ReadonlyMap<string, Dynamics>; readonly bounds?: SupplyBounds }

/** Attempts before a seed is refused. */
export const MOST_ATTEMPTS = 8
/** What a supply keeps at most: scenarios, and about how many bytes of them. */
export type SupplyBounds = { readonly kept: number; readonly bytes: number }

export const SUPPLY_BOUNDS: SupplyBounds = { kept: 512, bytes: 400_000_000 }

/** Bytes that a compiled scenario takes, about, for each of its tables, tools, tasks and agents, as measured. */
const BYTES_A_PART = 18_000

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
  readonly #parts: SupplyParts
  readonly #bounds: SupplyBounds
  /** By reference and seed, the least recently used first. */
  readonly #kept = new Map<string, Kept>()
  readonly #rejected = new Map<Reason, number>()
  #bytes = 0
  #drawn = 0

  constructor(parts: SupplyParts) {
    this.#parts = parts
    this.#bounds = parts.bounds ?? SUPPLY_BOUNDS
  }

  /** Scenarios that are held. */
  get size(): number {
    return this.#kept.size
  }

  /** About how many bytes they take. */
  get bytes(): number {
    return this.#bytes
  }

  /** Scenarios that were made so far, those that are not held any more included. */
  get drawn(): number {
    return this.#drawn
  }

  /** Drafts that were refused so far, by reason. */
  get rejected(): ReadonlyMap<Reason, number> {
    return this.#rejected
  }

  /** The split of a reference and seed; nothing is generated. @throws GymError GYM_INVALID_PARAMS */
  splitOf(ref: string, seed: number, path = 'params.scenario'): Split {
    return this.#parts.splitOf(parseReference(ref.split('@')[0]!, path), seed)
  }

  /** The proved environment of a reference and seed. @throws GymError GYM_INVALID_PARAMS, GYM_NO_TASK, GYM_UNKNOWN_TASK */
  find(ref: string, seed: number, task?: string, path = 'params.scenario'): Supplied {
    return toEnd(this.findStepwise(ref, seed, task, path))
  }

  /** The same, giving way between its parts: others need not wait for all of it. */
  * findStepwise(ref: string, seed: number, task?: string, path = 'params.scenario'): Generator<void, Supplied> {
    const [bare, digest] = ref.split('@') as [string, string | undefined]
    const reference = parseReference(bare, path)
    const name = printReference(reference)
    const key = `${name} ${seed}`
    const kept = this.#kept.get(key) ?? (yield* this.#draw(reference, name, seed, path))
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
      const { documents, split } = yield* this.#parts.write(reference, seed, attempt)
      yield
      const { scenario, findings } = compileDocuments({ ...documents, scenario: { ...documents.scenario, name, world: documents.world.name } }, this.#parts.profiles, split)
      if (!scenario) {
        this.#refuse(rejections, { reason: 'fault', found: findings[0] ? `${findings[0].path.join('.')}: ${findings[0].message}` : 'too many findings' })
        continue
      }
      yield
      const drawn = drawnTask(scenario, seed)
      const refused = typeof drawn === 'string' ? yield* prove(scenario, seed, drawn) : drawn
      if (refused === undefined) {
        this.#drawn++
        return { scenario, documents, task: drawn as string, attempt, rejections, proved: new Map(), bytes: BYTES_A_PART * partsOf(documents) }
      }
      this.#refuse(rejections, refused)
    }
    const last = rejections.at(-1)!
    throw new GymError('GYM_NO_TASK', `seed ${seed} of ${name} gives no sound task in ${MOST_ATTEMPTS} attempts, the last time because: ${last.reason}, ${last.found.slice(0, 300)}`, { path, reasons: rejections.map(({ reason }) => reason) })
  }

  #refuse(rejections: Rejection[], rejection: Rejection): void {
    rejections.push(rejection)
    this.#rejected.set(rejection.reason, (this.#rejected.get(rejection.reason) ?? 0) + 1)
  }

  /** Keeps a scenario as the one that was used last. */
  #keep(key: string, kept: Kept): void {
    this.#bytes += kept.bytes - (this.#kept.get(key)?.bytes ?? 0)
    this.#kept.delete(key)
    this.#kept.set(key, kept)
    while (this.#kept.size > this.#bounds.kept || (this.#bytes > this.#bounds.bytes && this.#kept.size > 1)) {
      const [oldest, dropped] = this.#kept.entries().next().value!
      this.#kept.delete(oldest)
      this.#bytes -= dropped.bytes
      dropped.scenario.release()
    }
  }
}

function partsOf({ world, framework, scenario }: Documents): number {
  return [world.tables, world.tools, framework.agents, scenario.tasks].reduce((sum, parts) => sum + Object.keys(parts).length, 0)
}
