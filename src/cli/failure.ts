/** How a verb says that it cannot go on: the message is all the user sees. */

/** The work failed: exit code 1. */
export class WorkFailed extends Error {}

/** The command line is wrong: exit code 2. */
export class UsageError extends Error {}
