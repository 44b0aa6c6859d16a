/** Timers that wait for their time, the earliest first. */

/** A timer that will fire. */
export type WaitingTimer = {
  /** Milliseconds since 1970 on the virtual calendar. */
  readonly due: number
  /** Counts the timers of an episode: ties are broken by it. */
  readonly order: number
  readonly name: string
  /** JSON. */
  readonly args: unknown
}

/** The most timers that may wait at once. */
export const MAX_TIMERS = 1000

/** The queue with one more timer. */
export function insertTimer(queue: readonly WaitingTimer[], timer: WaitingTimer): readonly WaitingTimer[] {
  const at = queue.findIndex((other) => other.due > timer.due)
  return at < 0 ? [...queue, timer] : [...queue.slice(0, at), timer, ...queue.slice(at)]
}
