/** What a sweep is to play, from a file, from options, or from both: options win. */
import { InvalidArgumentError } from 'commander'
import type { z } from 'zod'
import { Learner, Others } from '../../protocol/identity.ts'
import { type Recording, SWEEP_PLAYERS, SweepSpec } from '../../protocol/sweep.ts'
import { jsonOrText } from '../core/json-or-text.ts'
import { nearest } from '../core/nearest.ts'
import { journalOf } from '../episode/journal.ts'
import type { Endpoint } from '../llm/endpoint.ts'
import { refusalOf } from '../server/refusal.ts'
import { UsageError } from './failure.ts'
import { readData } from './read-data.ts'
import { readTrajectories } from './read-trajectory.ts'

export type SpecOptions = {
  spec?: string; name?: string; policy?: string[]; scenario?: string[]; distribution?: string; seed?: number; seeds?: number; split?: string; task?: string; tag?: string[]
  repeats?: number; dynamics?: string[]; intensity?: number[]; learner?: string; others?: string; baseline?: string; stop?: number; tries?: number
  endpoint?: ReadonlyMap<string, Endpoint>
}

/** Splits what was given with commas or several times. */
export function listed(text: string, before: string[] = []): string[] {
  return [...before, ...text.split(',').map((part) => part.trim()).filter((part) => part !== '')]
}

/** Several numbers from 0 to 1. @throws InvalidArgumentError */
export function shares(text: string, before: number[] = []): number[] {
  return [...before, ...listed(text).map((part) => {
    const value = Number(part)
    if (!(value >= 0 && value <= 1)) throw new InvalidArgumentError('expected numbers from 0 to 1, such as 0,0.5,1.')
    return value
  })]
}

function recordingsIn(file: string): Recording[] {
  return readTrajectories(file).map(({ trajectory: { identity: { scenario, seed, task, luck }, events } }) => ({
    scenario, seed, task, luck, actions: journalOf(events).flatMap((entry) => ('action' in entry && entry.player === undefined ? [entry.action] : [])),
  }))
}

/** `oracle`, `robust:0.8`, the name of an endpoint, or `replay:FILE`. */
function policyOf(text: string, endpoints: readonly string[]): Record<string, unknown> {
  const [head, tail] = [text.split(':')[0]!, text.slice(text.indexOf(':') + 1)]
  if (endpoints.includes(text)) return { policy: 'endpoint', endpoint: text }
  if (head === 'replay' && tail !== head) return { policy: 'replay', recordings: recordingsIn(tail) }
  if (head === 'endpoint' && tail !== head) return { policy: 'endpoint', endpoint: tail }
  const players: readonly string[] = SWEEP_PLAYERS
  if (!players.includes(head)) {
    const near = nearest(head, [...players, ...endpoints])
    throw new UsageError(`no policy is called ${text}${near ? `; did you mean ${near}?` : '.'} There are: ${players.join(', ')}, NAME:COMPETENCE of oracle and robust, replay:FILE, and names of --endpoint`)
  }
  return text === head ? { policy: head } : { policy: head, competence: share(text, tail) }
}

/** A number from 0 to 1 that stands behind a name. @throws UsageError */
function share(text: string, part: string): number {
  const value = part.trim() === '' ? Number.NaN : Number(part)
  if (!(value >= 0 && value <= 1)) throw new UsageError(`${text}: expected a number from 0 to 1 behind the name, such as robust:0.8 or flaky@0.5`)
  return value
}

/** `flaky`, `flaky@0.5`, or `own` for each scenario's. */
function dynamicsOf(texts: readonly string[], intensities: readonly number[] = []): Record<string, unknown>[] {
  return texts.flatMap((text) => {
    const [profile, at] = text.split('@') as [string, string | undefined]
    const named = profile === 'own' ? {} : { profile }
    if (at !== undefined) return [{ ...named, intensity: share(text, at) }]
    return intensities.length ? intensities.map((intensity) => ({ ...named, intensity })) : [named]
  })
}

/** @throws UsageError naming the field */
export function sweepSpec({ spec: file, policy, scenario, distribution, tag, dynamics, intensity, stop, learner, others, endpoint, ...plain }: SpecOptions): SweepSpec {
  const base = file === undefined ? {} : readData(file)
  if (base === null || typeof base !== 'object' || Array.isArray(base)) throw new UsageError(`${file}: expected a document with kind: Sweep`)
  const endpoints = [...endpoint?.keys() ?? []]
  const given = {
    ...(policy && { policies: policy.map((text) => policyOf(text, endpoints)) }),
    ...(scenario && { scenarios: scenario }),
    ...(distribution !== undefined && { distribution: readData(distribution) }),
    ...(tag && { tags: tag }),
    ...((dynamics ?? intensity) && { dynamics: dynamicsOf(dynamics ?? ['own'], intensity) }),
    ...(stop !== undefined && { stop: { half_width: stop } }),
    ...(learner !== undefined && { learner: read('--learner', Learner, learner.includes(',') ? learner.split(',') : learner) }),
    ...(others !== undefined && { others: read('--others', Others, jsonOrText(others)) }),
    ...Object.fromEntries(Object.entries(plain).filter(([name, value]) => value !== undefined && Object.hasOwn(SweepSpec.shape, name))),
  }
  return read(file ?? 'sweep', SweepSpec, { ...base, ...given })
}

function read<T>(where: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [{ path }] = parsed.error.issues as [z.core.$ZodIssue]
  if (where === 'sweep' && path[0] === 'policies' && path.length === 1) throw new UsageError('name who plays: --policy oracle,naive, or a file with --spec')
  const { message } = refusalOf('GYM_INVALID_PARAMS', '', schema, value, parsed.error.issues)
  // What is wrong with the whole of it has no place.
  throw new UsageError(`${where}: ${message.replace(/^message: /, '')}`)
}
