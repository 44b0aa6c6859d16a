/** Functions over times: the calendar is Gregorian and UTC, weeks begin on Monday. */
import { CALENDAR_UNITS, type CalendarParts, type CalendarUnit, moveTime, partsOfTime, startOfTime, TIME_DIRECTIVES, timePattern, timeReader } from '../../core/calendar-field.ts'
import { parseTime } from '../../core/calendar.ts'
import { nearest } from '../../core/nearest.ts'
import { charge, type Evaluation } from '../evaluation.ts'
import { CallLimit } from '../fault.ts'
import { charsOf, FLAT, flatUpTo, share } from '../cost/size.ts'
import { BOOL, INT, nullable, TIME } from '../type.ts'
import { number } from './number.ts'
import { type Compiled, ExpressionError } from './scope.ts'
import { type Bound, FREE, plain, type Signature } from './signature.ts'

const DAY = 86_400_000

/** @throws CallLimit for a time outside the years 0 to 9999 */
function onCalendar(ms: number | undefined): number {
  if (ms === undefined) throw new CallLimit('a time leaves the calendar')
  return ms
}

/** @throws ExpressionError for what is no literal unit of the calendar */
function unitOf(unit: Compiled, offset: number): CalendarUnit {
  const name = typeof unit.literal === 'string' ? unit.literal.replace(/s$/, '') : ''
  const found = CALENDAR_UNITS.find((known) => known === name)
  if (!found) throw new ExpressionError('the unit is a literal', offset, { expected: CALENDAR_UNITS.join(', '), nearest: nearest(name, CALENDAR_UNITS) })
  return found
}

/** A method of times that takes a unit as its last value. */
function byUnit(accepts: Signature['accepts'], move: (ms: number, n: number, unit: CalendarUnit) => number | undefined): Signature {
  return {
    on: 'time', accepts, bound: () => ({ units: 2, size: FLAT }),
    build: (args, offset) => {
      const unit = unitOf(args.at(-1)!, offset)
      const [t, n] = [args[0]!.run, args.length > 2 ? args[1]!.run : () => 0]
      return { type: TIME, run: (cx) => { charge(cx, 2); return onCalendar(move(number(t(cx)), number(n(cx)), unit)) } }
    },
  }
}

const part = (name: keyof CalendarParts, most: number): Signature => ({
  ...plain([TIME], INT, (cx, t: number) => { charge(cx, 1); return partsOfTime(t)[name] }, () => ({ units: 1, size: flatUpTo(most) })),
  on: 'time',
})

/** What reading a time from text costs: longer texts are no times and are not read. */
export const READ_TIME: Bound = (s) => ({ units: 2 + share(charsOf(s!), 4), size: FLAT })

/**
 * Compiles `time(s, pattern)`, for any text; without a pattern ISO dates and times are read. Null for what does not fit.
 * @throws ExpressionError for a pattern that cannot be read by
 */
export function compileTimeReader(text: Compiled, pattern: Compiled | undefined, offset: number): Compiled {
  let read = parseTime
  if (pattern) {
    const parsed = typeof pattern.literal === 'string' ? timePattern(pattern.literal) : undefined
    const reader = parsed && timeReader(parsed)
    if (!reader) throw new ExpressionError('the pattern is a text literal of directives that can be read', offset, { expected: `at most 12 of ${TIME_DIRECTIVES.join(' ')}` })
    read = reader
  }
  return {
    type: nullable(TIME),
    run: (cx: Evaluation) => {
      const value = text.run(cx) as string
      charge(cx, 2 + (value.length >> 4))
      return read(value.trim()) ?? null
    },
  }
}

/** `f(…)` over times. */
export const TIME_FUNCTIONS: Readonly<Record<string, Signature>> = {
  now: plain([], TIME, (cx) => cx.now, FREE),
  days: plain([TIME, TIME], INT, (_cx, a: number, b: number) => Math.floor((b - a) / DAY), FREE),
  seconds: plain([TIME, TIME], INT, (_cx, a: number, b: number) => Math.floor((b - a) / 1000), FREE),
  overlaps: plain([TIME, TIME, TIME, TIME], BOOL, (_cx, a: number, b: number, c: number, d: number) => a < d && c < b, FREE),
}

/** `t.f(…)`. */
export const TIME_METHODS: Readonly<Record<string, Signature>> = {
  plus: byUnit([TIME, INT, 'any'], moveTime),
  start_of: byUnit([TIME, 'any'], (ms, _n, unit) => startOfTime(ms, unit)),
  year: part('year', 9999), month: part('month', 12), day: part('day', 31), hour: part('hour', 23), minute: part('minute', 59), second: part('second', 59), weekday: part('weekday', 7),
}
