/** Answers: every spelling of the same meaning passes, nothing that means something else or more than one thing. */
import t from 'tap'
import { compileCatalogue } from '../../src/compile/catalogue.ts'
import { Episode } from '../../src/episode/episode.ts'

const SPEC = `
kind: World
name: quiz
epoch: '2026-03-02T09:00:00Z'
tables:
  things: {key: id, rows: [{id: A, at: '2026-03-01T00:00:00Z', seen: '2026-03-01T09:30:15Z', price: 1250.50, n: 3}], columns: {id: {type: string}, at: {type: time}, seen: {type: time}, price: {type: dec}, n: {type: int}}}
tools:
  look: {description: Looks., effect: read, input: {properties: {id: {type: string}}, required: [id]}, do: [{return: things.get(args.id)}]}
---
kind: Framework
name: quiz
root: clerk
agents: {clerk: {prompt: You answer., tools: ['*']}}
---
kind: Dynamics
name: clean
entries: []
---
kind: Scenario
name: quiz
title: Quiz
description: Questions.
world: quiz
framework: quiz
tasks:
  ask:
    description: d
    bind: {a: {from: things}}
    instruction: Answer.
    answer: SCHEMA
    witness: [{call: look, with: {id: a.id}, as: seen}]
    finish: {answer: GIVEN}
    checks: [{id: right, kind: answer.typed, expect: EXPECT, EXTRA}]
`
function compileQuiz(schema: string, expect: string, extra: string) {
  const given = schema.startsWith('{type: array') ? '[]' : schema.includes('born') ? "{'name': '', 'born': ''}" : schema.includes('object') ? "{'n': 1}" : schema.includes('string') ? "''" : schema.includes('bool') ? 'true' : '0'
  const text = SPEC.replace('SCHEMA', schema).replace('EXPECT', () => JSON.stringify(expect)).replace(', EXTRA', extra && `, ${extra}`).replace('GIVEN', () => JSON.stringify(given))
  return compileCatalogue([{ file: 'quiz.yaml', text }])
}

/** Judges answers to a question: true, false, or why they could not be judged. */
function judge(schema: string, expect: string, extra: string, answers: readonly unknown[]): unknown[] {
  const { catalogue, complaints } = compileQuiz(schema, expect, extra)
  const scenario = catalogue.find('quiz')
  if (!scenario) throw new Error(JSON.stringify(complaints))
  return answers.map((answer) => {
    const { info } = Episode.start(scenario, { seed: 1 }).step({ tool_calls: [{ name: 'finish', arguments: { answer } }] })
    return info.verdict?.gates.right ?? info.stop_reason ?? 'refused'
  })
}
const TEXT = '{type: string}'

/** All of some answers pass and none of others. */
function tell(t: Pick<typeof import('tap').t, 'equal'>, [schema, expect, extra]: readonly [string, string, string], right: readonly unknown[], wrong: readonly unknown[]): void {
  const [yes, no] = [judge(schema, expect, extra, right), judge(schema, expect, extra, wrong)]
  right.forEach((answer, i) => t.equal(yes[i], true, `${JSON.stringify(answer)} is ${expect} (${extra})`))
  wrong.forEach((answer, i) => t.equal(no[i], false, `${JSON.stringify(answer)} is not ${expect} (${extra})`))
}

