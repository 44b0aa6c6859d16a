/** Tests of templates: what may follow `is`. */
import { nearest } from '../../core/nearest.ts'
import { type Meter, TemplateFault } from './meter.ts'
import { isCallable, isSame, isTrue, type Value } from './value.ts'

const isNumber = (value: Value): value is number => typeof value === 'number'

const TESTS: Readonly<Record<string, (value: Value, args: readonly Value[], meter: Meter) => boolean>> = {
  defined: (value) => value !== undefined,
  undefined: (value) => value === undefined,
  none: (value) => value === null,
  string: (value) => typeof value === 'string',
  number: isNumber,
  integer: (value) => isNumber(value) && Number.isInteger(value),
  float: (value) => isNumber(value) && !Number.isInteger(value),
  boolean: (value) => typeof value === 'boolean',
  true: (value) => value === true,
  false: (value) => value === false,
  mapping: (value) => value instanceof Map,
  iterable: (value) => typeof value === 'string' || Array.isArray(value) || value instanceof Map,
  sequence: (value) => typeof value === 'string' || Array.isArray(value) || value instanceof Map,
  callable: (value) => isCallable(value),
  odd: (value) => isNumber(value) && Math.abs(value % 2) === 1,
  even: (value) => isNumber(value) && value % 2 === 0,
  lower: (value) => typeof value === 'string' && value === value.toLowerCase(),
  upper: (value) => typeof value === 'string' && value === value.toUpperCase(),
  eq: (value, [other], meter) => isSame(value, other, meter),
  equalto: (value, [other], meter) => isSame(value, other, meter),
  ne: (value, [other], meter) => !isSame(value, other, meter),
  in: (value, [list], meter) => Array.isArray(list) && list.some((item) => isSame(item, value, meter)),
  truthy: isTrue,
}

/** Names of all tests. */
export const TEST_NAMES: readonly string[] = Object.keys(TESTS)

/** Whether a value passes a test. @throws TemplateFault for a test that is not known */
export function runTest(name: string, value: Value, args: readonly Value[], meter: Meter): boolean {
  if (!Object.hasOwn(TESTS, name)) throw new TemplateFault(`no test '${name}'`, { word: name, nearest: nearest(name, TEST_NAMES), expected: TEST_NAMES.join(', ') })
  return TESTS[name]!(value, args, meter)
}
