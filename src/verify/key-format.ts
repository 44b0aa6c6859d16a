/** Keys that a world generates, found in texts: an id in such a format is the key of a row, or of none. */
import type { CompiledWorld } from '../world/compiled-world.ts'
import type { EpisodeView } from '../episode/task.ts'

/** A format whose keys are told from ordinary words. */
type KeyFormat = { readonly table: number; readonly name: string; readonly pattern: RegExp; isKey(text: string): boolean }

/** Digits that make an id of a word; with a longer prefix fewer do. */
const DIGITS = 4
const DIGITS_BEHIND_A_PREFIX = 3

/** Longer texts are no ids. */
const LONGEST = 40

const formats = new WeakMap<CompiledWorld, readonly KeyFormat[]>()

/** `R12` may be a room, and `0771234567` a number to call: only what looks like nothing else counts. */
function formatsOf(world: CompiledWorld): readonly KeyFormat[] {
  let all = formats.get(world)
  if (!all) {
    all = world.tables.flatMap(({ position, name, idRule, format }): KeyFormat[] => {
      const rule = idRule && ('draw' in idRule ? idRule.draw : 'counter' in idRule ? idRule.counter : undefined)
      const parts = rule === undefined ? null : /^([^{}]*)\{n(?::0\d)?\}([^{}]*)$/.exec(rule)
      if (!parts || !format) return []
      const [prefix, suffix] = [parts[1]!, parts[2]!]
      if (!/\p{L}/u.test(prefix) || format.digits < (prefix.length > 1 ? DIGITS_BEHIND_A_PREFIX : DIGITS)) return []
      const pattern = new RegExp(`${escaped(prefix)}\\d{${format.digits},15}${escaped(suffix)}`, 'g')
      return [{ table: position, name, pattern, isKey: (text) => text.length <= LONGEST && format.parse(text) !== undefined }]
    })
    formats.set(world, all)
  }
  return all
}

/** What must not stand before an id or behind it; one pattern for all, because classes of Unicode are slow to compile. */
const GOES_ON_BEFORE = /[\p{L}\p{N}_#/.-]$/u
const GOES_ON_BEHIND = /^(?:[\p{L}\p{N}_]|[-./]\p{N})/u

/** Where a pattern fits, and is no part of a longer word. */
function* wordsIn(text: string, pattern: RegExp): Generator<FoundKey> {
  pattern.lastIndex = 0
  for (let found = pattern.exec(text); found; found = pattern.exec(text)) {
    const [{ length }, at] = [found[0], found.index]
    // A letter takes two units at most.
    const isWord = !GOES_ON_BEFORE.test(text.slice(Math.max(0, at - 2), at)) && !GOES_ON_BEHIND.test(text.slice(at + length, at + length + 3))
    if (isWord) yield { key: found[0], at }
    pattern.lastIndex = isWord ? at + length : at + 1
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
}

/** Whether a text as a whole is in the format of keys of some table. */
export function isGeneratedKey(text: string, world: CompiledWorld): boolean {
  return formatsOf(world).some(({ isKey }) => isKey(text))
}

/** An id in a text, and where it begins. */
export type FoundKey = { readonly key: string; readonly at: number }

/** The ids of such formats in a text, each once, up to a number of them. */
export function keysIn(text: string, world: CompiledWorld, most: number): FoundKey[] {
  // Most of what is said holds no id.
  if (!/\d{3}/.test(text)) return []
  const found = new Map<string, FoundKey>()
  for (const { pattern, isKey } of formatsOf(world)) {
    for (const word of wordsIn(text, pattern)) {
      if (found.size >= most) return [...found.values()]
      if (!found.has(word.key) && isKey(word.key)) found.set(word.key, word)
    }
  }
  return [...found.values()]
}

/** Whether some row has, or once had, a key. */
export function wasKey(key: string, { base, overlay, events }: EpisodeView): boolean {
  const tables = formatsOf(base.world).filter(({ isKey }) => isKey(key))
  if (tables.some(({ table }) => overlay.entries(table)?.has(key) === true || base.tables[table]!.indexOf(key) !== undefined)) return true
  const names = new Set(tables.map(({ name }) => name))
  return events.some((event) => 'changes' in event && event.changes.some((change) => change.key === key && names.has(change.table)))
}
