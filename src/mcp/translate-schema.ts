/** JSON Schema of others in the subset that inputs are written in. */
import type { InputSchema, ObjectSchema } from '../../protocol/spec/json-schema.ts'
import { readShape, startReading } from './read-shape.ts'
import { collectRemarks, type Remark } from './remark.ts'
import { type SaidOptions, writeObject, writeSchema } from './write-schema.ts'

export type Translated<S> = { readonly schema: S; readonly remarks: readonly Remark[] }

/**
 * Translates a schema of any draft from 04 to 2020-12. It never throws, whatever stands there.
 *
 * The law: **translation only widens.** What the reader of the translated schema (`compileInput(schema).read`) refuses,
 * the schema refuses too, once `unevaluatedProperties: false` is put wherever it names fields of an object and says
 * nothing of others: here an object that names fields has no others. Left out are what JSON of the gym cannot hold,
 * whole numbers past 2^53, and arrays of more than 1000 items (100,000 where more are allowed by name).
 *
 * Where the subset has no word for something, `{type: json}` stands, which takes anything, and a remark says what was
 * widened or lost. Defaults and formats, which no validator checks by itself, are said in the description.
 */
export function translateSchema(raw: unknown, options: SaidOptions = {}): Translated<InputSchema> {
  const { remarks, say } = collectRemarks()
  return { schema: writeSchema(readShape(raw, '', startReading(raw, say)), '', say, options), remarks }
}

/**
 * As translateSchema, for the arguments of a tool, which are an object. What cannot be given, since its name is none
 * here or it has no name at all, is lost with a remark: so the law holds for arguments without those.
 */
export function translateInput(raw: unknown, options: SaidOptions = {}): Translated<ObjectSchema> {
  const { remarks, say } = collectRemarks()
  return { schema: writeObject(readShape(raw, '', startReading(raw, say)), say, options), remarks }
}
