/** A shape as a schema of the subset; what the subset has no word for becomes `json`. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import type { Say } from './remark.ts'
import { type ArrayShape, isNever, KINDS, type NumberShape, type ObjectShape, type Shape, type StringShape } from './shape.ts'
import { wordsOf, type SaidOptions } from './words.ts'

export type { SaidOptions } from './words.ts'

const FIELD_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/
/** The greatest count that the subset states, and the steps that it knows of numbers that are not whole. */
const MOST_COUNT = 100_000
const STEPS = [0.1, 0.01, 0.001, 0.0001] as const
const MOST_VALUES = 1000

/** Levels of a document that a schema may take up: documents end at 50, and tools have some above them. */
const MOST_LEVELS = 40

/** `levels`: of the document, between the arguments and what is written. */
type Writing = SaidOptions & { readonly levels?: number }
const deeper = (options: Writing, levels: number): Writing => ({ ...options, levels: (options.levels ?? 0) + levels })

const isEmptyRange = (least: number | undefined, most: number | undefined): boolean => least !== undefined && most !== undefined && least > most

/** The shape without kinds of which no value can be. */
function possible(shape: Shape): Shape {
  const { number, string, array } = shape
  return {
    ...shape,
    number: number && isEmptyRange(greatest(number.least, number.above), smallest(number.most, number.below)) ? undefined : number,
    string: string && isEmptyRange(string.least, string.most) ? undefined : string,
    array: array && isEmptyRange(array.least, array.most) ? undefined : array,
  }
}

/** Whether a kind of a shape is free of all limits. */
function isFree(shape: Shape): boolean {
  const { boolean, number, string, array, object } = shape
  const none = (...limits: unknown[]): boolean => limits.every((one) => one === undefined || one === false)
  return (!boolean || none(boolean.only)) && (!number || none(number.whole, number.values, number.least, number.above, number.most, number.below, number.step))
    && (!string || none(string.values, string.least, string.most, string.pattern)) && (!array || (none(array.least, array.most, array.unique) && allKinds(array.items)))
    && (!object || (object.fields.size === 0 && object.required.size === 0 && object.rest !== 'none'))
}

const allKinds = (shape: Shape): boolean => KINDS.every((kind) => shape[kind] !== undefined)

/** Writes a shape; remarks say what it takes beyond it. */
export function writeSchema(stated: Shape, path: string, say: Say, options: Writing): InputSchema {
  const shape = possible(stated)
  const kinds = KINDS.filter((kind) => shape[kind] !== undefined)
  const [kind, ...more] = kinds.filter((one) => one !== 'null')
  const json = (message: string | undefined): InputSchema => {
    if (message !== undefined) say(path, message)
    return { type: 'json', ...wordsOf(shape.words, options, kinds.length < KINDS.length ? kinds : []) }
  }
  if (kinds.length === 0) return json('nothing fits the schema: any JSON is taken')
  if (kinds.length === KINDS.length) return json(isFree(shape) ? undefined : 'limits without one type are lost: any JSON is taken')
  if (kind === undefined) return json('only null fits: any JSON is taken')
  if (more.length) return json(`${kinds.join(' or ')}: any JSON is taken`)
  if ((kind === 'array' || kind === 'object') && (options.levels ?? 0) > MOST_LEVELS) return json('the schema goes too deep: any JSON is taken from here')
  const written = writeKind(shape, kind, path, say, options)
  if (!written) return json('an object whose fields have no names here: any JSON is taken')
  const { type, ...limits } = written
  return { type: shape.null ? [type as string, 'null'] : type, ...wordsOf(shape.words, options), ...limits } as InputSchema
}

function writeKind(shape: Shape, kind: (typeof KINDS)[number], path: string, say: Say, options: Writing): InputSchema | undefined {
  switch (kind) {
    case 'boolean':
      if (shape.boolean!.only !== undefined) say(path, `always ${shape.boolean!.only}: either is taken`)
      return { type: 'boolean' }
    case 'number': return writeNumber(shape.number!, path, say)
    case 'string': return writeString(shape.string!, path, say)
    case 'array': return writeArray(shape.array!, path, say, options)
    default: return canBeSaid(shape.object!) ? writeFields(shape.object!, path, say, options) : undefined
  }
}

/** Without what is undefined. */
function stated<T extends object>(schema: T): T {
  return Object.fromEntries(Object.entries(schema).filter(([, value]) => value !== undefined)) as T
}

function writeNumber(shape: NumberShape, path: string, say: Say): InputSchema {
  const { step } = shape
  const values = shape.values?.every(Number.isSafeInteger) ? shape.values : shape.whole ? shape.values?.filter(Number.isSafeInteger) : undefined
  if (shape.values && !values?.length) say(path, 'the listed numbers are lost')
  const inWholes = step !== undefined && Number.isInteger(step)
  if (shape.whole || inWholes || values?.length) {
    if (step !== undefined && step !== 1 && !Number.isInteger(1 / step)) say(path, `multipleOf ${step} is lost`)
    return stated({ type: 'integer' as const, ...wholeRange(shape), ...(values?.length && { enum: values.slice(0, MOST_VALUES) as number[] }) })
  }
  if (shape.above !== undefined || shape.below !== undefined) say(path, 'a bound that numbers must not reach may be reached')
  const scale = STEPS.find((one) => one === step)
  if (step !== undefined && scale === undefined) say(path, `multipleOf ${step} is lost`)
  return stated({ type: 'number' as const, minimum: inReach(greatest(shape.least, shape.above)), maximum: inReach(smallest(shape.most, shape.below)), multipleOf: scale })
}

