/** A small world, variables, and expressions with what they give, by function. */
import { BOOL, dec, DOUBLE, INT, JSON_VALUE, listOf, nullable, recordOf, STRING, TIME, type Type } from '../../src/world/type.ts'
import { soundWorld } from './world-under-test.ts'

export const HOUSE = soundWorld(`kind: World
name: house
epoch: '2026-03-02T09:00:00Z'
tables:
  nodes:
    key: id
    tree: {parent: parent, name: name}
    rows:
    - {id: r, parent: null, name: /, text: ''}
    - {id: h, parent: r, name: home, text: ''}
    - {id: n, parent: h, name: notes.txt, text: "milk\\nbread\\n"}
    - {id: d, parent: h, name: docs, text: ''}
    - {id: a, parent: d, name: a.txt, text: alpha}
    - {id: e, parent: r, name: etc, text: ''}
    - {id: u, parent: null, name: usb, text: ''}
    - {id: v, parent: u, name: photo, text: ''}
    - {id: x, parent: y, name: x, text: ''}
    - {id: y, parent: x, name: y, text: ''}
    columns: {id: {type: string}, parent: {type: string, nullable: true}, name: {type: string}, text: {type: string}}
  articles:
    key: id
    rows:
    - {id: k1, text: How to reset a password of the mail account}
    - {id: k2, text: Printer out of paper}
    - {id: k3, text: Reset the printer and reset its queue}
    - {id: k4, text: ''}
    columns: {id: {type: string}, text: {type: string}}
tools: {}
`)

