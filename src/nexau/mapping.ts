/** Reads the fields of one mapping; what has the wrong form is remarked and counts as absent. */
import { nearest } from '../core/nearest.ts'
import type { Path } from '../spec/complaint.ts'
import type { LocatedFile } from './located-file.ts'
import type { Place, Remarks } from './remark.ts'

type Source = { readonly located: LocatedFile; /** The value of the file with its placeholders filled. */ readonly root: unknown; readonly remarks: Remarks }

/** What the keys of a kind of mapping mean here. */
export type KeyTable = {
  /** Keys that are read. */
  readonly known: readonly string[]
  /** Old names by what they are called now. */
  readonly old?: Readonly<Record<string, string>>
  /** Keys that are known there and mean nothing here, by what is said of them: a warning where something is missing without them. */
  readonly unsupported?: Readonly<Record<string, readonly ['warning' | 'note', string]>>
}

/** A mapping of a file. */
export class Mapping {
  readonly remarks: Remarks
  readonly path: Path
  readonly #source: Source
  readonly #fields: Readonly<Record<string, unknown>>

  constructor(source: Source, path: Path, fields: Readonly<Record<string, unknown>>) {
    this.#source = source
    this.path = path
    this.#fields = fields
    this.remarks = source.remarks
  }

  /** The whole value of a file, where it is a mapping. */
  static ofFile(located: LocatedFile, root: unknown, remarks: Remarks): Mapping | undefined {
    if (isMapping(root)) return new Mapping({ located, root, remarks }, [], root)
    remarks.error('value', 'a mapping is expected', located.place([]))
    return undefined
  }

  get file(): string {
    return this.#source.located.file
  }

  get keys(): string[] {
    return Object.keys(this.#fields)
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#fields, key) && this.#fields[key] !== null && this.#fields[key] !== undefined
  }

  raw(key: string): unknown {
    return this.has(key) ? this.#fields[key] : undefined
  }

  /** Where a value stands; without a key, where the mapping does. */
  place(...keys: (string | number)[]): Place {
    return this.#source.located.place([...this.path, ...keys])
  }

  placeOfKey(key: string): Place {
    return this.#source.located.place([...this.path, key], true)
  }

  #wrong(key: string, expected: string): undefined {
    this.remarks.error('value', `'${key}' has the wrong form`, this.place(key), { expected })
    return undefined
  }

  text(key: string): string | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'string') return value
    if (typeof value === 'number' || typeof value === 'boolean') return String(value)
    return this.#wrong(key, 'text')
  }

  /** A whole number; outside the bounds, the nearest one within them. */
  whole(key: string, least: number, most: number): number | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value
    if (typeof number !== 'number' || !Number.isFinite(number)) return this.#wrong(key, `a number from ${least} to ${most}`)
    const kept = Math.min(most, Math.max(least, Math.round(number)))
    if (kept !== number) this.remarks.warn('value', `'${key}: ${String(number)}' becomes ${kept}`, this.place(key), { expected: `a whole number from ${least} to ${most}` })
    return kept
  }

  flag(key: string): boolean | undefined {
    const value = this.raw(key)
    if (value === undefined || typeof value === 'boolean') return value
    // YAML 1.1, which PyYAML reads, has these words for true and false.
    if (typeof value === 'string' && /^(yes|on|true|no|off|false)$/i.test(value)) return /^(yes|on|true)$/i.test(value)
    return this.#wrong(key, 'true or false')
  }

  mapping(key: string): Mapping | undefined {
    const value = this.raw(key)
    if (value === undefined) return undefined
    return isMapping(value) ? new Mapping(this.#source, [...this.path, key], value) : this.#wrong(key, 'a mapping')
  }

  /** The items of a list; one item alone stands for a list of it where `lone` says so. */
  list(key: string, lone = false): readonly unknown[] {
    const value = this.raw(key)
    if (value === undefined) return []
    if (Array.isArray(value)) return value
    if (lone) return [value]
    this.#wrong(key, 'a list')
    return []
  }

  texts(key: string, lone = false): string[] {
    return this.list(key, lone).flatMap((item, i) => {
      if (typeof item === 'string') return [item]
      this.remarks.error('value', `item ${i + 1} of '${key}' has the wrong form`, this.place(key, i), { expected: 'text' })
      return []
    })
  }

  /** The items of a list that are mappings; what else stands there is handed to `other`, or is wrong. */
  mappings(key: string, other?: (item: unknown, i: number) => boolean): Mapping[] {
    return this.list(key).flatMap((item, i) => {
      if (isMapping(item)) return [new Mapping(this.#source, [...this.path, key, i], item)]
      if (!other?.(item, i)) this.remarks.error('value', `item ${i + 1} of '${key}' has the wrong form`, this.place(key, i), { expected: 'a mapping' })
      return []
    })
  }

  /** Remarks on keys that are old, unsupported or unknown; gives the mapping with its keys by their new names. */
  checkKeys(what: string, { known, old = {}, unsupported = {} }: KeyTable): Mapping {
    const all = [...known, ...Object.keys(old), ...Object.keys(unsupported)]
    const renamed: Record<string, unknown> = { ...this.#fields }
    for (const key of this.keys) {
      const now = Object.hasOwn(old, key) ? old[key]! : undefined
      if (now !== undefined) {
        if (Object.hasOwn(this.#fields, now)) this.remarks.warn('old_name', `'${key}' is an old name of '${now}', which is stated too and counts`, this.placeOfKey(key))
        else {
          this.remarks.warn('old_name', `'${key}' is an old name of '${now}'`, this.placeOfKey(key))
          renamed[now] = this.#fields[key]
        }
      } else if (Object.hasOwn(unsupported, key)) {
        const [level, about] = unsupported[key]!
        if (!isEmpty(this.#fields[key])) this.remarks.add(level, 'unsupported', `'${key}' ${about}`, this.placeOfKey(key))
      } else if (!known.includes(key)) this.remarks.error('unknown_key', `${what} has no '${key}'`, this.placeOfKey(key), { nearest: nearest(key, all), expected: all.join(', ') })
    }
    return new Renamed(this.#source, this.path, renamed, old)
  }
}

/** Finds the place of a key under its old name. */
class Renamed extends Mapping {
  readonly #nameInFile: ReadonlyMap<string, string>

  constructor(source: Source, path: Path, fields: Readonly<Record<string, unknown>>, old: Readonly<Record<string, string>>) {
    super(source, path, fields)
    const stated = Object.entries(old).filter(([before]) => Object.hasOwn(fields, before))
    this.#nameInFile = new Map(stated.map(([before, now]) => [now, before]))
  }

  override place(...[key, ...rest]: (string | number)[]): Place {
    return key === undefined ? super.place() : super.place(this.#nameInFile.get(String(key)) ?? key, ...rest)
  }

  override placeOfKey(key: string): Place {
    return super.placeOfKey(this.#nameInFile.get(key) ?? key)
  }
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === false || (Array.isArray(value) && !value.length) || (isMapping(value) && !Object.keys(value).length)
}
