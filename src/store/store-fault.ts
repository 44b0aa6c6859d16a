/** What a store's failure is to everybody else: one typed error that says what could not be done and why. */
import { GymError } from '../core/gym-error.ts'

/** The reasons that a person can do something about, in words, by SQLite's primary result code. */
const REASONS: Readonly<Record<number, string>> = {
  5: 'another process holds the database',
  6: 'another process holds the database',
  8: 'the file or its folder is read-only',
  10: 'the disk does not read or write',
  11: 'the file is damaged',
  13: 'the disk is full, or the quota is reached',
  14: 'the file cannot be opened',
  26: 'the file is no SQLite database',
}

/** GYM_STORE for whatever a database threw; what already is a GymError stays as it is. */
export function storeFault(doing: string, error: unknown): GymError {
  if (error instanceof GymError) return error
  const { errcode, message } = error as { errcode?: unknown; message?: unknown }
  const reason = typeof errcode === 'number' ? REASONS[errcode & 0xff] : undefined
  return new GymError('GYM_STORE', `${doing}: ${reason ? `${reason} (${String(message)})` : String(message)}`)
}