const time = (text: string) => Date.parse(text)
export const VARIABLES: Record<string, { type: Type; value: unknown }> = {
  i: { type: INT, value: 7 }, d: { type: DOUBLE, value: 2.5 }, p: { type: dec(2), value: -1999 }, big: { type: DOUBLE, value: 1e300 }, tiny: { type: DOUBLE, value: -0.0000001 },
  s: { type: STRING, value: 'Grüße, Welt' }, empty: { type: STRING, value: '' }, emoji: { type: STRING, value: 'a😀b😀' }, lone: { type: STRING, value: 'x\ud800y' }, file: { type: STRING, value: 'one\r\ntwo\n\nthree\n' }, long: { type: STRING, value: 'ab'.repeat(5000) },
  ns: { type: nullable(STRING), value: null }, ni: { type: nullable(INT), value: null }, b: { type: BOOL, value: true },
  at: { type: TIME, value: time('2024-01-31T23:59:59.500Z') }, leap: { type: TIME, value: time('2024-02-29T12:30:45Z') }, monday: { type: TIME, value: time('2026-03-02T09:00:00Z') }, sunday: { type: TIME, value: time('0000-01-02T00:00:00Z') }, first: { type: TIME, value: time('0000-01-01T00:00:00Z') }, last: { type: TIME, value: time('9999-12-31T00:00:00Z') },
  l: { type: listOf(INT), value: [3, 1, 2, 1] }, none: { type: listOf(INT), value: [] }, ss: { type: listOf(STRING), value: ['b', 'a', 'b'] }, ps: { type: listOf(dec(2)), value: [150, -20] }, nl: { type: listOf(nullable(INT)), value: [null, 2, null, 1] }, ll: { type: listOf(listOf(INT)), value: [[1, 2], [], [3]] }, ts: { type: listOf(TIME), value: [5, 3] }, pairs: { type: listOf(STRING), value: ['ｆ', '😀', 'a', '\ue000', ''] },
  rs: { type: listOf(recordOf({ k: STRING, n: INT })), value: [{ k: 'x', n: 1 }, { k: 'y', n: 2 }, { k: 'x', n: 1 }] }, j: { type: JSON_VALUE, value: { n: 3, half: 1.5, t: 'text', l: [2, 'a', null], o: {} } }, r: { type: recordOf({ x: INT, y: dec(2) }), value: { x: 1, y: 250 } },
}
/** Expressions and their JSON by function; a RegExp is a complaint, `fault` a mistake of the spec, `limit` a refusal. */
export const CASES: Record<string, [string, unknown][]> = {
  // text
  lower: [["'ÄB'.lower()", 'äb'], ['empty.lower()', ''], ["'İ'.lower()", 'i̇'], ['ns.lower()', /may be null/]],
  upper: [["'straße'.upper()", 'STRASSE'], ['emoji.upper()', 'A😀B😀'], ['empty.upper()', ''], ['i.upper()', /no function 'upper'/]],
  title: [["'the OLD man'.title()", 'The Old Man'], ["\"mary-jane o'neil\".title()", "Mary-Jane O'neil"], ["'éCOLE 2nd'.title()", 'École 2nd'], ['empty.title()', '']],
  trim: [["'  a b\\n'.trim()", 'a b'], ['empty.trim()', ''], ["' \\u00a0x'.trim()", 'x']],
  startsWith: [["s.startsWith('Grü')", true], ["s.startsWith('')", true], ["s.startsWith(long)", false], ['s.startsWith(ns)', /may be null/]],
  endsWith: [["s.endsWith('lt')", true], ["s.endsWith('Lt')", false], ["empty.endsWith('x')", false]],
  contains: [["s.contains('ß')", true], ['empty.contains(empty)', true], ['l.contains(2)', true], ['ps.contains(1.5)', true], ['none.contains(1)', false], ["l.contains('x')", /never contains/]],
  index_of: [["emoji.index_of('b')", 2], ["s.index_of('x')", null], ["s.index_of('')", 0], ['l.index_of(1)', 1], ['l.index_of(9)', null], ['nl.index_of(null)', 0]],
  slice: [['emoji.slice(1, 3)', '😀b'], ['emoji.slice(-2)', 'b😀'], ['s.slice(5, 2)', ''], ['s.slice(0, 9007199254740991)', 'Grüße, Welt'], ['l.slice(1)', [1, 2, 1]], ['l.slice(-3, -1)', [1, 2]], ['none.slice(0, 5)', []]],
  split: [["'a,b,,c'.split(',')", ['a', 'b', '', 'c']], ["emoji.split('')", ['a', '😀', 'b', '😀']], ["empty.split(',')", ['']], ["empty.split('')", []]],
  replace: [["'a.b.c'.replace('.', '$&')", 'a$&b$&c'], ["'aaa'.replace('aa', 'b')", 'ba'], ["s.replace('', 'x')", 'Grüße, Welt'], ["long.replace('a', long)", 'limit']],
  pad: [["'7'.pad(3, 'start', '0')", '007'], ["'ab'.pad(5)", 'ab   '], ["'ab'.pad(5, 'both', '*')", '*ab**'], ["emoji.pad(6)", 'a😀b😀  '], ["'ab'.pad(-1)", 'ab'], ["'a'.pad(9007199254740991)", 'limit'], ["'a'.pad(3, 'left')", /side that is filled/], ["'a'.pad(3, 'end', 'xy')", /one character/]],
  join: [["ss.join('-')", 'b-a-b'], ["['x'].join(', ')", 'x'], ["ss.filter(x, false).join(',')", ''], ["l.join(',')", /does not fit/], ["l.map(x, long).join(long).split('').map(x, long).join(long)", 'limit']],
  lines: [['file.lines()', ['one', 'two', '', 'three']], ['empty.lines()', []], ["'a\\rb'.lines()", ['a\rb']], ["'\\n'.lines()", ['']], ["'a\\n\\n'.lines()", ['a', '']]],
  words: [["'  two  words\\n'.words()", ['two', 'words']], ['empty.words()', []], ["'   '.words()", []]],
  json: [['json({"a": [1, p]})', '{"a":[1,-19.99]}'], ['json(s)', '"Grüße, Welt"'], ['json(ni)', 'null'], ['json(nodes)', /no value/]],
  from_json: [["from_json('{\"a\": [1, 2.5]}')", { a: [1, 2.5] }], ["from_json('{')", null], ["from_json('9007199254740993')", null], ["from_json('\"\\\\ud800\"')", null], ["from_json('1e999')", null], ["from_json('')", null]],
  text_match: [["text_match(s, 'WELT grüße')", true], ["text_match(s, '')", true], ["text_match(s, 'mars welt')", false]],
  diff_lines: [["diff_lines('a\\nb\\nc', 'a\\nx\\nc')", [{ op: ' ', text: 'a' }, { op: '-', text: 'b' }, { op: '+', text: 'x' }, { op: ' ', text: 'c' }]], ['diff_lines(file, file).exists(x, x.op != " ")', false], ["diff_lines('', 'a\\n')", [{ op: '+', text: 'a' }]], ["diff_lines('', '')", []]],
  re: [["re(s, '^G.*t$')", true], ["re(empty, 'x')", false], ["re(s, '(')", /no RE2/], ['re(s, s)', /text literal/], ["re(long, '(x?){900}y')", 'limit']],
  re_find: [["re_find('id 42, id 7', '(id) ([0-9]+)')", { text: 'id 42', at: 0, groups: ['id', '42'] }], ["re_find(emoji, 'b')", { text: 'b', at: 2, groups: [] }], ["re_find(s, 'x')", null], ["re_find('ab', '(x)|(b)')", { text: 'b', at: 1, groups: [null, 'b'] }], ['re_find(s, s)', /literal/]],
  re_all: [["re_all('id 42, id 7', '[0-9]+').map(m, m.text)", ['42', '7']], ["re_all('aXb', 'x*').map(m, m.at)", [0, 1, 2, 3]], ["re_all(emoji, '').map(m, m.at)", [0, 1, 2, 3, 4]], ["re_all(empty, 'a')", []], ["re_all(long, 'a')", 'limit'], ["re_all(s, '" + '()'.repeat(21) + "')", /more than 20 groups/]],
  re_replace: [["re_replace('2026-03-02', '([0-9]+)-([0-9]+)-([0-9]+)', '$3.$2.$1')", '02.03.2026'], ["re_replace(s, 'x', 'y')", 'Grüße, Welt'], ["re_replace('ab', 'b', '$0$0$$$7')", 'abb$'], ["re_replace('aaa', '', '-')", '-a-a-a-'], ["re_replace(long, 'a', '')", 'limit']],
  similar: [["similar('kitten', 'sitting')", 62], ['similar(empty, empty)', 100], ["similar('a', '')", 0], ['similar(emoji, emoji)', 100], ['similar(long, s)', 'limit']],
  fmt: [["fmt(i, '03d')", '007'], ["fmt(p, '+,.1f')", '-20.0'], ["fmt(s, '>13')", '  Grüße, Welt'], ["fmt(at, '%d %b %Y, %-I:%M %p')", '31 Jan 2024, 11:59 PM'], ["fmt(leap, '%A %j %% %F %T %u')", 'Thursday 060 % 2024-02-29 12:30:45 4'], ["fmt(j.half, '.2f') + fmt(j.t, '>5') + fmt(j.n, 'd')", '1.50 text3'], ["fmt(tiny, '.2f')", '-0.00'], ["fmt(j.t, 'd')", 'fault'], ["fmt(j.o, '')", 'fault'], ["fmt(s, '.2f')", /type 'f' is not for text/], ["fmt(p, 'd')", /type 'd'/], ["fmt(i, s)", /text literal/], ["fmt(ni, 'd')", /may be null/], ["fmt(at, '%Q')", /no pattern of a time/], ["fmt(i, '>99999')", /no format/], ["fmt(l, '')", /fmt of list/]],
  // numbers
  to_int: [["to_int(' +12 ')", 12], ["to_int('1.5')", null], ["to_int('')", null], ["to_int('-0')", 0], ["to_int('9999999999999999')", null]],
  to_dec: [["to_dec('1.50', 2)", 1.5], ["to_dec('1.505', 2)", null], ["to_dec('-0.1000', 1)", -0.1], ["to_dec('999999999999999', 2)", null], ["to_dec('.5', 2)", null], ['to_dec(s, 7)', /scale is a literal/]],
  abs: [['abs(p)', 19.99], ['abs(-i)', 7], ['abs(tiny)', 1e-7], ['abs(s)', /abs of string/]],
  trunc: [['trunc(p)', -19], ['trunc(d)', 2], ['trunc(i)', 7], ['trunc(-0.5)', 0], ['trunc(big)', 'limit'], ['trunc(s)', /trunc of string/]],
  floor: [['floor(p)', -20], ['floor(d)', 2], ['floor(i)', 7]],
  ceil: [['ceil(p)', -19], ['ceil(d)', 3], ['ceil(1)', 1]],
  sqrt: [['sqrt(16)', 4], ['sqrt(d)', Math.sqrt(2.5)], ['sqrt(p)', 'limit'], ['sqrt(s)', /sqrt of string/]],
  ln: [['ln(1)', 0], ['round(ln(d), 8)', 0.91629073], ['ln(0)', 'limit'], ['ln(p)', 'limit']],
  pow: [['pow(2, 10)', 1024], ['pow(d, 2)', 6.25], ['pow(2.0, -1)', 0.5], ['round(pow(2, 0.5), 8)', 1.41421356], ['pow(2, -1)', 'limit'], ['pow(10, 400)', 'limit'], ['pow(big, 2)', 'limit'], ['pow(-2.0, 0.5)', 'limit'], ['pow(0.0, -1)', 'limit'], ['pow(-1, 9007199254740991)', -1], ['pow(0, 0)', 1]],
  calc: [["calc('(1 + 2) * 3.5')", 10.5], ["calc('0.1 + 0.2')", 0.3], ["calc('-7 % 3')", 2], ["calc('1/3*3')", 1], ["calc('1/0')", null], ["calc('2 +')", null], ["calc('1 2')", null], ["calc('1.2.3')", null], ["calc('process')", null], ["calc('')", null], ["calc('.5 + 1.')", 1.5], ["calc('" + '('.repeat(70) + '1' + ')'.repeat(70) + "')", null], ['calc(long)', 'limit'], ["calc('9'.pad(999, 'end', '9'))", 'limit']],
  convert: [["convert(5, 'km', 'm')", 5000], ["convert(1, 'mi', 'km')", 1.609344], ["convert(100, 'C', 'F')", 212], ["convert(212, 'F', 'C')", 100], ["convert(p, 'C', 'K')", 253.16], ["convert(d, 'h', 'min')", 150], ["convert(i, 'kg', s)", null], ["convert(i, 'lb', 'kg')", 3.17514659], ["convert(1, 'kg', 'km')", /measure different things/], ["convert(1, 'kgs', 'g')", /no unit 'kgs'/], ["convert(s, 'km', 'm')", /has no unit/]],
  round: [["round(2.675, 2)", 2.68], ["round(2.5, 0, 'even')", 2], ['round(p, 0)', -20]],
  div: [['div(-7, 2)', -4], ['div(7, 2)', 3], ['div(1, 0)', 'limit']], mod: [['mod(-7, 2)', 1], ['mod(7, -2)', -1], ['mod(1, 0)', 'limit']], ratio: [['ratio(1, 4)', 0.25], ['ratio(p, p)', 1], ['ratio(1, 0)', 'limit']],
  min: [['min(i, 3)', 3], ['min(l)', 1], ['min(none)', null], ['min(nl)', 1], ['min(3, p, d * 1)', /do not mix/], ['min(3, p, 1.5)', -19.99], ["min(ss)", 'a'], ['min(j.l)', 2], ['min(i)', /two numbers or a list/]],
  max: [['max(i, d)', 7], ['max(l)', 3], ['max(ps)', 1.5], ['max(pairs)', '😀'], ['max(1, 2, 3, 4)', 4], ['max([b])', /has no order/]],
  usd: [["usd('50')", 50], ["usd('-0.5')", -0.5], ["usd('1.234')", /no amount/]], string: [['string(p)', '-19.99'], ['string(ni)', 'null'], ['string(r)', '{"x":1,"y":2.5}']],
  draw: [["draw('a', 3, 3)", 3], ["draw('a', 2, 1)", 'limit'], ['draw(s, 1, 2)', /text literal/]], hash: [["hash(['a', 'b']) == hash(['a', 'b'])", true], ["hash(['ab']) == hash(['a', 'b'])", false], ['size(hash(none))', 16], ['hash([1]) == hash(["1"])', false], ['hash(i)', /needs a list/]],
  has: [['has(r.x)', true], ['has(j.nope)', false], ['has(i)', /takes a field/]],
  // times
  now: [['now()', '2026-03-02T09:00:00Z'], ['now() == monday', true], ['now(1)', /takes 0 values/]],
  time: [["time('2026-03-02')", '2026-03-02T00:00:00Z'], ["time('02/03/2026 5:07 PM', '%d/%m/%Y %I:%M %p')", '2026-03-02T17:07:00Z'], ["time('March 2, 2026', '%B %d, %Y')", '2026-03-02T00:00:00Z'], ["time('31/02/2026', '%d/%m/%Y')", null], ["time('13 PM 2026', '%I %p %Y')", null], ['time(s)', null], ["time('2026-02-31')", /no time/], ["time(s, '%j')", /directives that can be read/], ["time(ns, '%Y')", /may be null/], ["time(s, '" + '%Y'.repeat(13) + "')", /at most 12|directives/]],
  seconds: [["seconds(monday, monday.plus(90, 'minutes'))", 5400], ["seconds(monday, monday.plus(-1, 'second'))", -1], ['seconds(at, leap)', 2464245], ['seconds(first, last)', 315569433600]],
  days: [["days(monday, monday.plus(36, 'hours'))", 1], ["days(monday, monday.plus(-1, 'second'))", -1], ['days(monday, monday)', 0]],
  overlaps: [['overlaps(at, leap, leap, monday)', false], ["overlaps(at, leap, leap.plus(-1, 'second'), monday)", true], ['overlaps(at, monday, leap, leap.plus(1, "day"))', true]],
  plus: [["at.plus(1, 'month')", '2024-02-29T23:59:59.500Z'], ["leap.plus(1, 'year')", '2025-02-28T12:30:45Z'], ["leap.plus(-13, 'months')", '2023-01-29T12:30:45Z'], ["leap.plus(2, 'weeks')", '2024-03-14T12:30:45Z'], ["at.plus(1, 'quarter')", '2024-04-30T23:59:59.500Z'], ["last.plus(1, 'month')", 'limit'], ["first.plus(-1, 'second')", 'limit'], ["at.plus(9007199254740991, 'year')", 'limit'], ["at.plus(1, 'fortnight')", /unit is a literal/]],
  start_of: [["leap.start_of('month')", '2024-02-01T00:00:00Z'], ["at.start_of('quarter')", '2024-01-01T00:00:00Z'], ["leap.start_of('week')", '2024-02-26T00:00:00Z'], ["at.start_of('second')", '2024-01-31T23:59:59Z'], ["monday.start_of('week')", '2026-03-02T00:00:00Z'], ["sunday.start_of('week')", 'limit'], ["at.start_of('weeks')", '2024-01-29T00:00:00Z']],
  year: [['leap.year()', 2024], ['first.year()', 0], ['last.year()', 9999]], month: [['leap.month()', 2], ['last.month()', 12], ['first.month()', 1]], day: [['leap.day()', 29], ['at.day()', 31], ['first.day()', 1]], hour: [['leap.hour()', 12], ['at.hour()', 23], ['first.hour()', 0]], minute: [['leap.minute()', 30], ['at.minute()', 59], ['first.minute()', 0]], second: [['leap.second()', 45], ['at.second()', 59], ['last.second()', 0]], weekday: [['monday.weekday()', 1], ['sunday.weekday()', 7], ['leap.weekday()', 4]],
  // lists
  size: [['size(emoji)', 4], ['size(l) + none.size()', 4], ['size(j.l)', 3], ['size(j.n)', 'fault'], ['size(i)', /size of int/]],
  distinct: [['l.distinct()', [3, 1, 2]], ['rs.distinct().map(x, x.k)', ['x', 'y']], ['none.distinct()', []], ['nl.distinct()', [null, 2, 1]], ['j.l.distinct()', [2, 'a', null]]],
  tally: [['ss.tally()', [{ value: 'b', count: 2 }, { value: 'a', count: 1 }]], ['none.tally()', []], ['rs.tally().map(x, x.count)', [2, 1]], ['nl.tally()[0]', { value: null, count: 2 }]],
  group_by: [['rs.group_by(x, x.k).map(g, g.key + string(g.items.sum(y, y.n)))', ['x2', 'y2']], ['none.group_by(x, x)', []], ['l.group_by(x, mod(x, 2)).map(g, g.items)', [[3, 1, 1], [2]]], ['nodes.group_by(x, x.parent).map(g, size(g.items))', [2, 2, 2, 1, 1, 1, 1]]],
  take_while: [['l.take_while(x, x != 2)', [3, 1]], ['l.take_while(x, false)', []], ['none.take_while(x, true)', []], ["nodes.take_while(x, x.parent == null).map(x, x.id)", ['r']]],
  zip: [['l.zip([4, 5])', [[3, 4], [1, 5]]], ['none.zip(l)', []], ['[1].zip(ps)', [[1, 1.5]]], ['l.zip(ss)', /one type/]],
  last: [['l.last()', 1], ['none.last()', null], ['ps.last()', -0.2]], top: [['l.top(2)', [3, 1]], ['l.top(-1)', []], ['l.top(99)', [3, 1, 2, 1]]],
  sort: [['l.sort()', [1, 1, 2, 3]], ['pairs.sort()', ['', 'a', '\ue000', 'ｆ', '😀']], ['nl.sort()', [null, null, 1, 2]], ['j.l.sort()', [null, 2, 'a']], ['[b].sort()', /no order/]],
  page: [['l.page(1, 2)', { items: [1, 2], range: '2-3', total: 4 }], ['l.page(9, 2).range', 'none'], ['l.page(-5, -1).items', []], ['none.page(0, 9)', { items: [], range: 'none', total: 0 }]],
  reverse: [['l.reverse()', [1, 2, 1, 3]], ['none.reverse()', []], ['ss.reverse().last()', 'b']], flatten: [['ll.flatten()', [1, 2, 3]], ['[none].flatten()', []], ['l.flatten()', /holds no lists/]],
  range: [['range(3)', [0, 1, 2]], ['range(-1, 2)', [-1, 0, 1]], ['range(5, 2)', []], ['range(9007199254740991)', 'limit']],
  orValue: [['ni.orValue(4)', 4], ["ns.orValue('x')", 'x'], ["i.orValue('x')", /cannot stand for/]],
  filter: [['l.filter(x, x > 1)', [3, 2]], ['none.filter(x, true)', []], ['nodes.filter(x, x.parent == "h").map(x, x.id)', ['n', 'd']]], exists: [['l.exists(x, x == 2)', true], ['none.exists(x, true)', false], ["nodes.exists(x, x.name == 'etc')", true]], all: [['l.all(x, x > 0)', true], ['none.all(x, false)', true], ['nodes.all(x, x.parent != null)', false]],
  count: [['l.count(x, x == 1)', 2], ['none.count(x, true)', 0], ['nodes.count(x, true)', 10]], first: [['l.first(x, x < 3)', 1], ['none.first(x, true)', null], ["nodes.first(x, x.parent == 'd').id", 'a']], one: [['l.one(x, x == 3)', 3], ['l.one(x, x == 1)', null], ['none.one(x, true)', null]],
  map: [['l.map(x, x * 2)', [6, 2, 4, 2]], ['none.map(x, x)', []], ['ps.map(x, -x)', [-1.5, 0.2]]], sum: [['ps.sum(x, x)', 1.3], ['none.sum(x, x)', 0], ['ss.sum(x, x)', /sum of string/]], min_by: [['l.min_by(x, -x)', 3], ['none.min_by(x, x)', null], ["pairs.min_by(x, x)", '']], max_by: [['l.max_by(x, x)', 3], ['pairs.max_by(x, x)', '😀'], ['none.max_by(x, x)', null]],
  sort_by: [["l.sort_by(x, x, 'desc')", [3, 2, 1, 1]], ["rs.sort_by(x, x.k).map(x, x.k)", ['x', 'x', 'y']], ['none.sort_by(x, x)', []], ["l.sort_by(x, x, 'up')", /'asc' or 'desc'/]],
  rank: [["rank(articles, a, a.text, 'reset PRINTER', 2).map(a, a.id)", ['k3', 'k2']], ["rank(articles, a, a.text, 'password', 9).map(a, a.id)", ['k1']], ["rank(articles, a, a.text, '', 5)", []], ["rank(ss, x, x, 'b', 5)", ['b', 'b']], ['rank(none, x, string(x), "1", 1)', []], ['rank(l, x, x, "1", 1)', /does not fit/], ['rank(l, x, x)', /rank takes/]],
  // tables and trees
  get: [["nodes.get('h').name", 'home'], ["nodes.get('nope')", null], ['nodes.get(ns)', null]], 'has ': [["nodes.has('h')", true], ["nodes.has('')", false], ['nodes.has(ns)', false]],
  child: [["nodes.child('h', 'docs').id", 'd'], ["nodes.child('h', 'nope')", null], ["nodes.child(null, 'usb').id", 'u'], ["articles.child('k1', 'x')", /declares no tree/], ["nodes.child('h')", /takes a key and a text/]],
  resolve: [["nodes.resolve('h', 'docs/a.txt').id", 'a'], ["nodes.resolve('d', '../../etc/./').id", 'e'], ["nodes.resolve('a', '/home').id", 'h'], ["nodes.resolve('h', '../../../..').id", 'r'], ["nodes.resolve('h', '')", { id: 'h', parent: 'r', name: 'home', text: '' }], ["nodes.resolve('h', 'docs/nope/a')", null], ["nodes.resolve('nope', '/')", null], ["nodes.resolve(ns, 'x')", null]],
  path: [["nodes.path('a')", '/home/docs/a.txt'], ["nodes.path('v')", 'usb/photo'], ["nodes.path('a', 'h')", 'docs/a.txt'], ["nodes.path('h', 'h')", ''], ["nodes.path('r')", '/'], ["nodes.path('a', 'e')", null], ["nodes.path('nope')", null], ["nodes.path('x')", 'fault']],
  up: [["nodes.up('a').map(n, n.id)", ['d', 'h', 'r']], ["nodes.up('r')", []], ["nodes.up('nope')", []], ["nodes.up('x')", 'fault']],
  under: [["nodes.under('r').map(n, n.id)", ['h', 'n', 'd', 'a', 'e']], ["nodes.under('a')", []], ["nodes.under(null).map(n, n.id)", ['r', 'h', 'n', 'd', 'a', 'e', 'u', 'v']], ["nodes.under('x')", 'fault']],
}
