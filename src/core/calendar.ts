/** The virtual calendar: proleptic Gregorian, UTC, milliseconds since 1970, no clock of the machine. */

const DAY = 86_400_000

/** The first and the last millisecond that have a name: years 0000 to 9999. */
export const FIRST_TIME = -62_167_219_200_000
export const LAST_TIME = 253_402_300_799_999

function pad(n: number, width = 2): string {
  return String(n).padStart(width, '0')
}

/** `2026-03-02T09:00:00Z`; milliseconds appear only when they are not zero. */
export function formatTime(ms: number): string {
  const days = Math.floor(ms / DAY)
  const rest = ms - days * DAY
  // Civil date from days, counted from 0000-03-01 in eras of 400 years.
  const z = days + 719_468
  const era = Math.floor(z / 146_097)
  const doe = z - era * 146_097
  const yoe = Math.floor((doe - Math.floor(doe / 1460) + Math.floor(doe / 36_524) - Math.floor(doe / 146_096)) / 365)
  const doy = doe - (365 * yoe + Math.floor(yoe / 4) - Math.floor(yoe / 100))
  const mp = Math.floor((5 * doy + 2) / 153)
  const day = doy - Math.floor((153 * mp + 2) / 5) + 1
  const month = mp < 10 ? mp + 3 : mp - 9
  const year = yoe + era * 400 + (month <= 2 ? 1 : 0)
  const millis = rest % 1000
  const seconds = Math.floor(rest / 1000)
  const clock = `${pad(Math.floor(seconds / 3600))}:${pad(Math.floor(seconds / 60) % 60)}:${pad(seconds % 60)}`
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${clock}${millis ? '.' + pad(millis, 3) : ''}Z`
}

const WEEKDAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** `Mon, 02 Mar 2026 09:00:00 GMT`, the date of HTTP headers; fractions of a second round up. */
export function formatHttpDate(ms: number): string {
  const whole = Math.ceil(ms / 1000) * 1000
  const iso = formatTime(whole)
  const weekday = WEEKDAYS[((Math.floor(whole / DAY) % 7) + 7) % 7]
  return `${weekday}, ${iso.slice(8, 10)} ${MONTHS[Number(iso.slice(5, 7)) - 1]} ${iso.slice(0, 4)} ${iso.slice(11, 19)} GMT`
}

const ISO = /^(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?Z)?$/

/** Milliseconds of an ISO date or time in UTC; undefined for what is none (31 February included). */
export function parseTime(text: string): number | undefined {
  const match = ISO.exec(text)
  if (!match) return undefined
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((part) => Number(part ?? 0)) as [number, number, number, number, number, number]
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yoe = y - era * 400
  const doy = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const doe = yoe * 365 + Math.floor(yoe / 4) - Math.floor(yoe / 100) + doy
  const ms = (era * 146_097 + doe - 719_468) * DAY + ((hour * 60 + minute) * 60 + second) * 1000 + Number((match[7] ?? '').padEnd(3, '0'))
  return formatTime(ms).slice(0, 10) === text.slice(0, 10) ? ms : undefined
}

/** Milliseconds of an HTTP date as formatHttpDate writes it; undefined for what is none. */
export function parseHttpDate(text: string): number | undefined {
  const match = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}:\d{2}:\d{2}) GMT$/.exec(text)
  if (!match) return undefined
  const [, day, month, year, clock] = match
  return parseTime(`${year}-${pad(MONTHS.indexOf(month!) + 1)}-${day}T${clock}Z`)
}
