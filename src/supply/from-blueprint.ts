/** A blueprint that somebody wrote becomes documents that admission takes, or complaints that say what is in the way. */
import type { Blueprint } from '../../protocol/spec/blueprint.ts'
import type { Dynamics } from '../../protocol/spec/dynamics.ts'
import { faultOf } from '../admit/trial.ts'
import { compileDocuments } from '../compile/from-documents.ts'
import { keyOf } from '../core/keyed.ts'
import { nearest } from '../core/nearest.ts'
import { toEnd } from '../core/to-end.ts'
import { checkBlueprint } from '../generate/check-blueprint.ts'
import type { Documents } from '../generate/documents.ts'
import { GENERATOR_VERSION } from '../generate/reference.ts'
import { writeDocuments } from '../generate/write-documents.ts'
import { printDocuments } from '../spec/print-documents.ts'
import { readDocuments } from '../spec/read-documents.ts'
import { admittedPart, type LeftOut } from './admitted-part.ts'
import { placeOf, placeOfTask } from './blueprint-place.ts'
import { drawnTask, prove } from './prove.ts'
import { MOST_ATTEMPTS } from './supply.ts'

/** Findings of the compiler that are passed on, and characters of what admission found. */
const MOST_FINDINGS = 10
const MOST_FOUND = 300

type Made = { readonly documents: Documents; readonly left: readonly LeftOut[] }
export type FromBlueprint = Made | { readonly complaints: readonly string[] }

/** What one attempt gives; `final` where another has the same complaints. */
type Attempt = Made | { readonly complaints: readonly string[]; readonly final?: true }

/** What is wrong with the files that documents become: bounds of the world language, and all that the compiler finds. */
function complaintsOf(blueprint: Blueprint, documents: Documents, profiles: ReadonlyMap<string, Dynamics>): string[] {
  const unreadable = (['world', 'framework', 'scenario'] as const).flatMap((room) => readDocuments({ file: room, text: printDocuments([{ value: documents[room] }]) }).complaints
    .map(({ message }) => `${placeOf(blueprint, [...(room === 'scenario' ? [] : [room]), ...message.split(':')[0]!.split('.')])}: what is made of it cannot be read: ${message}`))
  if (unreadable.length > 0) return unreadable.slice(0, MOST_FINDINGS)
  return compileDocuments(documents, profiles).findings.slice(0, MOST_FINDINGS).map(({ path, message }) => `${placeOf(blueprint, path)}: what is made of it cannot be compiled: ${path.join('.')}: ${message}`)
}

/** Why the task that the seed draws is not sound, or undefined. */
function unproved(documents: Documents, seed: number, profiles: ReadonlyMap<string, Dynamics>): { readonly task?: string; readonly found: string } | undefined {
  const { scenario } = compileDocuments(documents, profiles)
  const task = drawnTask(scenario!, seed)
  if (typeof task !== 'string') return task
  const refused = toEnd(prove(scenario!, seed, task))
  return refused && { task, found: `${refused.reason}, ${refused.found}` }
}

function tryOnce(blueprint: Blueprint, seed: number, attempt: number, profiles: ReadonlyMap<string, Dynamics>): Attempt {
  const documents = writeDocuments(blueprint, keyOf(['authored', GENERATOR_VERSION, seed, attempt]))
  const { tasks } = documents.scenario
  const unfit = blueprint.intents.filter(({ name }) => !Object.hasOwn(tasks, name)).map(({ name }) => ({ task: name, found: 'nothing in this world fits it' }))
  const about = ({ task, found }: LeftOut): string => `${placeOfTask(blueprint, task)}: the request '${task}' is not sound: ${found.slice(0, MOST_FOUND)}; ask for something else there, or leave it out`
  if (unfit.length === blueprint.intents.length) return { complaints: unfit.map(about) }
  const complaints = complaintsOf(blueprint, documents, profiles)
  if (complaints.length > 0) return { complaints, final: true }
  const { documents: part, left, whole } = admittedPart(documents, profiles)
  if (whole !== undefined) return { complaints: [`entities: what is made of them is not sound: ${whole.slice(0, MOST_FOUND)}`], final: true }
  if (!part) return { complaints: [...unfit, ...left].map(about) }
  const refused = unproved(part, seed, profiles)
  if (refused) return { complaints: [refused.task === undefined ? `intents: seed ${seed} draws no task: ${refused.found.slice(0, MOST_FOUND)}` : about({ task: refused.task, found: refused.found })] }
  return { documents: part, left: [...unfit, ...left] }
}

/**
 * Writes, compiles and admits, and proves the task that the seed draws; wordings and plans are drawn from the seed,
 * anew where fewer than half of the requests are sound.
 */
export function fromBlueprint(blueprint: Blueprint, seed: number, profiles: ReadonlyMap<string, Dynamics>): FromBlueprint {
  const wrong = checkBlueprint(blueprint).map(({ text }) => text)
  const { profile } = blueprint.dynamics
  if (!profiles.has(profile)) {
    const close = nearest(profile, [...profiles.keys()])
    wrong.push(`dynamics.profile: expected one of ${[...profiles.keys()].join(', ')}, found "${profile}"${close === undefined ? '' : `; did you mean "${close}"?`}`)
  }
  if (wrong.length > 0) return { complaints: wrong }
  let best: Made | undefined
  let complaints: readonly string[] = []
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    let made: Attempt
    try {
      made = tryOnce(blueprint, seed, attempt, profiles)
    } catch (error) {
      const fault = faultOf(error)
      if (fault === undefined) throw error
      made = { complaints: [`the blueprint: what is made of it breaks when it is played: ${fault}`], final: true }
    }
    if ('complaints' in made) {
      complaints = made.complaints
      if (made.final) break
      continue
    }
    if (!best || made.left.length < best.left.length) best = made
    if (2 * made.left.length <= blueprint.intents.length) break
  }
  return best ?? { complaints }
}
