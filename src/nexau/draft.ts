/** A framework while it is put together: as its YAML would state it, without what is default anyway. */
import type { z } from 'zod'
import type { Agent } from '../../protocol/spec/framework.ts'

/** An agent as a document states it. */
export type AgentDraft = z.input<typeof Agent>

/** A framework as a document states it. */
export type FrameworkDraft = {
  kind: 'Framework'
  name: string
  description?: string
  root: string
  agents: Record<string, AgentDraft>
  global_storage?: Record<string, unknown>
}

/** An object without what is undefined or empty. */
export function withoutEmpty<T extends object>(fields: T): T {
  const isEmpty = (value: unknown): boolean => value === undefined || value === '' || (value !== null && typeof value === 'object' && Object.keys(value).length === 0)
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value))) as T
}
