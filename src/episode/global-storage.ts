/** The GlobalStorage: one versioned key-value store for all frames of an episode, with locks; never changed in place. */
import { nearest } from '../core/nearest.ts'
import { unsafePlace } from '../core/json-safe.ts'

type Entry = { readonly value: unknown; readonly version: number; readonly by: string; readonly gone?: true }

/** Keys with their entries; deleted ones keep their version. Locks by key, with the frame that holds them. */
export type GlobalStorage = { readonly entries: ReadonlyMap<string, Entry>; readonly locks: ReadonlyMap<string, string>; readonly weight: number }

type Answer = { readonly storage: GlobalStorage; readonly json: unknown; readonly isError: boolean }

/** Characters of a key, at most. */
export const LONGEST_KEY = 200
/** Keys, characters of a key, and characters of all values as JSON, at most. */
const BOUNDS = { keys: 1000, key: LONGEST_KEY, weight: 1_000_000 } as const

export function openStorage(initial: Readonly<Record<string, unknown>>): GlobalStorage {
  const entries = new Map(Object.entries(initial).map(([key, value]) => [key, { value, version: 1, by: 'framework' }]))
  return { entries, locks: new Map(), weight: [...entries.values()].reduce((sum, { value }) => sum + weigh(value), 0) }
}

function weigh(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0
}

const refuse = (storage: GlobalStorage, error: string, more: Record<string, unknown> = {}): Answer => ({ storage, json: { error, ...more }, isError: true })

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= BOUNDS.key
const isVersion = (value: unknown): value is number | undefined => value === undefined || (Number.isSafeInteger(value) && (value as number) >= 0)
const isKeys = (value: unknown): value is string[] => Array.isArray(value) && value.length > 0 && value.length <= 100 && value.every(isText)

const FIELDS: Readonly<Record<string, readonly string[]>> = {
  storage_get: ['key'], storage_set: ['key', 'value', 'expected_version'], storage_update: ['key', 'fields', 'expected_version'], storage_delete: ['key', 'expected_version'],
  storage_keys: ['prefix'], storage_lock: ['keys'], storage_unlock: ['keys'],
}

/** Answers a call of a frame; `misfit` says what is wrong with its arguments. */
export function callStorage(storage: GlobalStorage, frame: string, tool: string, args: Readonly<Record<string, unknown>>): Answer | { readonly misfit: string } {
  const strange = Object.keys(args).find((field) => !FIELDS[tool]!.includes(field))
  if (strange !== undefined) return { misfit: `${strange.slice(0, 64)}: no such argument` }
  const { key, keys, expected_version: expected } = args
  if (!isVersion(expected)) return { misfit: 'expected_version: expected an integer from 0' }
  if (tool === 'storage_keys') return args.prefix === undefined || typeof args.prefix === 'string' ? listKeys(storage, (args.prefix as string | undefined) ?? '') : { misfit: 'prefix: expected text' }
  if (tool === 'storage_lock' || tool === 'storage_unlock') {
    if (!isKeys(keys)) return { misfit: `keys: expected 1 to 100 texts of at most ${BOUNDS.key} characters` }
    return tool === 'storage_lock' ? lock(storage, frame, keys) : unlock(storage, frame, keys)
  }
  if (!isText(key)) return { misfit: `key: expected text of 1 to ${BOUNDS.key} characters` }
  const found = storage.entries.get(key)
  const present = found && !found.gone ? found : undefined
  if (tool === 'storage_get') return present ? { storage, json: { key, value: present.value, version: present.version }, isError: false } : refuse(storage, 'not_found', { key, ...nearestKey(storage, key) })
  const holder = storage.locks.get(key)
  if (holder !== undefined && holder !== frame) return refuse(storage, 'locked', { key, by: holder })
  if (expected !== undefined && expected !== (present?.version ?? 0)) return refuse(storage, 'version_conflict', { key, expected_version: expected, version: present?.version ?? 0, ...(present && { by: present.by }) })
  if (tool === 'storage_delete') return present ? write(storage, key, { value: null, version: found!.version + 1, by: frame, gone: true }) : refuse(storage, 'not_found', { key, ...nearestKey(storage, key) })
  const value = tool === 'storage_set' ? args.value : merged(present?.value, args.fields)
  if (value === undefined) return tool === 'storage_set' ? { misfit: 'value: expected JSON' } : isObject(args.fields) ? refuse(storage, 'not_an_object', { key }) : { misfit: 'fields: expected an object' }
  if (unsafePlace(value)) return { misfit: `value: ${unsafePlace(value)}` }
  return write(storage, key, { value, version: (found?.version ?? 0) + 1, by: frame })
}

