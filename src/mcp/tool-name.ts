/** Names of tools of others as names of ours: lower snake case, none twice, none that is reserved. */
import { RESERVED_TOOLS } from '../../protocol/spec/reserved-tool.ts'
import { Name } from '../../protocol/spec/notation.ts'
import { freeName, snakeOf } from '../core/foreign-name.ts'
import type { Say } from './remark.ts'

/** Finds a name for a tool that no other one of the world has; what changed is said. */
export function nameTool(theirs: string, taken: { has(name: string): boolean }, say: Say): string {
  const plain = Name.safeParse(theirs).success ? theirs : usable(snakeOf(theirs) ?? 'tool')
  const own = RESERVED_TOOLS.has(plain) ? `${plain}_tool` : plain
  const name = freeName(own, taken, '_')
  const why = name !== own ? `'${own}' is taken` : own !== plain ? `'${plain}' is reserved` : plain !== theirs ? 'names are in lower snake case here' : undefined
  if (why !== undefined) say('', `called ${name}: ${why}`)
  return name
}

/** A name of a prototype's key gets an ending too. */
const usable = (name: string): string => (Name.safeParse(name).success ? name : `${name.slice(0, 59)}_tool`)
