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

/**
 * An episode's journal is its chunks, each an array of entries from index `first` on, after the first `parent_entries`
 * of its parent's. Chunks are appended in the order of commits, so that a batch touches few pages. A parent that is
 * dropped keeps its chunks for as long as a child needs them.
 */
const JOURNALS = `
CREATE TABLE requests (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  params TEXT NOT NULL,
  episodes TEXT NOT NULL
) STRICT;
CREATE TABLE episodes (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  scenario TEXT NOT NULL,
  digest TEXT NOT NULL,
  engine TEXT NOT NULL,
  identity TEXT NOT NULL,
  pace REAL NOT NULL,
  principal TEXT NOT NULL,
  parent INTEGER,
  parent_entries INTEGER NOT NULL,
  opened_with INTEGER NOT NULL,
  forks INTEGER NOT NULL,
  request INTEGER,
  created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('played', 'parked', 'closed', 'dropped'))
) STRICT;
CREATE INDEX episodes_by_state ON episodes (state, ended, touched_at);
CREATE INDEX episodes_by_parent ON episodes (parent) WHERE parent IS NOT NULL;
CREATE INDEX episodes_by_request ON episodes (request) WHERE request IS NOT NULL;
CREATE TABLE chunks (
  number INTEGER PRIMARY KEY,
  episode INTEGER NOT NULL,
  first INTEGER NOT NULL,
  entries TEXT NOT NULL
) STRICT;
CREATE INDEX chunks_by_episode ON chunks (episode, first);
CREATE TABLE marks (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT`

/** Published steps are never changed, only added to. */
export const MIGRATIONS: readonly string[] = [SCENARIOS, JOURNALS]
