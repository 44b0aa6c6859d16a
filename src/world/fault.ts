/** Thrown at run time for a mistake in a specification or in the engine: the episode ends with env_error. */
export class SpecFault extends Error {
  override readonly name: string = 'SpecFault'
}

/** A field of null was read. In a check it means that what the check looks for is not there. */
export class NullAccess extends SpecFault {}

/** Thrown when a write would not fit its column: the transaction is undone, and the caller sees the message as a tool error. */
export class Refused extends Error {
  override readonly name = 'Refused'
}

/** What an agent reads, after the tool's name, when a call is too dear: no answer of the tool. */
export const TOO_EXPENSIVE = 'request too expensive'

/** Thrown when a call is too dear or a number leaves the safe range: the agent sees a tool error. */
export class CallLimit extends Error {
  override readonly name = 'CallLimit'
}