t.test('number', async (t) => {
  tell(t, [TEXT, '25', 'compare: number'],
    ['25', '25.0', '25.00', ' 25 ', '+25', '２５', '25.', '2.5e1', '0025'],
    ['25 or 26', '25, 26', '25 26', '25%', '$25', '-25', '24.99', '', '-', '.', 'twenty-five', '25 apples', '2 5', '2,5', '25-25', '0x19', '１２', '25\n26', '25;', '1e999999999', '9'.repeat(100)])
  tell(t, [TEXT, 'a.price', 'compare: number'], ['1,250.50', '1250.5', '1\u202f250.50', '1250.500', '1.2505e3'], ['1.250,50', '1,2505.0', '12,50.50', '1250,5', '1 250.50', '1250'])
  tell(t, [TEXT, '-3', 'compare: number'], ['-3', '\u22123', '-3.0'], ['3', '--3', '- 3', '(3)'])
  tell(t, [TEXT, '10', 'compare: number, tolerance: 0.3'], ['9.7', '10.3', '10'], ['9.69', '10.31'])
  tell(t, [TEXT, "'$' + string(a.price)", 'compare: number'], ['1250.50', '$1,250.50', '1,250.5 $', 'USD 1250.50', '1250.50 USD'], ['€1250.50', '1250.50 kg', '$1250.51', '$1250.50 or more'])
  tell(t, ['{type: number}', 'a.price', 'compare: number, tolerance: 0.29'], [1250.5, 1250.79, 1250.21], [1250.8, 1250.2])
  tell(t, ['{type: number, multipleOf: 0.01}', 'a.price', 'tolerance: 0.29'], [1250.79, 1250.21], [1250.8])
  tell(t, ['{type: number}', '0.1 + 0.2', ''], [0.3, 0.1 + 0.2], [0.31, 0.300001])
})

t.test('date', async (t) => {
  tell(t, [TEXT, "'2026-03-01'", 'compare: date'],
    ['2026-03-01', '2026/3/1', '1 March 2026', '1st of March 2026', '01 Mar 2026', 'March 1, 2026', 'Mar. 1st, 2026', 'march 1 2026', 'Sunday, March 1, 2026', 'Sun 1 March 2026', 'Sunday, 2026-03-01', ' 2026-03-01 ', '1-Mar-2026', '2026-03-01T10:00:00Z', '1 March 2026 at 10:00', '2026-03-01 23:00 -05:00'],
    ['2026-03-02', '01/03/2026', '1.3.2026', '03/01/2026', 'March 2026', '1 March', 'Monday, 1 March 2026', '31 February 2026', '2026-02-30', '1 or 2 March 2026', '2026-03-01 or 2026-03-02', '2026-03-01, 2026-03-02', '2026-03-01 2026-03-02', '20260301', 'today', '', '1 Marchember 2026', '10:00'])
  tell(t, [TEXT, 'a.at', 'compare: date'], ['2026-03-01', '1 March 2026', '2026-03-01T00:00:00Z', '2026-03-01 00:00', '12 am, 1 March 2026', '2026-03-01T01:00:00+01:00'], ['2026-03-01T01:00:00Z', '2026-03-02'])
  tell(t, [TEXT, 'a.seen', 'compare: date'], ['2026-03-01T09:30:15Z', '2026-03-01 09:30:15', '1 March 2026, 9:30:15 am', '9:30:15 UTC on 1 March 2026', 'March 1, 2026 at 09:30:15 GMT', '2026-03-01T10:30:15+01:00', '2026-03-01T04:30:15-0500'], ['2026-03-01', '2026-03-01T09:30:00Z', '2026-03-01 9:30:15 pm', '09:30:15', '2026-03-01T09:30:15+02:00'])
  tell(t, [TEXT, 'a.seen', 'compare: date, tolerance: 60'], ['2026-03-01T09:30:00Z', '2026-03-01 09:30', '1 March 2026 9:31 am'], ['2026-03-01 09:32', '2026-03-01'])
  tell(t, [TEXT, "'09:30'", 'compare: date'], ['9:30', '09:30', '9:30 am', '9:30 a.m.', '09:30:00', '09:30Z', '10:30+01:00'], ['9', '9:30 pm', '21:30', '25:30', '13:30 am', '2026-03-01 09:30', '9:30 or 10:30'])
})

t.test('times of day go round', async (t) => {
  tell(t, [TEXT, "'23:00'", 'compare: date'], ['11 pm', '01:00+02:00', '00:00+01:00'], ['01:00', '23:00+02:00'])
  tell(t, [TEXT, "'00:00'", 'compare: date, tolerance: 60'], ['23:59', '00:01', '12:00 am'], ['23:58', '00:02', '12:00'])
})

