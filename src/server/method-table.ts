/** All methods of the native dialect: their schemas from the protocol, their work from `methods/`. */
import type { z } from 'zod'
import { METHODS, type MethodName } from '../../protocol/methods.ts'
import type { Call, MethodTable } from './method.ts'
import { branchMethods } from './methods/branches.ts'
import { episodeMethods } from './methods/episodes.ts'
import { infoMethods } from './methods/info.ts'
import { readingMethods } from './methods/readings.ts'
import { registrationMethods } from './methods/registration.ts'
import { scenarioMethods } from './methods/scenarios.ts'
import { sweepMethods } from './methods/sweeps.ts'

const runs: MethodTable = { ...infoMethods, ...scenarioMethods, ...registrationMethods, ...episodeMethods, ...branchMethods, ...readingMethods, ...sweepMethods }

export type Entry = {
  readonly params: z.ZodType
  readonly privileged: boolean
  readonly run: (params: unknown, call: Call) => unknown
}

function entryOf(name: MethodName): Entry {
  const { params } = METHODS[name]
  const privileged = (METHODS[name] as { privileged?: boolean }).privileged === true
  return { params, privileged, run: runs[name] as Entry['run'] }
}

export const METHOD_TABLE: ReadonlyMap<string, Entry> = new Map(
  (Object.keys(METHODS) as MethodName[]).map((name) => [name, entryOf(name)]),
)