/** Bounds past 2^53 are those of all numbers here. */
const inReach = (bound: number | undefined): number | undefined => (bound === undefined || Math.abs(bound) >= Number.MAX_SAFE_INTEGER ? undefined : bound)
const greatest = (...all: (number | undefined)[]): number | undefined => all.reduce((a, b) => (a === undefined ? b : b === undefined ? a : Math.max(a, b)), undefined)
const smallest = (...all: (number | undefined)[]): number | undefined => all.reduce((a, b) => (a === undefined ? b : b === undefined ? a : Math.min(a, b)), undefined)

/** Of whole numbers a bound that is not reached is one that is. */
function wholeRange({ least, above, most, below }: NumberShape): { minimum?: number | undefined; maximum?: number | undefined } {
  const minimum = inReach(greatest(least, above === undefined ? undefined : Math.floor(above) + 1))
  const maximum = inReach(smallest(most, below === undefined ? undefined : Math.ceil(below) - 1))
  return isEmptyRange(minimum, maximum) ? {} : { minimum, maximum }
}

/** Counts past what the subset states: a least one is as great as can be said, a greatest one says nothing. */
function countRange(least: number | undefined, most: number | undefined): [number | undefined, number | undefined] {
  return [least === undefined || least === 0 ? undefined : Math.min(least, MOST_COUNT), most]
}

function writeString({ values, pattern, ...range }: StringShape, path: string, say: Say): InputSchema {
  const [minLength, most] = countRange(range.least, range.most)
  if (values && values.length > MOST_VALUES) say(path, 'the list of values is too long and is lost')
  return stated({
    type: 'string' as const, ...(values && values.length <= MOST_VALUES && { enum: [...values] }),
    minLength, maxLength: most !== undefined && most > MOST_COUNT ? undefined : most, pattern,
  })
}

function writeArray({ items, unique, ...range }: ArrayShape, path: string, say: Say, options: Writing): InputSchema {
  const [minItems, most] = countRange(range.least, range.most)
  if (isNever(possible(items))) {
    if (minItems !== undefined) say(path, 'no item fits the schema: an empty array is taken')
    return { type: 'array', items: { type: 'json' }, maxItems: 0 }
  }
  if (most !== undefined && most > MOST_COUNT) say(path, `at most ${MOST_COUNT} items can be given`)
  // Without a greatest count a reader stops at 1000 items.
  const maxItems = most === undefined ? (minItems !== undefined && minItems > 1000 ? MOST_COUNT : undefined) : Math.min(most, MOST_COUNT)
  return stated({ type: 'array' as const, items: writeSchema(items, `${path}[]`, say, deeper(options, 1)), minItems, maxItems, ...(unique && { uniqueItems: true }) })
}

/** An object here names all its fields, by names of the subset. */
function canBeSaid({ fields, rest }: ObjectShape): boolean {
  return rest !== 'some' && !(fields.size === 0 && rest === 'unsaid') && [...fields].every(([name, { shape }]) => FIELD_NAME.test(name) || isNever(possible(shape)))
}

function writeFields({ fields, required }: ObjectShape, path: string, say: Say, options: Writing): ObjectSchema {
  const at = (name: string): string => (path === '' ? name : `${path}.${name}`)
  const kept = [...fields].filter(([name, { shape }]) => FIELD_NAME.test(name) && !isNever(possible(shape)))
  const names = new Set(kept.map(([name]) => name))
  const missing = [...required].filter((name) => !names.has(name))
  if (missing.length) say(path, `required, but no field here: ${missing.slice(0, 10).join(', ')}`)
  const needed = [...required].filter((name) => names.has(name))
  return { type: 'object', properties: Object.fromEntries(kept.map(([name, { shape }]) => [name, writeSchema(shape, at(name), say, deeper(options, 2))])), ...(needed.length && { required: needed }) }
}

/** Writes the object that a tool takes; what it cannot say is lost. */
export function writeObject(shape: Shape, say: Say, options: SaidOptions): ObjectSchema {
  const { object } = shape
  if (!object) {
    say('', 'the tool takes no object: no arguments can be given')
    return { type: 'object', properties: {} }
  }
  if (object.rest === 'some') say('', 'arguments without a name cannot be given')
  for (const [name, field] of object.fields) if (!FIELD_NAME.test(name) && !isNever(possible(field.shape))) say(name, 'no name for an argument here: it cannot be given')
  return writeFields(object, '', say, options)
}
