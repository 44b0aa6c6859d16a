/** The dynamics that a person chose: a profile, how much of it, and what is changed about it. */
import { type Command, InvalidArgumentError } from 'commander'
import { nearest } from '../core/nearest.ts'
import type { CompiledScenario } from '../episode/compiled-scenario.ts'
import { several } from './arguments.ts'
import { UsageError } from './failure.ts'

/** Options about changes of a profile. */
export type ChangeOptions = { readonly add?: Record<string, unknown>[]; readonly without?: string[] }

/** @throws UsageError with the nearest name where the scenario has none of that name */
export function requireProfile({ name: scenario, profiles }: CompiledScenario, profile: string): void {
  if (profiles.includes(profile)) return
  const near = nearest(profile, profiles)
  throw new UsageError(`${scenario} has no dynamics profile '${profile}'${near ? `; did you mean ${near}?` : `; there are: ${profiles.join(', ')}`}`)
}

function entry(text: string, before: Record<string, unknown>[] = []): Record<string, unknown>[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new InvalidArgumentError(`expected an entry in JSON: ${(error as Error).message}.`)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new InvalidArgumentError('expected an entry in JSON, {"id": …, "kind": …}.')
  return [...before, value as Record<string, unknown>]
}

/** Gives a verb the options by which entries are added to a profile or left out. */
export function withChanges(command: Command): Command {
  return command
    .option('--without <id>', 'leave out this entry of the profile (repeatable)', several)
    .option('--add <entry>', 'add an entry, in JSON (repeatable)', entry)
}
