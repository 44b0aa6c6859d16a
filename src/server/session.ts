/** The native dialect without a socket: decoded messages in, replies out, at once and in order. */
import { randomBytes } from 'node:crypto'
import type { Reply } from '../../protocol/json-rpc.ts'
import { LIMITS } from '../../protocol/json-rpc.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'
import { idOf, open } from './envelope.ts'
import type { Caller, Gym } from './gym.ts'
import { type Call, type Hold, isWork, Job, type Work } from './method.ts'
import { METHOD_TABLE } from './method-table.ts'
import { refusalOf } from './refusal.ts'
import { type Lane, runInSlices } from './slices.ts'

/** A reply, the real time to let pass before it is sent, and what the store has to do before. */
export type Answer = { readonly reply: Reply; readonly hold: Hold | undefined; readonly kept?: Promise<void> | undefined }

/** An answer that takes long: it is there when `work` or `job` has been run to its end; who does not do that says `abandon`. */
export type Pending = { readonly id: string | number; abandon(): void } & ({ readonly work: Work<Answer>; readonly lane: Lane } | { readonly job: (gone: AbortSignal) => Promise<Answer> })

type Id = string | number | null

/** Methods that may draw thousands of tasks. */
const DRAWING: ReadonlySet<string> = new Set(['task/sample', 'sweep/create'])

/** What a call is answered with; somebody may hear only later that it could not be kept. */
function answerOf(reply: Reply, { hold, kept }: Call): Answer {
  kept?.catch(() => {})
  return { reply, hold, kept }
}

export class Session {
  readonly gym: Gym
  readonly caller: Caller

  constructor(gym: Gym, caller: Caller) {
    this.gym = gym
    this.caller = caller
  }

  /** Answers one request, however long that and the store take; whatever was sent, it never throws. */
  async settle(message: unknown, gone: AbortSignal): Promise<Answer> {
    const begun = this.begin(message)
    const answer = 'reply' in begun ? begun : await this.finish(begun, gone)
    try {
      await answer.kept
      return answer
    } catch (error) {
      return { reply: this.refuse(answer.reply.id, error), hold: undefined }
    }
  }

  /** Runs pending work to its end, giving way to others. */
  async finish(pending: Pending, gone: AbortSignal): Promise<Answer> {
    try {
      return await ('job' in pending ? pending.job(gone) : runInSlices(pending.work, gone, pending.lane))
    } catch (error) {
      pending.abandon()
      return { reply: this.refuse(pending.id, error), hold: undefined }
    }
  }

  /**
   * Answers one request at once; whatever was sent, it returns a reply.
   * @throws Error for a job, which takes its time
   */
  answer(message: unknown): Answer {
    const begun = this.begin(message)
    if ('reply' in begun) return begun
    if ('job' in begun) throw new Error('a job is not answered at once')
    for (;;) {
      const { done, value } = begun.work.next()
      if (done) return value
    }
  }

  /** Answers one request, or begins work that the caller runs to its end; neither ever throws. */
  begin(message: unknown): Answer | Pending {
    const call: Call = { gym: this.gym, caller: this.caller, hold: undefined, kept: undefined, abandon: undefined }
    try {
      const { id, method, params } = open(message)
      const result = method === 'env/step' ? this.#step(params, call) : this.#run(method, params, call)
      const abandon = () => call.abandon?.()
      if (isWork(result)) return { id, abandon, lane: DRAWING.has(method) ? 'samples' : 'episodes', work: this.#finish(id, result, call) }
      if (result instanceof Job) return { id, abandon, job: (gone) => this.#await(id, result, gone) }
      return answerOf({ jsonrpc: '2.0', id, result }, call)
    } catch (error) {
      return answerOf(this.refuse(idOf(message), error), call)
    }
  }

  * #finish(id: string | number, work: Work<unknown>, call: Call): Work<Answer> {
    try {
      const result = yield* work
      return answerOf({ jsonrpc: '2.0', id, result }, call)
    } catch (error) {
      return answerOf(this.refuse(id, located(error)), call)
    }
  }

  async #await(id: string | number, job: Job<unknown>, gone: AbortSignal): Promise<Answer> {
    try {
      return { reply: { jsonrpc: '2.0', id, result: await job.run(gone) }, hold: undefined }
    } catch (error) {
      return { reply: this.refuse(id, located(error)), hold: undefined }
    }
  }

