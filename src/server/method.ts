/** What a method is to the session: a schema for its parameters and a function that runs at once. */
import type { METHODS, MethodName, Params, Result } from '../../protocol/methods.ts'
import type { Caller, Gym } from './gym.ts'
import type { LiveEpisode } from './live-episode.ts'

/** Real time that a transport lets pass before it sends the answer (`time: real`). */
export type Hold = { readonly live: LiveEpisode; readonly ms: number }

/** One call on its way through a method. */
export type Call = {
  readonly gym: Gym
  readonly caller: Caller
  hold: Hold | undefined
  /** Resolves when the answer may be sent as far as the store goes; rejects when it must not be. */
  kept: Promise<void> | undefined
  /** Has to be called when the work that a method returned is not run to its end. */
  abandon: (() => void) | undefined
}

/** Work that takes long gives way again and again, so that a transport can do other things in between; a promise is what it waits for. */
export type Work<R> = Generator<void | Promise<unknown>, R>

export function isWork<R>(result: R | Work<R>): result is Work<R> {
  return typeof (result as { next?: unknown } | null | undefined)?.next === 'function'
}

/** Work that is done elsewhere; `gone` is aborted when nobody waits for the answer any more. */
export class Job<R> {
  readonly run: (gone: AbortSignal) => Promise<R>

  constructor(run: (gone: AbortSignal) => Promise<R>) {
    this.run = run
  }
}

export type Run<M extends MethodName> = (params: Params<M>, call: Call) => Result<M> | Work<Result<M>> | Job<Result<M>>

/** A group of methods, by name; together the groups cover `METHODS`. */
export type Methods<M extends MethodName> = { readonly [K in M]: Run<K> }

export type MethodTable = { readonly [K in keyof typeof METHODS]: Run<K> }
