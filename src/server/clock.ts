/** Real time as the server sees it: milliseconds since 1970. Injected, so that tests turn the hands. */
export type Clock = { now(): number }

/** The clock on the wall. */
export const wallClock: Clock = { now: () => Date.now() }