const isObject = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value)

/** Undefined where one of them is no object. */
function merged(before: unknown, fields: unknown): unknown {
  return isObject(fields) && (before === undefined || isObject(before)) ? { ...(before as object | undefined), ...fields } : undefined
}

function write(storage: GlobalStorage, key: string, entry: Entry): Answer {
  const weight = storage.weight - weigh(storage.entries.get(key)?.value) + weigh(entry.value)
  if (!storage.entries.has(key) && storage.entries.size >= BOUNDS.keys) return refuse(storage, 'storage_full', { keys: BOUNDS.keys })
  if (weight > BOUNDS.weight) return refuse(storage, 'storage_full', { characters: BOUNDS.weight })
  return { storage: { ...storage, weight, entries: new Map(storage.entries).set(key, entry) }, json: { key, version: entry.version, ...(entry.gone && { deleted: true }) }, isError: false }
}

function nearestKey({ entries }: GlobalStorage, key: string): { nearest?: string } {
  const close = nearest(key, [...entries].flatMap(([name, { gone }]) => (gone ? [] : [name])))
  return close === undefined ? {} : { nearest: close }
}

function listKeys(storage: GlobalStorage, prefix: string): Answer {
  const keys = [...storage.entries].flatMap(([key, { version, gone }]) => (gone || !key.startsWith(prefix) ? [] : [{ key, version, ...(storage.locks.has(key) && { locked_by: storage.locks.get(key) }) }]))
  return { storage, json: { keys: keys.sort((a, b) => (a.key < b.key ? -1 : 1)) }, isError: false }
}

/** All or none, in the order of the keys: so no two frames can wait for each other. */
function lock(storage: GlobalStorage, frame: string, keys: readonly string[]): Answer {
  const sorted = [...new Set(keys)].sort()
  const taken = sorted.find((key) => (storage.locks.get(key) ?? frame) !== frame)
  if (taken !== undefined) return refuse(storage, 'locked', { key: taken, by: storage.locks.get(taken) })
  const locks = new Map(storage.locks)
  for (const key of sorted) locks.set(key, frame)
  if (locks.size > BOUNDS.keys) return refuse(storage, 'storage_full', { keys: BOUNDS.keys })
  return { storage: { ...storage, locks }, json: { locked: sorted }, isError: false }
}

function unlock(storage: GlobalStorage, frame: string, keys: readonly string[]): Answer {
  const sorted = [...new Set(keys)].sort()
  const foreign = sorted.find((key) => storage.locks.get(key) !== frame)
  if (foreign !== undefined) return refuse(storage, 'not_locked_by_you', { key: foreign })
  const locks = new Map(storage.locks)
  for (const key of sorted) locks.delete(key)
  return { storage: { ...storage, locks }, json: { unlocked: sorted }, isError: false }
}

/** Gives up all locks of a frame that is done. */
export function releaseLocks(storage: GlobalStorage, frame: string): GlobalStorage {
  const held = [...storage.locks].filter(([, by]) => by === frame)
  if (!held.length) return storage
  const locks = new Map(storage.locks)
  for (const [key] of held) locks.delete(key)
  return { ...storage, locks }
}

/** For the state hash. */
export function storageJson({ entries, locks }: GlobalStorage): unknown {
  const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return { entries: sorted(entries), locks: sorted(locks) }
}