t.test('quantity', async (t) => {
  tell(t, [TEXT, "'1200 m'", 'compare: quantity'], ['1.2 km', '1200m', '1,200 metres', '1200.0 m', '1.2 kilometers', '１２００ m', '1.2 KM', '1 km 200 m', '1 km, 200 m', '120000 cm'], ['1200', '1.2 mi', '1200 s', '1200 m 1.2 km', '1200 m or 1300 m', '1.2', 'm', '1201 m', '1 km 1200 m', '1.2 km 0 m', '200 m 1 km', '-1200 m', '1200 mm', '1200 M'])
  tell(t, [TEXT, "'90 min'", 'compare: quantity'], ['90 minutes', '90 Min', '1.5 h', '1 h 30 min', '1h30min', '1 hour and 30 minutes', '5400 s', '1 hr 29 min 60 s'.replace('29 min 60', '30 min 0')], ['1:30', '90', '90 m', '1 h 90 min', '1 h 30', '1 h -30 min'])
  tell(t, [TEXT, "'50 °F'", 'compare: quantity'], ['50 F', '10 °C', '10 degrees Celsius', '283.15 K'], ['50 C', '50', '10 °C 0 °F'])
  tell(t, [TEXT, "'12.50 EUR'", 'compare: quantity'], ['€12.50', 'EUR 12.5', '12.50 €', '12.50 euros'], ['12.50', '$12.50', '12.50 USD', '€12.50 $12.50', '€12.51'])
  tell(t, [TEXT, "'12.50 CAD'", 'compare: quantity'], ['$12.50', 'CAD 12.50', '12.50 dollars'], ['USD 12.50', '£12.50'])
  tell(t, [TEXT, "'-3 USD'", 'compare: quantity'], ['-$3', '$-3', '−$3.00', 'USD -3', '-3 dollars'], ['$3', '-$-3', '--$3', '-€3', '-USD 3'])
  tell(t, [TEXT, "'25 %'", 'compare: quantity'], ['25%', '25 percent', '25.0 %'], ['25', '0.25', '25% or 26%'])
  tell(t, [TEXT, "'5 km'", 'compare: quantity, tolerance: 0.1'], ['5.1 km', '4900 m', '5000 m'], ['5.11 km', '4.8 km', '5.05'])
  tell(t, [TEXT, "'2 GB'", 'compare: quantity'], ['2000 MB', '2 gigabytes', '2GB'], ['2 GiB', '2 Gb', '2 gb', '2048 MB'])
})

t.test('words, texts and sets', async (t) => {
  tell(t, [TEXT, "'Grand Hotel, 2nd floor'", 'compare: words'], ['grand hotel 2nd floor', 'GRAND  HOTEL - 2nd floor.', 'Ｇrand Hotel, 2nd floor'], ['Grand Hotel', 'Grand Hotel, 2nd floor or 3rd floor', '2nd floor, Grand Hotel', '', 'GrandHotel 2nd floor'])
  tell(t, [TEXT, "'Ada'", ''], ['Ada', ' Ada '], ['ada', 'Ada, Ben', 'Ada.'])
  tell(t, ['{type: array, items: {type: string}}', "['a', 'b', 'b']", 'compare: set'], [['b', 'a', 'b'], [' a', 'b ', 'b']], [['a', 'b'], ['a', 'a', 'b'], ['a', 'b', 'b', 'c'], []])
  tell(t, ['{type: array, items: {type: string}}', "['a', 'b']", ''], [['a', 'b']], [['b', 'a'], ['a']])
  tell(t, ['{type: array, items: {type: number}}', '[1.0, 1.4, 3.0]', 'compare: set, tolerance: 0.5'], [[3.2, 1.5, 0.9], [1.4, 1.9, 3]], [[1.9, 1.8, 3], [3, 3, 1]])
  tell(t, ['{type: array, items: {type: string}}', "[date('2026-03-01'), date('2026-03-02')]".replaceAll('date(', 'time('), 'compare: date'], [['1 March 2026', '2026-03-02']], [['2026-03-02', '2026-03-01'], ['1 March 2026']])
})

