/** Turns what a schema complains about into one typed error that names the field, what was wanted and the nearest name. */
import type { z } from 'zod'
import type { GymCode } from '../../protocol/errors.ts'
import { GymError } from '../core/gym-error.ts'
import { nearest } from '../core/nearest.ts'

type Issue = z.core.$ZodIssue
type Def = { type: string; shape?: Record<string, z.ZodType>; element?: z.ZodType; valueType?: z.ZodType; innerType?: z.ZodType; options?: z.ZodType[] }

/** The schemas that may stand at one step below a schema: through wrappers, and all the branches of a union. */
function below(schema: z.ZodType, step: PropertyKey): z.ZodType[] {
  const def = schema.def as unknown as Def
  if (def.options) return def.options.flatMap((option) => below(option, step))
  if (def.innerType) return below(def.innerType, step)
  if (def.shape) return def.shape[String(step)] ? [def.shape[String(step)]!] : []
  return def.element ? [def.element] : def.valueType ? [def.valueType] : []
}

function namesOf(schema: z.ZodType): string[] {
  const def = schema.def as unknown as Def
  if (def.options) return def.options.flatMap(namesOf)
  if (def.innerType) return namesOf(def.innerType)
  return def.shape ? Object.keys(def.shape) : []
}

function namesAt(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let schemas = [schema]
  for (const step of path) schemas = schemas.flatMap((each) => below(each, step))
  return schemas.flatMap(namesOf)
}

/** Of a union's complaints, those of the branch that came closest: the deepest, then the fewest. */
function closest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const depth = (issues: readonly Issue[]): number => Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'invalid_type' ? 0 : 0.5)))
  return branches.toSorted((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? []
}

/** An unknown name is told first: it often explains the field that is missing. */
function gravest(issues: readonly Issue[]): Issue {
  return issues.find((issue) => issue.code === 'unrecognized_keys') ?? issues[0]!
}

/** `params.options.luck`, `params.tags[1]`. */
export function spell(root: string, path: readonly PropertyKey[]): string {
  let text = root
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : text === '' ? String(step) : `.${String(step)}`
  return text
}

function expectationOf(issue: Issue): unknown {
  switch (issue.code) {
    case 'invalid_type': return issue.expected
    case 'invalid_value': return issue.values
    case 'too_small': return `${issue.inclusive ? 'at least' : 'more than'} ${issue.minimum}`
    case 'too_big': return `${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`
    case 'invalid_format': return 'pattern' in issue ? issue.pattern : issue.format
    default: return undefined
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value
  for (const step of path) at = at === null || typeof at !== 'object' ? undefined : (at as Record<PropertyKey, unknown>)[step]
  return at
}

/**
 * The one error that stands for a failed parse.
 * @param root what the path starts with: `params`, or '' for the message itself
 */
export function refusalOf(code: GymCode, root: string, schema: z.ZodType, value: unknown, issues: readonly Issue[]): GymError {
  let issue = gravest(issues)
  let path = issue.path
  while (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const inner = closest(issue.errors)
    if (inner.length === 0) break
    issue = gravest(inner)
    path = [...path, ...issue.path]
  }
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const near = nearest(key, namesAt(schema, path))
    const at = spell(root, [...path, key])
    return new GymError(code, `${at} is no known field${near ? `; did you mean ${near}?` : ''}`, { path: at, ...(near && { nearest: near }) })
  }
  const found = valueAt(value, path)
  const at = spell(root, path)
  const expected = expectationOf(issue)
  const near = issue.code === 'invalid_value' && typeof found === 'string' ? nearest(found, issue.values.map(String)) : undefined
  const said = found === undefined ? 'is missing' : issue.message.replace(/^Invalid input: /, '')
  return new GymError(code, `${at || 'message'}: ${said}${near ? `; did you mean ${near}?` : ''}`, { path: at, ...(expected !== undefined && { expected }), ...(near && { nearest: near }) })
}
