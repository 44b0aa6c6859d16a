/** Strips what a schema declares private: the one way a value loses its secrets before it leaves. */
import type { z } from 'zod'
import { SECRET_WHERE } from './scalars.ts'

type Strip = (value: unknown) => unknown
type Def = { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType; options?: z.ZodType[]; innerType?: z.ZodType; valueType?: z.ZodType; discriminator?: string }

const keep: Strip = (value) => value

/** A mark counts wherever it stands: on the field, or below what makes it optional. */
function isPrivate(schema: z.ZodType): boolean {
  if ((schema.meta() as { private?: boolean } | undefined)?.private === true) return true
  const { innerType } = schema.def as unknown as Def
  return innerType !== undefined && isPrivate(innerType)
}

function stripperOf(schema: z.ZodType): Strip {
  const def = schema.def as unknown as Def
  switch (def.type) {
    case 'object': return stripObject(def.shape!)
    case 'array': return stripEach(stripperOf(def.element!), privateItems(def.element!))
    case 'optional': case 'nullable': case 'default': return stripPresent(stripperOf(def.innerType!))
    case 'union': return def.discriminator ? stripTagged(def.discriminator, def.options!) : keep
    default: return keep
  }
}

function stripObject(shape: Record<string, z.ZodType>): Strip {
  const fields = Object.entries(shape).map(([name, schema]) => ({ name, secret: isPrivate(schema), strip: stripperOf(schema) }))
  if (fields.every((field) => !field.secret && field.strip === keep)) return keep
  return (value) => {
    const from = value as Record<string, unknown>
    const out: Record<string, unknown> = {}
    for (const { name, secret, strip } of fields) {
      if (!secret && from[name] !== undefined) out[name] = strip(from[name])
    }
    return out
  }
}

/** Which items of a list are private as a whole. */
function privateItems(item: z.ZodType): ((value: unknown) => boolean) | undefined {
  const where = item.meta()?.[SECRET_WHERE] as Readonly<Record<string, string>> | undefined
  if (!where) return undefined
  const fields = Object.entries(where)
  return (value) => fields.every(([name, secret]) => (value as Record<string, unknown>)[name] === secret)
}

function stripEach(strip: Strip, isPrivateItem?: (value: unknown) => boolean): Strip {
  if (isPrivateItem) return (value) => (value as unknown[]).filter((item) => !isPrivateItem(item)).map(strip)
  return strip === keep ? keep : (value) => (value as unknown[]).map(strip)
}

function stripPresent(strip: Strip): Strip {
  return strip === keep ? keep : (value) => (value === undefined || value === null ? value : strip(value))
}

function stripTagged(tag: string, options: z.ZodType[]): Strip {
  const byTag = new Map(options.map((option) => {
    const literal = ((option.def as unknown as Def).shape![tag]!.def as unknown as { values: string[] }).values[0]!
    return [literal, stripperOf(option)]
  }))
  return (value) => byTag.get((value as Record<string, string>)[tag]!)!(value)
}

/** Compiles a schema into a function that returns its values without their private fields. */
export function publicView<T>(schema: z.ZodType<T>): (value: T) => Partial<T> {
  return stripperOf(schema) as (value: T) => Partial<T>
}
