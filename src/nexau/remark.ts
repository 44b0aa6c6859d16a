/** What a reader of foreign files has to say about them: collected, never thrown. */
import type { Complaint } from '../spec/complaint.ts'

/** Error: the framework cannot be what its author meant. Warning: something is left out or was an old name. Note: good to know. */
export const REMARK_LEVELS = ['error', 'warning', 'note'] as const
export type RemarkLevel = (typeof REMARK_LEVELS)[number]

/** A complaint with its weight. */
export type Remark = Complaint & { readonly level: RemarkLevel }

/** Where a remark belongs: a line and a column of a file, both from 1. */
export type Place = { readonly file: string; readonly line: number; readonly column: number }
type More = { readonly expected?: string; readonly nearest?: string | undefined }

/** Remarks after which no more are kept. */
const ENOUGH = 500
/** Characters of a message, so that no foreign text floods a terminal. */
const MOST_CHARACTERS = 400

/** Collects remarks; those that say the same of the same place are told once. */
export class Remarks {
  readonly #all = new Map<string, Remark>()

  add(level: RemarkLevel, code: string, message: string, place: Place, { expected, nearest }: More = {}): void {
    const remark = { level, code, message: cut(message), ...place, ...(expected !== undefined && { expected: cut(expected) }), ...(nearest !== undefined && { nearest: cut(nearest) }) }
    const key = JSON.stringify(remark)
    // Errors count, whatever came before them.
    if (this.#all.size >= ENOUGH && (level !== 'error' || this.hasErrors)) return
    this.#all.set(key, remark)
  }

  error(code: string, message: string, place: Place, more?: More): void {
    this.add('error', code, message, place, more)
  }

  warn(code: string, message: string, place: Place, more?: More): void {
    this.add('warning', code, message, place, more)
  }

  note(code: string, message: string, place: Place, more?: More): void {
    this.add('note', code, message, place, more)
  }

  get hasErrors(): boolean {
    return [...this.#all.values()].some(({ level }) => level === 'error')
  }

  /** All remarks, in the order in which they were found. */
  list(): Remark[] {
    return [...this.#all.values()]
  }
}

function cut(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text
}
