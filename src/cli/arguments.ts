/** Parsers for option values; what they throw becomes exit code 2. */
import { InvalidArgumentError } from 'commander'
import { z } from 'zod'
import { UsageError } from './failure.ts'

/** A whole number within bounds. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max) throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`)
    return value
  }
}

/** A number from 0 to 1. */
export function share(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected a number from 0 to 1.')
  return value
}

export const seedNumber = wholeNumber(0, Number.MAX_SAFE_INTEGER)

/** Collects an option that may be given several times. */
export function several(value: string, previous: string[] = []): string[] {
  return [...previous, value]
}

/** A value of the protocol that stands on the command line. @throws UsageError */
export function readArgument<T>(option: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (!parsed.success) throw new UsageError(`${option}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}
