/** What zod says about a document, as findings a person can act on. */
import type { z } from 'zod'
import { nearest } from '../core/nearest.ts'
import type { Finding, Path } from './complaint.ts'

type Issue = z.core.$ZodIssue
type Def = { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType; options?: z.ZodType[]; innerType?: z.ZodType; valueType?: z.ZodType; getter?: () => z.ZodType; in?: z.ZodType }

/** Findings after which the rest of a document's mistakes are not worked out. */
const ENOUGH = 200

/** The findings of a failed parse. */
export function findingsOf(error: z.ZodError, schema: z.ZodType, value: unknown): Finding[] {
  const findings: Finding[] = []
  for (const issue of error.issues) {
    if (findings.length >= ENOUGH) break
    findings.push(...expand(issue as Issue, [], schema, value))
  }
  return findings
}

function expand(issue: Issue, prefix: Path, schema: z.ZodType, value: unknown): Finding[] {
  const path = [...prefix, ...(issue.path as (string | number)[])]
  if (issue.code === 'invalid_union') return expandUnion(issue, path, schema, value)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path, value)
    return issue.keys.slice(0, ENOUGH).map((key) => ({ code: 'unknown_key', message: `unknown key '${key}'`, path: [...path, key], key: true, nearest: nearest(key, known), expected: known.join(', ') }))
  }
  if (issue.code === 'invalid_key') return [{ code: 'name', message: `'${String(path.at(-1))}' is no name: ${issue.issues[0]?.message ?? ''}`, path, key: true, ...(/[()=<>&]/.test(String(path.at(-1))) && { expected: 'quotes around an expression that has a comma inside { }' }) }]
  const missing = valueAt(value, path) === undefined
  return [{ code: missing ? 'missing' : 'value', message: missing ? 'is missing' : issue.message, path, expected: expectedOf(issue) }]
}

function expectedOf(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return issue.expected
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ')
  return undefined
}

/** Of the branches of a union, speaks about the one that the author most likely meant. */
function expandUnion(issue: Issue & { code: 'invalid_union' }, path: Path, schema: z.ZodType, value: unknown): Finding[] {
  const note = (issue as { note?: string }).note
  const given = valueAt(value, path)
  if (!issue.errors.length) {
    const known = discriminatorValues(schema, path)
    if (typeof given !== 'string' || !known.length) return [{ code: given === undefined ? 'missing' : 'value', message: given === undefined ? 'is missing' : note ?? 'fits none of the forms', path, ...(known.length && { expected: known.join(', ') }) }]
    return [{ code: 'value', message: `there is no ${String(path.at(-1))} '${given}'`, path, nearest: nearest(given, known), expected: known.join(', ') }]
  }
  const ranked = issue.errors.map((errors) => ({ errors: errors as Issue[], cost: branchCost(errors as Issue[], given) })).sort((a, b) => a.cost - b.cost)
  return ranked[0]!.errors.flatMap((inner) => expand(inner, path, schema, value))
}

function branchCost(errors: readonly Issue[], given: unknown): number {
  const first = given !== null && typeof given === 'object' ? Object.keys(given)[0] : undefined
  return errors.reduce((cost, error) => {
    const shallow = error.path.length === 0
    if (shallow && error.code === 'invalid_type') return cost + 100
    // The leading word of a step decides which step it is.
    if (shallow && error.code === 'unrecognized_keys') return cost + (error.keys.includes(first ?? '') ? 50 : 2 * error.keys.length)
    // So does the type of a schema.
    if (error.path.length === 1 && error.path[0] === 'type' && first !== undefined) return cost + 20
    return cost + (error.path.length === 1 && error.code === 'invalid_type' && valueAt(given, error.path as Path) === undefined ? 5 : 1)
  }, 0)
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value
  for (const step of path) at = at !== null && typeof at === 'object' ? (at as Record<string | number, unknown>)[step] : undefined
  return at
}

function defOf(schema: z.ZodType): Def {
  const def = schema.def as unknown as Def
  if (def.type === 'optional' || def.type === 'default' || def.type === 'nullable' || def.type === 'prefault') return defOf(def.innerType!)
  if (def.type === 'lazy') return defOf(def.getter!())
  if (def.type === 'pipe') return defOf(def.in!)
  return def
}

/** Schemas that may stand at a path; where a value says of which of several forms it is, that one alone. */
function schemasAt(schema: z.ZodType, path: Path, value?: unknown): Def[] {
  let current = [defOf(schema)]
  let at = value
  for (const step of path) {
    current = meant(current.flatMap((def) => branches(def)), at).flatMap((def) => {
      const next = def.type === 'object' ? def.shape![step] : def.type === 'array' ? def.element : def.type === 'record' ? def.valueType : undefined
      return next ? [defOf(next)] : []
    })
    at = valueAt(at, [step])
  }
  return meant(current.flatMap((def) => branches(def)), at)
}

/** Of several forms those whose fixed fields are as the value has them; all where there is none. */
function meant(forms: readonly Def[], value: unknown): Def[] {
  const fitting = forms.filter(({ type, shape }) => type === 'object' && Object.entries(shape!).some(([name, field]) => {
    const values = literalsOf(field)
    return values !== undefined && values.includes(valueAt(value, [name]))
  }))
  return fitting.length ? fitting : [...forms]
}

function literalsOf(schema: z.ZodType): readonly unknown[] | undefined {
  const def = schema.def as unknown as { type: string; values?: unknown[] }
  return def.type === 'literal' ? def.values : undefined
}

function branches(def: Def): Def[] {
  return def.type === 'union' ? def.options!.flatMap((option) => branches(defOf(option))) : [def]
}

function keysAt(schema: z.ZodType, path: Path, value: unknown): string[] {
  return [...new Set(schemasAt(schema, path, value).flatMap((def) => (def.type === 'object' ? Object.keys(def.shape!) : [])))]
}

function discriminatorValues(schema: z.ZodType, path: Path): string[] {
  const field = path.at(-1)
  return schemasAt(schema, path.slice(0, -1)).flatMap((def) => {
    const of = def.type === 'object' && field !== undefined ? def.shape![field] : undefined
    return (of && literalsOf(of)?.map(String)) ?? []
  })
}
