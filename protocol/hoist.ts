/** JSON Schemas of several places gathered under one `components`, as OpenAPI and AsyncAPI want them. */
import type { z } from 'zod'
import { publish } from './published.ts'

type Json = Record<string, unknown>

/** The schemas of one document, by name; the same name twice means the same schema. */
export class Components {
  readonly schemas: Record<string, unknown> = {}
  readonly #target: 'draft-2020-12' | 'draft-7'

  constructor(target: 'draft-2020-12' | 'draft-7') {
    this.#target = target
  }

  /** The schema with its definitions moved to the components. */
  add(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _, $defs, definitions, ...own } = publish(schema, io, this.#target) as Json & { $defs?: Json; definitions?: Json }
    const defined = { ...$defs, ...definitions }
    const names = new Map(Object.entries(defined).map(([name, value]) => [name, this.#nameFor(name, value, io)]))
    for (const [name, value] of Object.entries(defined)) this.schemas[names.get(name)!] ??= this.#rewrite(value, names)
    return this.#rewrite(own, names) as Json
  }

  /** What a sender writes may be described otherwise than what a reader gets: then it has a name of its own. */
  #nameFor(name: string, value: unknown, io: 'input' | 'output'): string {
    const plain = name.replace(/[^A-Za-z0-9._-]/g, '_')
    const text = JSON.stringify(value)
    const names = [plain, `${plain}.${io}`]
    const free = names.find((each) => this.#texts.get(each) === undefined || this.#texts.get(each) === text)
    const found = free ?? `${plain}.${this.#texts.size}`
    this.#texts.set(found, text)
    return found
  }

  readonly #texts = new Map<string, string>()

  #rewrite(value: unknown, names: ReadonlyMap<string, string>): unknown {
    if (Array.isArray(value)) return value.map((each) => this.#rewrite(each, names))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'id' || typeof (value as Json).id !== 'string').map(([key, each]) => {
      const target = key === '$ref' && typeof each === 'string' ? /^#\/(?:\$defs|definitions)\/(.+)$/.exec(each)?.[1] : undefined
      return [key, target === undefined ? this.#rewrite(each, names) : `#/components/schemas/${names.get(target) ?? target}`]
    }))
  }
}
