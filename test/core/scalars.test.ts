import t from 'tap'
import { ERRORS } from '../../protocol/errors.ts'
import { FIRST_TIME, formatHttpDate, formatTime, LAST_TIME, parseTime } from '../../src/core/calendar.ts'
import { canonicalJson, NotCanonical } from '../../src/core/canonical-json.ts'
import { digestOf, sha256Hex } from '../../src/core/digest.ts'
import { GymError } from '../../src/core/gym-error.ts'
import { nearest } from '../../src/core/nearest.ts'
import { re2Search } from '../../src/core/pattern.ts'
import { exp, log, normalQuantile } from '../../src/core/portable-math.ts'
import fc from '../property.ts'

const close = (a: number, b: number, relative: number) => Math.abs(a - b) <= relative * Math.max(Math.abs(b), 1e-300)

t.test('exp and log agree with the machine\'s to 1e-13, and undo one another', async (t) => {
  t.doesNotThrow(() => fc.assert(fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => close(exp(x), Math.exp(x), 1e-13)), { numRuns: 5000 }))
  t.doesNotThrow(() => fc.assert(fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => Math.abs(log(x) - Math.log(x)) <= 1e-14 * Math.max(1, Math.abs(Math.log(x)))), { numRuns: 5000 }))
  t.doesNotThrow(() => fc.assert(fc.property(fc.double({ min: -300, max: 300, noNaN: true }), (x) => Math.abs(log(exp(x)) - x) < 1e-12)))
  t.equal(exp(0), 1)
  t.equal(log(1), 0)
  for (let i = -3000; i < 3000; i++) if (exp((i + 1) / 10) <= exp(i / 10)) t.fail(`exp falls at ${i / 10}`)
})

t.test('the normal quantile: known points, symmetry, order', async (t) => {
  // Quantiles from tables of the standard normal.
  for (const [p, z] of [[0.5, 0], [0.975, 1.959963984540054], [0.99, 2.3263478740408408], [0.999, 3.090232306167813], [0.9999999, 5.199337582187471], [0.02, -2.053748910631823]] as const) {
    t.ok(Math.abs(normalQuantile(p) - z) < 5e-9 * Math.max(1, Math.abs(z)), `${p}`)
  }
  t.doesNotThrow(() => fc.assert(fc.property(fc.double({ min: 1e-9, max: 0.5, noNaN: true }), (p) => Math.abs(normalQuantile(p) + normalQuantile(1 - p)) < 1e-6 * Math.max(1, Math.abs(normalQuantile(p))))))
  for (let i = 1; i < 9999; i++) if (normalQuantile((i + 1) / 10_000) <= normalQuantile(i / 10_000)) t.fail(`falls at ${i}`)
})

