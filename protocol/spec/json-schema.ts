/** The subset of JSON Schema that tool inputs and answers are written in; anything else is refused by name. */
import { z } from 'zod'

const common = {
  description: z.string().max(2000).optional(),
  title: z.string().max(200).optional(),
}
const nullable = <T extends string>(type: T) => z.union([z.literal(type), z.tuple([z.literal(type), z.literal('null')])])

export type InputSchema =
  | { type: 'string' | ['string', 'null']; enum?: string[]; minLength?: number; maxLength?: number; pattern?: string; description?: string; title?: string }
  | { type: 'integer' | ['integer', 'null']; minimum?: number; maximum?: number; enum?: number[]; description?: string; title?: string }
  | { type: 'number' | ['number', 'null']; minimum?: number; maximum?: number; multipleOf?: number; description?: string; title?: string }
  | { type: 'boolean' | ['boolean', 'null']; description?: string; title?: string }
  | { type: 'array' | ['array', 'null']; items: InputSchema; minItems?: number; maxItems?: number; uniqueItems?: boolean; description?: string; title?: string }
  | { type: 'json'; description?: string; title?: string }
  | ObjectSchema
export type ObjectSchema = { type: 'object' | ['object', 'null']; properties: Record<string, InputSchema>; required?: string[]; additionalProperties?: false; description?: string; title?: string }

const count = z.int().min(0).max(100_000).optional()

const StringSchema = z.strictObject({ ...common, type: nullable('string'), enum: z.array(z.string()).min(1).max(1000).optional(), minLength: count, maxLength: count, pattern: z.string().max(500).optional() })
const IntegerSchema = z.strictObject({ ...common, type: nullable('integer'), minimum: z.number().optional(), maximum: z.number().optional(), enum: z.array(z.int()).min(1).optional() })
/** `multipleOf: 0.01` makes the number a decimal of scale 2; without it the number is a double. */
const NumberSchema = z.strictObject({ ...common, type: nullable('number'), minimum: z.number().optional(), maximum: z.number().optional(), multipleOf: z.union([z.literal(0.1), z.literal(0.01), z.literal(0.001), z.literal(0.0001)]).optional() })
const BooleanSchema = z.strictObject({ ...common, type: nullable('boolean') })
/** Anything: what a server of others takes that this subset cannot say; agents are shown no type. */
const JsonSchema = z.strictObject({ ...common, type: z.literal('json') })
const ArraySchema = z.strictObject({ ...common, type: nullable('array'), items: z.lazy(() => InputSchema), minItems: count, maxItems: count, uniqueItems: z.boolean().optional() })

export const ObjectSchema: z.ZodType<ObjectSchema> = z.strictObject({
  ...common,
  type: nullable('object').default('object'),
  properties: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), z.lazy(() => InputSchema)).default({}),
  required: z.array(z.string()).optional(),
  additionalProperties: z.literal(false).optional(),
}).meta({ id: 'ObjectSchema', description: 'An object: its properties by name, and which of them are required.' }) as unknown as z.ZodType<ObjectSchema>

/** One property of an input. */
export const InputSchema: z.ZodType<InputSchema> = z.union([StringSchema, IntegerSchema, NumberSchema, BooleanSchema, ArraySchema, JsonSchema, ObjectSchema]).meta({ id: 'InputSchema', description: 'The subset of JSON Schema that inputs and answers are written in; anything else is refused by name. `{type: number, multipleOf: 0.01}` is an exact decimal.' }) as unknown as z.ZodType<InputSchema>
