/** Upper bounds on the size of values: what a static cost bound is computed from. */

/** A length that nothing bounds: the place that would have to, and how. */
export type Unknown = { readonly path: string; readonly because: string; readonly remedy: string }

/**
 * The most that a value can be. `chars` are UTF-16 units, `weight` is what `measure` charges for a JSON value, `most`
 * the greatest number; Infinity means that nothing bounds it, and `why` then says what would have to.
 */
export type Size = { readonly why?: readonly Unknown[] } & (
  /** `least` where the number itself is known. */
  | { readonly k: 'flat'; readonly most: number; readonly least?: number }
  /** `literal` where the text itself is known. */
  | { readonly k: 'text'; readonly chars: number; readonly literal?: string }
  | { readonly k: 'list'; readonly items: number; readonly of: Size }
  | { readonly k: 'record'; readonly fields: ReadonlyMap<string, Size> }
  /** `chars` of its longest key. */
  | { readonly k: 'map'; readonly items: number; readonly chars: number; readonly of: Size }
  | { readonly k: 'json'; readonly weight: number }
)

/** What a piece of evaluation costs at most, besides its nodes, and the most that it gives. */
export type Bounded = { readonly units: number; readonly size: Size }

/** A number, bool, time or null of which nothing more is known. */
export const FLAT: Size = { k: 'flat', most: Infinity }

export const flatUpTo = (most: number): Size => ({ k: 'flat', most })
export const textOfChars = (chars: number): Size => ({ k: 'text', chars })
export const listOfSize = (items: number, of: Size): Size => ({ k: 'list', items, of })
export const recordOfSizes = (fields: Record<string, Size>): Size => ({ k: 'record', fields: new Map(Object.entries(fields)) })

/** A product in which nothing times anything is nothing. */
export function times(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : a * b
}

/** Whole shares: `x >> bits` for numbers of any size. */
export function share(x: number, bits: number): number {
  return Math.floor(x / 2 ** bits)
}

/** How often n can be halved, at least 1: the levels of a sort. */
export function levels(n: number): number {
  return n <= 2 ? 1 : n === Infinity ? Infinity : 32 - Math.clz32(Math.min(n, 0x7fffffff) - 1)
}

/** What `measure` charges at most. */
export function weightOf(size: Size): number {
  switch (size.k) {
    case 'flat': return 1
    case 'text': return 1 + share(size.chars, 4)
    case 'list': return 1 + times(size.items, weightOf(size.of))
    case 'record': {
      let sum = 1
      for (const [name, of] of size.fields) sum += weightOf(of) + share(name.length, 4)
      return sum
    }
    case 'map': return 1 + times(size.items, weightOf(size.of) + share(size.chars, 4))
    default: return size.weight
  }
}

/** Units of text that a value holds when it is one; JSON may be one. */
export function charsOf(size: Size): number {
  return size.k === 'text' ? size.chars : size.k === 'json' ? size.weight * 16 : 0
}

/** Elements of a value when it is a list; JSON may be one. */
export function itemsIn(size: Size): number {
  return size.k === 'list' || size.k === 'map' ? size.items : size.k === 'json' ? size.weight : 0
}

/** The most that an element of a value is. */
export function elementOf(size: Size): Size {
  return size.k === 'list' || size.k === 'map' ? size.of : size.k === 'json' ? size : FLAT
}

/** The greatest whole number that a value is; 0 for one that is below. */
export function mostOf(size: Size): number {
  return size.k === 'flat' ? Math.max(0, size.most) : Infinity
}

/** Length of the JSON text of a value, quotes and escapes included. */
export function jsonChars(size: Size): number {
  switch (size.k) {
    case 'flat': return 26
    case 'text': return 2 + 6 * size.chars
    case 'list': return 2 + times(size.items, 1 + jsonChars(size.of))
    case 'record': {
      let sum = 2
      for (const [name, of] of size.fields) sum += 6 * name.length + 4 + jsonChars(of)
      return sum
    }
    case 'map': return 2 + times(size.items, 4 + 6 * size.chars + jsonChars(size.of))
    // Each unit is an element with up to 15 free characters in its name and 15 in its text, or 16 characters.
    default: return 26 + times(size.weight, 220)
  }
}