  /**
   * Begins a batch, one entry after another, as the caller asks for them; an entry whose id is used by an
   * earlier one, or by one of `waiting`, is refused.
   */
  * beginBatch(batch: readonly unknown[], waiting: ReadonlySet<string | number> = new Set()): Generator<Answer | Pending> {
    const ids = new Set(waiting)
    for (const [index, message] of batch.entries()) {
      const id = idOf(message)
      if (id !== null && ids.has(id)) yield { reply: this.refuseDuplicate(id, `[${index}].id`), hold: undefined }
      else yield this.begin(message)
      if (id !== null) ids.add(id)
    }
  }

  /** What stands for a whole batch that cannot be taken apart; undefined when it can. */
  refuseBatch(batch: readonly unknown[]): Reply | undefined {
    if (batch.length === 0) return this.refuse(null, new GymError('GYM_INVALID_REQUEST', 'an empty batch', { path: '', expected: 'at least one request' }))
    if (batch.length <= LIMITS.batch) return undefined
    return this.refuse(null, new GymError('GYM_LIMIT', `a batch of ${batch.length} requests; the most is ${LIMITS.batch}`, { path: '', limit: LIMITS.batch }))
  }

  /** An id that is still in use would make two replies indistinguishable, so this one carries none. */
  refuseDuplicate(id: string | number, path: string): Reply {
    return this.refuse(null, new GymError('GYM_INVALID_REQUEST', `id ${JSON.stringify(id)} is already used by an unanswered request`, { path, expected: 'an id of its own', duplicate: id }))
  }

  /** The error reply for anything that was thrown; faults of ours are reported and given an incident. */
  refuse(id: Id, error: unknown): Reply {
    const typed = error instanceof GymError ? error : this.#incident(error)
    this.gym.tally.countError(typed.gymCode)
    return { jsonrpc: '2.0', id, error: typed.toWire() }
  }

  #incident(error: unknown): GymError {
    const incident = randomBytes(6).toString('hex')
    this.gym.report(incident, error)
    return new GymError('GYM_INTERNAL', `a fault of the server; incident ${incident}`, { incident })
  }

  #step(params: Record<string, unknown>, call: Call): unknown {
    const began = performance.now()
    const result = this.#run('env/step', params, call)
    // A step that waits for its episode to come back is counted when it is done, without the way there.
    if (isWork(result)) return this.#stepLater(result)
    this.gym.tally.countStep(performance.now() - began)
    return result
  }

  * #stepLater(work: Work<unknown>): Work<unknown> {
    let began = performance.now()
    for (;;) {
      const { done, value } = work.next()
      if (done) {
        this.gym.tally.countStep(performance.now() - began)
        return value
      }
      yield value
      began = performance.now()
    }
  }

  #run(method: string, params: Record<string, unknown>, call: Call): unknown {
    const entry = METHOD_TABLE.get(method)
    if (!entry) {
      const near = nearest(method, METHOD_TABLE.keys())
      throw new GymError('GYM_UNKNOWN_METHOD', `no method is called ${method}${near ? `; did you mean ${near}?` : ''}`, { path: 'method', ...(near && { nearest: near }) })
    }
    if (this.gym.closing) throw new GymError('GYM_SHUTTING_DOWN', 'the server is shutting down')
    if (entry.privileged && !this.caller.privileged) throw new GymError('GYM_FORBIDDEN', `${method} needs the admin token`, { path: 'method' })
    const parsed = entry.params.safeParse(params)
    if (!parsed.success) throw refusalOf('GYM_INVALID_PARAMS', 'params', entry.params, params, parsed.error.issues)
    try {
      return entry.run(parsed.data, call)
    } catch (error) {
      throw located(error)
    }
  }
}

/** Inner rooms name a field as it is called below params; the caller wants the whole way. */
function located(error: unknown): unknown {
  if (!(error instanceof GymError) || typeof error.data.path !== 'string' || error.data.path.startsWith('params')) return error
  return new GymError(error.gymCode, error.message, { ...error.data, path: `params.${error.data.path}` })
}
