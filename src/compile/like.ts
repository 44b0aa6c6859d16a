/** Scenarios that are like others: what they do not state is taken from there, and findings about it stand there. */
import { Scenario } from '../../protocol/spec/scenario.ts'
import { matchesGlob } from '../core/glob.ts'
import { nearest } from '../core/nearest.ts'
import type { Complaint, Finding, Path } from '../spec/complaint.ts'
import type { SpecDocument } from '../spec/read-documents.ts'

/** A Scenario document with all its parts. */
export type WholeScenario = {
  readonly spec: Scenario
  /** What it is written in, and what it is like, the nearest first. */
  readonly sources: readonly SpecDocument[]
  /** The document in which a part stands. */
  origin(path: Path): SpecDocument
  locate(finding: Finding): Complaint
}

/** Parts that are taken whole. */
const WHOLE = ['world', 'rules', 'user', 'dynamics'] as const
/** Parts that are taken entry by entry. */
const BY_NAME = ['tasks', 'budgets', 'overrides'] as const

type Stated = Omit<Scenario, 'world'> & Partial<Pick<Scenario, 'world'>>
type Part = Record<string, unknown>

/**
 * Resolves the `like` of scenarios.
 * @param around scenarios that may be named too, where there is none of that name
 * @param broken whether some document could not be read: a missing one may be among them
 */
export function resolveLikes(scenarios: ReadonlyMap<string, SpecDocument>, around: ReadonlyMap<string, SpecDocument>, broken: boolean): { whole: Map<SpecDocument, WholeScenario>; complaints: Complaint[] } {
  const known = new Map([...around, ...scenarios])
  const whole = new Map<SpecDocument, WholeScenario | undefined>()
  const complaints: Complaint[] = []
  const resolve = (document: SpecDocument, below: readonly SpecDocument[]): WholeScenario | undefined => {
    if (whole.has(document)) return whole.get(document)
    const resolved = join(document, below)
    whole.set(document, resolved)
    return resolved
  }
  const join = (document: SpecDocument, below: readonly SpecDocument[]): WholeScenario | undefined => {
    const spec: Stated = document.spec as Scenario
    const complain = (finding: Finding): undefined => void complaints.push(document.locate(finding))
    if (spec.like === undefined) {
      if (spec.only) complain({ code: 'like', message: 'there is no other scenario to take tasks from', path: ['only'], key: true, expected: 'like: the name of a scenario' })
      if (spec.world === undefined) complain({ code: 'missing', message: 'is missing', path: ['world'], expected: 'a world, or like: the name of a scenario that has one' })
      return spec.world === undefined || spec.only ? undefined : { spec: document.spec as Scenario, sources: [document], origin: () => document, locate: document.locate }
    }
    const other = known.get(spec.like)
    if (!other) {
      if (!broken) complain({ code: 'name', message: `no Scenario '${spec.like}'`, path: ['like'], nearest: nearest(spec.like, [...known.keys()].filter((name) => name !== spec.name)), expected: 'a Scenario document in these files, or of the catalogue' })
      return undefined
    }
    const round = [...below, document]
    if (round.includes(other)) return complain({ code: 'like', message: `it would be like itself: ${[...round.slice(round.indexOf(other)), other].map((each) => each.spec.name).join(', ')}`, path: ['like'], expected: 'a scenario that is not like this one' })
    const base = resolve(other, round)
    if (!base) return undefined
    const picked = pickTasks(spec, base, complain)
    return joined(document, { ...base, spec: { ...base.spec, tasks: picked } })
  }
  for (const document of scenarios.values()) resolve(document, [])
  return { whole: new Map([...whole].filter((entry): entry is [SpecDocument, WholeScenario] => entry[1] !== undefined)), complaints }
}

/** The templates of the other scenario that are wanted. */
function pickTasks({ only }: Stated, { spec: { name, tasks } }: WholeScenario, complain: (finding: Finding) => void): Scenario['tasks'] {
  if (!only) return tasks
  const names = Object.keys(tasks)
  only.forEach((glob, i) => {
    if (!names.some((each) => matchesGlob([glob], each))) complain({ code: 'name', message: `no task of ${name} fits '${glob}'`, path: ['only', i], nearest: nearest(glob, names), expected: names.join(', ') })
  })
  return Object.fromEntries(Object.entries(tasks).filter(([each]) => matchesGlob(only, each)))
}

function joined(document: SpecDocument, other: WholeScenario): WholeScenario {
  const { like: _, only: __, ...own } = document.spec as Scenario
  const states = (field: string): boolean => document.stated.has(field)
  const parts: Part = { ...own }
  for (const field of WHOLE) if (!states(field)) parts[field] = other.spec[field]
  // How strong a profile is belongs to the profile.
  if (!states('dynamics') && !states('intensity') && other.spec.intensity !== undefined) parts['intensity'] = other.spec.intensity
  for (const field of BY_NAME) parts[field] = { ...other.spec[field], ...own[field] }
  const origin = (path: Path): SpecDocument => {
    const [field, name] = path as [string, string | undefined]
    const taken = (WHOLE as readonly string[]).includes(field) ? !states(field) : (BY_NAME as readonly string[]).includes(field) && name !== undefined && !Object.hasOwn((own as Part)[field] as Part, name)
    return taken ? other.origin(path) : document
  }
  return {
    // In the order of the schema, so that it means the same as one that states all of it.
    spec: Object.fromEntries(Object.keys(Scenario.shape).flatMap((field) => (parts[field] === undefined ? [] : [[field, parts[field]]]))) as Scenario,
    sources: [document, ...other.sources],
    origin,
    locate: (finding) => origin(finding.path).locate(finding),
  }
}
