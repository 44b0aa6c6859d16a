/**
 * What values a schema allows, kind by kind: between JSON Schema, in which anything can be combined, and our subset,
 * in which a value has one kind. A kind that is not there is not allowed. Combining two shapes never allows less than
 * combining the schemas would; what is lost on the way is told to `lose`.
 */

export type NumberShape = { readonly whole: boolean; readonly values?: readonly number[] | undefined; readonly least?: number | undefined; readonly above?: number | undefined; readonly most?: number | undefined; readonly below?: number | undefined; readonly step?: number | undefined }
export type StringShape = { readonly values?: readonly string[] | undefined; readonly least?: number | undefined; readonly most?: number | undefined; readonly pattern?: string | undefined }
export type ArrayShape = { readonly items: Shape; readonly least?: number | undefined; readonly most?: number | undefined; readonly unique?: boolean | undefined }
/** `maybe`: one of several alternatives names it, so it says nothing where another part of the schema names it too. */
export type Field = { readonly shape: Shape; readonly maybe?: true }
/** `rest`: whether there may be fields without a name here; unsaid counts as yes only where no field is named. */
export type ObjectShape = { readonly fields: ReadonlyMap<string, Field>; readonly required: ReadonlySet<string>; readonly rest: 'unsaid' | 'none' | 'some' }

/** What people read beside a schema. */
export type Words = { readonly title?: string; readonly description?: string; readonly fallback?: unknown; readonly format?: string }

export type Shape = {
  readonly null?: true | undefined
  readonly boolean?: { readonly only?: boolean | undefined } | undefined
  readonly number?: NumberShape | undefined
  readonly string?: StringShape | undefined
  readonly array?: ArrayShape | undefined
  readonly object?: ObjectShape | undefined
  readonly words?: Words | undefined
}

export type Lose = (message: string) => void

const anything = (rest: ObjectShape['rest']): Shape => {
  const shape: Shape = { null: true, boolean: {}, number: { whole: false }, string: {}, object: { fields: new Map(), required: new Set(), rest } }
  return Object.assign(shape, { array: { items: shape } })
}
/** No limit at all. */
export const ANY = anything('unsaid')
/** No limit, and fields that nobody has looked at. */
export const OPEN = anything('some')
export const NEVER: Shape = {}

/** Told by what makes an array limitless, so that nothing is gone through that has no end. */
const isLimitless = (shape: Shape): boolean => (shape.array?.items === ANY || shape.array?.items === OPEN) && KINDS.every((kind) => shape[kind] !== undefined)

/** The kinds of a shape, in a fixed order. */
export const KINDS = ['null', 'boolean', 'number', 'string', 'array', 'object'] as const

/** Whether nothing is allowed. */
export const isNever = (shape: Shape): boolean => KINDS.every((kind) => shape[kind] === undefined)

/** The greater, or less, of two bounds of which either may be missing; a missing one wins for `either`. */
const tighter = (pick: (a: number, b: number) => number, a: number | undefined, b: number | undefined): number | undefined => (a === undefined ? b : b === undefined ? a : pick(a, b))
const looser = (pick: (a: number, b: number) => number, a: number | undefined, b: number | undefined): number | undefined => (a === undefined || b === undefined ? undefined : pick(a, b))

function common<T>(a: readonly T[] | undefined, b: readonly T[] | undefined): readonly T[] | undefined {
  return a === undefined ? b : b === undefined ? a : a.filter((value) => b.includes(value))
}

/** What both allow. */
export function meet(a: Shape, b: Shape, lose: Lose): Shape {
  if (a === ANY || a === b) return b
  if (b === ANY) return a
  return {
    null: a.null && b.null,
    boolean: a.boolean && b.boolean && meetBooleans(a.boolean, b.boolean),
    number: a.number && b.number && meetNumbers(a.number, b.number, lose),
    string: a.string && b.string && meetStrings(a.string, b.string, lose),
    array: a.array && b.array && {
      items: meet(a.array.items, b.array.items, lose), least: tighter(Math.max, a.array.least, b.array.least), most: tighter(Math.min, a.array.most, b.array.most), unique: a.array.unique || b.array.unique,
    },
    object: a.object && b.object && meetObjects(a.object, b.object, lose),
    words: { ...b.words, ...a.words },
  }
}

function meetBooleans(a: { only?: boolean | undefined }, b: { only?: boolean | undefined }): Shape['boolean'] {
  return a.only !== undefined && b.only !== undefined && a.only !== b.only ? undefined : { only: a.only ?? b.only }
}

function meetNumbers(a: NumberShape, b: NumberShape, lose: Lose): NumberShape | undefined {
  const values = common(a.values, b.values)
  if (values?.length === 0) return undefined
  if (a.step !== undefined && b.step !== undefined && a.step !== b.step) lose(`the second of two multipleOf is lost (${b.step})`)
  return {
    whole: a.whole || b.whole, values, step: a.step ?? b.step,
    least: tighter(Math.max, a.least, b.least), above: tighter(Math.max, a.above, b.above), most: tighter(Math.min, a.most, b.most), below: tighter(Math.min, a.below, b.below),
  }
}

function meetStrings(a: StringShape, b: StringShape, lose: Lose): StringShape | undefined {
  const values = common(a.values, b.values)
  if (values?.length === 0) return undefined
  if (a.pattern !== undefined && b.pattern !== undefined && a.pattern !== b.pattern) lose('the second of two patterns is lost')
  return { values, least: tighter(Math.max, a.least, b.least), most: tighter(Math.min, a.most, b.most), pattern: a.pattern ?? b.pattern }
}

