/** Days and moments as people write them, where there is only one way to read them. */
import { formatTime, parseTime } from '../../core/calendar.ts'
import { plainText } from './spelled-number.ts'

/** What a text names: a day, a moment, or a time of any day. */
export type SpelledDate =
  | { readonly k: 'day'; readonly day: string }
  | { readonly k: 'moment'; readonly ms: number; /** The day as it was written, whatever the zone. */ readonly day: string }
  | { readonly k: 'clock'; readonly ms: number }

const LONGEST = 80
const DAY_MS = 86_400_000
const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october', 'november', 'december']
const WEEKDAYS = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday']

const MONTH = '([a-z]{3,9})\\.?'
const NTH = '(\\d{1,2})(?:st|nd|rd|th)?\\.?'
const YEAR = '(\\d{4})'
/** Where digits alone stand for a date the year comes first: `03/04/2026` is two days. */
const YEAR_FIRST = /^(\d{4})(-|\/)(\d{1,2})\2(\d{1,2})$/
const DAY_FIRST = new RegExp(`^${NTH}(?: of)?[ -]${MONTH}(?:,? |-)${YEAR}$`)
const MONTH_FIRST = new RegExp(`^${MONTH} ${NTH},? ${YEAR}$`)
const WEEKDAY = /^(?:on )?([a-z]{3,9})\.?,? (?=\S)/
const CLOCK = /^(\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)? ?(am|pm|a\.m\.|p\.m\.)? ?(z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2})?$/

/** Reads a whole text; undefined for what names no day or moment, or more than one. Without a zone it is UTC. */
export function spelledDate(text: string): SpelledDate | undefined {
  if (text.length > LONGEST) return undefined
  const plain = plainText(text).toLowerCase().replace(/\s+/g, ' ')
  const whole = dayOf(plain)
  if (whole !== undefined) return { k: 'day', day: whole }
  const clock = clockOf(plain)
  if (clock) return { k: 'clock', ms: clock.ms - clock.zone }
  return momentIn(plain)
}

/** A day and a time of it, in either order; every place where they can part is tried, and one at most fits. */
function momentIn(plain: string): SpelledDate | undefined {
  for (const match of plain.matchAll(/t(?=\d)|, at | at |, on | on |, | /g)) {
    const [before, after] = [plain.slice(0, match.index), plain.slice(match.index + match[0].length)]
    for (const [left, right] of [[before, after], [after, before]] as const) {
      const day = dayOf(left)
      const clock = day === undefined ? undefined : clockOf(right)
      if (day !== undefined && clock) return { k: 'moment', day, ms: parseTime(day)! + clock.ms - clock.zone }
    }
  }
  return undefined
}

/** A day as `2026-03-01`. */
function dayOf(text: string): string | undefined {
  const digits = YEAR_FIRST.exec(text)
  if (digits) return calendarDay(digits[1]!, Number(digits[3]), digits[4]!)
  const named = WEEKDAY.exec(text)
  const weekday = named ? nameIn(WEEKDAYS, named[1]!) : -1
  const rest = weekday >= 0 ? text.slice(named![0].length) : text
  const [d, m, y] = [DAY_FIRST, MONTH_FIRST].flatMap((form, i) => {
    const match = form.exec(rest)
    return match ? [i === 0 ? [match[1]!, match[2]!, match[3]!] : [match[2]!, match[1]!, match[3]!]] : []
  })[0] ?? []
  const day = d === undefined ? (weekday >= 0 && YEAR_FIRST.test(rest) ? dayOf(rest) : undefined) : calendarDay(y!, nameIn(MONTHS, m!) + 1, d)
  // A weekday that is not that of the day makes it two days.
  return day !== undefined && (weekday < 0 || weekdayOf(day) === weekday) ? day : undefined
}

function calendarDay(year: string, month: number, day: string): string | undefined {
  const text = `${year}-${String(month).padStart(2, '0')}-${day.padStart(2, '0')}`
  return parseTime(text) === undefined ? undefined : text
}

function weekdayOf(day: string): number {
  return ((Math.floor(parseTime(day)! / DAY_MS) % 7) + 7) % 7
}

/** Position of a name, or of its first letters; -1 for none. */
function nameIn(names: readonly string[], text: string): number {
  return names.findIndex((name) => name === text || (text.length === 3 && name.startsWith(text)) || (text === 'sept' && name === 'september') || (/^(?:tues|thur|thurs)$/.test(text) && name.startsWith(text)))
}

/** A time of day in milliseconds, and how far its zone is ahead of UTC. */
function clockOf(text: string): { readonly ms: number; readonly zone: number } | undefined {
  const match = CLOCK.exec(text)
  if (!match) return undefined
  const [, hours, minutes, seconds = '0', fraction = '', half, zone] = match
  // `9` alone is a number.
  if (minutes === undefined && half === undefined) return undefined
  const hour = hourOf(Number(hours), half)
  const minute = Number(minutes ?? 0)
  if (hour === undefined || minute > 59 || Number(seconds) > 59) return undefined
  const ahead = /([+-])(\d{2}):?(\d{2})/.exec(zone ?? '')
  const offset = ahead ? (Number(ahead[2]) * 60 + Number(ahead[3])) * (ahead[1] === '-' ? -60_000 : 60_000) : 0
  return { ms: ((hour * 60 + minute) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0')), zone: offset }
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined
  if (hour < 1 || hour > 12) return undefined
  return (hour % 12) + (half.startsWith('p') ? 12 : 0)
}

/**
 * Whether two name the same, up to a tolerance in milliseconds. A day is the same as a moment of it where the day is
 * what is wanted, and as its midnight.
 */
export function sameDate(found: SpelledDate, wanted: SpelledDate, tolerance: number): boolean {
  if ((found.k === 'clock') !== (wanted.k === 'clock')) return false
  if (wanted.k === 'day' && found.k === 'moment' && found.day === wanted.day) return true
  const gap = Math.abs(millisOf(found) - millisOf(wanted))
  // Times of any day go round: a minute before midnight is two before 00:01.
  return (wanted.k === 'clock' ? Math.min(gap % DAY_MS, DAY_MS - (gap % DAY_MS)) : gap) <= tolerance
}

function millisOf(date: SpelledDate): number {
  return date.k === 'day' ? parseTime(date.day)! : date.ms
}

/** A moment of the calendar. */
export function momentAt(ms: number): SpelledDate {
  return { k: 'moment', ms, day: formatTime(ms).slice(0, 10) }
}
