/** Part of every episode's identity: moves whenever the same actions could give something else. */
export const ENGINE_VERSION = '2'