/** Length of a value inside text: a text is itself, everything else its JSON. */
export function spelledChars(size: Size): number {
  return size.k === 'text' ? Math.max(4, size.chars) : size.k === 'json' ? Math.max(jsonChars(size), charsOf(size)) : jsonChars(size)
}

/** What is one or the other. */
export function either(a: Size, b: Size): Size {
  if (a === b) return a
  const why = joinWhy(a.why, b.why)
  if (a.k === 'flat' && b.k === 'flat') return { k: 'flat', most: Math.max(a.most, b.most), why }
  if (a.k === 'text' && b.k === 'text') return { k: 'text', chars: Math.max(a.chars, b.chars), why }
  if (a.k === 'list' && b.k === 'list') return { k: 'list', items: Math.max(a.items, b.items), of: a.items === 0 ? b.of : b.items === 0 ? a.of : either(a.of, b.of), why }
  if (a.k === 'record' && b.k === 'record') {
    const fields = new Map(a.fields)
    for (const [name, of] of b.fields) fields.set(name, fields.has(name) ? either(fields.get(name)!, of) : of)
    return { k: 'record', fields, why }
  }
  if (a.k === 'map' && b.k === 'map') return { k: 'map', items: Math.max(a.items, b.items), chars: Math.max(a.chars, b.chars), of: either(a.of, b.of), why }
  // Null or JSON beside something else; what a flat value is, its size says nothing of.
  if (a.k === 'flat') return b
  if (b.k === 'flat') return a
  return { k: 'json', weight: Math.max(weightOf(a), weightOf(b)), why: joinWhy(whyOf(a), whyOf(b)) }
}

/** Everything that is unknown about how much a value is; a number is as much whatever its value. */
export function whyOf(size: Size): readonly Unknown[] {
  if (size.k === 'flat') return []
  const inner = size.k === 'list' || size.k === 'map' ? whyOf(size.of) : size.k === 'record' ? [...size.fields.values()].reduce<readonly Unknown[] | undefined>((why, of) => joinWhy(why, whyOf(of)), undefined) : undefined
  return joinWhy(size.why, inner) ?? []
}

/** As whyOf, for what counts by a number as well. */
export function reasonsOf(size: Size): readonly Unknown[] {
  return size.k === 'flat' ? size.why ?? [] : whyOf(size)
}

/** Both lists of reasons, each place once. */
export function joinWhy(a: readonly Unknown[] | undefined, b: readonly Unknown[] | undefined): readonly Unknown[] | undefined {
  if (!a?.length) return b?.length ? b : undefined
  if (!b?.length || a === b) return a
  const seen = new Set(a.map(({ path, because }) => `${path}\n${because}`))
  const more = b.filter(({ path, because }) => !seen.has(`${path}\n${because}`))
  return more.length ? [...a, ...more] : a
}

/** The value with everything unknown taken to be 1: what is left of the unknown comes from elsewhere. */
export function madeFinite(size: Size): Size {
  const known = (n: number) => (n === Infinity ? 1 : n)
  switch (size.k) {
    case 'flat': return { k: 'flat', most: known(size.most) }
    case 'text': return { ...size, why: undefined, chars: known(size.chars) }
    case 'list': return { k: 'list', items: known(size.items), of: madeFinite(size.of) }
    case 'map': return { k: 'map', items: known(size.items), chars: known(size.chars), of: madeFinite(size.of) }
    case 'record': return { k: 'record', fields: new Map([...size.fields].map(([name, of]) => [name, madeFinite(of)])) }
    default: return { k: 'json', weight: known(size.weight) }
  }
}

/** Says of every unknown part that says nothing itself where it comes from. */
export function explained(size: Size, why: readonly Unknown[] | undefined): Size {
  if (!why?.length) return size
  const own = size.why ?? why
  switch (size.k) {
    case 'flat': return size.most === Infinity ? { ...size, why: own } : size
    case 'text': return size.chars === Infinity ? { ...size, why: own } : size
    case 'json': return size.weight === Infinity ? { ...size, why: own } : size
    case 'list': return { ...size, of: explained(size.of, why), ...(size.items === Infinity && { why: own }) }
    case 'map': return { ...size, of: explained(size.of, why), ...((size.items === Infinity || size.chars === Infinity) && { why: own }) }
    default: return { ...size, fields: new Map([...size.fields].map(([name, of]) => [name, explained(of, why)])) }
  }
}
