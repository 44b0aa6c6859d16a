/** Dates of the virtual calendar by their parts: reading, moving, cutting, writing and reading by a pattern. */
import { FIRST_TIME, formatTime, LAST_TIME, parseTime } from './calendar.ts'

const DAY = 86_400_000

/** Parts of a time in UTC; months and days count from 1, weekday is 1 on Monday and 7 on Sunday. */
export type CalendarParts = { readonly year: number; readonly month: number; readonly day: number; readonly hour: number; readonly minute: number; readonly second: number; readonly millisecond: number; readonly weekday: number }

/** Units of time that a calendar can be cut and moved by. */
export const CALENDAR_UNITS = ['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year'] as const
export type CalendarUnit = (typeof CALENDAR_UNITS)[number]

const FIXED: Partial<Record<CalendarUnit, number>> = { second: 1000, minute: 60_000, hour: 3_600_000, day: DAY, week: 7 * DAY }
const MONTHS: Partial<Record<CalendarUnit, number>> = { month: 1, quarter: 3, year: 12 }

/** The parts of a time. */
export function partsOfTime(ms: number): CalendarParts {
  const text = formatTime(ms)
  const at = (from: number, to: number) => Number(text.slice(from, to))
  const days = Math.floor(ms / DAY)
  return { year: at(0, 4), month: at(5, 7), day: at(8, 10), hour: at(11, 13), minute: at(14, 16), second: at(17, 19), millisecond: ms - Math.floor(ms / 1000) * 1000, weekday: ((((days + 3) % 7) + 7) % 7) + 1 }
}

/** Midnight of a date, or undefined when there is no such date. */
function midnight(year: number, month: number, day: number): number | undefined {
  if (year < 0 || year > 9999) return undefined
  return parseTime(`${pad(year, 4)}-${pad(month)}-${pad(day)}`)
}

/** Days of a month, from 28 to 31. */
export function daysInMonth(year: number, month: number): number {
  for (let day = 31; ; day--) if (midnight(year, month, day) !== undefined) return day
}

/**
 * A time moved by so many units. Months, quarters and years keep the day, or take the last of a shorter month (31
 * January plus a month is 28 or 29 February). Undefined outside the years 0 to 9999.
 */
export function moveTime(ms: number, n: number, unit: CalendarUnit): number | undefined {
  const fixed = FIXED[unit]
  if (fixed) return within(ms + n * fixed)
  const { year, month, day } = partsOfTime(ms)
  const months = year * 12 + (month - 1) + n * MONTHS[unit]!
  const [toYear, toMonth] = [Math.floor(months / 12), months - Math.floor(months / 12) * 12 + 1]
  if (!(toYear >= 0 && toYear <= 9999)) return undefined
  const date = midnight(toYear, toMonth, Math.min(day, daysInMonth(toYear, toMonth)))!
  return date + (ms - Math.floor(ms / DAY) * DAY)
}

function within(ms: number): number | undefined {
  return ms >= FIRST_TIME && ms <= LAST_TIME ? ms : undefined
}

/** The first moment of the second, minute, hour, day, week (from Monday), month, quarter or year; undefined before year 0. */
export function startOfTime(ms: number, unit: CalendarUnit): number | undefined {
  const fixed = FIXED[unit]
  // 1970-01-01 was a Thursday: weeks from Monday begin three days off.
  if (fixed) return within(unit === 'week' ? Math.floor((ms + 3 * DAY) / fixed) * fixed - 3 * DAY : Math.floor(ms / fixed) * fixed)
  const { year, month } = partsOfTime(ms)
  const first = unit === 'year' ? 1 : unit === 'quarter' ? month - ((month - 1) % 3) : month
  return midnight(year, first, 1)
}

const MONTH_NAMES = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December']
const DAY_NAMES = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function pad(n: number, width = 2): string {
  return String(n).padStart(width, '0')
}

/** One directive of a pattern: how it is written, and how it is read. */
type Directive = {
  readonly write: (t: CalendarParts, ms: number) => string
  /** What it may look like; absent where it cannot be read back. */
  readonly read?: string
  readonly take?: (text: string, into: Record<string, number>) => void
}

