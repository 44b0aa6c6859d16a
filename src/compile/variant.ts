/** Variants of a task template: tasks of their own that state what differs. */
import type { TaskTemplate } from '../../protocol/spec/scenario.ts'
import { Site } from '../world/site.ts'

/** A template to compile, with where each of its parts stands. */
export type Template = { readonly name: string; readonly spec: TaskTemplate; readonly site: Site }

type Variant = TaskTemplate['variants'][string]

/** Task names of the wire hold no more. */
const MAX_NAME = 100

/** The template itself, then each of its variants as `template.variant`. */
export function expandTemplate(name: string, spec: TaskTemplate, site: Site): Template[] {
  const variants = Object.entries(spec.variants).map(([variant, stated]): Template => {
    const at = site.at('variants', variant)
    const full = `${name}.${variant}`
    if (full.length > MAX_NAME) at.complain('name', `'${full}' has more than ${MAX_NAME} characters`, { key: true })
    return { name: full, spec: mergeVariant(spec, stated), site: new VariantSite(site, variant, stated) }
  })
  return [{ name, spec, site }, ...variants]
}

function mergeVariant(template: TaskTemplate, { answer, ...stated }: Variant): TaskTemplate {
  const ends = stated.outcome === 'unable' || answer === null ? { finish: {} } : {}
  const given = Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined))
  return {
    ...template, ...ends, ...given,
    bind: mergeSlots(template.bind, stated.bind ?? {}),
    difficulty: { ...template.difficulty, ...stated.difficulty },
    answer: answer === null ? undefined : answer ?? template.answer,
    variants: {},
  }
}

/** The template's slots in their order; a new one stands before the replaced one that it precedes in the variant, or else last. */
function mergeSlots(template: TaskTemplate['bind'], stated: TaskTemplate['bind']): TaskTemplate['bind'] {
  const all = { ...template, ...stated }
  const before = new Map<string, string[]>()
  let waiting: string[] = []
  for (const name of Object.keys(stated)) {
    if (Object.hasOwn(template, name)) {
      before.set(name, waiting)
      waiting = []
    } else waiting.push(name)
  }
  const order = [...Object.keys(template).flatMap((name) => [...before.get(name) ?? [], name]), ...waiting]
  return Object.fromEntries(order.map((name) => [name, all[name]!]))
}

/** The parts of a template that a variant states piece by piece. */
const BY_NAME: ReadonlySet<unknown> = new Set(['bind', 'difficulty'])

/** Sends complaints about what a variant states to the variant, and about the rest to its template. */
class VariantSite extends Site {
  readonly #template: Site
  readonly #variant: string
  readonly #stated: Variant

  constructor(template: Site, variant: string, stated: Variant) {
    super([...template.path, 'variants', variant], template.findings)
    this.#template = template
    this.#variant = variant
    this.#stated = stated
  }

  override at(...more: (string | number)[]): Site {
    const [field, name] = more
    const own = (this.#stated as Record<string, object | undefined>)[String(field)]
    const states = BY_NAME.has(field) ? name === undefined || Object.hasOwn(own ?? {}, String(name)) : own !== undefined
    return states ? this.#template.at('variants', this.#variant, ...more) : this.#template.at(...more)
  }
}
