/** The schema of the database, as steps from one version to the next: step n leads from version n to n + 1. */

const SCENARIOS = `
CREATE TABLE scenarios (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  source TEXT NOT NULL,
  files TEXT NOT NULL,
  report TEXT NOT NULL,
  registered_at INTEGER NOT NULL,
  principal TEXT NOT NULL,
  UNIQUE (name, digest)
) STRICT`

/** Published steps are never changed, only added to. */
export const MIGRATIONS: readonly string[] = [SCENARIOS]
