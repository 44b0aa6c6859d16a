/** Skills of an agent: folders with a SKILL.md, whose head has the name and the description. */
import type { z } from 'zod'
import type { Agent } from '../../protocol/spec/framework.ts'
import { SKILL_ENTRY_KEYS } from './key-tables.ts'
import type { Loading } from './loading.ts'
import type { Mapping } from './mapping.ts'
import { freeName, slugOf } from '../core/foreign-name.ts'
import type { Place } from './remark.ts'
import { folderOf } from './source-files.ts'

export type Skills = NonNullable<z.input<typeof Agent>['skills']>

const MOST_DESCRIPTION = 2000
const MOST_BODY = 50_000
const HEAD = /^---[ \t]*\r?\n([^]*?)\r?\n---[ \t]*(?:\r?\n|$)/

/** Reads the `skills` of an agent. */
export function readSkills(agent: Mapping, loading: Loading): Skills {
  const skills: Skills = {}
  const add = (path: string, name: string | undefined, place: Place): void => {
    const read = readSkill(path, name, place, loading)
    if (read) skills[freeName(read.name, { has: (one) => Object.hasOwn(skills, one) })] = read.skill
  }
  const entries = agent.mappings('skills', (item, i) => {
    if (typeof item !== 'string') return false
    add(item, undefined, agent.place('skills', i))
    return true
  })
  for (const stated of entries) {
    const entry = stated.checkKeys('an entry of a skill', SKILL_ENTRY_KEYS)
    const path = entry.text('path')
    if (path === undefined) loading.remarks.error('missing', 'a skill has no path', entry.place(), { expected: 'path: …' })
    else add(path, entry.text('name'), entry.place('path'))
  }
  return skills
}

function readSkill(stated: string, given: string | undefined, place: Place, loading: Loading): { name: string; skill: Skills[string] } | undefined {
  const { remarks } = loading
  const found = loading.text(/(^|\/)SKILL\.md$/.test(stated) ? stated : `${stated.replace(/\/+$/, '')}/SKILL.md`, place, 'the skill')
  if (!found) return undefined
  const { path, text } = found
  const start: Place = { file: path, line: 1, column: 1 }
  const head = HEAD.exec(text)
  if (!head) remarks.error('value', 'a skill begins with a head', start, { expected: '---, name, description, ---' })
  // A line before the head's text keeps its line numbers.
  const fields = head ? loading.mapping(path, `\n${head[1]!}`) : undefined
  const foreign = given ?? fields?.text('name') ?? folderOf(path).split('/').at(-1)!
  const name = slugOf(foreign) ?? 'skill'
  if (name !== foreign) remarks.note('renamed', `the skill '${foreign}' is called '${name}' here`, fields?.has('name') && given === undefined ? fields.place('name') : place)
  const description = fields?.text('description') ?? ''
  if (fields && description === '') remarks.error('missing', `the skill '${foreign}' has no description`, fields.place(), { expected: 'description: …' })
  const body = (head ? text.slice(head[0].length) : text).trim()
  if (description.length > MOST_DESCRIPTION || body.length > MOST_BODY) remarks.error('size', `the skill '${foreign}' is too long`, start, { expected: `a description of at most ${MOST_DESCRIPTION} characters, a body of ${MOST_BODY}` })
  const others = loading.files.list(folderOf(path)).filter((one) => one !== path)
  if (others.length) remarks.warn('unsupported', `the skill '${foreign}' has ${others.length} more ${others.length === 1 ? 'file' : 'files'}, which no tool here reads`, start)
  return { name, skill: { description: description.slice(0, MOST_DESCRIPTION), body: body.slice(0, MOST_BODY) } }
}