t.test('canonical JSON: the cases of RFC 8785', async (t) => {
  // Section 3.2.3: order by UTF-16 code units.
  const sorting = { '\u20ac': 'Euro Sign', '\r': 'Carriage Return', '\ufb33': 'Hebrew Letter Dalet With Dagesh', '1': 'One', '\ud83d\ude00': 'Emoji: Grinning Face', '\u0080': 'Control', '\u00f6': 'Latin Small Letter O With Diaeresis' }
  t.same(Object.values(JSON.parse(canonicalJson(sorting))).length, 7)
  t.equal(canonicalJson(sorting), '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","😀":"Emoji: Grinning Face","\ufb33":"Hebrew Letter Dalet With Dagesh"}')
  // Section 3.2.2: literals, numbers, strings.
  t.equal(canonicalJson({ numbers: [Number('333333333.33333329'), 4.50, 2e-3, 1e-27], string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"/', literals: [null, true, false] }),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}')
  const numbers: [number, string][] = [[0, '0'], [-0, '0'], [5e-324, '5e-324'], [1 / 3, '0.3333333333333333'], [9007199254740991, '9007199254740991'], [-9007199254740991, '-9007199254740991'], [1e-7, '1e-7'], [0.000001, '0.000001'], [4.5, '4.5']]
  for (const [n, text] of numbers) t.equal(canonicalJson(n), text)
  t.equal(canonicalJson({ b: undefined, a: [undefined, 1], __proto__: null }), '{"a":[null,1]}')
  t.equal(canonicalJson(JSON.parse('{"__proto__":1,"constructor":2,"toString":3}')), '{"__proto__":1,"constructor":2,"toString":3}')
})

t.test('canonical JSON refuses what has no exact form, and nothing else', async (t) => {
  let deep: unknown = 1
  for (let i = 0; i < 120; i++) deep = [deep]
  const circle: { self?: unknown } = {}
  circle.self = circle
  for (const bad of [NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53), 1e21, 10n, () => 1, Symbol('s'), undefined, [1n], { a: NaN }, deep, circle]) t.throws(() => canonicalJson(bad), NotCanonical)
  const json = fc.jsonValue({ depthSize: 'medium' }).map((value) => JSON.parse(JSON.stringify(value), (_k, v: unknown) => (typeof v === 'number' && Number.isInteger(v) && !Number.isSafeInteger(v) ? 1.5 : v)) as unknown)
  t.doesNotThrow(() => fc.assert(fc.property(json, (value) => {
    const text = canonicalJson(value)
    return canonicalJson(JSON.parse(text)) === text && JSON.stringify(JSON.parse(text)) === JSON.stringify(JSON.parse(text))
  })))
  const object = fc.dictionary(fc.string(), fc.integer())
  t.doesNotThrow(() => fc.assert(fc.property(object, (value) => digestOf(value) === digestOf(Object.fromEntries(Object.entries(value).reverse())))))
  t.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

t.test('the calendar agrees with Date from the year 0 to 9999', async (t) => {
  const time = fc.integer({ min: FIRST_TIME, max: LAST_TIME })
  t.doesNotThrow(() => fc.assert(fc.property(time, (ms) => {
    const text = formatTime(ms)
    return parseTime(text) === ms && text.replace('Z', ms % 1000 ? 'Z' : '.000Z') === new Date(ms).toISOString()
  }), { numRuns: 5000 }))
  t.doesNotThrow(() => fc.assert(fc.property(time, (ms) => formatHttpDate(Math.floor(ms / 1000) * 1000) === new Date(Math.floor(ms / 1000) * 1000).toUTCString()), { numRuns: 1000 }))
  t.equal(formatHttpDate(1), 'Thu, 01 Jan 1970 00:00:01 GMT', 'fractions round up')
  t.equal(formatTime(FIRST_TIME), '0000-01-01T00:00:00Z')
  t.equal(formatTime(LAST_TIME), '9999-12-31T23:59:59.999Z')
  t.same(['2026-03-02', '2026-03-02T09:00Z', '2026-03-02T09:00:00.5Z', '2000-02-29'].map(parseTime), [1772409600000, 1772442000000, 1772442000500, 951782400000])
  for (let day = 0; day < 150_000; day++) if (parseTime(formatTime(day * 86_400_000 - 5e12)) !== day * 86_400_000 - 5e12) t.fail(`day ${day}`)
})

t.test('what is no date is refused', async (t) => {
  const none = ['2026-02-31', '2026-02-29', '1900-02-29', '2026-04-31', '2026-00-10', '2026-13-01', '2026-01-00', '2026-01-32', '2026-01-01T24:00:00Z', '2026-01-01T00:60:00Z', '2026-01-01T00:00:60Z',
    '2026-01-01T00:00:00', '2026-01-01T00:00:00+01:00', '2026-1-1', '26-01-01', '', 'now', '2026-01-01 00:00:00Z', '2026-01-01T00:00:00.1234Z', '-001-01-01', ' 2026-01-01', '２０２６-01-01']
  for (const text of none) t.equal(parseTime(text), undefined, text)
  t.doesNotThrow(() => fc.assert(fc.property(fc.string(), (text) => parseTime(text) === undefined || /^\d{4}-/.test(text))))
})

t.test('the nearest word: close ones, none that is far, no cost for long ones', async (t) => {
  const tools = ['get_order', 'list_orders', 'cancel_order', 'find_customer']
  for (const [word, wanted] of [['get_ordr', 'get_order'], ['GET_ORDER', 'get_order'], ['cancel_orders', 'cancel_order'], ['zzzzzzzz', undefined], ['', undefined], ['getorder', 'get_order']] as const) t.equal(nearest(word, tools), wanted, word)
  t.equal(nearest('ab', ['ba', 'ab']), 'ab')
  t.equal(nearest('x', []), undefined)
  const before = process.cpuUsage()
  nearest('x'.repeat(1_000_000), Array.from({ length: 1000 }, (_, i) => `name_${i}`))
  t.ok(process.cpuUsage(before).user < 5e5)
})

t.test('patterns take linear time, and what is none is told apart', async (t) => {
  const evil = re2Search('^(a+)+$')!
  const before = process.cpuUsage()
  t.equal(evil('a'.repeat(20_000) + '!'), false)
  t.ok(process.cpuUsage(before).user < 2e6)
  for (const bad of ['(', 'a**b', '(?=x)', '\\1', '[z-a]', 'a{2,1}']) t.equal(re2Search(bad), undefined, bad)
  t.equal(re2Search('^W\\d{5}$')!('W12345'), true)
  t.ok(re2Search('(a?){900}')!.units > 20 * re2Search('a?')!.units, 'a large pattern costs more for each character')
})

t.test('an error on the wire has its number, its code, and whether to try again', async (t) => {
  for (const code of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
    const wire = new GymError(code, 'text', { path: 'x', code: 'forged' }).toWire()
    t.same([wire.code, wire.message, wire.data.code, wire.data.retryable, wire.data.path], [ERRORS[code].code, 'text', code, ERRORS[code].retryable, 'x'])
  }
})
