/** Which values of an environment are secrets. */
import { isOrdinary, isRandom, suspicionOf } from './secret-name.ts'

/**
 * The values of variables with suspicious names or that look drawn at random, passwords in URLs, and all of those that
 * are named.
 * @param named variables whose value is a secret whatever it looks like
 */
export function environmentSecrets(environment: Readonly<Record<string, string | undefined>>, named: Iterable<string> = []): string[] {
  const given = new Set(named)
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || isOrdinary(value)) return []
    const inUrl = /:\/\/[^\s/:@]*:([^\s/@]{4,})@/.exec(value)?.slice(1) ?? []
    if (inUrl.length && !given.has(name)) return inUrl
    return given.has(name) || suspicionOf(name) === 'strong' || (isRandom(value) && !/[/:]/.test(value)) ? [value] : []
  })
}
