/** Kinds in which the tools themselves change: their arguments, their names, which of them there are. */
import type { EntryOf } from '../../../protocol/spec/dynamics-kinds.ts'
import type { CompiledEntry, Kind } from '../compiled-entry.ts'
import { compileJson } from '../json-expression.ts'
import { requireTool } from '../known-tool.ts'
import { changed, type Presented, type Way } from '../presentation.ts'
import { errorContent } from '../surface.ts'

type Drift = EntryOf<'schema.drift'>
type Property = Readonly<Record<string, unknown>>

const NUMBER_TEXT = /^-?\d+(\.\d+)?$/

function camel(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

/** One argument's new name and form, and the way between. */
type Shift = { readonly old: string; readonly name: string; readonly schema: Property; back(value: unknown): unknown; there(value: unknown): unknown }

const same = (value: unknown) => value

function retyped(to: 'string' | 'number'): Pick<Shift, 'back' | 'there'> {
  const toNumber = (value: unknown) => (typeof value === 'string' && NUMBER_TEXT.test(value) ? Number(value) : value)
  const toText = (value: unknown) => (typeof value === 'number' ? String(value) : value)
  return to === 'string' ? { back: toNumber, there: toText } : { back: toText, there: toNumber }
}

function shiftOf({ rename, retype = {}, unit = {} }: Drift, old: string, schema: Property): Shift {
  const inUnit = Object.hasOwn(unit, old) ? unit[old] : undefined
  if (inUnit && (schema.type === 'number' || schema.type === 'integer')) {
    const { factor, name, about } = inUnit
    const scaled = (by: number) => (value: unknown) => (typeof value === 'number' ? Math.round(value * by * 1e9) / 1e9 : value)
    return { old, name, schema: { type: 'number', description: about }, back: scaled(1 / factor), there: scaled(factor) }
  }
  const name = rename === 'camel' ? camel(old) : rename && Object.hasOwn(rename, old) ? rename[old]! : old
  const to = Object.hasOwn(retype, old) ? retype[old] : undefined
  const from = to === 'number' ? ['string'] : ['number', 'integer']
  if (!to || !from.includes(String(schema.type))) return { old, name, schema, back: same, there: same }
  const { description } = schema
  return { old, name, schema: { type: to, description: `${typeof description === 'string' ? `${description} ` : ''}${to === 'string' ? 'As text.' : 'As a number.'}` }, ...retyped(to) }
}

/** What becomes of all arguments; where a new name is another's, which would lose one of them, all stay as they are. */
function shiftsOf(spec: Drift, properties: readonly (readonly [string, Property])[]): readonly Shift[] {
  const shifts = properties.map(([name, schema]) => shiftOf(spec, name, schema))
  return new Set(shifts.map(({ name }) => name)).size === shifts.length ? shifts : properties.map(([name, schema]) => ({ old: name, name, schema, back: same, there: same }))
}

/** Of the shifts only those that do something: a form of many tools is kept as long as an episode has it. */
function wayOf(shifts: readonly Shift[], require: Readonly<Record<string, readonly string[]>>): Way {
  const known = Object.entries(require)
  const moved = shifts.filter(({ old, name, back }) => old !== name || back !== same)
  const byName = new Map(moved.map((shift) => [shift.name, shift]))
  const byOld = new Map(moved.map((shift) => [shift.old, shift]))
  return {
    back(args) {
      const out: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(args)) {
        if (Object.hasOwn(require, name)) continue
        const shift = byName.get(name)
        out[shift?.old ?? name] = shift ? shift.back(value) : value
      }
      return out
    },
    there(args) {
      const out: Record<string, unknown> = {}
      for (const [name, value] of Object.entries(args)) {
        const shift = byOld.get(name)
        out[shift?.name ?? name] = shift ? shift.there(value) : value
      }
      for (const [name, values] of known) out[name] = values[0]
      return out
    },
  }
}

/** The arguments change: their names, their types, their units, and what is required. */
export const schemaDrift: Kind<Drift> = {
  drive: 'time',
  recovery: ['relist_tools'],
  compile: (spec, { self, site }) => {
    const { rename, retype, unit, require = {} } = spec
    if (!rename && !retype && !unit && !Object.keys(require).length) site.complain('entry', 'schema.drift changes nothing', { expected: 'rename, retype, unit or require' })
    return {
      present(tool: Presented) {
        const { properties = {}, required = [], ...rest } = tool.schema.input_schema as { properties?: Record<string, Property>; required?: readonly string[] }
        const shifts = shiftsOf(spec, Object.entries(properties))
        const nameOf = new Map(shifts.map(({ old, name }) => [old, name]))
        const taken = new Set(nameOf.values())
        const fresh = Object.entries(require).filter(([name]) => !taken.has(name))
        if (!fresh.length && shifts.every(({ old, name, back }) => old === name && back === same)) return [tool]
        const input_schema = {
          ...rest,
          properties: { ...Object.fromEntries(shifts.map(({ name, schema }) => [name, schema])), ...Object.fromEntries(fresh.map(([name, values]) => [name, { type: 'string', enum: values }])) },
          required: [...required.map((name) => nameOf.get(name) ?? name), ...fresh.map(([name]) => name)],
        }
        return [changed(tool, self(), { input_schema }, wayOf(shifts, Object.fromEntries(fresh)))]
      },
    }
  },
}

/** Tools are renamed, described anew, gone, or stand among dead ones of similar names. */
export const toolsChanged: Kind<EntryOf<'tools.list_changed'>> = {
  drive: 'time',
  recovery: ['relist_tools'],
  compile: (spec, { self, tools, site }) => {
    const { suffix, remove, description, decoys, alternate, when } = spec
    if (!suffix && !remove && !description && !decoys) site.complain('entry', 'tools.list_changed changes nothing', { expected: 'suffix, remove, description or decoys' })
    if (remove && !alternate && when.window?.to_ms === undefined) site.at('remove').complain('entry', 'a tool that is gone for ever leaves no way', { expected: 'alternate: {call: …}, or when: {window: {to_ms: …}}' })
    if (alternate) requireTool(alternate.call, tools, site.at('alternate', 'call'))
    const other = alternate && compileJson(alternate.with, ['args'], site.at('alternate', 'with'))
    return {
      present(tool) {
        if (remove) return []
        const { name } = tool.schema
        const live = changed(tool, self(), { name: suffix ? `${name}_${suffix}` : name, ...(description ? { description } : {}) })
        const dead = Array.from({ length: decoys }, (_, i) => decoyOf(tool, i, suffix !== undefined, self()))
        return [live, ...dead]
      },
      ...(alternate && other ? { alternate: (args: unknown) => ({ call: alternate.call, args: other({ args }) }) } : {}),
    }
  },
}

const DECOYS = ['legacy', 'old', 'v0', 'beta', 'internal'] as const

function decoyOf(tool: Presented, i: number, renamed: boolean, by: CompiledEntry): Presented {
  const { name } = tool.schema
  // Where the tool has a new name, its old one is the first dead end.
  const dead = renamed && i === 0 ? name : `${name}_${DECOYS[i]}`
  return { schema: { ...tool.schema, name: dead }, real: undefined, like: tool.like, ways: [], by: [by], dead: errorContent(410, 'This operation has been retired') }
}
