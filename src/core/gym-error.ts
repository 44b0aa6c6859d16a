import { ERRORS, type GymCode } from '../../protocol/errors.ts'

/** An error that crosses the wire; `data` names the place and the remedy. */
export class GymError extends Error {
  readonly gymCode: GymCode
  readonly data: Readonly<Record<string, unknown>>

  constructor(gymCode: GymCode, message: string, data: Record<string, unknown> = {}) {
    super(message)
    this.name = 'GymError'
    this.gymCode = gymCode
    this.data = data
  }

  /** The error object of JSON-RPC 2.0. */
  toWire(): { code: number; message: string; data: Record<string, unknown> & { code: GymCode; retryable: boolean } } {
    const entry = ERRORS[this.gymCode]
    return { code: entry.code, message: this.message, data: { ...this.data, code: this.gymCode, retryable: entry.retryable } }
  }
}
