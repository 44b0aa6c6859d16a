/** Scalars of the spec language. */
import { z } from 'zod'

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty'])

/** A name of a table, column, tool, slot: lower snake case, at most 64 characters, no prototype key. */
export const Name = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'lower_snake_case, starting with a letter, at most 64 characters')
  .refine((name) => !FORBIDDEN.has(name), 'a reserved word')

/** A name of an argument that others gave: any case, no prototype key. */
export const ArgumentName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'letters, digits and _, starting with no digit, at most 64 characters')
  .refine((name) => !FORBIDDEN.has(name), 'a reserved word')

/** A name of a document: lower case, dashes and dots allowed. */
export const DocumentName = z.string().regex(/^[a-z][a-z0-9_.-]{0,99}$/, 'lower case letters, digits, - _ . and at most 100 characters')

/** A CEL expression; numbers and booleans of YAML stand for themselves. */
export const Cel = z.union([z.string().min(1).max(4000), z.number(), z.boolean()]).transform(String).meta({ id: 'Cel', description: 'A CEL expression; a number or boolean of YAML stands for itself.' })

/** Text with `${CEL}` inside. */
export const Template = z.string().max(20_000).meta({ id: 'Template', description: 'Text in which ${…} holds a CEL expression.' })

/** A structure whose leaves are templates: what a soft failure returns. */
export type TemplateTree = string | number | boolean | null | TemplateTree[] | { [key: string]: TemplateTree }
export const TemplateTree: z.ZodType<TemplateTree> = z.lazy(() =>
  z.union([Template, z.number(), z.boolean(), z.null(), z.array(TemplateTree), z.record(z.string(), TemplateTree)]),
).meta({ id: 'TemplateTree', description: 'A structure whose texts are templates: what a refused call answers.' })

/**
 * A structure whose leaves are CEL: what a tool returns, a row that is inserted.
 * A mapping whose only key is `cases` is an ordered decision table and stands for one value.
 */
export type CelTree = string | number | boolean | CelTree[] | { [key: string]: CelTree }
export const CelTree: z.ZodType<CelTree> = z.lazy(() => z.union([z.string().max(4000), z.number(), z.boolean(), z.array(CelTree), z.record(z.string(), CelTree)]))
  .meta({ id: 'CelTree', description: 'A structure whose leaves are CEL. A mapping whose only key is `cases` is an ordered decision table: [[condition, value], …].' })

