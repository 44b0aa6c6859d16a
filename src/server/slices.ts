/** Runs long work a little at a time, one piece of work of a line after another, so that steps are answered in between. */
import { setImmediate } from 'node:timers/promises'
import { GymError } from '../core/gym-error.ts'
import type { Work } from './method.ts'

/** Milliseconds of work before everybody else has a turn. */
const SLICE_MS = 3

/**
 * Lines that work stands in. Drawing a data set may take minutes and has a line of its own, so that episodes that are
 * begun or come back meanwhile do not wait for the end of it; within a line work is done in its order.
 */
export type Lane = 'episodes' | 'samples'

/** The ends of the lines: all connections share them. */
const lines: Record<Lane, Promise<unknown>> = { episodes: Promise.resolve(), samples: Promise.resolve() }

type Portion<R> = { readonly value: R } | { readonly waitsFor: Promise<unknown> }

/** Runs work until it is done, or waits for something outside. */
async function run<R>(work: Work<R>, gone: AbortSignal): Promise<Portion<R>> {
  for (;;) {
    if (gone.aborted) throw closing()
    const until = performance.now() + SLICE_MS
    do {
      const { done, value } = work.next()
      if (done) return { value }
      if (value instanceof Promise) return { waitsFor: value }
    } while (performance.now() < until)
    await setImmediate()
  }
}

function closing(): GymError {
  return new GymError('GYM_SHUTTING_DOWN', 'the connection or the server is closing')
}

/**
 * Runs work to its end when its turn has come; while it waits for something outside, others have theirs.
 * @throws GymError GYM_SHUTTING_DOWN when `gone` is aborted first
 */
export async function runInSlices<R>(work: Work<R>, gone: AbortSignal, lane: Lane = 'episodes'): Promise<R> {
  for (;;) {
    const turn = lines[lane].then(() => run(work, gone))
    lines[lane] = turn.catch(() => {})
    const portion = await turn
    if ('value' in portion) return portion.value
    await settled(portion.waitsFor, gone)
  }
}

/** Whatever came of it: the work itself looks. @throws GymError GYM_SHUTTING_DOWN */
async function settled(promise: Promise<unknown>, gone: AbortSignal): Promise<void> {
  let stop = (): void => {}
  const aborted = new Promise<void>((resolve) => {
    stop = resolve
    gone.addEventListener('abort', stop, { once: true })
  })
  await Promise.race([promise.catch(() => {}), aborted])
  gone.removeEventListener('abort', stop)
}
