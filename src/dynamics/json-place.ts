/** Places inside a JSON answer: finding them, and answers with something else there. */

export type Place = readonly (string | number)[]

/** Places that are looked at in one answer. */
export const MOST_PLACES = 1000

/** Every leaf with its place, in document order. */
export function* leavesOf(json: unknown, place: Place = []): Generator<{ readonly place: Place; readonly value: unknown }> {
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) yield* leavesOf(json[i], [...place, i])
  } else if (json !== null && typeof json === 'object') {
    for (const [key, value] of Object.entries(json)) yield* leavesOf(value, [...place, key])
  } else yield { place, value: json }
}

/** The leaves at a dotted path; `*` stands for any name or position, and list positions may be left out. */
export function leavesAt(json: unknown, path: string): { readonly place: Place; readonly value: unknown }[] {
  const wanted = path.split('.')
  const found: { place: Place; value: unknown }[] = []
  let seen = 0
  for (const leaf of leavesOf(json)) {
    if (++seen > MOST_PLACES) break
    if (fits(leaf.place, wanted)) found.push(leaf)
  }
  return found
}

function fits(place: Place, wanted: readonly string[], at = 0, want = 0): boolean {
  if (want === wanted.length) return place.slice(at).every((part) => typeof part === 'number')
  if (at === place.length) return false
  const part = place[at]!
  if ((wanted[want] === '*' || String(part) === wanted[want]) && fits(place, wanted, at + 1, want + 1)) return true
  return typeof part === 'number' && fits(place, wanted, at + 1, want)
}

/** Leaves that are numbers. */
export function numbersIn(json: unknown): { readonly place: Place; readonly value: number }[] {
  const found: { place: Place; value: number }[] = []
  let seen = 0
  for (const { place, value } of leavesOf(json)) {
    if (++seen > MOST_PLACES) break
    if (typeof value === 'number') found.push({ place, value })
  }
  return found
}

/** The same JSON with another value at a place. */
export function replaced(json: unknown, [first, ...rest]: Place, value: unknown): unknown {
  if (first === undefined) return value
  if (Array.isArray(json)) return json.map((item, i) => (i === first ? replaced(item, rest, value) : item))
  const from = json as Record<string, unknown>
  return { ...from, [first]: replaced(from[first], rest, value) }
}

/** The list that an answer is about: the answer itself, or its longest list. */
export function listIn(json: unknown): { readonly field: string | undefined; readonly items: readonly unknown[] } | undefined {
  if (Array.isArray(json)) return { field: undefined, items: json }
  if (json === null || typeof json !== 'object') return undefined
  let longest: { field: string; items: readonly unknown[] } | undefined
  for (const [field, items] of Object.entries(json)) if (Array.isArray(items) && items.length > (longest?.items.length ?? -1)) longest = { field, items }
  return longest
}