function meetObjects(a: ObjectShape, b: ObjectShape, lose: Lose): ObjectShape {
  const fields = new Map(a.fields)
  for (const [name, field] of b.fields) {
    const other = fields.get(name)
    fields.set(name, other === undefined ? field : meetFields(other, field, lose))
  }
  const rests = [a.rest, b.rest]
  return { fields, required: new Set([...a.required, ...b.required]), rest: rests.includes('none') ? 'none' : rests.includes('some') ? 'some' : 'unsaid' }
}

function meetFields(a: Field, b: Field, lose: Lose): Field {
  if (a.maybe && b.maybe) return { shape: join(a.shape, b.shape, lose), maybe: true }
  if (a.maybe) return b
  return b.maybe ? a : { shape: meet(a.shape, b.shape, lose) }
}

/** What either allows; `lose` hears when the result allows more than that. */
export function join(a: Shape, b: Shape, lose: Lose): Shape {
  if (a === b) return a
  const object = a.object && b.object ? joinObjects(a.object, b.object, lose) : a.object ?? b.object
  if (isLimitless(a) || isLimitless(b)) return { ...ANY, object }
  return {
    null: a.null ?? b.null,
    boolean: a.boolean && b.boolean ? (a.boolean.only === b.boolean.only ? a.boolean : {}) : a.boolean ?? b.boolean,
    number: a.number && b.number ? joinNumbers(a.number, b.number, lose) : a.number ?? b.number,
    string: a.string && b.string ? joinStrings(a.string, b.string, lose) : a.string ?? b.string,
    array: a.array && b.array ? joinArrays(a.array, b.array, lose) : a.array ?? b.array,
    object,
  }
}

const MERGED = 'alternatives are merged into one that allows all of them, and some more'

const leastOf = ({ values, least, above }: NumberShape): number | undefined => (values ? Math.min(...values) : tighter(Math.max, least, above))
const mostOf = ({ values, most, below }: NumberShape): number | undefined => (values ? Math.max(...values) : tighter(Math.min, most, below))

function joinNumbers(a: NumberShape, b: NumberShape, lose: Lose): NumberShape {
  if (JSON.stringify(a) === JSON.stringify(b)) return a
  const plain = ({ values, ...more }: NumberShape): boolean => values !== undefined && Object.values(more).every((one) => one === undefined || typeof one === 'boolean')
  if (plain(a) && plain(b)) return { whole: a.whole && b.whole, values: [...new Set([...a.values!, ...b.values!])] }
  lose(MERGED)
  return { whole: a.whole && b.whole, least: looser(Math.min, leastOf(a), leastOf(b)), most: looser(Math.max, mostOf(a), mostOf(b)), step: a.step === b.step ? a.step : undefined }
}

function joinStrings(a: StringShape, b: StringShape, lose: Lose): StringShape {
  if (JSON.stringify(a) === JSON.stringify(b)) return a
  const free = ({ least, most, pattern }: StringShape): boolean => least === undefined && most === undefined && pattern === undefined
  if (a.values && b.values && free(a) && free(b)) return { values: [...new Set([...a.values, ...b.values])] }
  if ((!a.values && free(a)) || (!b.values && free(b))) return {}
  lose(MERGED)
  if (a.values || b.values) return {}
  return { least: looser(Math.min, a.least, b.least), most: looser(Math.max, a.most, b.most), pattern: a.pattern === b.pattern ? a.pattern : undefined }
}

function joinArrays(a: ArrayShape, b: ArrayShape, lose: Lose): ArrayShape {
  // What holds of no item holds of an empty list, whatever the items of the other one are.
  if (a.least !== b.least || a.most !== b.most || a.unique !== b.unique) lose(MERGED)
  if (JSON.stringify(kindsOf(a.items)) !== JSON.stringify(kindsOf(b.items))) lose(MERGED)
  return { items: join(a.items, b.items, lose), least: looser(Math.min, a.least, b.least), most: looser(Math.max, a.most, b.most), unique: a.unique && b.unique }
}

const kindsOf = (shape: Shape): string[] => KINDS.filter((kind) => shape[kind] !== undefined)

function joinObjects(a: ObjectShape, b: ObjectShape, lose: Lose): ObjectShape {
  const fields = new Map<string, Field>()
  for (const name of new Set([...a.fields.keys(), ...b.fields.keys()])) {
    const [one, other] = [a.fields.get(name), b.fields.get(name)]
    fields.set(name, one && other ? { shape: join(one.shape, other.shape, lose), ...((one.maybe || other.maybe) && { maybe: true }) } : { shape: (one ?? other)!.shape, maybe: true })
  }
  const required = new Set([...a.required].filter((name) => b.required.has(name)))
  const bare = [a, b].some((one) => one.fields.size === 0 && one.rest !== 'none')
  if (!bare && (fields.size !== a.fields.size || fields.size !== b.fields.size || fields.size > 1)) lose(MERGED)
  else if (required.size !== a.required.size || required.size !== b.required.size) lose(MERGED)
  return { fields, required, rest: a.rest === 'none' && b.rest === 'none' ? 'none' : a.rest === 'some' || b.rest === 'some' ? 'some' : 'unsaid' }
}
