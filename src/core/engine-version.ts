/** Part of every episode's identity: moves whenever the same actions could give something else. */
export const ENGINE_VERSION = '5'

/** Moves whenever the same log could be judged otherwise: stored episodes can be verified again. */
export const VERIFIER_VERSION = '1'

/** Libraries that shape values: another version of one is another version of the engine. */
export const SHAPING_LIBRARIES = { '@faker-js/faker': '10.6.0' } as const