const numeric = (part: 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second', width: number): Directive => ({
  write: (t) => pad(t[part], width), read: width === 4 ? '\\d{4}' : '\\d{1,2}', take: (text, into) => { into[part] = Number(text) },
})
const short = (part: 'month' | 'day' | 'hour'): Directive => ({ write: (t) => String(t[part]), read: '\\d{1,2}', take: (text, into) => { into[part] = Number(text) } })
const named = (names: readonly string[], part: 'month' | 'weekday'): Directive => ({
  write: (t) => names[t[part] - 1]!,
  read: names.join('|'),
  take: (text, into) => { if (part === 'month') into.month = names.findIndex((name) => name.toLowerCase() === text.toLowerCase()) + 1 },
})

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  '%Y': numeric('year', 4), '%m': numeric('month', 2), '%d': numeric('day', 2), '%H': numeric('hour', 2), '%M': numeric('minute', 2), '%S': numeric('second', 2),
  '%-m': short('month'), '%-d': short('day'), '%-H': short('hour'),
  '%y': { write: (t) => pad(t.year % 100), read: '\\d{2}', take: (text, into) => { into.year = Number(text) + (Number(text) < 69 ? 2000 : 1900) } },
  '%I': { write: (t) => pad(((t.hour + 11) % 12) + 1), read: '\\d{1,2}', take: (text, into) => { into.twelfth = Number(text) } },
  '%-I': { write: (t) => String(((t.hour + 11) % 12) + 1), read: '\\d{1,2}', take: (text, into) => { into.twelfth = Number(text) } },
  '%p': { write: (t) => (t.hour < 12 ? 'AM' : 'PM'), read: 'AM|PM', take: (text, into) => { into.noon = text.toLowerCase() === 'pm' ? 12 : 0 } },
  '%B': named(MONTH_NAMES, 'month'), '%b': named(MONTH_NAMES.map((name) => name.slice(0, 3)), 'month'),
  '%A': named(DAY_NAMES, 'weekday'), '%a': named(DAY_NAMES.map((name) => name.slice(0, 3)), 'weekday'),
  '%j': { write: (t, ms) => pad(Math.floor((ms - midnight(t.year, 1, 1)!) / DAY) + 1, 3) },
  '%u': { write: (t) => String(t.weekday) },
  '%F': { write: (_t, ms) => formatTime(ms).slice(0, 10) }, '%T': { write: (_t, ms) => formatTime(ms).slice(11, 19) },
  '%%': { write: () => '%', read: '%' },
}

/** A pattern such as `%d/%m/%Y %H:%M`, taken apart: text and directives in turn. */
export type TimePattern = { readonly source: string; readonly parts: readonly (string | { readonly name: string })[] }

/** Names of the directives that a pattern may use. */
export const TIME_DIRECTIVES: readonly string[] = Object.keys(DIRECTIVES)

/** More directives than a date has parts would only make reading slow. */
const MOST_DIRECTIVES = 12

/** Takes a pattern apart; undefined for one with an unknown directive, or with more than 12. */
export function timePattern(source: string): TimePattern | undefined {
  const parts: (string | { name: string })[] = []
  for (const piece of source.match(/%-?.|[^%]+|%/gsu) ?? []) {
    if (!piece.startsWith('%')) parts.push(piece)
    else if (Object.hasOwn(DIRECTIVES, piece)) parts.push({ name: piece })
    else return undefined
  }
  return parts.filter((part) => typeof part !== 'string').length > MOST_DIRECTIVES ? undefined : { source, parts }
}

/** A time as a pattern says, in English. */
export function writeTime(ms: number, pattern: TimePattern): string {
  const parts = partsOfTime(ms)
  return pattern.parts.map((part) => (typeof part === 'string' ? part : DIRECTIVES[part.name]!.write(parts, ms))).join('')
}

/** Reads text by a pattern: a function that gives milliseconds, or undefined for text that does not fit or no date. */
export function timeReader(pattern: TimePattern): ((text: string) => number | undefined) | undefined {
  const takes: Directive[] = []
  let source = ''
  for (const part of pattern.parts) {
    if (typeof part === 'string') {
      source += part.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
      continue
    }
    const directive = DIRECTIVES[part.name]!
    if (!directive.read) return undefined
    takes.push(directive)
    source += `(${directive.read})`
  }
  const expression = new RegExp(`^${source}$`, 'i')
  return (text) => {
    const match = text.length > 200 ? null : expression.exec(text)
    if (!match) return undefined
    const found: Record<string, number> = {}
    takes.forEach((directive, i) => directive.take?.(match[i + 1]!, found))
    return assemble(found)
  }
}

/** A time from what was read: the year must be known, month and day are 1 and the clock 0 where they are not. */
function assemble({ year, month = 1, day = 1, hour, twelfth, noon = 0, minute = 0, second = 0 }: Record<string, number>): number | undefined {
  if (year === undefined || (twelfth !== undefined && (twelfth < 1 || twelfth > 12))) return undefined
  const clock = hour ?? (twelfth === undefined ? 0 : (twelfth % 12) + noon)
  return parseTime(`${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(clock)}:${pad(minute)}:${pad(second)}Z`)
}
