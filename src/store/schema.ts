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

/**
 * A sweep: its specification, its tasks, and an outcome with the journal of every episode that was played. A lease is
 * an episode that is with a client.
 */
const SWEEPS = `
CREATE TABLE sweeps (
  number INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  digest TEXT NOT NULL,
  planned INTEGER NOT NULL,
  engine TEXT NOT NULL,
  spec TEXT NOT NULL,
  tasks BLOB NOT NULL,
  principal TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  request TEXT UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'waiting', 'done', 'cancelled', 'failed')),
  why TEXT
) STRICT;
CREATE TABLE sweep_episodes (
  sweep INTEGER NOT NULL,
  unit INTEGER NOT NULL,
  status TEXT NOT NULL,
  outcome TEXT NOT NULL,
  journal BLOB,
  judged_again INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sweep, unit)
) STRICT, WITHOUT ROWID;
CREATE INDEX sweep_episodes_by_status ON sweep_episodes (sweep, status);
CREATE TABLE sweep_leases (
  sweep INTEGER NOT NULL,
  unit INTEGER NOT NULL,
  episode TEXT,
  tries INTEGER NOT NULL,
  PRIMARY KEY (sweep, unit)
) STRICT, WITHOUT ROWID`

/** Published steps are never changed, only added to. */
export const MIGRATIONS: readonly string[] = [SCENARIOS, JOURNALS, SWEEPS]
