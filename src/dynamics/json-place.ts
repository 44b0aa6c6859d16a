/** Places inside a JSON answer: finding them, and answers with something else there. */

export type Place = readonly (string | number)[]

/** Places that are looked at in one answer. */
const MOST_PLACES = 1000

type Leaf = { readonly place: Place; readonly value: unknown }

function* walk(json: unknown, place: Place): Generator<Leaf> {
  if (Array.isArray(json)) {
    for (let i = 0; i < json.length; i++) yield* walk(json[i], [...place, i])
  } else if (json !== null && typeof json === 'object') {
    for (const [key, value] of Object.entries(json)) yield* walk(value, [...place, key])
  } else yield { place, value: json }
}

/** The leaves with their places, in document order; as many as are looked at. */
export function* leavesOf(json: unknown): Generator<Leaf> {
  let seen = 0
  for (const leaf of walk(json, [])) {
    if (++seen > MOST_PLACES) return
    yield leaf
  }
}

/** The leaves at a dotted path; `*` stands for any name or position, and list positions may be left out. */
export function leavesAt(json: unknown, path: string): Leaf[] {
  const wanted = path.split('.')
  return [...leavesOf(json)].filter(({ place }) => fits(place, wanted))
}

function fits(place: Place, wanted: readonly string[], at = 0, want = 0): boolean {
  if (want === wanted.length) return place.slice(at).every((part) => typeof part === 'number')
  if (at === place.length) return false
  const part = place[at]!
  if ((wanted[want] === '*' || String(part) === wanted[want]) && fits(place, wanted, at + 1, want + 1)) return true
  return typeof part === 'number' && fits(place, wanted, at + 1, want)
}

/** Leaves that are numbers. */
export function numbersIn(json: unknown): Leaf[] {
  return [...leavesOf(json)].filter(({ value }) => typeof value === 'number')
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