t.test('records field by field', async (t) => {
  const schema = '{type: object, properties: {name: {type: string}, born: {type: string}, height: {type: string}, n: {type: integer}}, required: [name, born]}'
  const expect = "{'name': 'Ada Li', 'born': a.at, 'height': '170 cm', 'n': a.n}"
  const fields = 'fields: {name: {compare: words}, born: {compare: date}, height: {compare: quantity, tolerance: 2}, n: {tolerance: 1}}'
  const good = { name: 'ada li', born: '1 March 2026', height: '1.71 m', n: 4 }
  tell(t, [schema, expect, fields], [good, { ...good, n: 2 }], [{ ...good, n: 5 }, { ...good, name: 'Li' }, { ...good, height: '1.73 m' }, { name: 'ada li', born: '1 March 2026' }])
  const verdict = Episode.start(compileQuiz(schema, expect, fields).catalogue.find('quiz')!, { seed: 1 }).step({ tool_calls: [{ name: 'finish', arguments: { answer: { ...good, born: '2 March 2026' } } }] }).info.verdict!
  t.match(verdict.components[0]!.evidence, [{ pointer: '/answer/born', expected: { born: '2026-03-01T00:00:00Z' } }])
  t.match(verdict.issues[0], { category: 'false_claim', verdict: 'veto' })
  const list = `{type: array, items: ${schema}}`
  const two = `[${expect}, {'name': 'Ben', 'born': a.seen, 'height': '150 cm', 'n': 9}]`
  const ben = { name: 'Ben.', born: '2026-03-01 09:30:15', height: '4 ft 11 in', n: 9 }
  tell(t, [list, two, `compare: set, ${fields}`], [[good, ben], [ben, good]], [[good, good], [ben], [good, { ...ben, n: 3 }]])
  tell(t, [list, two, fields], [[good, ben]], [[ben, good]])
})

t.test('what does not fit is complained about where it stands', async (t) => {
  const complaints = (schema: string, expect: string, extra: string) => compileQuiz(schema, expect, extra).complaints.filter(({ message }) => !message.includes('finish')).map(({ code, message, column }) => [code, message.replace(/^[\w.]+: /, ''), column > 30])
  const OBJECT = '{type: object, properties: {n: {type: integer}}}'
  t.same(complaints('{type: boolean}', 'true', 'compare: number'), [['check', "'number', but the answer is bool", true]])
  t.same(complaints('{type: number}', 'a.price', 'compare: date'), [['check', "'date', but the answer is double", true]])
  t.same(complaints(TEXT, 'a.n', 'compare: words'), [['check', "'words', but what is expected is int", true]])
  t.same(complaints(TEXT, "'x'", 'compare: set'), [['check', 'the answer is string, not a list', true]])
  t.same(complaints(TEXT, "'x'", 'tolerance: 1'), [['check', 'a tolerance, but the answer is string', true]])
  t.same(complaints(TEXT, "'x'", 'compare: words, tolerance: 1'), [['check', 'words have no tolerance', true]])
  t.same(complaints(TEXT, "'x'", 'fields: {n: {}}'), [['check', 'the answer is string, compared with string', true]])
  t.same(complaints(OBJECT, "{'n': 1}", 'fields: {m: {}}'), [['name', "the answer has no field 'm'", true]])
  t.same(complaints(OBJECT, "{'n': 1, 'm': 2}", 'fields: {n: {}}'), [['check', "the answer has no field 'm'", true]])
  t.same(complaints(OBJECT, "{'n': 1}", 'compare: number, fields: {n: {}}'), [['check', "'number' beside fields", true]])
  t.equal(complaints(TEXT, 'a.n', '').length, 1, 'compared by type it has to be of the type')
  t.same(judge(TEXT, "'about noon'", 'compare: date', ['12:00']), ['env_error'], 'what is expected has to be what it is said to be')
})
